//! The view of the health screen: services, indicators with sparklines, routes.

use ratatui::layout::Rect;

use crate::client::columns::{self, Column, Field, Placed};
use crate::client::histogram::Quantile;
use crate::client::metrics::{Answers, Metrics};
use crate::screens::health::state::{Health, Indicator, Value};
use crate::terminal::text::count;
use crate::terminal::theme::StyleRole;
use crate::widgets::canvas::Canvas;
use crate::widgets::hit_test::Target;
use crate::widgets::layout::{Areas, margin};
use crate::widgets::resume_view::StyledLine;
use crate::widgets::table_view::explain;

/// The cursor's column, and one of air.
const GUTTER: u16 = 2;
/// Columns of an indicator's name, and of its value.
const NAME: u16 = 14;
const VALUE: u16 = 9;
/// The prefix of data that is out of date.
const UNKNOWN: &str = "unknown now; last known: ";
/// Heights of a sparkline, lowest first.
const LEVELS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

pub(crate) fn health(health: &Health, canvas: &mut Canvas<'_>, areas: &Areas) {
    let Some(newest) = health.newest() else {
        match &health.error {
            Some(error) => explain(error, canvas, margin(areas.rows)),
            None => {
                canvas.left(margin(areas.rows), "loading …", StyleRole::Dim);
            }
        }
        return;
    };
    canvas.lines(margin(areas.card), &summary(newest, health.error.is_none()), 0);
    let rows = areas.rows;
    let placed = columns::place(columns::ROUTES.iter().collect(), rows.width.saturating_sub(GUTTER + 1));
    for (place, indicator) in Indicator::ALL.into_iter().enumerate() {
        if let Some(line) = line(health, canvas, rows, place) {
            show_pulse(health, indicator, place, canvas, line);
        }
    }
    for (at, (route, answers)) in health.routes().iter().enumerate() {
        let place = Indicator::ALL.len() + at;
        if at == 0 {
            titles(&placed, canvas, visible(health, rows, Health::line(place) - 1));
        }
        if let Some(line) = line(health, canvas, rows, place) {
            show_route(route, answers, &placed, place == health.place, canvas, line);
        }
    }
}

/// How long the server is up, in two units at most.
pub(crate) fn uptime(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{} d {} h", count(days), hours % 24),
    }
}

/// How the services fare, in a sentence.
pub(crate) fn health_words(metrics: &Metrics, is_now: bool) -> String {
    let word = |is_up: bool| if is_up { "up" } else { "down" };
    let services = metrics.services.iter().map(|(service, is_up)| format!("{service} {}", word(*is_up)));
    let mut words: Vec<_> = services.collect();
    words.push(match metrics.stuck {
        0 => "events: up to date".to_owned(),
        1 => "events: 1 feed stalled".to_owned(),
        stuck => format!("events: {} feeds stalled", count(stuck)),
    });
    format!("{}{}", if is_now { "" } else { UNKNOWN }, words.join(", "))
}

/// Returns the row at the cursor as a sentence.
pub(crate) fn current_words(health: &Health) -> String {
    if let Some(indicator) = Indicator::ALL.get(health.place) {
        let value = health.value(*indicator).map_or_else(|| "no data yet".to_owned(), shown);
        return format!("{} {value}", indicator.name());
    }
    let at = health.place - Indicator::ALL.len();
    let Some((route, answers)) = health.routes().get(at) else { return String::new() };
    let cells = columns::ROUTES.iter().skip(1).map(|column| {
        let (_, text) = cell(route, answers, column.field);
        format!("{} {text}", column.title)
    });
    format!("{route}, {}", cells.collect::<Vec<_>>().join(", "))
}

