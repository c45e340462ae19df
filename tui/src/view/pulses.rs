//! How the server fares: services, pulses with their spark lines, routes.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::list::explain;
use crate::columns::{self, Column, Field, Placed};
use crate::figures::{Answers, Figures};
use crate::histogram::Quantile;
use crate::hit::Target;
use crate::layout::{Areas, margin};
use crate::paper::Line;
use crate::pulses::{Pulse, Pulses, Value};
use crate::text::count;
use crate::theme::Ink;

/// The cursor's column, and one of air.
const GUTTER: u16 = 2;
/// Columns of a pulse's name, and of what it is at.
const NAME: u16 = 14;
const VALUE: u16 = 9;
/// What stands before health that is not of now.
const UNKNOWN: &str = "not known now; last seen: ";
/// From nothing to the most of what is shown.
const LEVELS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

pub(super) fn pulses(pulses: &Pulses, canvas: &mut Canvas<'_>, areas: &Areas) {
    let Some(newest) = pulses.newest() else {
        match &pulses.trouble {
            Some(trouble) => explain(trouble, canvas, margin(areas.rows)),
            None => {
                canvas.left(margin(areas.rows), "reading …", Ink::Dim);
            }
        }
        return;
    };
    canvas.lines(margin(areas.card), &health(newest, pulses.trouble.is_none()), 0);
    let rows = areas.rows;
    let placed = columns::place(columns::ROUTES.iter().collect(), rows.width.saturating_sub(GUTTER + 1));
    for (place, pulse) in Pulse::ALL.into_iter().enumerate() {
        if let Some(line) = line(pulses, canvas, rows, place) {
            show_pulse(pulses, pulse, place, canvas, line);
        }
    }
    for (at, (route, answers)) in pulses.routes().iter().enumerate() {
        let place = Pulse::ALL.len() + at;
        if at == 0 {
            titles(&placed, canvas, visible(pulses, rows, Pulses::line(place) - 1));
        }
        if let Some(line) = line(pulses, canvas, rows, place) {
            show_route(route, answers, &placed, place == pulses.place, canvas, line);
        }
    }
}

/// How long the server is up, in two units at most.
pub(super) fn uptime(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{} d {} h", count(days), hours % 24),
    }
}

/// How the services fare, in a sentence.
pub(crate) fn health_words(figures: &Figures, is_now: bool) -> String {
    let word = |is_up: bool| if is_up { "up" } else { "down" };
    let services = figures.services.iter().map(|(service, is_up)| format!("{service} {}", word(*is_up)));
    let mut words: Vec<_> = services.collect();
    words.push(match figures.stuck {
        0 => "events move".to_owned(),
        stuck => format!("stuck feeds of events: {}", count(stuck)),
    });
    format!("{}{}", if is_now { "" } else { UNKNOWN }, words.join(", "))
}

/// What the cursor is on, in a sentence.
pub(crate) fn current_words(pulses: &Pulses) -> String {
    if let Some(pulse) = Pulse::ALL.get(pulses.place) {
        let value = pulses.value(*pulse).map_or_else(|| "nothing yet".to_owned(), shown);
        return format!("{} {value}", pulse.name());
    }
    let at = pulses.place - Pulse::ALL.len();
    let Some((route, answers)) = pulses.routes().get(at) else { return String::new() };
    let cells = columns::ROUTES.iter().skip(1).map(|column| {
        let (_, text) = cell(route, answers, column.field);
        format!("{} {text}", column.title)
    });
    format!("{route}, {}", cells.collect::<Vec<_>>().join(", "))
}

/// What does not work, then what does; then why feeds are stuck.
fn health(figures: &Figures, is_now: bool) -> Vec<Line> {
    let ink = |ink| if is_now { ink } else { Ink::Dim };
    let mut first = Line::new();
    if !is_now {
        first.push((Ink::Warn, UNKNOWN.to_owned()));
    }
    match figures.stuck {
        0 => {}
        1 => first.push((ink(Ink::Bad), "a feed of events is stuck  ".to_owned())),
        stuck => first.push((ink(Ink::Bad), format!("{} feeds of events are stuck  ", count(stuck)))),
    }
    let named = |is_up: bool| figures.services.iter().filter(move |(_, known)| **known == is_up);
    first.extend(named(false).map(|(service, _)| (ink(Ink::Bad), format!("○ {service} down  "))));
    first.extend(named(true).map(|(service, _)| (ink(Ink::Good), format!("● {service}  "))));
    if figures.stuck == 0 {
        first.push((Ink::Dim, "events move".to_owned()));
    }
    let stuck = figures.stuck_feeds.iter();
    let stuck =
        stuck.map(|(feed, why)| vec![(ink(Ink::Bad), feed.clone()), (ink(Ink::Text), format!(": {why}"))]);
    std::iter::once(first).chain(stuck).collect()
}

/// The line of the screen that a line of the text is on now.
fn visible(pulses: &Pulses, rows: Rect, line: usize) -> Option<Rect> {
    let down = u16::try_from(line.checked_sub(pulses.top)?).ok()?;
    (down < rows.height).then(|| Rect { y: rows.y + down, height: 1, ..rows })
}

