//! The detail pane next to a list, which shows the row under the cursor.

use crate::app::effect::Effect;
use crate::client::collection::Collection;
use crate::client::error::ConsoleError;
use crate::client::request::Response;
use crate::client::row::Row;
use crate::client::ticket::{Issuer, Ticket};
use crate::widgets::text_viewer::{Subject, TextViewer};

/// The detail pane of a list; it follows the cursor.
#[derive(Debug, Clone)]
pub(crate) struct Pane {
    /// Whether the pane is switched on; a narrow terminal may have no room for it.
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

    /// Requests the details of the row under the cursor.
    pub(crate) fn ask(
        &mut self,
        collection: &Collection,
        row: Option<&Row>,
        tickets: &mut Issuer<'_>,
    ) -> Vec<Effect> {
        match subject(collection, row) {
            Some(subject) => self.viewer.want(subject, tickets),
            // The rows of other lists say everything themselves.
            None => self.viewer.cancel(),
        }
    }

    /// Returns the text if it belongs to this row; `None` while it is still that of another row.
    pub(crate) fn viewer_of(&self, collection: &Collection, row: &Row) -> Option<&TextViewer> {
        let is_of_row = subject(collection, Some(row)).is_some_and(|subject| self.viewer.is_of(subject));
        (is_of_row || self.viewer.error().is_some()).then_some(&self.viewer)
    }

    pub(crate) fn response(&mut self, ticket: Ticket, response: Result<Response, ConsoleError>) -> bool {
        self.viewer.response(ticket, response)
    }

    pub(crate) fn retry(&mut self) {
        self.viewer.retry();
    }

    pub(crate) fn clear(&mut self) {
        self.viewer.clear();
    }

    /// Cancels pending requests.
    pub(crate) fn hide(&mut self) -> Vec<Effect> {
        self.viewer.cancel()
    }
}

/// Returns the subject whose text is shown for a row.
fn subject(collection: &Collection, row: Option<&Row>) -> Option<Subject> {
    match (collection, row?) {
        (_, Row::Resume(resume)) => Some(Subject::Resume(resume.id, resume.revision)),
        (Collection::Revisions(id), Row::Revision(revision)) => {
            Some(Subject::Change(*id, None, revision.revision))
        }
        _ => None,
    }
}