/// Returns the services, failed ones first, then the reason of stalled feeds.
fn summary(metrics: &Metrics, is_now: bool) -> Vec<StyledLine> {
    let style = |style| if is_now { style } else { StyleRole::Dim };
    let mut first = StyledLine::new();
    if !is_now {
        first.push((StyleRole::Warn, UNKNOWN.to_owned()));
    }
    match metrics.stuck {
        0 => {}
        1 => first.push((style(StyleRole::Bad), "events: 1 feed stalled  ".to_owned())),
        stuck => first.push((style(StyleRole::Bad), format!("events: {} feeds stalled  ", count(stuck)))),
    }
    let named = |is_up: bool| metrics.services.iter().filter(move |(_, known)| **known == is_up);
    first.extend(named(false).map(|(service, _)| (style(StyleRole::Bad), format!("○ {service} down  "))));
    first.extend(named(true).map(|(service, _)| (style(StyleRole::Good), format!("● {service}  "))));
    if metrics.stuck == 0 {
        first.push((StyleRole::Dim, "events: up to date".to_owned()));
    }
    let stuck = metrics.stuck_feeds.iter();
    let stuck = stuck.map(|(feed, why)| {
        vec![(style(StyleRole::Bad), feed.clone()), (style(StyleRole::Text), format!(": {why}"))]
    });
    std::iter::once(first).chain(stuck).collect()
}

/// The line of the screen that a line of the text is on now.
fn visible(health: &Health, rows: Rect, line: usize) -> Option<Rect> {
    let down = u16::try_from(line.checked_sub(health.top)?).ok()?;
    (down < rows.height).then(|| Rect { y: rows.y + down, height: 1, ..rows })
}

/// The line of something that the cursor can be on, painted if it is.
fn line(health: &Health, canvas: &mut Canvas<'_>, rows: Rect, place: usize) -> Option<Rect> {
    let line = visible(health, rows, Health::line(place))?;
    canvas.hit(line, Target::Indicator(place));
    if place == health.place {
        canvas.fill(line, StyleRole::Cursor);
        canvas.put(line.x, line.y, 1, "▌", StyleRole::Cursor);
    }
    Some(line)
}

fn show_pulse(health: &Health, indicator: Indicator, place: usize, canvas: &mut Canvas<'_>, line: Rect) {
    let value = health.value(indicator);
    let style = |usual| if place == health.place { StyleRole::Cursor } else { usual };
    let text = value.map_or_else(|| "–".to_owned(), shown);
    let x = line.x + GUTTER;
    canvas.put(x, line.y, NAME, indicator.name(), style(StyleRole::Dim));
    let x = x + NAME;
    canvas.right(
        Rect { x, width: VALUE.min(line.right().saturating_sub(x)), ..line },
        &text,
        style(worry(indicator, value)),
    );
    let x = x + VALUE + 2;
    let room = line.right().saturating_sub(x + 1);
    let marks = spark(health.samples(indicator), usize::from(room));
    canvas.right(Rect { x: x.min(line.right()), width: room, ..line }, &marks, style(StyleRole::Accent));
}

/// Returns the style of an indicator: a warning for errors and failed logins.
fn worry(indicator: Indicator, value: Option<Value>) -> StyleRole {
    match (indicator, value) {
        (Indicator::Errors, Some(Value::Rate(rate))) if rate > 0.0 => StyleRole::Bad,
        (Indicator::FailedLogins, Some(Value::Count(1..))) => StyleRole::Warn,
        _ => StyleRole::Text,
    }
}

/// A mark for each of the newest samples that there is room for; a blank where nothing is known.
fn spark(samples: impl DoubleEndedIterator<Item = Option<f64>>, room: usize) -> String {
    let mut shown: Vec<_> = samples.rev().take(room).collect();
    shown.reverse();
    let most = shown.iter().flatten().copied().fold(0.0, f64::max);
    shown.into_iter().map(|sample| sample.map_or(" ", |sample| level(sample, most))).collect()
}

fn level(value: f64, most: f64) -> &'static str {
    let parts = (0..7_u8).zip(LEVELS);
    let mut fitting = parts.filter(|(part, _)| value * 7.0 <= most * f64::from(*part));
    fitting.next().map_or(LEVELS[7], |(_, mark)| mark)
}

fn titles(placed: &[Placed], canvas: &mut Canvas<'_>, line: Option<Rect>) {
    let Some(line) = line else { return };
    for Placed { column, x, width } in placed {
        let cell = Rect { x: line.x + GUTTER + x, width: *width, ..line };
        write(canvas, cell, column, &column.title.to_uppercase(), StyleRole::Dim);
    }
}

