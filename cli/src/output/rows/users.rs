//! The table row of a person.

use vitae_sdk::User;
use vitae_sdk_workspace::fields::{Described, keys};

use super::{Column, Row, field_cell, field_details, plain};
use crate::completion_cache::{CachedName, CompletionCache};

/// The columns of CSV: new ones come last, since programs may count on the position of the first.
const FIRST: [&str; 9] =
    ["id", "email", "name", "role", "status", "version", "created_at", "updated_at", "deleted_at"];
const FIELDS: [&str; User::DESCRIPTORS.len()] = keys(&FIRST, User::DESCRIPTORS);

/// The fields of the default table.
const TABLE: [&str; 6] = ["id", "name", "email", "role", "status", "updated_at"];

impl Row for User {
    const FIELDS: &'static [&'static str] = &FIELDS;
    const COLUMNS: &'static [Column] = &[
        Column::fixed("ID"),
        Column::text("NAME"),
        Column::text("EMAIL"),
        Column::fixed("ROLE"),
        Column::fixed("STATUS"),
        Column::fixed("UPDATED"),
    ];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn cells(&self, is_for_person: bool) -> Vec<String> {
        TABLE.iter().map(|key| field_cell(self, key, is_for_person)).collect()
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        field_details(self)
    }

    fn cache_names(&self, seen: &mut CompletionCache) {
        seen.people.push(CachedName { id: self.id(), name: plain(&self.email), about: plain(&self.name) });
    }
}
