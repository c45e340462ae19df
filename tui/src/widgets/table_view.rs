//! Drawing of a list: column titles, rows, scroll bar and detail pane.

use ratatui::layout::Rect;

use crate::client::collection::Sort;
use crate::client::columns::{self, Column, Placed};
use crate::client::error::ConsoleError;
use crate::client::names::Names;
use crate::client::row::Row;
use crate::terminal::theme::StyleRole;
use crate::widgets::canvas::Canvas;
use crate::widgets::hit_test::Target;
use crate::widgets::layout::{Areas, margin};
use crate::widgets::row_details;
use crate::widgets::table::Table;
use crate::widgets::text_viewer::TextViewer;

/// The width of the gutter, which shows the cursor and the mark.
const GUTTER: u16 = 2;

pub(crate) fn list(
    table: &Table,
    columns: Vec<&'static Column>,
    names: &Names,
    canvas: &mut Canvas<'_>,
    areas: &Areas,
) {
    let rows = areas.rows;
    canvas.hit(rows, Target::List);
    let width = rows.width.saturating_sub(GUTTER + 2);
    let placed = columns::place(columns, width);
    header(table, &placed, canvas, areas.header);
    let mut is_empty = true;
    for (place, y) in table.visible(u64::from(rows.height)).zip(rows.top()..rows.bottom()) {
        let line = Rect { y, height: 1, width: rows.width.saturating_sub(1), ..rows };
        canvas.hit(line, Target::Row(place));
        row(names, table, place, &placed, canvas, line);
        is_empty = false;
    }
    if is_empty {
        nothing(table, canvas, margin(rows));
    }
    scroll_bar(table, canvas, rows);
    pane(names, table, canvas, areas);
}

fn header(table: &Table, placed: &[Placed], canvas: &mut Canvas<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    for Placed { column, x, width } in placed {
        let arrow = match table.sort {
            Some(Sort { key, descending }) if column.sort == Some(key) => {
                if descending {
                    " ↓"
                } else {
                    " ↑"
                }
            }
            _ => "",
        };
        let x = area.x + GUTTER + x;
        canvas.put(x, area.y, *width, &format!("{}{arrow}", column.title.to_uppercase()), StyleRole::Dim);
        if column.sort.is_some() {
            canvas.hit(Rect { x, width: *width, ..area }, Target::Column(column.field));
        }
    }
}

fn row(names: &Names, table: &Table, place: u64, placed: &[Placed], canvas: &mut Canvas<'_>, line: Rect) {
    let Some(row) = table.window.as_ref().and_then(|window| window.row(place)) else {
        let style = if place == table.place { StyleRole::Cursor } else { StyleRole::Dim };
        if place == table.place {
            canvas.fill(line, style);
        }
        canvas.put(line.x + GUTTER, line.y, line.width, "·  ·  ·", style);
        return;
    };
    let is_current = place == table.place;
    let is_marked = table.marks.contains_key(&row.id()) || in_range(table, place);
    if is_current {
        canvas.fill(line, StyleRole::Cursor);
        canvas.put(line.x, line.y, 1, "▌", StyleRole::Cursor);
    }
    let whole = match (is_current, is_marked) {
        (true, _) => Some(StyleRole::Cursor),
        (false, true) => Some(StyleRole::Marked),
        (false, false) => None,
    };
    if is_marked {
        canvas.put(line.x + 1, line.y, 1, "•", whole.unwrap_or(StyleRole::Marked));
    }
    for Placed { column, x, width } in placed {
        let style = whole.unwrap_or_else(|| row.style(column.field));
        canvas.put(line.x + GUTTER + x, line.y, *width, &names.cell(row, column.field), style);
    }
}

fn in_range(table: &Table, place: u64) -> bool {
    table.range_from.is_some_and(|from| (from.min(table.place)..=from.max(table.place)).contains(&place))
}

/// Draws the reason why the list is empty.
fn nothing(table: &Table, canvas: &mut Canvas<'_>, area: Rect) {
    if let Some(error) = &table.error {
        return explain(error, canvas, area);
    }
    canvas.left(area, &nothing_text(table), StyleRole::Dim);
}