fn show_route(
    route: &str,
    answers: &Answers,
    placed: &[Placed],
    is_current: bool,
    canvas: &mut Canvas<'_>,
    line: Rect,
) {
    for Placed { column, x, width } in placed {
        let (usual, text) = cell(route, answers, column.field);
        let style = if answers.all == 0 { StyleRole::Dim } else { usual };
        let area = Rect { x: line.x + GUTTER + x, width: *width, ..line };
        write(canvas, area, column, &text, if is_current { StyleRole::Cursor } else { style });
    }
}

fn cell(route: &str, answers: &Answers, field: Field) -> (StyleRole, String) {
    let time = |part| answers.seconds.quantile(part).map_or_else(|| "–".to_owned(), duration);
    match field {
        Field::ROUTE => (StyleRole::Text, route.to_owned()),
        Field::REQUESTS => (StyleRole::Text, count(answers.all)),
        Field::REFUSED => (StyleRole::Text, count(answers.refused)),
        Field::FAILED if answers.failed > 0 => (StyleRole::Bad, count(answers.failed)),
        Field::FAILED => (StyleRole::Text, count(answers.failed)),
        Field::MEDIAN => (StyleRole::Text, time(0.5)),
        _ => (StyleRole::Text, time(0.99)),
    }
}

/// Numbers stand at the right of their column.
fn write(canvas: &mut Canvas<'_>, cell: Rect, column: &Column, text: &str, style: StyleRole) {
    if column.field == Field::ROUTE {
        canvas.left(cell, text, style);
    } else {
        canvas.right(cell, text, style);
    }
}

fn shown(value: Value) -> String {
    match value {
        Value::Rate(rate) if rate <= 0.0 => "0/s".to_owned(),
        Value::Rate(rate) if rate < 0.1 => "< 0.1/s".to_owned(),
        Value::Rate(rate) if rate < 10.0 => format!("{rate:.1}/s"),
        Value::Rate(rate) => {
            let whole = format!("{rate:.0}");
            format!("{}/s", whole.parse().map_or(whole, count))
        }
        Value::Time(time) => duration(time),
        Value::Count(number) => count(number),
    }
}

/// A time in the unit that says it shortest.
fn duration(time: Quantile) -> String {
    let seconds = time.seconds();
    let millis = seconds * 1000.0;
    let text = match millis {
        0.0..9.95 => format!("{millis:.1} ms"),
        9.95..999.5 => format!("{millis:.0} ms"),
        _ if seconds < 9.95 => format!("{seconds:.1} s"),
        _ => format!("{seconds:.0} s"),
    };
    match time {
        Quantile::About(_) => text,
        Quantile::AtLeast(_) => format!("≥ {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spark_lines_are_scaled_to_the_maximum() {
        for (samples, room, marks) in [
            (&[Some(0.0), Some(1.0), Some(4.0), Some(7.0)][..], 9, "▁▂▅█"),
            (&[Some(7.0), None, Some(3.5)], 9, "█ ▅"),
            (&[Some(0.0), Some(0.0)], 9, "▁▁"),
            (&[Some(9.0), Some(1.0), Some(2.0)], 2, "▅█"),
            (&[None, None], 2, "  "),
            (&[], 4, ""),
            (&[Some(1.0)], 0, ""),
        ] {
            assert_eq!(spark(samples.iter().copied(), room), marks, "{samples:?}");
        }
        assert!(LEVELS.iter().all(|mark| crate::terminal::text::width(mark) == 1));
    }

    #[test]
    fn values_are_shown_in_a_fitting_unit() {
        for (value, text) in [
            (Value::Rate(0.0), "0/s"),
            (Value::Rate(0.017), "< 0.1/s"),
            (Value::Rate(3.25), "3.2/s"),
            (Value::Rate(1234.5), "1,234/s"),
            (Value::Time(Quantile::About(0.000_42)), "0.4 ms"),
            (Value::Time(Quantile::About(0.012_4)), "12 ms"),
            (Value::Time(Quantile::About(1.25)), "1.2 s"),
            (Value::Time(Quantile::AtLeast(10.0)), "≥ 10 s"),
            (Value::Count(12_345), "12,345"),
        ] {
            assert_eq!(shown(value), text);
        }
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (7_260, "2 h 1 min"),
            (90_000, "1 d 1 h"),
            (86_400_000, "1,000 d 0 h"),
        ] {
            assert_eq!(uptime(seconds), text);
        }
    }
}
