//! Opens the document of a form in the external editor.

use vitae_sdk_workspace::Conflict;

use crate::app::effect::{Effect, StoreChange};
use crate::client::ticket::{Requester, Tickets};
use crate::overlays::form::{Faulty, Form, Stage};

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

/// Returns the notes above the document: its problems, and what another user saved in the same parts.
fn notes(form: &Form) -> String {
    let problems: &[Faulty] = match &form.stage {
        Stage::Faulty(problems) => problems,
        _ => &[],
    };
    let of_document = |conflict: &&Conflict| conflict.field == "document" && !conflict.part.is_empty();
    let conflicts: Vec<&Conflict> = form.conflicts.iter().filter(of_document).collect();
    vitae_sdk_workspace::notes(
        problems.iter().map(|problem| (problem.spot, &*problem.message)),
        conflicts.iter().map(|conflict| (&*conflict.part, &*conflict.theirs)),
    )
}
