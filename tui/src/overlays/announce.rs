//! Overlays for the screen reader.

use crate::app::access::{Access, access};
use crate::app::action::Action;
use crate::app::location;
use crate::app::model::Model;
use crate::overlays::form::{Form, Stage, Typed};
use crate::overlays::form_fields::Input;
use crate::overlays::{Confirm, LoginForm, Overlay, Picker};
use crate::overlays::{form_view as forms, view as overlays};
use crate::screen_reader::{Speech, Topic, plain};
use crate::terminal::text::{escaped, minute};

/// The width of sentences; the terminal breaks them into lines.
const WIDE: usize = 10_000;

pub(crate) fn overlay(model: &Model, overlay: &Overlay, speech: &mut Speech) {
    let page = usize::from(model.appearance.size.1).saturating_sub(6).max(1);
    match overlay {
        Overlay::Login(form) => login(form, speech),
        Overlay::Palette(picker) => palette(model, picker, speech),
        Overlay::Jump(picker) => jump(picker, speech),
        Overlay::Help(scroll) => {
            speech.say(Topic::Place, "Keys and actions. Any other key closes the help.");
            speech.text(&overlays::help_text(model), *scroll, page);
        }
        Overlay::Columns(at) => columns(model, *at, speech),
        Overlay::Confirm(question) => confirm(model, question, speech),
        Overlay::Form(form) => self::form(form, page, speech),
        Overlay::Drafts(at) => drafts(model, *at, speech),
        Overlay::Discard(at) => {
            speech.say(Topic::Place, "Discard this draft?");
            speech.say(Topic::Choice, overlays::discard_text(model, *at).join(". "));
            speech.say(Topic::Keys, "y discard, n keep");
        }
        Overlay::Quit => {
            speech.say(Topic::Place, "Quit now?");
            speech.say(Topic::Choice, overlays::quit_text(model).join(". "));
            speech.say(Topic::Keys, "y quit, n stay");
        }
    }
}

fn login(form: &LoginForm, speech: &mut Speech) {
    speech.say(Topic::Place, "Log in");
    speech.lines(Topic::About, &overlays::login_text(form, WIDE));
    match form.field {
        0 => speech.field("Server", form.server.before(), form.server.after()),
        1 => speech.field("E-mail", form.email.before(), form.email.after()),
        _ => speech.field("Password", &form.password.dots(), ""),
    }
    speech.say(Topic::Keys, "enter logs in, tab goes to the next field, esc browses without login");
}

fn palette(model: &Model, picker: &Picker, speech: &mut Speech) {
    speech.say(Topic::Place, "What do you want to do?");
    speech.field("Type", picker.typed.before(), picker.typed.after());
    let found = picker.actions(|action| access(model, action) != Access::No && action != Action::Palette);
    let Some(action) = found.get(picker.chosen) else {
        speech.say(Topic::Choice, "No matching action.");
        return;
    };
    let right = match access(model, *action) {
        Access::Denied(right) => format!(" ({right})"),
        _ => String::new(),
    };
    let (words, key) = (action.entry().words, model.appearance.keymap.key_text(*action));
    let key = if key.is_empty() { key } else { format!(", key {key}") };
    speech.say(Topic::Choice, format!("{} of {}: {words}{right}{key}", picker.chosen + 1, found.len()));
}

fn jump(picker: &Picker, speech: &mut Speech) {
    speech.say(Topic::Place, "Go to");
    speech.field("Type", picker.typed.before(), picker.typed.after());
    let found = crate::app::update::completions(picker.typed.text());
    let Some(text) = found.get(picker.chosen) else {
        speech.say(Topic::Choice, "enter goes there");
        return;
    };
    let more = location::WORDS.iter().find(|(word, _)| *word == text.trim()).map_or("", |(_, more)| *more);
    let text = escaped(text.trim());
    let (at, of) = (picker.chosen + 1, found.len());
    speech.say(Topic::Choice, format!("{at} of {of}: {text} {more}, tab completes it"));
}

fn columns(model: &Model, at: usize, speech: &mut Speech) {
    let Some(table) = model.screen().table() else { return };
    speech.say(Topic::Place, "Columns");
    speech.say(Topic::Keys, "space shows or hides, enter closes");
    let all = table.collection.columns();
    let Some(column) = all.get(at) else { return };
    let is_shown = table
        .collection
        .shown_columns(&model.appearance.columns)
        .iter()
        .any(|shown| shown.field == column.field);
    let title = if column.title.is_empty() { "current session" } else { column.title };
    let state = if is_shown { "shown" } else { "hidden" };
    speech.say(Topic::Choice, format!("{} of {}: {title}, {state}", at + 1, all.len()));
}

fn confirm(model: &Model, question: &Confirm, speech: &mut Speech) {
    let plan = &question.plan;
    speech.say(Topic::Place, format!("{} {}?", plan.operation.verb(), plan.objects()));
    speech.lines(Topic::About, &overlays::question_text(model, question, WIDE));
    if model.session.profile.is_protected {
        speech.field("Type", question.typed.before(), question.typed.after());
        speech.say(Topic::Keys, "esc cancels");
    } else {
        speech.say(Topic::Keys, "y yes, n no");
    }
}

fn form(form: &Form, page: usize, speech: &mut Speech) {
    let is_typed = match form.stage {
        Stage::Typing | Stage::Editing(_) => true,
        Stage::Saving(_) => !form.draft.kind.is_stored(),
        Stage::Faulty(_) | Stage::Review | Stage::Overtaken(_) => false,
    };
    if !is_typed {
        speech.say(Topic::Place, forms::review_title(form));
        speech.lines(Topic::About, &forms::said(form, WIDE));
        speech.text(&forms::review_text(form, WIDE), form.scroll, page);
        speech.say(Topic::Keys, forms::review_keys(form));
        return;
    }
    speech.say(Topic::Place, form.title());
    speech.lines(Topic::About, &forms::said(form, WIDE));
    let entry = form.entry();
    let label = &*entry.field.label;
    match (&entry.typed, entry.field.input) {
        (Typed::Hidden(secret), _) => speech.field(label, &secret.dots(), ""),
        (Typed::Line(line), Input::Choice(..)) => {
            speech.say(Topic::Choice, format!("{label}: {}", escaped(line.text())));
        }
        (Typed::Line(_), Input::Document) => {
            speech.say(Topic::Choice, format!("{label}: {}", forms::document_words(&form.draft)));
        }
        (Typed::Line(line), _) => speech.field(label, line.before(), line.after()),
    }
    for (at, entry) in form.entries.iter().enumerate() {
        for line in forms::below(form, at, WIDE) {
            speech.say(Topic::Fault(at), format!("{}: {}", entry.field.label, plain(&line)));
        }
    }
    speech.say(Topic::Keys, forms::keys(form, u16::MAX));
}

fn drafts(model: &Model, at: usize, speech: &mut Speech) {
    speech.say(Topic::Place, "Unsaved drafts");
    let delete = model.appearance.keymap.key_text(Action::Delete);
    speech.say(Topic::Keys, format!("enter continues it, {delete} discards it, esc closes"));
    if let Some(draft) = model.drafts.get(at) {
        let words = forms::draft_words(draft);
        let (number, of) = (at + 1, model.drafts.len());
        speech.say(Topic::Choice, format!("{number} of {of}: {words}, {}", minute(draft.at)));
    }
}
