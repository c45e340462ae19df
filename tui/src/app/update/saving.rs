//! Saving what was written: once, on what was seen, and with what somebody else was faster with.

use vitae_sdk::ResumeSummary;

use super::responses::failed;
use crate::app::action::Action;
use crate::app::bulk_operation::{Act, Item, Plan};
use crate::app::effect::{Effect, StoreChange};
use crate::app::model::Model;
use crate::client::collection::Collection;
use crate::client::error::{self, ConsoleError};
use crate::client::request::{Request, Response, Ticket};
use crate::client::row::{Row, RowId};
use crate::client::window::Anchor;
use crate::overlays::Overlay;
use crate::overlays::form::{Form, Stage};
use crate::persistence::undo::{Direction, How, Origin, Step};
use crate::screens::Screen;
use crate::terminal::theme::StyleRole;
use vitae_sdk_workspace::{Base, Draft, Kind, ObjectId, Values};

/// Sends a draft to the server.
pub(super) fn save(model: &mut Model, form: &mut Form) -> Vec<Effect> {
    let ticket = model.tickets.next();
    (form.stage, form.error) = (Stage::Saving(ticket), None);
    vec![Effect::Send(ticket, Request::Save(Box::new(form.save())))]
}

/// Takes in what became of a form's request; tells whether a form waited for it.
pub(super) fn response(
    model: &mut Model,
    ticket: Ticket,
    response: &Result<Response, ConsoleError>,
) -> Option<Vec<Effect>> {
    let waits = |overlay: &Overlay| match overlay {
        Overlay::Form(form) => form.stage == Stage::Saving(ticket) || form.stage == Stage::Overtaken(ticket),
        _ => false,
    };
    if let Some(below) = model.below.iter().position(waits) {
        // A login lies over it; the form is worked on where it is.
        let Overlay::Form(mut form) = model.below.remove(below) else { return None };
        let effects = settle(model, &mut form, response);
        if let Some(effects) = effects {
            model.below.insert(below, Overlay::Form(form));
            return Some(effects);
        }
        return Some(saved(model, *form, response));
    }
    let Overlay::Form(mut form) = model.overlay.take_if(|overlay| waits(overlay))? else { return None };
    Some(match settle(model, &mut form, response) {
        Some(effects) => {
            // A login that has to be made lies over the form.
            match model.overlay.take() {
                Some(login) => {
                    model.below.push(Overlay::Form(form));
                    model.overlay = Some(login);
                }
                None => model.overlay = Some(Overlay::Form(form)),
            }
            effects
        }
        None => {
            model.overlay = model.below.pop();
            saved(model, *form, response)
        }
    })
}

/// What is to be done while the form stays; none when it is saved.
fn settle(
    model: &mut Model,
    form: &mut Form,
    response: &Result<Response, ConsoleError>,
) -> Option<Vec<Effect>> {
    match (response, &form.stage) {
        (Ok(_), Stage::Saving(_)) => return None,
        (Ok(Response::User(user)), _) => {
            bring_together(model, form, &Base::of_user(user), user.deleted_at.is_some());
        }
        (Ok(Response::Resume(resume)), _) => {
            bring_together(model, form, &Base::of_resume(resume), resume.deleted_at.is_some());
        }
        (Ok(_), _) => form.stage = Stage::Typing,
        (Err(error), Stage::Saving(_)) if error.kind == error::Kind::MovedOn => {
            return Some(read_newest(model, form));
        }
        (Err(error), _) => refused(model, form, error),
    }
    Some(Vec::new())
}

/// Somebody else was faster: reads what they made of it.
fn read_newest(model: &mut Model, form: &mut Form) -> Vec<Effect> {
    let request = match form.draft.base.as_ref().map(|base| base.id) {
        Some(ObjectId::User(id)) => Request::User(id),
        Some(ObjectId::Resume(id)) => Request::Resume(id),
        None => {
            form.stage = Stage::Typing;
            return Vec::new();
        }
    };
    let ticket = model.tickets.next();
    form.stage = Stage::Overtaken(ticket);
    vec![Effect::Send(ticket, request)]
}

fn bring_together(model: &mut Model, form: &mut Form, theirs: &Base, is_deleted: bool) {
    let version = theirs.version;
    form.conflicts = form.draft.rebase(theirs);
    form.is_unkept = true;
    form.fill();
    form.scroll = 0;
    if is_deleted {
        let key = model.keymap.key_text(Action::Restore);
        let next =
            format!("leave with esc, which keeps what was written; bring it back with {key}; then go on");
        form.error = Some(ConsoleError::local("it was deleted meanwhile", next));
        form.stage = Stage::Typing;
    } else if !form.conflicts.is_empty() {
        form.note = Some(format!(
            "Somebody saved version {version} meanwhile, and changed the same. Yours stands; theirs is beside it."
        ));
        form.stage = Stage::Typing;
        if let Some(first) = form.conflicts.first().map(|conflict| conflict.field)
            && let Some(at) = form.entries.iter().position(|entry| entry.field.input.shows(first))
        {
            form.at = at;
        }
    } else if form.draft.has_changes() {
        form.note = Some(format!(
            "Somebody saved version {version} meanwhile. What they changed is in; this is what is left to save."
        ));
        form.stage = Stage::Review;
    } else {
        form.note = Some(format!("Version {version} says the same already: nothing is left to save."));
        form.stage = Stage::Typing;
    }
}

