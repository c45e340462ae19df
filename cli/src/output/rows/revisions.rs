//! The table row of a revision, with and without its document.

use vitae_sdk::{Revision, RevisionAuthor, RevisionHead, RevisionKind};

use super::{Column, Row, outline, plain, tags, time};

/// The columns of a revision.
const REVISION: &[Column] = &[
    Column::fixed("REV"),
    Column::fixed("KIND"),
    Column::text("AUTHOR"),
    Column::fixed("AT"),
    Column::text("REASON"),
    Column::text("TITLE"),
];

impl Row for RevisionHead {
    const FIELDS: &'static [&'static str] =
        &["revision", "kind", "author.id", "author.name", "at", "reason", "title", "tags"];
    const COLUMNS: &'static [Column] = REVISION;

    fn id(&self) -> String {
        self.revision.to_string()
    }

    fn cells(&self, is_for_person: bool) -> Vec<String> {
        vec![
            self.id(),
            kind(&self.kind),
            author(self.author.as_ref()),
            time(self.at, is_for_person),
            self.reason.as_ref().map(plain).unwrap_or_default(),
            plain(&self.title),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = vec![
            ("revision", self.id()),
            ("kind", kind(&self.kind)),
            ("author", author(self.author.as_ref())),
            ("at", self.at.to_string()),
        ];
        details.extend(self.reason.as_ref().map(|reason| ("reason", plain(reason))));
        details.push(("title", plain(&self.title)));
        details.push(("tags", tags(&self.tags)));
        details
    }
}

impl Row for Revision {
    const FIELDS: &'static [&'static str] =
        &["revision", "kind", "author.id", "author.name", "at", "reason", "title", "tags", "document.*"];
    const COLUMNS: &'static [Column] = REVISION;

    fn id(&self) -> String {
        self.revision.to_string()
    }

    fn cells(&self, is_for_person: bool) -> Vec<String> {
        head(self).cells(is_for_person)
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = head(self).details();
        details.extend(outline(self.document.get()));
        details
    }
}

/// Formats an author for messages.
pub(crate) fn author(author: Option<&RevisionAuthor>) -> String {
    match author {
        None => "the system".to_owned(),
        Some(author) => author.name.as_ref().map_or_else(|| author.id.to_string(), plain),
    }
}

fn kind(kind: &RevisionKind) -> String {
    match kind {
        RevisionKind::Created => "created",
        RevisionKind::Updated => "updated",
        RevisionKind::Deleted => "deleted",
        RevisionKind::Restored => "restored",
        RevisionKind::Other(other) => other,
        _ => "unknown",
    }
    .to_owned()
}

fn head(revision: &Revision) -> RevisionHead {
    RevisionHead {
        revision: revision.revision,
        kind: revision.kind.clone(),
        author: revision.author.clone(),
        at: revision.at,
        reason: revision.reason.clone(),
        title: revision.title.clone(),
        tags: revision.tags.clone(),
    }
}