/// Returns the text shown for an empty list.
pub(crate) fn nothing_text(table: &Table) -> String {
    if table.window.is_none() {
        return "loading …".to_owned();
    }
    let noun = table.collection.noun(true);
    match table.query.as_str() {
        "" => format!("There are no {noun} here."),
        query => format!("No {noun} match “{}”.", crate::terminal::text::escaped(query)),
    }
}

/// Draws an error: what happened, what to do, and the request id.
pub(crate) fn explain(error: &ConsoleError, canvas: &mut Canvas<'_>, area: Rect) {
    let mut lines = vec![vec![(StyleRole::Bad, error.headline().to_owned())]];
    let mut say = |style, text: &str| {
        lines.extend(
            crate::terminal::text::wrap(text, usize::from(area.width))
                .into_iter()
                .map(|part| vec![(style, part)]),
        );
    };
    say(StyleRole::Text, &error.what);
    if let Some(next) = &error.next {
        say(StyleRole::Accent, next);
    }
    if error.may_pass() {
        say(StyleRole::Dim, "It is retried automatically.");
    }
    if let Some(id) = &error.request_id {
        say(StyleRole::Dim, &format!("request {id}"));
    }
    canvas.lines(area, &lines, 0);
}

fn scroll_bar(table: &Table, canvas: &mut Canvas<'_>, rows: Rect) {
    let (Some(len), Some(first)) = (table.len(), table.ordinal(table.top)) else { return };
    let height = u64::from(rows.height);
    if height == 0 || len <= height || rows.width < 8 {
        return;
    }
    let x = rows.right() - 1;
    let size = (height * height / len).clamp(1, height);
    let at = first * (height - size) / (len - height);
    for line in 0..height {
        let is_thumb = (at..at + size).contains(&line);
        let y = rows.y + u16::try_from(line).unwrap_or(0);
        canvas.put(x, y, 1, if is_thumb { "█" } else { " " }, StyleRole::Rule);
        let thousandths = if height < 2 { 0 } else { line * 1000 / (height - 1) };
        let target = Target::ScrollBar(u16::try_from(thousandths).unwrap_or(1000));
        canvas.hit(Rect { x, y, width: 1, height: 1 }, target);
    }
}

fn pane(names: &Names, table: &Table, canvas: &mut Canvas<'_>, areas: &Areas) {
    if areas.pane.width == 0 || areas.pane.height == 0 {
        return;
    }
    let (rule, pane) = (areas.rule, margin(areas.pane));
    for y in rule.top()..rule.bottom() {
        let across = if rule.width == 1 { "│".to_owned() } else { "─".repeat(usize::from(rule.width)) };
        canvas.put(rule.x, y, rule.width, &across, StyleRole::Rule);
    }
    canvas.hit(areas.pane, Target::TextViewer);
    match table.current() {
        Some(row @ (Row::Resume(_) | Row::Revision(_))) => {
            match table.pane.viewer_of(&table.collection, row) {
                Some(viewer) => text(viewer, canvas, pane),
                None => {
                    // The text of another row would be mistaken for this one's.
                    let mut lines = row_details::about(row, names, usize::from(pane.width));
                    lines.push(vec![(StyleRole::Dim, "loading …".to_owned())]);
                    canvas.lines(pane, &lines, 0);
                }
            }
        }
        Some(row) => {
            let lines = row_details::about(row, names, usize::from(pane.width));
            canvas.lines(pane, &lines, table.pane.viewer.scroll);
        }
        None => {}
    }
}

/// Draws a text, or the error that keeps it from being shown.
pub(crate) fn text(viewer: &TextViewer, canvas: &mut Canvas<'_>, area: Rect) {
    if let Some(error) = viewer.error() {
        explain(error, canvas, area);
    } else if viewer.lines().is_empty() && viewer.is_waiting() {
        canvas.left(area, "loading …", StyleRole::Dim);
    } else {
        canvas.lines(area, viewer.lines(), viewer.scroll);
    }
}
