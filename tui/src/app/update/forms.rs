//! Keys in forms, and how forms are left.

use crossterm::event::KeyCode;

use super::external_editor::to_editor;
use super::{feedback, form_opening, saving};
use crate::app::action::Action;
use crate::app::effect::{Effect, StoreChange};
use crate::app::model::Model;
use crate::client::error::ConsoleError;
use crate::client::ticket::Ticket;
use crate::overlays::Overlay;
use crate::overlays::form::{Form, Stage};
use crate::overlays::form_fields::{self, Input};
use crate::terminal::key::Key;
use crate::terminal::theme::StyleRole;
use vitae_sdk_workspace::Kind;

/// Takes a key in.
pub(super) fn key(model: &mut Model, mut form: Box<Form>, key: Key) -> Vec<Effect> {
    let effects = match &form.stage {
        Stage::Typing => typing(model, &mut form, key),
        Stage::Review => reviewing(model, &mut form, key),
        Stage::Faulty(_) => faulty(model, &mut form, key),
        // The editor has the terminal.
        Stage::Editing(_) => Some(Vec::new()),
        Stage::Saving(ticket) | Stage::Overtaken(ticket) => match key.code() {
            KeyCode::Esc => {
                let ticket = *ticket;
                Some(stop_waiting(&mut form, ticket))
            }
            _ => Some(Vec::new()),
        },
    };
    match effects {
        Some(effects) => {
            model.overlays.current = Some(Overlay::Form(form));
            effects
        }
        None if form.is_required => {
            model.overlays.current = Some(Overlay::Form(form));
            vec![Effect::Quit]
        }
        None => leave(model, *form),
    }
}

/// Puts a form away; what would be missed stays as a draft.
pub(super) fn leave(model: &mut Model, form: Form) -> Vec<Effect> {
    model.overlays.pop();
    let key = form.draft.key.clone();
    model.drafts.retain(|draft| draft.key != key);
    if !form.draft.is_worth_storing() || form.origin.is_some() {
        return vec![Effect::Store(StoreChange::DropDraft(key))];
    }
    let again = model.appearance.keymap.key_text(Action::Drafts);
    model.say(StyleRole::Dim, format!("not saved, kept as a draft · {again} lists drafts"));
    model.drafts.push(form.draft.clone());
    vec![Effect::Store(StoreChange::Draft(Box::new(form.draft)))]
}

fn stop_waiting(form: &mut Form, ticket: Ticket) -> Vec<Effect> {
    form.stage = Stage::Review;
    form.error = Some(ConsoleError::local(
        "the response did not arrive yet, so it is unknown whether the changes were saved",
        "save again: changes that are already saved are not applied twice",
    ));
    vec![Effect::Cancel(ticket)]
}

/// Keys while fields are typed into; none to leave the form.
fn typing(model: &mut Model, form: &mut Form, key: Key) -> Option<Vec<Effect>> {
    let input = form.entry().field.input;
    match key.code() {
        KeyCode::Esc => return None,
        _ if key.is_ctrl('s') => return Some(review(model, form)),
        _ if key.is_ctrl('o') && has_document(form) => return Some(to_editor(&mut model.tickets, form)),
        KeyCode::Enter if input == Input::Document => return Some(to_editor(&mut model.tickets, form)),
        KeyCode::Enter if form.at + 1 == form.entries.len() => return Some(review(model, form)),
        KeyCode::Enter | KeyCode::Tab | KeyCode::Down => go_to(form, 1),
        KeyCode::BackTab | KeyCode::Up => go_to(form, -1),
        KeyCode::Left if matches!(input, Input::Choice(..)) => form.select(-1),
        KeyCode::Right | KeyCode::Char(' ') if matches!(input, Input::Choice(..)) => form.select(1),
        _ => {
            let at = form.at;
            if form.entries[at].line_mut().is_some_and(|line| line.key(key)) {
                form.typed();
            }
        }
    }
    Some(Vec::new())
}

/// Takes a pasted text in.
pub(super) fn paste(form: &mut Form, text: &str) {
    let at = form.at;
    if form.stage == Stage::Typing
        && let Some(line) = form.entries[at].line_mut()
    {
        line.insert(text);
        form.typed();
    }
}

/// Goes to the field that was pointed at.
pub(super) fn point(form: &mut Form, at: usize) {
    if form.stage == Stage::Typing && at < form.entries.len() {
        form.check_one();
        form.at = at;
    }
}

fn go_to(form: &mut Form, step: isize) {
    form.check_one();
    let count = form.entries.len().cast_signed();
    form.at = (form.at.cast_signed() + step).rem_euclid(count).cast_unsigned();
}

