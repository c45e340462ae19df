//! The state of the resume screen.

use vitae_sdk::ResumeId;

use crate::widgets::text_viewer::{Subject, TextViewer};

/// A resume, or a change in it.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    pub(crate) subject: Subject,
    pub(crate) text: TextViewer,
}

impl Reader {
    pub(crate) fn new(subject: Subject) -> Self {
        Self { subject, text: TextViewer::default() }
    }

    /// Shows a newer revision of the resume; a comparison of revisions stays as it is.
    pub(super) fn follow(&mut self, id: ResumeId, revision: u64) {
        if let Subject::Resume(mine, known) = self.subject
            && mine == id
            && known < revision
        {
            self.subject = Subject::Resume(id, revision);
        }
    }
}
