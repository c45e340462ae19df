//! The list screen for a screen reader.

use crate::app::action::Action;
use crate::client::columns::Field;
use crate::client::error::ConsoleError;
use crate::client::row::Row;
use crate::screen_reader::{Speech, Topic};
use crate::screens::list::words::{narrowings, order_word};
use crate::screens::list::{List, position};
use crate::screens::resume::announce_text;
use crate::screens::screen::{Screen as _, ViewContext};
use crate::terminal::text::{count, escaped};
use crate::widgets::table::Table;
use crate::widgets::table_view;

pub(super) fn announce(list: &List, cx: &ViewContext<'_>, speech: &mut Speech) {
    let table = &list.table;
    let mut words = vec![list.title()];
    words.extend(narrowings(table).into_iter().map(|(key, value)| format!("{key} {value}")));
    if cx.filter.is_none() && !table.query.is_empty() {
        words.push(format!("filter “{}”", escaped(&table.query)));
    }
    if let Some(sort) = table.sort {
        let order = if sort.descending { "descending" } else { "ascending" };
        words.push(format!("by {}, {order}", order_word(sort)));
    }
    announce_table(table, &words.join(", "), None, cx, speech);
}

/// Says a table: its name, the error of its screen, its size, the current row.
pub(crate) fn announce_table(
    table: &Table,
    name: &str,
    error: Option<&ConsoleError>,
    cx: &ViewContext<'_>,
    speech: &mut Speech,
) {
    speech.say(Topic::Place, name);
    if let Some(error) = error {
        speech.error(error);
    }
    if let Some(len) = table.len() {
        speech.say(Topic::Extent, format!("{} {}", count(len), table.collection.noun(len != 1)));
    }
    if table.new_rows > 0 {
        let key = cx.keymap.key_text(Action::Reload);
        let noun = table.collection.noun(table.new_rows > 1);
        speech.say(Topic::About(0), format!("{} new {noun}: {key} shows them", count(table.new_rows)));
    }
    if let Some(input) = cx.filter {
        speech.field("Filter", input.before(), input.after());
    }
    match table.current() {
        Some(row) => announce_row(table, row, cx, speech),
        None => match &table.error {
            Some(error) => speech.error(error),
            None if table.window.is_some() && table.len() == Some(0) => {
                speech.say(Topic::Row, table_view::nothing_text(table));
            }
            // The status line says that the rows are being read.
            None => {}
        },
    }
}

fn announce_row(table: &Table, row: &Row, cx: &ViewContext<'_>, speech: &mut Speech) {
    let marked = if table.marks.contains_key(&row.id()) { "marked, " } else { "" };
    speech.say(Topic::Row, format!("{}: {marked}{}", position(table), row_words(table, row, cx)));
    // The pane is read to users who scroll it; otherwise every step in the list would read it out.
    let text = table.pane.viewer_of(&table.collection, row).filter(|text| text.scroll > 0);
    if let Some(text) = text.filter(|_| table.pane.is_wanted) {
        announce_text(text, cx, speech);
    }
}

/// Returns the cells of a row, with the column's title where a value alone is ambiguous.
fn row_words(table: &Table, row: &Row, cx: &ViewContext<'_>) -> String {
    let cells = cx.columns_of(&table.collection).into_iter().filter_map(|column| {
        let cell = cx.names.cell(row, column.field);
        let is_named = matches!(
            column.field,
            Field::UPDATED | Field::CREATED | Field::DELETED | Field::EXPIRES | Field::VERSION | Field::OWNER
        );
        match cell.as_str() {
            "" => None,
            _ if is_named => Some(format!("{} {cell}", column.title)),
            _ => Some(cell),
        }
    });
    cells.collect::<Vec<_>>().join(", ")
}
