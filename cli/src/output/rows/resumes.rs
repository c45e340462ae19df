//! How a resume stands in a table, with its document and without.

use vitae_sdk::{Owner, Resume, ResumeSummary};

use super::{Column, Row, outline, plain, tags, time};
use crate::completion_cache::{CachedName, CompletionCache};

/// The columns of every form of a resume.
const RESUME: &[Column] = &[
    Column::fixed("ID"),
    Column::text("TITLE"),
    Column::text("OWNER"),
    Column::text("TAGS"),
    Column::fixed("REV"),
    Column::fixed("UPDATED"),
];

impl Row for ResumeSummary {
    const FIELDS: &'static [&'static str] =
        &["id", "title", "owner.id", "owner.name", "tags", "revision", "updated_at", "deleted_at"];
    const COLUMNS: &'static [Column] = RESUME;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn cells(&self, is_for_person: bool) -> Vec<String> {
        let mark = if is_for_person && self.deleted_at.is_some() { " (deleted)" } else { "" };
        vec![
            self.id(),
            format!("{}{mark}", self.title.as_str()),
            owner(&self.owner),
            tags(&self.tags),
            self.revision.to_string(),
            time(self.updated_at, is_for_person),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = vec![
            ("id", self.id()),
            ("title", plain(&self.title)),
            ("owner", owner(&self.owner)),
            ("tags", tags(&self.tags)),
            ("revision", self.revision.to_string()),
            ("updated", self.updated_at.to_string()),
        ];
        details.extend(self.deleted_at.map(|at| ("deleted", at.to_string())));
        details
    }

    fn cache_names(&self, seen: &mut CompletionCache) {
        seen.resumes.push(CachedName { id: self.id(), name: plain(&self.title), about: owner(&self.owner) });
        seen.tags.extend(self.tags.iter().map(plain));
    }
}

impl Row for Resume {
    const FIELDS: &'static [&'static str] = &[
        "id",
        "title",
        "owner.id",
        "owner.name",
        "tags",
        "revision",
        "updated_at",
        "deleted_at",
        "created_at",
        "document.*",
    ];
    const COLUMNS: &'static [Column] = RESUME;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn cells(&self, is_for_person: bool) -> Vec<String> {
        ResumeSummary::from(self).cells(is_for_person)
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = ResumeSummary::from(self).details();
        details.push(("created", self.created_at.to_string()));
        details.extend(outline(self.document.get()));
        details
    }
}

fn owner(owner: &Owner) -> String {
    owner.name.as_ref().map_or_else(|| owner.id.to_string(), plain)
}
