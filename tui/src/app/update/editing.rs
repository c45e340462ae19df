//! The document in the person's own editor, and what comes out of it.

use super::forms::{leave, review};
use crate::app::effect::{Effect, StoreChange};
use crate::app::message::Edited;
use crate::app::model::Model;
use crate::client::ticket::{Requester, Ticket, Tickets};
use crate::overlays::Overlay;
use crate::overlays::form::{Form, Stage};
use crate::terminal::theme::StyleRole;
use vitae_sdk_workspace::{NOTE, without_notes};

/// Gives the document to the person's own editor, at the line of the first fault.
pub(super) fn to_editor(tickets: &mut Tickets, form: &mut Form) -> Vec<Effect> {
    let notes = notes(form);
    let line = match &form.stage {
        Stage::Faulty(faults) => faults.first().map(|fault| fault.spot.line + notes.lines().count()),
        _ => None,
    };
    let ticket = tickets.issuer(Requester::Form).next::<()>().ticket();
    form.stage = Stage::Editing(ticket);
    form.error = None;
    let text = format!("{notes}{}\n", form.draft.document().trim_end());
    let draft = Box::new(form.draft.clone());
    vec![
        Effect::Store(StoreChange::Draft(draft)),
        Effect::Edit { ticket, key: form.draft.key.clone(), text, line },
    ]
}

/// What stands above the document: faults, and what somebody else made of the same parts.
fn notes(form: &Form) -> String {
    let mut notes = Vec::new();
    if let Stage::Faulty(faults) = &form.stage {
        let before = faults.len() + form.conflicts.len() + 1;
        notes.extend(faults.iter().map(|fault| {
            let line = fault.spot.line + before;
            format!("{NOTE} line {line} column {}: {}", fault.spot.column, fault.message)
        }));
    }
    let of_document =
        form.conflicts.iter().filter(|conflict| conflict.field == "document" && !conflict.part.is_empty());
    notes.extend(of_document.map(|conflict| {
        let theirs = conflict.theirs.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("{NOTE} their version of {}: {}", conflict.part, crate::terminal::text::escaped(&theirs))
    }));
    if notes.is_empty() {
        return String::new();
    }
    notes.push(format!("{NOTE} These lines are removed when you save."));
    notes.join("\n") + "\n"
}

/// Takes in what came out of the editor.
pub(super) fn edited(model: &mut Model, ticket: Ticket, edited: Edited) -> Vec<Effect> {
    model.tickets.redeem(ticket);
    let waits = |overlay: &mut Overlay| matches!(overlay, Overlay::Form(form) if form.stage == Stage::Editing(ticket));
    let Some(Overlay::Form(mut form)) = model.overlays.current.take_if(waits) else {
        super::responses::log_unmatched(model, ticket);
        return Vec::new();
    };
    let Edited { text, error } = edited;
    if let Some(text) = text.as_deref().map(without_notes)
        && text.trim() != form.draft.document().trim()
    {
        form.draft.values.set("document", text);
        form.is_unkept = true;
    }
    form.fill();
    if let Some(error) = error {
        model.say_error(&error);
        model.notices.current = None;
        (form.stage, form.error) = (Stage::Typing, Some(error));
        model.overlays.current = Some(Overlay::Form(form));
        return Vec::new();
    }
    match came_back(model, &mut form) {
        Some(effects) => {
            model.overlays.current = Some(Overlay::Form(form));
            effects
        }
        None => {
            let effects = leave(model, *form);
            model.say(StyleRole::Dim, "nothing changed");
            effects
        }
    }
}

fn came_back(model: &mut Model, form: &mut Form) -> Option<Vec<Effect>> {
    let faults = form.problems_of_document();
    if !faults.is_empty() {
        form.stage = Stage::Faulty(faults);
        return Some(Vec::new());
    }
    if form.draft.base.is_some() && !form.draft.has_changes() {
        return None;
    }
    // Something new has more to it than its document.
    form.stage = Stage::Typing;
    if form.draft.base.is_none() {
        return Some(Vec::new());
    }
    Some(review(model, form))
}
