//! Access: the actions that can be done here and now, by this user.

use vitae_sdk::Role;

use crate::app::action::Action;
use crate::app::action_kind::{AppAction, Command, ScreenAction};
use crate::app::location::{Location, Rights};
use crate::app::model::Model;
use crate::app::update::{may_write, plan, subject};
use crate::client::collection::Filtering;
use crate::client::operation::{Operation, Plan};
use crate::client::row::RowId;
use crate::persistence::undo::{How, Step};

/// Whether an action can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Yes,
    /// The action means nothing here.
    No,
    /// The action is denied; the reason.
    Denied(&'static str),
}

/// Returns whether an action can be done now.
pub(crate) fn access(model: &Model, action: Action) -> Access {
    match action.command() {
        Command::Go(location) => has_rights(model, location.rights()),
        Command::Screen(ScreenAction::Open) if model.screen().offers(ScreenAction::Open) => {
            model.screen().destination().map_or(Access::Yes, |to| has_rights(model, to.rights()))
        }
        Command::Screen(action) => yes(model.screen().offers(action)),
        Command::Write(action) => {
            subject(model, action).map_or(Access::No, |subject| may_write(model, &subject))
        }
        Command::Change(action) => plan(model, action).map_or(Access::No, |plan| may_change(model, &plan)),
        Command::App(action) => of_app_action(model, action),
    }
}

fn yes(condition: bool) -> Access {
    if condition { Access::Yes } else { Access::No }
}

fn of_app_action(model: &Model, action: AppAction) -> Access {
    let table = model.screen().table();
    match action {
        AppAction::Back => yes(!model.navigation.back.is_empty() || has_something_to_clear(model)),
        AppAction::Forward => yes(!model.navigation.forward.is_empty()),
        AppAction::Filter => {
            yes(table.is_some_and(|table| table.collection.filtering() != Filtering::Nothing))
        }
        AppAction::Columns => yes(table.is_some()),
        AppAction::Drafts => yes(!model.drafts.is_empty()),
        AppAction::Reload => yes(model.screen().location() != Location::Log),
        AppAction::Revisions => yes(model.screen().selection().resume_id().is_some()),
        AppAction::Owner => match model.screen().selection().person_behind() {
            Some(_) => has_rights(model, Rights::NotMembers),
            None => Access::No,
        },
        AppAction::Undo => may_replay(model, model.history.undo.last()),
        AppAction::Redo => may_replay(model, model.history.redo.last()),
        AppAction::Retry => {
            model.history.failed.as_ref().map_or(Access::No, |(plan, _)| may_change(model, plan))
        }
        AppAction::CopyCommand => yes(model.screen().command(model.session.my_id()).is_some()),
        AppAction::CopyId => yes(id_here(model).is_some()),
        AppAction::Jump
        | AppAction::CopyAddress
        | AppAction::Palette
        | AppAction::Help
        | AppAction::Login
        | AppAction::ReadOnly
        | AppAction::Theme
        | AppAction::Suspend
        | AppAction::Quit => Access::Yes,
    }
}

/// Returns whether the user has rights; before the user is known, everything may be tried.
fn has_rights(model: &Model, rights: Rights) -> Access {
    match (rights, model.session.role()) {
        (Rights::LoggedIn, role) => yes(role.is_some()),
        (Rights::NotMembers, Some(Role::Member)) => {
            Access::Denied("requires the role viewer, editor or admin")
        }
        (Rights::Admins, Some(role)) if *role != Role::Admin => Access::Denied("requires the role admin"),
        (Rights::Everyone | Rights::NotMembers | Rights::Admins, _) => Access::Yes,
    }
}

/// Returns whether the role and the profile allow a plan.
fn may_change(model: &Model, plan: &Plan) -> Access {
    if model.session.is_read_only {
        return Access::Denied("the console is read-only");
    }
    let is_of_people = matches!(plan.items.first().map(|item| item.id), Some(RowId::User(_)));
    match model.session.role() {
        Some(Role::Editor | Role::Viewer | Role::Member) if is_of_people => {
            Access::Denied("requires the role admin")
        }
        Some(Role::Viewer) if plan.operation != Operation::EndSession => {
            Access::Denied("requires the role editor or admin")
        }
        _ => Access::Yes,
    }
}

fn may_replay(model: &Model, step: Option<&Step>) -> Access {
    let Some(step) = step else { return Access::No };
    match (&step.how, model.session.role()) {
        (How::Operation(plan), _) => may_change(model, plan),
        _ if model.session.is_read_only => Access::Denied("the console is read-only"),
        (How::Person { .. }, Some(Role::Editor | Role::Viewer)) => Access::Denied("requires the role admin"),
        (How::Person { .. } | How::Resume { .. }, _) => Access::Yes,
    }
}

/// Returns whether going back would first stop a bulk operation, or clear marks or a filter.
pub(crate) fn has_something_to_clear(model: &Model) -> bool {
    let is_marked_or_filtered = |table: &crate::widgets::table::Table| {
        !table.marks.is_empty() || table.range_from.is_some() || !table.query.is_empty()
    };
    model.bulk_operation.is_some() || model.screen().table().is_some_and(is_marked_or_filtered)
}

/// Returns the id of the object at the cursor, or of the person whose screen is shown.
pub(crate) fn id_here(model: &Model) -> Option<String> {
    let person = || model.screen().person().map(|(id, _)| id.to_string());
    model.screen().selection().id().or_else(person)
}