fn has_document(form: &Form) -> bool {
    form_fields::fields(form.draft.kind).iter().any(|field| field.input == Input::Document)
}

/// Shows what saving would change, if every field is in order.
pub(super) fn review(model: &mut Model, form: &mut Form) -> Vec<Effect> {
    // A new resume without a title gets one from its document.
    if form.draft.kind == Kind::NewResume && form.draft.values.text("title").trim().is_empty() {
        form.draft.values.set("title", form.draft.suggested_title().unwrap_or_default());
        form.fill();
    }
    if !form.check_all() {
        if form.entry().field.input == Input::Document {
            form.stage = Stage::Faulty(form.problems_of_document());
        }
        return Vec::new();
    }
    if !form.draft.kind.is_stored() {
        // There is nothing to look at but dots.
        return saving::save(model, form);
    }
    if !form.draft.has_changes() {
        form.error =
            Some(ConsoleError::local("nothing has been changed", "change a field, or cancel with esc"));
        form.stage = Stage::Typing;
        return Vec::new();
    }
    (form.stage, form.scroll) = (Stage::Review, 0);
    Vec::new()
}

/// Keys while one looks at what would change; none to leave the form.
fn reviewing(model: &mut Model, form: &mut Form, key: Key) -> Option<Vec<Effect>> {
    let page = usize::from(model.appearance.size.1 / 2).max(1);
    match (key.code(), model.appearance.keymap.action(key)) {
        (KeyCode::Char('y') | KeyCode::Enter, _) => return Some(saving::save(model, form)),
        (KeyCode::Char('e'), _) => form.stage = Stage::Typing,
        (KeyCode::Char('E'), _) if has_document(form) => return Some(to_editor(&mut model.tickets, form)),
        (KeyCode::Char('n') | KeyCode::Esc, _) => return None,
        (_, Some(Action::Down)) => form.scroll += 1,
        (_, Some(Action::Up)) => form.scroll = form.scroll.saturating_sub(1),
        (_, Some(Action::PageDown)) => form.scroll += page,
        (_, Some(Action::PageUp)) => form.scroll = form.scroll.saturating_sub(page),
        _ if key.is_ctrl('y') => {
            return Some(feedback::copied(model, crate::app::command::of_draft(&form.draft)));
        }
        _ => {}
    }
    let most = crate::overlays::form_view::review_lines(form, model.appearance.size.0).saturating_sub(1);
    form.scroll = form.scroll.min(most);
    Some(Vec::new())
}

/// Keys while one looks at what is wrong with the document; none to leave the form.
fn faulty(model: &mut Model, form: &mut Form, key: Key) -> Option<Vec<Effect>> {
    match key.code() {
        KeyCode::Char('e' | 'E') | KeyCode::Enter => Some(to_editor(&mut model.tickets, form)),
        KeyCode::Char('n') | KeyCode::Esc => None,
        _ => Some(Vec::new()),
    }
}

/// Handles a key in the list of unsaved drafts.
pub(super) fn in_drafts(model: &mut Model, at: usize, key: Key) -> Vec<Effect> {
    let last = model.drafts.len().saturating_sub(1);
    let at = at.min(last);
    match (key.code(), model.appearance.keymap.action(key)) {
        (KeyCode::Enter, _) => {
            let draft = model.drafts.get(at).cloned();
            return draft.map(|draft| form_opening::open(model, draft)).unwrap_or_default();
        }
        (_, Some(Action::Delete)) if !model.drafts.is_empty() => {
            model.overlays.current = Some(Overlay::Discard(at));
        }
        (_, Some(Action::Down)) => model.overlays.current = Some(Overlay::Drafts((at + 1).min(last))),
        (_, Some(Action::Up)) => model.overlays.current = Some(Overlay::Drafts(at.saturating_sub(1))),
        _ => model.overlays.current = Some(Overlay::Drafts(at)),
    }
    Vec::new()
}

/// Discards a draft for good if that is meant, and goes back to the list of drafts.
pub(super) fn in_discard(model: &mut Model, at: usize, key: Key) -> Vec<Effect> {
    let mut effects = Vec::new();
    match key.code() {
        KeyCode::Char('y') | KeyCode::Enter => {
            if at < model.drafts.len() {
                let discarded = model.drafts.remove(at);
                effects.push(Effect::Store(StoreChange::DropDraft(discarded.key)));
            }
        }
        KeyCode::Char('n') | KeyCode::Esc => {}
        _ => {
            model.overlays.current = Some(Overlay::Discard(at));
            return effects;
        }
    }
    if !model.drafts.is_empty() {
        model.overlays.current = Some(Overlay::Drafts(at.min(model.drafts.len() - 1)));
    }
    effects
}
