//! Saving of drafts: at most once, based on the version that was read, and merged with changes that another user saved first.

use vitae_sdk::ResumeSummary;

use super::feedback::failed;
use crate::app::action::Action;
use crate::app::effect::{Effect, StoreChange};
use crate::app::model::Model;
use crate::client::collection::{Collection, Seek};
use crate::client::error::{self, ConsoleError};
use crate::client::operation::{Item, Operation, Plan};
use crate::client::request::{Request, Response};
use crate::client::row::{Row, RowId};
use crate::client::ticket::{FormObject, Requester, Saved, Ticket};
use crate::client::window::Anchor;
use crate::overlays::Overlay;
use crate::overlays::form::{Form, Stage};
use crate::persistence::undo::{Direction, How, Origin, Step};
use crate::terminal::theme::StyleRole;
use vitae_sdk_workspace::{Base, Draft, Kind, ObjectId, Values};

/// Sends a draft to the server.
pub(super) fn save(model: &mut Model, form: &mut Form) -> Vec<Effect> {
    let ticket = model.tickets.issuer(Requester::Form).next::<()>().ticket();
    (form.stage, form.error) = (Stage::Saving(ticket), None);
    vec![Effect::Send(ticket, Request::Save(Box::new(form.save())))]
}

/// Gives a response to the form that waits for it, which a login may have suspended.
pub(super) fn response(
    model: &mut Model,
    ticket: Ticket,
    response: Result<Response, ConsoleError>,
) -> Vec<Effect> {
    let waits = |overlay: &Overlay| {
        matches!(overlay, Overlay::Form(form)
            if form.stage == Stage::Saving(ticket) || form.stage == Stage::Overtaken(ticket))
    };
    let suspended = model.overlays.suspended.iter().position(waits);
    let overlay = match suspended {
        Some(at) => Some(model.overlays.suspended.remove(at)),
        None => model.overlays.current.take_if(|overlay| waits(overlay)),
    };
    let Some(Overlay::Form(mut form)) = overlay else {
        super::feedback::log_unmatched(model, ticket);
        return Vec::new();
    };
    let outcome = continue_form(model, &mut form, response);
    match (outcome, suspended) {
        (Outcome::Open(effects), Some(at)) => {
            model.overlays.suspended.insert(at, Overlay::Form(form));
            effects
        }
        (Outcome::Open(effects), None) => {
            // A login dialog that the response has opened stays above the form.
            match model.overlays.current.take() {
                Some(login) => {
                    model.overlays.suspended.push(Overlay::Form(form));
                    model.overlays.current = Some(login);
                }
                None => model.overlays.current = Some(Overlay::Form(form)),
            }
            effects
        }
        (Outcome::Saved(saved), Some(_)) => finish(model, *form, saved),
        (Outcome::Saved(saved), None) => {
            model.overlays.pop();
            finish(model, *form, saved)
        }
    }
}

/// The state of a form after a response.
enum Outcome {
    /// The form stays open.
    Open(Vec<Effect>),
    Saved(Saved),
}

fn continue_form(model: &mut Model, form: &mut Form, response: Result<Response, ConsoleError>) -> Outcome {
    let is_saving = matches!(form.stage, Stage::Saving(_));
    match response {
        Ok(response) if is_saving => {
            if let Ok(saved) = Saved::try_from(response) {
                return Outcome::Saved(saved);
            }
            form.stage = Stage::Typing;
        }
        Ok(response) => match FormObject::try_from(response) {
            Ok(FormObject::User(user)) => {
                merge(model, form, &Base::of_user(&user), user.deleted_at.is_some());
            }
            Ok(FormObject::Resume(resume)) => {
                merge(model, form, &Base::of_resume(&resume), resume.deleted_at.is_some());
            }
            Ok(FormObject::Before(_)) | Err(()) => form.stage = Stage::Typing,
        },
        Err(error) if is_saving && error.kind == error::Kind::MovedOn => {
            return Outcome::Open(read_newest(model, form));
        }
        Err(error) => show_rejection(model, form, &error),
    }
    Outcome::Open(Vec::new())
}