/// The line of something that the cursor can be on, painted if it is.
fn line(pulses: &Pulses, canvas: &mut Canvas<'_>, rows: Rect, place: usize) -> Option<Rect> {
    let line = visible(pulses, rows, Pulses::line(place))?;
    canvas.hit(line, Target::Pulse(place));
    if place == pulses.place {
        canvas.fill(line, Ink::Cursor);
        canvas.put(line.x, line.y, 1, "▌", Ink::Cursor);
    }
    Some(line)
}

fn show_pulse(pulses: &Pulses, pulse: Pulse, place: usize, canvas: &mut Canvas<'_>, line: Rect) {
    let value = pulses.value(pulse);
    let ink = |usual| if place == pulses.place { Ink::Cursor } else { usual };
    let text = value.map_or_else(|| "–".to_owned(), shown);
    let x = line.x + GUTTER;
    canvas.put(x, line.y, NAME, pulse.name(), ink(Ink::Dim));
    let x = x + NAME;
    canvas.right(
        Rect { x, width: VALUE.min(line.right().saturating_sub(x)), ..line },
        &text,
        ink(worry(pulse, value)),
    );
    let x = x + VALUE + 2;
    let room = line.right().saturating_sub(x + 1);
    let marks = spark(pulses.beats(pulse), usize::from(room));
    canvas.right(Rect { x: x.min(line.right()), width: room, ..line }, &marks, ink(Ink::Accent));
}

/// What must not be overlooked.
fn worry(pulse: Pulse, value: Option<Value>) -> Ink {
    match (pulse, value) {
        (Pulse::Errors, Some(Value::Rate(rate))) if rate > 0.0 => Ink::Bad,
        (Pulse::FailedLogins, Some(Value::Count(1..))) => Ink::Warn,
        _ => Ink::Text,
    }
}

/// A mark for each of the newest beats that there is room for; a blank where nothing is known.
fn spark(beats: impl DoubleEndedIterator<Item = Option<f64>>, room: usize) -> String {
    let mut shown: Vec<_> = beats.rev().take(room).collect();
    shown.reverse();
    let most = shown.iter().flatten().copied().fold(0.0, f64::max);
    shown.into_iter().map(|beat| beat.map_or(" ", |beat| level(beat, most))).collect()
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
        write(canvas, cell, column, &column.title.to_uppercase(), Ink::Dim);
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
        let ink = if answers.all == 0 { Ink::Dim } else { usual };
        let area = Rect { x: line.x + GUTTER + x, width: *width, ..line };
        write(canvas, area, column, &text, if is_current { Ink::Cursor } else { ink });
    }
}

fn cell(route: &str, answers: &Answers, field: Field) -> (Ink, String) {
    let time = |part| answers.seconds.quantile(part).map_or_else(|| "–".to_owned(), duration);
    match field {
        Field::Route => (Ink::Text, route.to_owned()),
        Field::Requests => (Ink::Text, count(answers.all)),
        Field::Refused => (Ink::Text, count(answers.refused)),
        Field::Failed if answers.failed > 0 => (Ink::Bad, count(answers.failed)),
        Field::Failed => (Ink::Text, count(answers.failed)),
        Field::Median => (Ink::Text, time(0.5)),
        _ => (Ink::Text, time(0.99)),
    }
}

/// Numbers stand at the right of their column.
fn write(canvas: &mut Canvas<'_>, cell: Rect, column: &Column, text: &str, ink: Ink) {
    if column.field == Field::Route {
        canvas.left(cell, text, ink);
    } else {
        canvas.right(cell, text, ink);
    }
}

fn shown(value: Value) -> String {
    match value {
        Value::Rate(rate) if rate <= 0.0 => "0/s".to_owned(),
        Value::Rate(rate) if rate < 0.1 => "< 0.1/s".to_owned(),
        Value::Rate(rate) if rate < 10.0 => format!("{rate:.1}/s"),
        Value::Rate(rate) => format!("{rate:.0}/s"),
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
    fn spark_lines_reach_from_nothing_to_the_most() {
        for (beats, room, marks) in [
            (&[Some(0.0), Some(1.0), Some(4.0), Some(7.0)][..], 9, "▁▂▅█"),
            (&[Some(7.0), None, Some(3.5)], 9, "█ ▅"),
            (&[Some(0.0), Some(0.0)], 9, "▁▁"),
            (&[Some(9.0), Some(1.0), Some(2.0)], 2, "▅█"),
            (&[None, None], 2, "  "),
            (&[], 4, ""),
            (&[Some(1.0)], 0, ""),
        ] {
            assert_eq!(spark(beats.iter().copied(), room), marks, "{beats:?}");
        }
        assert!(LEVELS.iter().all(|mark| crate::text::width(mark) == 1));
    }

    #[test]
    fn values_are_short_and_in_the_fitting_unit() {
        for (value, text) in [
            (Value::Rate(0.0), "0/s"),
            (Value::Rate(0.017), "< 0.1/s"),
            (Value::Rate(3.25), "3.2/s"),
            (Value::Rate(1234.5), "1234/s"),
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
