//! How a person stands in a table.

use vitae_sdk::User;

use super::{Column, Row, plain, time};
use crate::completion_cache::{CachedName, CompletionCache};

impl Row for User {
    const FIELDS: &'static [&'static str] =
        &["id", "email", "name", "role", "status", "version", "created_at", "updated_at", "deleted_at"];
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
        vec![
            self.id(),
            plain(&self.name),
            plain(&self.email),
            self.role.as_str().to_owned(),
            status(self),
            time(self.updated_at, is_for_person),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = vec![
            ("id", self.id()),
            ("name", plain(&self.name)),
            ("e-mail", plain(&self.email)),
            ("role", self.role.as_str().to_owned()),
            ("status", status(self)),
            ("version", self.version.to_string()),
            ("created", self.created_at.to_string()),
            ("updated", self.updated_at.to_string()),
        ];
        details.extend(self.deleted_at.map(|at| ("deleted", at.to_string())));
        details
    }

    fn cache_names(&self, seen: &mut CompletionCache) {
        seen.people.push(CachedName { id: self.id(), name: plain(&self.email), about: plain(&self.name) });
    }
}

fn status(user: &User) -> String {
    match user.deleted_at {
        Some(_) => "deleted".to_owned(),
        None => user.status.as_str().to_owned(),
    }
}
