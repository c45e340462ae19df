//! What can be done here and now, and by whom.

use vitae_sdk::{Role, UserId};

use crate::app::action::Action;
use crate::app::bulk_operation::{Act, Plan};
use crate::app::command;
use crate::app::location::Location;
use crate::app::model::Model;
use crate::app::update::{may_write, plan, subject};
use crate::client::collection::{Collection, Filtering};
use crate::client::row::{Row, RowId};
use crate::persistence::undo::{How, Step};
use crate::screens::Screen;
use crate::widgets::text_viewer::{Print, Subject};

/// Whether an action can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Yes,
    /// It means nothing here.
    No,
    /// It would mean something, and may not be done; the right that is missing.
    Denied(&'static str),
}

/// Whether this action can be done now.
pub(crate) fn access(model: &Model, action: Action) -> Access {
    let screen = &model.screen;
    let table = screen.table();
    let row = table.and_then(|table| table.current());
    let yes = |condition| if condition { Access::Yes } else { Access::No };
    match action {
        Action::People | Action::DeletedPeople => unless_member(model),
        Action::Audit => admin_alone(model),
        Action::MySessions => yes(model.me.is_some()),
        Action::Back => yes(!model.back.is_empty() || has_something_to_clear(model)),
        Action::Forward => yes(!model.forward.is_empty()),
        Action::Open => may_open(model),
        Action::NextTab | Action::PreviousTab => yes(matches!(screen, Screen::Person(_))),
        Action::Filter => yes(table.is_some_and(|table| table.collection.filtering() != Filtering::Nothing)),
        Action::Sort | Action::Reverse => yes(table.is_some_and(|table| table.sort.is_some())),
        Action::Columns | Action::Pane => yes(table.is_some()),
        Action::Mark | Action::MarkRange => yes(row.is_some()),
        Action::MarkAll => yes(row.is_some_and(|row| matches!(row, Row::User(_) | Row::Resume(_)))),
        Action::New | Action::Edit | Action::EditDocument | Action::Password => {
            subject(model, action).map_or(Access::No, |subject| may_write(model, &subject))
        }
        Action::Drafts => yes(!model.drafts.is_empty()),
        Action::Reload => yes(!matches!(screen, Screen::Log(_))),
        Action::PaneDown | Action::PaneUp => yes(has_sheet(screen)),
        Action::Form => yes(shows_resume(screen)),
        Action::Revisions => yes(resume_of(screen).is_some()),
        Action::Compare => {
            yes(table.is_some_and(|table| matches!(table.collection, Collection::Revisions(_))))
        }
        Action::Owner => match person_behind(screen) {
            Some(_) => unless_member(model),
            None => Access::No,
        },
        Action::Delete | Action::Restore | Action::Disable | Action::EndSession => {
            plan(model, action).map_or(Access::No, |plan| may_change(model, &plan))
        }
        Action::Undo => may_replay(model, model.undo.last()),
        Action::Redo => may_replay(model, model.redo.last()),
        Action::Retry => model.failed.as_ref().map_or(Access::No, |(plan, _)| may_change(model, plan)),
        Action::CopyCommand => yes(command::of_screen(screen, model.me.as_ref().map(|me| me.id)).is_some()),
        Action::CopyId => yes(id_of(screen).is_some()),
        Action::Resumes
        | Action::DeletedResumes
        | Action::Health
        | Action::Log
        | Action::Jump
        | Action::Down
        | Action::Up
        | Action::PageDown
        | Action::PageUp
        | Action::First
        | Action::Last
        | Action::CopyAddress
        | Action::Palette
        | Action::Help
        | Action::Login
        | Action::ReadOnly
        | Action::Theme
        | Action::Suspend
        | Action::Quit => Access::Yes,
    }
}

fn unless_member(model: &Model) -> Access {
    match model.role() {
        Some(Role::Member) => Access::Denied("needs the role viewer, editor or admin"),
        _ => Access::Yes,
    }
}

fn admin_alone(model: &Model) -> Access {
    match model.role() {
        None | Some(Role::Admin) => Access::Yes,
        Some(_) => Access::Denied("needs the role admin"),
    }
}

