//! The table row of an audit entry.

use vitae_sdk::{Actor, Entry};

use super::{Column, Row, plain, time};

impl Row for Entry {
    const FIELDS: &'static [&'static str] = &[
        "sequence",
        "event_id",
        "at",
        "action",
        "actor.kind",
        "actor.id",
        "actor.session_id",
        "object.type",
        "object.id",
        "object.version",
        "request_id",
        "client_address",
        "user_agent",
        "changes",
    ];
    const COLUMNS: &'static [Column] = &[
        Column::fixed("AT"),
        Column::fixed("ACTION"),
        Column::text("ACTOR"),
        Column::text("OBJECT"),
        Column::text("REQUEST"),
    ];

    fn id(&self) -> String {
        self.event_id.to_string()
    }

    fn cells(&self, is_for_person: bool) -> Vec<String> {
        vec![
            time(self.at, is_for_person),
            self.action.clone(),
            actor(&self.actor),
            self.object.id.to_string(),
            self.request_id.as_ref().map(plain).unwrap_or_default(),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = vec![
            ("event", self.id()),
            ("at", self.at.to_string()),
            ("action", self.action.clone()),
            ("actor", actor(&self.actor)),
            ("object", self.object.id.to_string()),
        ];
        let parts =
            [("request", &self.request_id), ("address", &self.client_address), ("program", &self.user_agent)];
        details.extend(parts.into_iter().filter_map(|(name, text)| Some((name, plain(text.as_ref()?)))));
        details
    }
}

/// Formats the actor: a person, the system, or an anonymous client.
fn actor(actor: &Actor) -> String {
    actor.id.map_or_else(|| actor.kind.clone(), |id| id.to_string())
}