fn refused(model: &mut Model, form: &mut Form, error: &ConsoleError) {
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
    model.notice = None;
}

/// The form is done: what is shown follows, and what takes it back is kept.
fn saved(model: &mut Model, form: Form, response: &Result<Response, ConsoleError>) -> Vec<Effect> {
    let Form { draft, origin, is_required, .. } = form;
    let direction = origin.as_ref().map_or(Direction::New, |origin| origin.direction);
    model.drafts.retain(|known| known.key != draft.key);
    let mut effects = vec![Effect::Store(StoreChange::DropDraft(draft.key.clone()))];
    effects.extend(origin.iter().flat_map(|origin| model.forget_step(origin)));
    let (way, back) = direction.way_back();
    let way = model.keymap.key_text(way);
    let (id, version, row) = match response {
        Ok(Response::User(user)) => (RowId::User(user.id), user.version, Row::User(user.clone())),
        Ok(Response::Resume(resume)) => {
            (RowId::Resume(resume.id), resume.revision, Row::Resume(Box::new(ResumeSummary::from(&**resume))))
        }
        _ => {
            if is_required {
                // Everything was denied until now.
                effects.extend(super::connect(model));
                model.names.try_again();
                model.screens_mut().for_each(Screen::try_again);
            }
            model.say(StyleRole::Good, format!("{}: it is changed", draft_title(&draft)));
            return effects;
        }
    };
    if let Some(Step { how: How::Person { version: at, .. } | How::Resume { version: at, .. }, .. }) =
        origin.as_ref().and_then(|origin| origin.step.as_ref())
    {
        effects.extend(model.replayed(id, *at, version));
    }
    let name = row.name();
    model.say(StyleRole::Good, format!("saved “{name}” · {way} {back}"));
    show(model, id, &row, draft.base.is_none());
    let key = model.new_key();
    let how = undoing(&draft, id, version, &name);
    effects.extend(model.record(direction, Step { key, at: model.now, name, how }));
    effects
}

fn draft_title(draft: &Draft) -> &'static str {
    if draft.kind == Kind::OwnPassword { "your password" } else { "the password" }
}

/// What takes a saved draft back.
fn undoing(draft: &Draft, id: RowId, version: u64, name: &str) -> How {
    match (&draft.base, id) {
        (Some(base), RowId::User(id)) => How::Person { id, version, before: base.values.clone() },
        (Some(base), RowId::Resume(id)) => How::Resume { id, version, before: base.version },
        _ => {
            let item = Item { id, name: name.to_owned(), version: Some(version) };
            How::Act(Plan { act: Act::Delete, items: vec![item] })
        }
    }
}

/// Shows what was saved wherever it stands, and what is new where it comes first.
fn show(model: &mut Model, id: RowId, row: &Row, is_new: bool) {
    model.screens_mut().for_each(|screen| screen.patch(row));
    let Some(table) = model.screen.table_mut().filter(|_| is_new) else { return };
    let is_theirs = matches!(
        (&table.collection, id),
        (Collection::Users { deleted: false, .. }, RowId::User(_))
            | (Collection::Resumes { deleted: false, .. }, RowId::Resume(_))
    );
    if is_theirs {
        (table.seek, table.total) = (Some(id), None);
        table.reopen(Anchor::Start);
    }
}

/// Shows what taking an edit back would change, unless the object has moved on.
pub(super) fn take_back(model: &mut Model, origin: Origin, response: &Response) -> Vec<Effect> {
    let Some(step) = origin.step.clone() else { return Vec::new() };
    let (now, values, kind) = match (&step.how, response) {
        (How::Person { before, .. }, Response::User(user)) => {
            let is_gone = user.deleted_at.is_some();
            (Base::of_user(user), before.clone(), is_gone.then_some("deleted"))
        }
        (How::Resume { .. }, Response::Before(both)) => {
            let (resume, before) = &**both;
            let is_gone = resume.deleted_at.is_some();
            (Base::of_resume(resume), Values::of_revision(before), is_gone.then_some("deleted"))
        }
        _ => return Vec::new(),
    };
    let seen = match step.how {
        How::Person { version, .. } | How::Resume { version, .. } => version,
        How::Act(_) => return Vec::new(),
    };
    if now.version != seen || kind.is_some() {
        let what = kind.unwrap_or("changed");
        let name = &step.name;
        model.say(
            StyleRole::Warn,
            format!("“{name}” was {what} since (version {seen} is now {}): it stays as it is", now.version),
        );
        return model.forget_step(&origin);
    }
    let kind = if matches!(now.id, ObjectId::User(_)) { Kind::Person } else { Kind::Resume };
    let mut draft = Draft::on(kind, model.new_key(), model.now, step.name.clone(), now);
    draft.values.overlay(&values);
    let mut form = Form::new(draft);
    (form.stage, form.origin) = (Stage::Review, Some(origin));
    if !form.draft.has_changes() {
        form.note = Some("It says the same already.".to_owned());
    }
    model.overlay = Some(Overlay::Form(Box::new(form)));
    Vec::new()
}