/// Whether there is more to see about what is under the cursor, and for whom.
fn may_open(model: &Model) -> Access {
    let Screen::Health(health) = &model.screen else {
        let row = model.screen.table().and_then(|table| table.current());
        let leads_on = row.is_some_and(|row| !matches!(row, Row::Session(_)));
        return if leads_on { Access::Yes } else { Access::No };
    };
    match health.leads_to() {
        Some(Location::List { collection: Collection::Audit { .. }, .. }) => admin_alone(model),
        Some(Location::List { collection: Collection::Users { .. }, .. }) => unless_member(model),
        Some(_) => Access::Yes,
        None => Access::No,
    }
}

/// Whether the role, and the person's own choice, allow a plan.
fn may_change(model: &Model, plan: &Plan) -> Access {
    if model.is_read_only {
        return Access::Denied("the console is read-only now");
    }
    let is_of_people = matches!(plan.items.first().map(|item| item.id), Some(RowId::User(_)));
    match model.role() {
        Some(Role::Editor | Role::Viewer | Role::Member) if is_of_people => {
            Access::Denied("needs the role admin")
        }
        Some(Role::Viewer) if plan.act != Act::EndSession => Access::Denied("needs the role editor or admin"),
        _ => Access::Yes,
    }
}

fn may_replay(model: &Model, step: Option<&Step>) -> Access {
    let Some(step) = step else { return Access::No };
    match (&step.how, model.role()) {
        (How::Act(plan), _) => may_change(model, plan),
        _ if model.is_read_only => Access::Denied("the console is read-only now"),
        (How::Person { .. }, Some(Role::Editor | Role::Viewer)) => Access::Denied("needs the role admin"),
        _ => Access::Yes,
    }
}

/// Whether going back would first clear marks or a filter.
pub(crate) fn has_something_to_clear(model: &Model) -> bool {
    if model.work.is_some() {
        return true;
    }
    model
        .screen
        .table()
        .is_some_and(|table| !table.marks.is_empty() || table.range_from.is_some() || !table.query.is_empty())
}

/// The resume that the screen or the row under the cursor is about.
pub(crate) fn resume_of(screen: &Screen) -> Option<vitae_sdk::ResumeId> {
    if let Screen::Reader(reader) = screen {
        let (Subject::Resume(id, _) | Subject::Change(id, ..)) = reader.subject;
        return Some(id);
    }
    match screen.table()?.current()? {
        Row::Resume(resume) => Some(resume.id),
        Row::Entry(entry) if entry.object.kind == "resume" => entry.object.id.to_string().parse().ok(),
        _ => None,
    }
}

/// The owner, author or actor of what is looked at.
pub(crate) fn person_behind(screen: &Screen) -> Option<UserId> {
    if let Screen::Reader(reader) = screen {
        return match reader.viewer.print()? {
            Print::Resume(resume) => Some(resume.owner.id),
            Print::Change(change) => change.after.author.as_ref().map(|author| author.id),
        };
    }
    match screen.table()?.current()? {
        Row::Resume(resume) => Some(resume.owner.id),
        Row::Revision(revision) => revision.author.as_ref().map(|author| author.id),
        Row::Entry(entry) => entry.actor.id,
        Row::User(_) | Row::Session(_) => None,
    }
}

/// The id of what is looked at, as text.
pub(crate) fn id_of(screen: &Screen) -> Option<String> {
    if let Screen::Reader(_) = screen {
        return resume_of(screen).map(|id| id.to_string());
    }
    let Some(row) = screen.table().and_then(|table| table.current()) else {
        let Screen::Person(person) = screen else { return None };
        return Some(person.id.to_string());
    };
    Some(match row {
        Row::User(user) => user.id.to_string(),
        Row::Resume(resume) => resume.id.to_string(),
        Row::Revision(revision) => revision.revision.to_string(),
        Row::Session(session) => session.id.to_string(),
        Row::Entry(entry) => entry.object.id.to_string(),
    })
}

fn has_sheet(screen: &Screen) -> bool {
    matches!(screen, Screen::Reader(_)) || screen.table().is_some_and(|table| table.pane.is_wanted)
}

fn shows_resume(screen: &Screen) -> bool {
    let print = match screen {
        Screen::Reader(reader) => reader.viewer.print(),
        _ => screen
            .table()
            .filter(|table| table.pane.is_wanted)
            .and_then(|table| table.pane.sheet_of(&table.collection, table.current()?)?.print()),
    };
    matches!(print, Some(Print::Resume(_)))
}
