//! The table row of a resume, with and without its document.

use vitae_sdk::{Owner, Resume, ResumeSummary};

use super::{Column, Row, field_cell, field_details, outline, plain};
use crate::completion_cache::{CachedName, CompletionCache};

/// The columns of a resume.
const RESUME: &[Column] = &[
    Column::fixed("ID"),
    Column::text("TITLE"),
    Column::text("OWNER"),
    Column::text("TAGS"),
    Column::fixed("REV"),
    Column::fixed("UPDATED"),
];

/// The fields of the default table.
const TABLE: [&str; 6] = ["id", "title", "owner.name", "tags", "revision", "updated_at"];
/// The position of the title among them.
const TITLE: usize = 1;

impl Row for ResumeSummary {
    const FIELDS: &'static [&'static str] =
        &["id", "title", "owner.id", "owner.name", "tags", "revision", "updated_at", "deleted_at"];
    const COLUMNS: &'static [Column] = RESUME;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn cells(&self, is_for_person: bool) -> Vec<String> {
        let mut cells: Vec<String> = TABLE.iter().map(|key| field_cell(self, key, is_for_person)).collect();
        if is_for_person && self.deleted_at.is_some() {
            cells[TITLE].push_str(" (deleted)");
        }
        cells
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        field_details(self)
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
