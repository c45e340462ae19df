//! Actions on a table.

use crate::app::action_kind::{Movement, ScreenAction, TableAction, TextAction};
use crate::app::location::Location;
use crate::client::collection::{Collection, Sort};
use crate::client::row::{Row, RowId};
use crate::client::ticket::Part;
use crate::client::window::Anchor;
use crate::screens::screen::{Outcome, UpdateContext, update_text};
use crate::terminal::theme::StyleRole;
use crate::widgets::table::Table;
use crate::widgets::text_viewer::Content;

/// Returns whether an action means something at the cursor of a table.
pub(crate) fn offers(table: &Table, action: ScreenAction) -> bool {
    let row = table.current();
    match action {
        ScreenAction::Move(_) => true,
        ScreenAction::Open => row.is_some_and(|row| !matches!(row, Row::Session(_))),
        ScreenAction::Tab(_) => false,
        ScreenAction::Text(TextAction::Scroll(_)) => table.pane.is_wanted,
        ScreenAction::Text(TextAction::ToggleRaw) => shows_resume(table),
        ScreenAction::Table(action) => match action {
            TableAction::Sort | TableAction::Reverse => table.sort.is_some(),
            TableAction::Mark | TableAction::MarkRange => row.is_some(),
            TableAction::MarkAll => matches!(row, Some(Row::User(_) | Row::Resume(_))),
            TableAction::TogglePane => true,
            TableAction::Compare => matches!(table.collection, Collection::Revisions(_)),
        },
    }
}

fn shows_resume(table: &Table) -> bool {
    let text = table.current().filter(|_| table.pane.is_wanted);
    let text = text.and_then(|row| table.pane.viewer_of(&table.collection, row));
    matches!(text.and_then(|text| text.content()), Some(Content::Resume(_)))
}

/// Carries out an action on the table with this number.
pub(crate) fn update_table(
    table: &mut Table,
    number: usize,
    action: ScreenAction,
    cx: &mut UpdateContext<'_>,
) -> Outcome {
    let height = cx.areas.height();
    match action {
        ScreenAction::Move(Movement::First) => table.go_to_end(Anchor::Start, height),
        ScreenAction::Move(Movement::Last) => table.go_to_end(Anchor::End, height),
        ScreenAction::Move(movement) => table.step(movement.lines(height), height),
        ScreenAction::Open => return open(table),
        ScreenAction::Table(action) => return update_rows(table, number, action, cx),
        ScreenAction::Text(action) => return update_text(&mut table.pane.viewer, action, &cx.areas),
        ScreenAction::Tab(_) => {}
    }
    Outcome::Done
}

fn update_rows(table: &mut Table, number: usize, action: TableAction, cx: &mut UpdateContext<'_>) -> Outcome {
    match action {
        TableAction::Sort => sort_by_next_order(table),
        TableAction::Reverse => {
            if let Some(sort) = table.sort {
                table.sort_by(Sort { descending: !sort.descending, ..sort });
            }
        }
        TableAction::Mark => {
            table.toggle_mark();
            table.step(1, cx.areas.height());
        }
        TableAction::MarkRange => {
            table.mark_range();
            if table.range_from.is_some() {
                let words = "move to the other end of the range and press the key again";
                return Outcome::Say(StyleRole::Dim, words);
            }
        }
        TableAction::MarkAll => return mark_all(table, number, cx),
        TableAction::TogglePane => table.pane.is_wanted = !table.pane.is_wanted,
        TableAction::Compare => return compare(table),
    }
    Outcome::Done
}

/// Returns the location of the object at the cursor.
pub(crate) fn destination(table: &Table) -> Option<Location> {
    match table.current()? {
        Row::User(user) => Some(Location::Person(user.id)),
        Row::Resume(resume) => Some(Location::Resume(resume.id)),
        Row::Revision(revision) => match table.collection {
            Collection::Revisions(id) => Some(Location::Change(id, None, revision.revision)),
            Collection::Users { .. }
            | Collection::Resumes { .. }
            | Collection::Sessions(_)
            | Collection::Audit { .. } => None,
        },
        Row::Session(_) => None,
        Row::Entry(entry) => {
            let id = entry.object.id.to_string();
            match entry.object.kind.as_str() {
                "resume" => id.parse().ok().map(Location::Resume),
                "user" | "credential" => id.parse().ok().map(Location::Person),
                _ => entry.actor.id.map(Location::Person),
            }
        }
    }
}

fn open(table: &Table) -> Outcome {
    match (destination(table), table.current()) {
        (Some(location), _) => Outcome::Go(location),
        (None, Some(Row::Entry(_))) => {
            Outcome::Say(StyleRole::Dim, "there are no more details for this entry")
        }
        (None, _) => Outcome::Done,
    }
}

fn sort_by_next_order(table: &mut Table) {
    let orders = table.collection.sorts();
    let at = orders.iter().position(|order| table.sort.is_some_and(|sort| sort.key == order.key));
    table.sort_by(orders[at.map_or(0, |at| at + 1) % orders.len()]);
}

/// Marks every row of the list, as the server lists them; if rows are marked, removes all marks.
fn mark_all(table: &mut Table, number: usize, cx: &mut UpdateContext<'_>) -> Outcome {
    if !table.marks.is_empty() {
        table.marks.clear();
        return Outcome::Done;
    }
    Outcome::Send(table.mark_all(&mut cx.tickets.part(Part::Table(number))))
}

fn compare(table: &Table) -> Outcome {
    let Collection::Revisions(id) = table.collection else { return Outcome::Done };
    let marked: Vec<u64> = table.marks.keys().filter_map(RowId::revision).collect();
    match (&marked[..], table.current()) {
        ([one, other], _) => Outcome::Go(Location::Change(id, Some(*one.min(other)), *one.max(other))),
        ([], Some(Row::Revision(revision))) => Outcome::Go(Location::Change(id, None, revision.revision)),
        _ => {
            let words = "mark two revisions to compare them, or none to compare the selected one with its predecessor";
            Outcome::Say(StyleRole::Warn, words)
        }
    }
}
