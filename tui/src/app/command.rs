//! The `vitae` command that does or shows the same.

use vitae_sdk::{ResumeSummary, User, UserId};
use vitae_sdk_workspace::fields::{Described, InputKind, labels, tags};
use vitae_sdk_workspace::{Base, Draft, Kind, ObjectId};

use crate::app::access;
use crate::app::action::Action;
use crate::app::bulk_operation::{Act, Plan};
use crate::app::model::Model;
use crate::app::update::{Writing, plan, subject};
use crate::client::collection::Collection;
use crate::client::row::{Row, RowId};
use crate::persistence::undo::{How, Step};
use crate::screens::Screen;
use crate::widgets::table::Table;
use crate::widgets::text_viewer::Subject;

/// The command that shows what the screen shows.
pub(crate) fn of_screen(screen: &Screen, me: Option<UserId>) -> Option<String> {
    match screen {
        Screen::Table(table) => Some(of_table(table, me)),
        Screen::Person(person) => Some(format!("vitae users get {}", person.id)),
        Screen::Reader(reader) => Some(match reader.subject {
            Subject::Resume(id, _) => format!("vitae resumes get {id}"),
            Subject::Change(id, from, to) => {
                let from = from.unwrap_or(to.saturating_sub(1));
                format!("vitae resumes diff {id} {from} {to}")
            }
        }),
        Screen::Health(_) => Some("vitae api GET /metrics".to_owned()),
        Screen::Log(_) => None,
    }
}

fn of_table(table: &Table, me: Option<UserId>) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut say = |flag: &str, value: &str| words.push(format!(" --{flag} {}", quoted(value)));
    let noun = match &table.collection {
        Collection::Users { role, status, deleted } => {
            if let Some(role) = role {
                say("role", role.as_str());
            }
            if let Some(status) = status {
                say("status", status.as_str());
            }
            if *deleted {
                say("deleted", "only");
            }
            "users list"
        }
        Collection::Resumes { owner, tag, deleted } => {
            if let Some(owner) = owner {
                say("owner", &owner.to_string());
            }
            if let Some(tag) = tag {
                say("tag", tag);
            }
            if *deleted {
                say("deleted", "only");
            }
            "resumes list"
        }
        Collection::Revisions(_) => "resumes history",
        Collection::Sessions(id) => {
            let route = if me == Some(*id) { "me".to_owned() } else { format!("users/{id}") };
            return format!("vitae api GET /v1/{route}/sessions");
        }
        Collection::Audit { actor, object } => {
            if let Some(actor) = actor {
                say("actor", &actor.to_string());
            }
            if let Some(object) = object {
                say("object", object);
            }
            "audit list"
        }
    };
    if !table.query.is_empty() {
        say(if noun == "audit list" { "action" } else { "q" }, &table.query);
    }
    if let Some(sort) = table.sort.filter(|sort| table.collection.sorts().first() != Some(sort)) {
        say("sort", &sort.parameter(false));
    }
    let object =
        if let Collection::Revisions(id) = &table.collection { format!(" {id}") } else { String::new() };
    format!("vitae {noun}{object}{}", words.concat())
}

/// The command that does what an action would do here; none for what only changes the view.
pub(crate) fn of_action(model: &Model, action: Action) -> Option<String> {
    let me = model.me.as_ref().map(|me| me.id);
    let list = |collection| Some(of_table(&Table::new(collection), me));
    match action {
        Action::People => list(Collection::PEOPLE),
        Action::Resumes => list(Collection::RESUMES),
        Action::Audit => list(Collection::AUDIT),
        Action::DeletedPeople => list(Collection::DELETED_PEOPLE),
        Action::DeletedResumes => list(Collection::DELETED_RESUMES),
        Action::MySessions => Some("vitae api GET /v1/me/sessions".to_owned()),
        Action::Health => Some("vitae api GET /metrics".to_owned()),
        Action::Login => Some("vitae auth login".to_owned()),
        Action::Delete | Action::Restore | Action::Disable | Action::EndSession => {
            plan(model, action).map(|plan| of_plan(&plan, me))
        }
        Action::Undo => model.undo.last().map(|step| of_step(step, me)),
        Action::Redo => model.redo.last().map(|step| of_step(step, me)),
        Action::New | Action::Edit | Action::EditDocument | Action::Password => {
            subject(model, action).map(|subject| of_subject(&subject))
        }
        Action::Open | Action::Owner => {
            let user = |id: UserId| format!("vitae users get {id}");
            let of_row = || match model.screen.table()?.current()? {
                Row::User(row) => Some(user(row.id)),
                Row::Resume(resume) => Some(format!("vitae resumes get {}", resume.id)),
                _ => None,
            };
            if action == Action::Owner { access::person_behind(&model.screen).map(user) } else { of_row() }
        }
        Action::Revisions => access::resume_of(&model.screen).map(|id| format!("vitae resumes history {id}")),
        Action::CopyCommand | Action::Filter | Action::Sort | Action::Reverse | Action::Compare => {
            of_screen(&model.screen, me)
        }
        _ => None,
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
    let of_one = |id: RowId| match (plan.act, id) {
        (Act::EndSession, RowId::Session(id)) => format!("vitae api DELETE /v1/me/sessions/{id}"),
        (Act::EndSession, RowId::User(id)) if me != Some(id) => {
            format!("vitae api DELETE /v1/users/{id}/sessions")
        }
        (Act::EndSession, _) => "vitae auth logout".to_owned(),
        (act, RowId::Resume(id)) => format!("vitae resumes {} {id}", act.verb()),
        (act, RowId::User(id)) => format!("vitae users {} {id}", act.verb()),
        // No plan is made for anything else.
        (act, _) => format!("vitae {}", act.verb()),
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
                tags.iter().for_each(|tag| add_flag(words, "tag", tag));
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
    words.push_str(&format!(" --{flag} {}", quoted(value)));
}

/// A value as one word of a POSIX shell.
fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.@/=:".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// The command that carries out a step of the history.
fn of_step(step: &Step, me: Option<UserId>) -> String {
    match &step.how {
        How::Act(plan) => of_plan(plan, me),
        How::Person { id, version, .. } => format!("vitae users update {id} --if-match {version}"),
        How::Resume { id, version, before } => format!(
            "vitae resumes get {id} --revision {before} --jq .document | vitae resumes update {id} --if-match {version} --file -"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_says_what_the_list_shows() {
        let mut table = Table::new(Collection::PEOPLE);
        assert_eq!(of_table(&table, None), "vitae users list");
        table.query = "o'brien cork".to_owned();
        table.sort = table.collection.sorts().get(1).copied();
        assert_eq!(of_table(&table, None), r"vitae users list --q 'o'\''brien cork' --sort name");
        let mut audit = Table::new(Collection::AUDIT);
        audit.query = "users.".to_owned();
        assert_eq!(of_table(&audit, None), "vitae audit list --action users.");
        let id = vitae_sdk::ResumeId::from_bytes([1; 16]);
        let mut revisions = Table::new(Collection::Revisions(id));
        assert_eq!(of_table(&revisions, None), format!("vitae resumes history {id}"));
        revisions.sort =
            revisions.sort.map(|sort| crate::client::collection::Sort { descending: false, ..sort });
        assert_eq!(of_table(&revisions, None), format!("vitae resumes history {id} --sort revision"));
    }
}
