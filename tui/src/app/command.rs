//! The `vitae` command that does or shows the same.

use vitae_sdk::{ResumeSummary, User, UserId};
use vitae_sdk_workspace::fields::{Described, InputKind, labels, tags};
use vitae_sdk_workspace::{Base, Draft, Kind, ObjectId};

use crate::app::action::Action;
use crate::app::action_kind::{AppAction, Command, ScreenAction, TableAction};
use crate::app::location::Location;
use crate::app::model::Model;
use crate::app::update::{Writing, plan, subject};
use crate::client::command::quoted;
use crate::client::operation::{Operation, Plan};
use crate::client::row::{Row, RowId};
use crate::persistence::undo::{How, Step};
use crate::screens;
use crate::screens::selection::Selection;

/// Returns the command that does the same as an action here; none for actions that only change the view.
pub(crate) fn of_action(model: &Model, action: Action) -> Option<String> {
    let me = model.session.my_id();
    match action.command() {
        Command::Go(location) => match location {
            Location::MySessions => Some("vitae api GET /v1/me/sessions".to_owned()),
            location => screens::open(location, me)?.command(me),
        },
        Command::Change(action) => plan(model, action).map(|plan| of_plan(&plan, me)),
        Command::Write(action) => subject(model, action).map(|subject| of_subject(&subject)),
        Command::Screen(ScreenAction::Open) => match model.screen().destination()? {
            Location::Person(id) if is_row(model) => Some(format!("vitae users get {id}")),
            Location::Resume(id) if is_row(model) => Some(format!("vitae resumes get {id}")),
            _ => None,
        },
        Command::Screen(ScreenAction::Table(
            TableAction::Sort | TableAction::Reverse | TableAction::Compare,
        )) => model.screen().command(me),
        Command::Screen(
            ScreenAction::Move(_)
            | ScreenAction::Tab(_)
            | ScreenAction::Text(_)
            | ScreenAction::Table(
                TableAction::Mark | TableAction::MarkRange | TableAction::MarkAll | TableAction::TogglePane,
            ),
        ) => None,
        Command::App(action) => of_app_action(model, action),
    }
}

/// Returns whether the cursor is on a person or a resume itself.
fn is_row(model: &Model) -> bool {
    matches!(model.screen().selection(), Selection::Row(Row::User(_) | Row::Resume(_)))
}

fn of_app_action(model: &Model, action: AppAction) -> Option<String> {
    let me = model.session.my_id();
    let selection = model.screen().selection();
    match action {
        AppAction::Login => Some("vitae auth login".to_owned()),
        AppAction::Undo => model.history.undo.last().map(|step| of_step(step, me)),
        AppAction::Redo => model.history.redo.last().map(|step| of_step(step, me)),
        AppAction::Owner => selection.person_behind().map(|id| format!("vitae users get {id}")),
        AppAction::Revisions => selection.resume_id().map(|id| format!("vitae resumes history {id}")),
        AppAction::CopyCommand | AppAction::Filter => model.screen().command(me),
        AppAction::Jump
        | AppAction::Back
        | AppAction::Forward
        | AppAction::Columns
        | AppAction::Reload
        | AppAction::Drafts
        | AppAction::Retry
        | AppAction::CopyAddress
        | AppAction::CopyId
        | AppAction::Palette
        | AppAction::Help
        | AppAction::ReadOnly
        | AppAction::Theme
        | AppAction::Suspend
        | AppAction::Quit => None,
    }
}

fn of_subject(subject: &Writing) -> String {
    match subject {
        Writing::Person(user) => format!("vitae users update {}", user.id),
        Writing::Resume(id) => format!("vitae resumes edit {id}"),
        Writing::NewPerson => "vitae users create".to_owned(),
        Writing::NewResume(None) => "vitae resumes create".to_owned(),
        Writing::NewResume(Some((owner, _))) => format!("vitae resumes create --owner {owner}"),
        Writing::Password(Some((id, _))) => format!("vitae users set-password {id}"),
        Writing::Password(None) => "vitae api PUT /v1/me/password --input -".to_owned(),
    }
}