/// Reads the version that another user has saved in the meantime.
fn read_newest(model: &mut Model, form: &mut Form) -> Vec<Effect> {
    let request = match form.draft.base.as_ref().map(|base| base.id) {
        Some(ObjectId::User(id)) => Request::User(id),
        Some(ObjectId::Resume(id)) => Request::Resume(id),
        None => {
            form.stage = Stage::Typing;
            return Vec::new();
        }
    };
    let ticket = model.tickets.issuer(Requester::Form).next::<()>().ticket();
    form.stage = Stage::Overtaken(ticket);
    vec![Effect::Send(ticket, request)]
}

/// Merges the version of another user into the form.
fn merge(model: &mut Model, form: &mut Form, saved_version: &Base, is_deleted: bool) {
    let version = saved_version.version;
    form.conflicts = form.draft.rebase(saved_version);
    form.is_unkept = true;
    form.fill();
    form.scroll = 0;
    if is_deleted {
        let key = model.appearance.keymap.key_text(Action::Restore);
        let next = format!(
            "cancel with esc, which keeps a draft; restore the object with {key}; then continue the draft"
        );
        form.error = Some(ConsoleError::local("it was deleted in the meantime", next));
        form.stage = Stage::Typing;
    } else if !form.conflicts.is_empty() {
        form.note = Some(format!(
            "Another user saved version {version} and changed the same parts. Your text is kept; the saved text is shown below it."
        ));
        form.stage = Stage::Typing;
        if let Some(first) = form.conflicts.first().map(|conflict| conflict.field)
            && let Some(at) = form.entries.iter().position(|entry| entry.field.input.shows(first))
        {
            form.at = at;
        }
    } else if form.draft.has_changes() {
        form.note = Some(format!(
            "Another user saved version {version}. Their changes are merged; these changes of yours remain."
        ));
        form.stage = Stage::Review;
    } else {
        form.note =
            Some(format!("Version {version} already contains your changes: there is nothing to save."));
        form.stage = Stage::Typing;
    }
}

/// Shows why the server has rejected a save, at the field that it names.
fn show_rejection(model: &mut Model, form: &mut Form, error: &ConsoleError) {
    let faults = form.place(error);
    let is_at_fault = form.entries.iter().any(|entry| entry.fault.is_some());
    form.stage = match faults.is_empty() {
        false => Stage::Faulty(faults),
        true if is_at_fault || !form.draft.kind.is_stored() => Stage::Typing,
        true => Stage::Review,
    };
    // What stands at its field need not be said again; the log has it whole.
    form.error = (!is_at_fault).then(|| error.clone());
    failed(model, error);
    model.notices.current = None;
}

/// Closes a form: shows the saved object, and records the step that undoes the change.
fn finish(model: &mut Model, form: Form, saved: Saved) -> Vec<Effect> {
    let Form { draft, origin, is_required, .. } = form;
    model.drafts.retain(|known| known.key != draft.key);
    let mut effects = vec![Effect::Store(StoreChange::DropDraft(draft.key.clone()))];
    effects.extend(origin.iter().flat_map(|origin| model.history.forget_step(origin)));
    match saved {
        Saved::User(user) => {
            effects.extend(row_saved(model, &draft, origin.as_ref(), &Row::User(user)));
        }
        Saved::Resume(resume) => {
            let row = Row::Resume(Box::new(ResumeSummary::from(&*resume)));
            effects.extend(row_saved(model, &draft, origin.as_ref(), &row));
        }
        Saved::Password => {
            if is_required {
                // Until now the server has denied everything else.
                effects.extend(super::connect(model));
                model.names.retry();
                model.navigation.screens_mut().for_each(|screen| screen.retry());
            }
            model.say(StyleRole::Good, format!("{} was changed", draft_title(&draft)));
        }
    }
    effects
}

