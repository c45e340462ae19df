//! What the screens say.

use super::{Speech, Topic, plain};
use crate::action::Action;
use crate::columns::Field;
use crate::layout;
use crate::model::Model;
use crate::row::Row;
use crate::screen::{Person, Screen};
use crate::sheet::Sheet;
use crate::table::Table;
use crate::text::{count, escaped};
use crate::trouble::Trouble;
use crate::view::{bars, list, pulses, sheets};

/// Who is logged in where, how careful to be, and how to find out more.
pub(super) fn who(model: &Model, speech: &mut Speech) {
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

pub(super) fn screen(model: &Model, speech: &mut Speech) {
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
            sheet(&reader.sheet, usize::from(areas.sheet(&model.screen).height), speech);
        }
        Screen::Pulses(screen) => {
            speech.say(Topic::Place, "Pulses, over the last minute");
            if let Some(newest) = screen.newest() {
                let places = format!("{} of {}", screen.place + 1, screen.places());
                speech.say(Topic::About(0), pulses::health_words(newest, screen.trouble.is_none()));
                speech.say(Topic::Row, format!("{places}: {}", pulses::current_words(screen)));
            }
        }
        Screen::Log(scroll) => {
            speech.say(Topic::Place, format!("Log, {}", bars::place_text(model)));
            let lines: Vec<_> = model.log.iter().rev().map(sheets::log_line).collect();
            speech.text(&lines, *scroll, usize::from(areas.rows.height));
        }
    }
}

/// What is going on; the same notice, said again, is news.
pub(super) fn status(model: &Model, speech: &mut Speech) {
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
        words.extend(sheets::card_text(user).first().map(plain));
    }
    let tab = Person::TABS.get(person.tab).copied().unwrap_or_default();
    words.push(format!("tab {tab}, {} of {}", person.tab + 1, Person::TABS.len()));
    words.join(", ")
}

fn list(model: &Model, table: &Table, place: &str, speech: &mut Speech) {
    speech.say(Topic::Place, place);
    if let Screen::Person(person) = &model.screen
        && let Some(trouble) = person.trouble()
    {
        told(trouble, speech);
    }
    if let Some(len) = table.len() {
        speech.say(Topic::Extent, format!("{} {}", count(len), table.source.noun(len != 1)));
    }
    if table.news > 0 {
        let key = model.keymap.key_text(Action::Reload);
        let noun = table.source.noun(table.news > 1);
        speech.say(Topic::About(0), format!("{} new {noun}: {key} shows them", count(table.news)));
    }
    if let Some(line) = &model.filter {
        speech.field("Filter", line.before(), line.after());
    }
    let Some(row) = table.current() else {
        match &table.trouble {
            Some(trouble) => told(trouble, speech),
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
    let heard = table.pane.sheet_of(&table.source, row).filter(|sheet| sheet.scroll > 0);
    if let Some(heard) = heard.filter(|_| table.pane.is_wanted) {
        let height = layout::areas(model).sheet(&model.screen).height;
        sheet(heard, usize::from(height), speech);
    }
}

/// The cells of a row, with names where a value says not itself what it is.
fn row_words(model: &Model, table: &Table, row: &Row) -> String {
    let cells = model.columns_of(&table.source).into_iter().filter_map(|column| {
        let cell = model.names.cell(row, column.field);
        let is_named = matches!(
            column.field,
            Field::Updated | Field::Created | Field::Deleted | Field::Expires | Field::Version | Field::Owner
        );
        match cell.as_str() {
            "" => None,
            _ if is_named => Some(format!("{} {cell}", column.title)),
            _ => Some(cell),
        }
    });
    cells.collect::<Vec<_>>().join(", ")
}

fn sheet(sheet: &Sheet, height: usize, speech: &mut Speech) {
    if let Some(trouble) = sheet.trouble() {
        told(trouble, speech);
    } else if sheet.lines().is_empty() && sheet.is_waiting() {
        speech.say(Topic::Row, "reading");
    } else {
        speech.text(sheet.lines(), sheet.scroll, height);
    }
}

/// What went wrong, what to do, and the id to ask about it with.
fn told(trouble: &Trouble, speech: &mut Speech) {
    let mut words = vec![format!("{}: {}", trouble.headline(), trouble.what)];
    words.extend(trouble.next.clone());
    words.extend(trouble.request_id.as_ref().map(|id| format!("request {id}")));
    speech.say(Topic::About(1), words.join(", "));
}