/// The command that does what a plan does; of many objects one after the other.
pub(crate) fn of_plan(plan: &Plan, me: Option<UserId>) -> String {
    let of_one = |id: RowId| match (plan.operation, id) {
        (Operation::EndSession, RowId::Session(id)) => format!("vitae api DELETE /v1/me/sessions/{id}"),
        (Operation::EndSession, RowId::User(id)) if me != Some(id) => {
            format!("vitae api DELETE /v1/users/{id}/sessions")
        }
        (Operation::EndSession, _) => "vitae auth logout".to_owned(),
        (operation, RowId::Resume(id)) => format!("vitae resumes {} {id}", operation.verb()),
        (operation, RowId::User(id)) => format!("vitae users {} {id}", operation.verb()),
        // No plan is made for anything else.
        (operation, _) => format!("vitae {}", operation.verb()),
    };
    plan.items.iter().map(|item| of_one(item.id)).collect::<Vec<_>>().join(" && ")
}

/// Returns the command that saves a draft; it reads a document from standard input.
pub(crate) fn of_draft(draft: &Draft) -> String {
    let mut words = match (draft.kind, &draft.base) {
        (Kind::NewPerson, _) => "vitae users create".to_owned(),
        (Kind::NewResume, _) => "vitae resumes create".to_owned(),
        (Kind::Password, _) => {
            let id = draft.owner.map(|id| id.to_string()).unwrap_or_default();
            return format!("vitae users set-password {id}");
        }
        (Kind::OwnPassword, _) => return "vitae api PUT /v1/me/password --input -".to_owned(),
        (Kind::Person | Kind::Resume, Some(Base { id: ObjectId::User(id), version, .. })) => {
            format!("vitae users update {id} --if-match {version}")
        }
        (Kind::Person | Kind::Resume, Some(Base { id: ObjectId::Resume(id), version, .. })) => {
            format!("vitae resumes update {id} --if-match {version}")
        }
        // A change always has a base.
        (Kind::Person | Kind::Resume, None) => return String::new(),
    };
    if matches!(draft.kind, Kind::NewPerson | Kind::Person) {
        add_flags::<User>(&mut words, draft);
    } else {
        add_flags::<ResumeSummary>(&mut words, draft);
    }
    if let Some(owner) = draft.owner {
        add_flag(&mut words, "owner", &owner.to_string());
    }
    words
}

/// Adds the flags of the fields that the draft changes.
fn add_flags<T: Described>(words: &mut String, draft: &Draft) {
    for (field, input) in T::inputs() {
        let before = draft.base.as_ref().map(|base| base.values.text(field.key));
        let after = draft.values.text(field.key);
        if before.unwrap_or_default() == after {
            continue;
        }
        match input.kind {
            InputKind::Line | InputKind::Choice(_) => {
                add_flag(words, &field.key.replace('_', "-"), after);
            }
            InputKind::Tags => {
                let tags = tags::parse(after);
                for tag in &tags {
                    add_flag(words, "tag", tag);
                }
                if tags.is_empty() {
                    words.push_str(" --no-tags");
                }
            }
            InputKind::Labels => {
                for (key, value) in labels::changes(before.unwrap_or_default(), after) {
                    match value {
                        Some(value) => add_flag(words, "label", &format!("{key}={value}")),
                        None => add_flag(words, "remove-label", &key),
                    }
                }
            }
            InputKind::Document => words.push_str(" --file -"),
        }
    }
}

fn add_flag(words: &mut String, flag: &str, value: &str) {
    words.push_str(" --");
    words.push_str(flag);
    words.push(' ');
    words.push_str(&quoted(value));
}

/// The command that carries out a step of the history.
fn of_step(step: &Step, me: Option<UserId>) -> String {
    match &step.how {
        How::Operation(plan) => of_plan(plan, me),
        How::Person { id, version, .. } => format!("vitae users update {id} --if-match {version}"),
        How::Resume { id, version, before } => format!(
            "vitae resumes get {id} --revision {before} --jq .document | vitae resumes update {id} --if-match {version} --file -"
        ),
    }
}
