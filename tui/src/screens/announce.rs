//! What the screens say.

use crate::app::action::Action;
use crate::app::bars;
use crate::app::layout;
use crate::app::model::Model;
use crate::client::columns::Field;
use crate::client::error::ConsoleError;
use crate::client::row::Row;
use crate::screen_reader::{Speech, Topic, plain};
use crate::screens::{Person, Screen};
use crate::screens::{detail_view, health::view as health};
use crate::terminal::text::{count, escaped};
use crate::widgets::table::Table;
use crate::widgets::table_view as list;
use crate::widgets::text_viewer::TextViewer;

/// Who is logged in where, how careful to be, and how to find out more.
pub(crate) fn who(model: &Model, speech: &mut Speech) {
    let (name, care) = bars::care_words(model);
    let mut words = vec!["vitae".to_owned()];
    if !name.is_empty() {
        words.push(format!("profile {name}"));
    }
    words.extend(care.into_iter().map(str::to_owned));
    words.push(bars::who(model));
    let key = |action| model.keymap.key_text(action);
    speech.say(Topic::Who, words.join(", "));
    let (help, palette) = (key(Action::Help), key(Action::Palette));
    speech.say(Topic::Hint, format!("{help} says what can be done, {palette} finds any action"));
}

pub(crate) fn screen(model: &Model, speech: &mut Speech) {
    let areas = layout::areas(model);
    match &model.screen {
        Screen::Table(table) => list(model, table, &table_words(model, table), speech),
        Screen::Person(person) => {
            if let Some(table) = model.screen.table() {
                list(model, table, &person_words(model, person), speech);
            }
        }
        Screen::Reader(reader) => {
            speech.say(Topic::Place, model.screen.title());
            viewer(&reader.viewer, usize::from(areas.viewer(&model.screen).height), speech);
        }
        Screen::Health(screen) => {
            speech.say(Topic::Place, "Health, over the last minute");
            if let Some(newest) = screen.newest() {
                let places = format!("{} of {}", screen.place + 1, screen.places());
                speech.say(Topic::About(0), health::health_words(newest, screen.error.is_none()));
                speech.say(Topic::Row, format!("{places}: {}", health::current_words(screen)));
            }
        }
        Screen::Log(scroll) => {
            speech.say(Topic::Place, format!("Log, {}", bars::place_text(model)));
            let lines: Vec<_> = model.log.iter().rev().map(detail_view::log_line).collect();
            speech.text(&lines, *scroll, usize::from(areas.rows.height));
        }
    }
}

/// What is going on; the same notice, said again, is news.
pub(crate) fn status(model: &Model, speech: &mut Speech) {
    if let Some((_, text)) = bars::status_text(model) {
        let at = model.notice.as_ref().map(|notice| (notice.at, model.log.len()));
        speech.say_at(Topic::Status, &text, at);
    }
}

/// What a list is, with all that narrows it.
fn table_words(model: &Model, table: &Table) -> String {
    let mut words = vec![model.screen.title()];
    words.extend(bars::narrowings(table).into_iter().map(|(key, value)| format!("{key} {value}")));
    if model.filter.is_none() && !table.query.is_empty() {
        words.push(format!("filter “{}”", escaped(&table.query)));
    }
    if let Some(sort) = table.sort {
        let order = if sort.descending { "descending" } else { "ascending" };
        words.push(format!("by {}, {order}", bars::order_word(sort)));
    }
    words.join(", ")
}

fn person_words(model: &Model, person: &Person) -> String {
    let mut words = vec![model.screen.title()];
    if let Some(user) = person.user() {
        words.extend(detail_view::card_text(user).first().map(plain));
    }
    let tab = Person::TABS.get(person.tab).copied().unwrap_or_default();
    words.push(format!("tab {tab}, {} of {}", person.tab + 1, Person::TABS.len()));
    words.join(", ")
}

fn list(model: &Model, table: &Table, place: &str, speech: &mut Speech) {
    speech.say(Topic::Place, place);
    if let Screen::Person(person) = &model.screen
        && let Some(error) = person.error()
    {
        told(error, speech);
    }
    if let Some(len) = table.len() {
        speech.say(Topic::Extent, format!("{} {}", count(len), table.collection.noun(len != 1)));
    }
    if table.news > 0 {
        let key = model.keymap.key_text(Action::Reload);
        let noun = table.collection.noun(table.news > 1);
        speech.say(Topic::About(0), format!("{} new {noun}: {key} shows them", count(table.news)));
    }
    if let Some(line) = &model.filter {
        speech.field("Filter", line.before(), line.after());
    }
    let Some(row) = table.current() else {
        match &table.error {
            Some(error) => told(error, speech),
            None if table.window.is_some() && table.len() == Some(0) => {
                speech.say(Topic::Row, list::nothing_text(table));
            }
            // The status says that it is being read.
            None => {}
        }
        return;
    };
    let marked = if table.marks.contains_key(&row.id()) { "marked, " } else { "" };
    speech.say(Topic::Row, format!("{}: {marked}{}", bars::place_text(model), row_words(model, table, row)));
    // The pane is heard by whoever scrolls it; else every step in the list would read it out.
    let heard = table.pane.sheet_of(&table.collection, row).filter(|viewer| viewer.scroll > 0);
    if let Some(heard) = heard.filter(|_| table.pane.is_wanted) {
        let height = layout::areas(model).viewer(&model.screen).height;
        viewer(heard, usize::from(height), speech);
    }
}

/// The cells of a row, with names where a value says not itself what it is.
fn row_words(model: &Model, table: &Table, row: &Row) -> String {
    let cells = model.columns_of(&table.collection).into_iter().filter_map(|column| {
        let cell = model.names.cell(row, column.field);
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

fn viewer(viewer: &TextViewer, height: usize, speech: &mut Speech) {
    if let Some(error) = viewer.error() {
        told(error, speech);
    } else if viewer.lines().is_empty() && viewer.is_waiting() {
        speech.say(Topic::Row, "reading");
    } else {
        speech.text(viewer.lines(), viewer.scroll, height);
    }
}

/// What went wrong, what to do, and the id to ask about it with.
fn told(error: &ConsoleError, speech: &mut Speech) {
    let mut words = vec![format!("{}: {}", error.headline(), error.what)];
    words.extend(error.next.clone());
    words.extend(error.request_id.as_ref().map(|id| format!("request {id}")));
    speech.say(Topic::About(1), words.join(", "));
}