fn row_saved(model: &mut Model, draft: &Draft, origin: Option<&Origin>, row: &Row) -> Vec<Effect> {
    let (id, Some(version)) = (row.id(), row.version()) else { return Vec::new() };
    let mut effects = Vec::new();
    if let Some(Step { how: How::Person { version: at, .. } | How::Resume { version: at, .. }, .. }) =
        origin.and_then(|origin| origin.step.as_ref())
    {
        effects.extend(model.history.replayed(id, *at, version));
    }
    let direction = origin.map_or(Direction::New, |origin| origin.direction);
    let (way, back) = direction.way_back();
    let (name, way) = (row.name(), model.appearance.key_text(way));
    model.say(StyleRole::Good, format!("saved “{name}” · {way} {back}"));
    show(model, id, row, draft.base.is_none());
    let key = model.new_key();
    let how = undoing(draft, id, version, &name);
    effects.extend(model.history.record(direction, Step { key, at: model.now, name, how }));
    effects
}

fn draft_title(draft: &Draft) -> &'static str {
    if draft.kind == Kind::OwnPassword { "your password" } else { "the password" }
}

/// Returns the undo step of a saved draft.
fn undoing(draft: &Draft, id: RowId, version: u64, name: &str) -> How {
    match (&draft.base, id) {
        (Some(base), RowId::User(id)) => How::Person { id, version, before: base.values.clone() },
        (Some(base), RowId::Resume(id)) => How::Resume { id, version, before: base.version },
        _ => {
            let item = Item { id, name: name.to_owned(), version: Some(version) };
            How::Operation(Plan { operation: Operation::Delete, items: vec![item] })
        }
    }
}

/// Shows what was saved wherever it stands, and what is new where it comes first.
fn show(model: &mut Model, id: RowId, row: &Row, is_new: bool) {
    model.navigation.screens_mut().for_each(|screen| screen.patch(row));
    let Some(table) = model.screen_mut().table_mut().filter(|_| is_new) else { return };
    let is_theirs = matches!(
        (&table.collection, id),
        (Collection::Users { deleted: false, .. }, RowId::User(_))
            | (Collection::Resumes { deleted: false, .. }, RowId::Resume(_))
    );
    if is_theirs {
        (table.seek, table.total) = (Some(Seek::Row(id)), None);
        table.reopen(Anchor::Start);
    }
}

/// Shows the review of an edit that is undone or redone, unless the object has changed since.
pub(super) fn take_back(model: &mut Model, origin: Origin, object: FormObject) -> Vec<Effect> {
    let Some(step) = origin.step.clone() else { return Vec::new() };
    let (now, values, is_deleted, seen) = match (&step.how, object) {
        (How::Person { before, version, .. }, FormObject::User(user)) => {
            (Base::of_user(&user), before.clone(), user.deleted_at.is_some(), *version)
        }
        (How::Resume { version, .. }, FormObject::Before(both)) => {
            let (resume, before) = *both;
            (Base::of_resume(&resume), Values::of_revision(&before), resume.deleted_at.is_some(), *version)
        }
        (How::Person { .. }, FormObject::Resume(_) | FormObject::Before(_))
        | (How::Resume { .. }, FormObject::User(_) | FormObject::Resume(_))
        | (How::Operation(_), _) => return Vec::new(),
    };
    if now.version != seen || is_deleted {
        let what = if is_deleted { "deleted" } else { "changed" };
        let (name, version) = (&step.name, now.version);
        let words = format!("“{name}” was {what} since (version {seen}, now {version}) and was not changed");
        model.say(StyleRole::Warn, words);
        return model.history.forget_step(&origin);
    }
    let kind = if matches!(now.id, ObjectId::User(_)) { Kind::Person } else { Kind::Resume };
    let mut draft = Draft::on(kind, model.new_key(), model.now, step.name.clone(), now);
    draft.values.overlay(&values);
    let mut form = Form::new(draft);
    (form.stage, form.origin) = (Stage::Review, Some(origin));
    if !form.draft.has_changes() {
        form.note = Some("It already has this content.".to_owned());
    }
    model.overlays.current = Some(Overlay::Form(Box::new(form)));
    Vec::new()
}
