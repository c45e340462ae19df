//! The output row of imported and exported resumes.

use serde::Serialize;
use vitae_sdk::ResumeId;

use crate::errors::FileLocation;
use crate::output::{Column, Row};

/// A resume with the file it was imported from or exported to.
#[derive(Debug, Serialize)]
pub(crate) struct ResumeFile {
    #[serde(flatten)]
    pub(crate) location: FileLocation,
    pub(crate) id: ResumeId,
    pub(crate) title: String,
}

impl Row for ResumeFile {
    const FIELDS: &'static [&'static str] = &["file", "line", "id", "title"];
    const COLUMNS: &'static [Column] = &[Column::text("FILE"), Column::fixed("ID"), Column::text("TITLE")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn cells(&self, _: bool) -> Vec<String> {
        vec![self.location.to_string(), self.id(), self.title.clone()]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![("file", self.location.to_string()), ("id", self.id()), ("title", self.title.clone())]
    }
}
