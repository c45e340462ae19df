//! Opens the document of a form in the external editor.

use vitae_sdk_workspace::NOTE;

use crate::app::effect::{Effect, StoreChange};
use crate::client::ticket::{Requester, Tickets};
use crate::overlays::form::{Form, Stage};

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
