//! The pane beside a list: what the row under the cursor holds.

use crate::app::effect::Effect;
use crate::client::collection::Collection;
use crate::client::error::ConsoleError;
use crate::client::request::Response;
use crate::client::row::Row;
use crate::client::ticket::{Issuer, Ticket};
use crate::widgets::text_viewer::{Subject, TextViewer};

/// Follows the cursor of its list.
#[derive(Debug, Clone)]
pub(crate) struct Pane {
    /// Whether somebody wants to see it; a narrow terminal may have no room for it.
    pub(crate) is_wanted: bool,
    pub(crate) viewer: TextViewer,
}

impl Pane {
    pub(crate) fn new(collection: &Collection) -> Self {
        let is_wanted = matches!(
            collection,
            Collection::Resumes { .. } | Collection::Revisions(_) | Collection::Audit { .. }
        );
        Self { is_wanted, viewer: TextViewer::default() }
    }

    /// Asks for what the row under the cursor holds.
    pub(crate) fn ask(
        &mut self,
        collection: &Collection,
        row: Option<&Row>,
        tickets: &mut Issuer<'_>,
    ) -> Vec<Effect> {
        match subject(collection, row) {
            Some(subject) => self.viewer.want(subject, tickets),
            // The rows of other lists say everything themselves.
            None => self.viewer.call_off(),
        }
    }

    /// The text, if it is the one of this row and not still that of another.
    pub(crate) fn sheet_of(&self, collection: &Collection, row: &Row) -> Option<&TextViewer> {
        let is_of_row = subject(collection, Some(row)).is_some_and(|subject| self.viewer.is_of(subject));
        (is_of_row || self.viewer.error().is_some()).then_some(&self.viewer)
    }

    pub(crate) fn response(&mut self, ticket: Ticket, response: Result<Response, ConsoleError>) -> bool {
        self.viewer.response(ticket, response)
    }

    pub(crate) fn try_again(&mut self) {
        self.viewer.try_again();
    }

    pub(crate) fn forget(&mut self) {
        self.viewer.forget();
    }

    /// Lets go of what was on its way.
    pub(crate) fn rest(&mut self) -> Vec<Effect> {
        self.viewer.call_off()
    }
}

/// What the text of a row is read from.
fn subject(collection: &Collection, row: Option<&Row>) -> Option<Subject> {
    match (collection, row?) {
        (_, Row::Resume(resume)) => Some(Subject::Resume(resume.id, resume.revision)),
        (Collection::Revisions(id), Row::Revision(revision)) => {
            Some(Subject::Change(*id, None, revision.revision))
        }
        _ => None,
    }
}
