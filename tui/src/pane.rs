//! The pane beside a list: what the row under the cursor holds.

use crate::effect::Effect;
use crate::request::{Answer, Ticket, Tickets};
use crate::row::Row;
use crate::sheet::{Sheet, Subject};
use crate::source::Source;
use crate::trouble::Trouble;

/// Follows the cursor of its list.
#[derive(Debug, Clone)]
pub(crate) struct Pane {
    /// Whether somebody wants to see it; a narrow terminal may have no room for it.
    pub(crate) is_wanted: bool,
    pub(crate) sheet: Sheet,
}

impl Pane {
    pub(crate) fn new(source: &Source) -> Self {
        let is_wanted =
            matches!(source, Source::Resumes { .. } | Source::Revisions(_) | Source::Audit { .. });
        Self { is_wanted, sheet: Sheet::default() }
    }

    /// Asks for what the row under the cursor holds.
    pub(crate) fn ask(&mut self, source: &Source, row: Option<&Row>, tickets: &mut Tickets) -> Vec<Effect> {
        match subject(source, row) {
            Some(subject) => self.sheet.want(subject, tickets),
            // The rows of other lists say everything themselves.
            None => self.sheet.call_off(),
        }
    }

    /// The text, if it is the one of this row and not still that of another.
    pub(crate) fn sheet_of(&self, source: &Source, row: &Row) -> Option<&Sheet> {
        let is_of_row = subject(source, Some(row)).is_some_and(|subject| self.sheet.is_of(subject));
        (is_of_row || self.sheet.trouble().is_some()).then_some(&self.sheet)
    }

    pub(crate) fn answer(&mut self, ticket: Ticket, answer: &Result<Answer, Trouble>) -> bool {
        self.sheet.answer(ticket, answer)
    }

    pub(crate) fn try_again(&mut self) {
        self.sheet.try_again();
    }

    pub(crate) fn forget(&mut self) {
        self.sheet.forget();
    }

    /// Lets go of what was on its way.
    pub(crate) fn rest(&mut self) -> Vec<Effect> {
        self.sheet.call_off()
    }
}

/// What the text of a row is read from.
fn subject(source: &Source, row: Option<&Row>) -> Option<Subject> {
    match (source, row?) {
        (_, Row::Resume(resume)) => Some(Subject::Resume(resume.id, resume.revision)),
        (Source::Revisions(id), Row::Revision(revision)) => {
            Some(Subject::Change(*id, None, revision.revision))
        }
        _ => None,
    }
}
