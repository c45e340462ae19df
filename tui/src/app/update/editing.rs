//! The document in the person's own editor, and what comes out of it.

use super::forms::{leave, review};
use crate::app::effect::Effect;
use crate::app::message::Edited;
use crate::app::model::Model;
use crate::client::ticket::Ticket;
use crate::overlays::Overlay;
use crate::overlays::form::{Form, Stage};
use crate::terminal::theme::StyleRole;
use vitae_sdk_workspace::without_notes;

/// Takes in what came out of the editor.
pub(super) fn edited(model: &mut Model, ticket: Ticket, edited: Edited) -> Vec<Effect> {
    model.tickets.redeem(ticket);
    let waits = |overlay: &mut Overlay| matches!(overlay, Overlay::Form(form) if form.stage == Stage::Editing(ticket));
    let Some(Overlay::Form(mut form)) = model.overlays.current.take_if(waits) else {
        super::feedback::log_unmatched(model, ticket);
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
