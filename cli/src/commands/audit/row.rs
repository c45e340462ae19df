//! The table row of an audit entry, with names instead of ids on a terminal.

use std::cell::RefCell;
use std::collections::HashMap;

use futures_util::{StreamExt as _, stream};
use serde::{Serialize, Serializer};
use vitae_sdk::{Entry, Page, ResumeId, Untrusted, UserId};

use crate::connection::Connection;
use crate::output::{Column, Row, time};

/// Maximum number of concurrent requests for names.
const MAX_IN_FLIGHT: usize = 8;

/// An entry with the names of its actor and object, if they are known.
pub(super) struct AuditRow {
    entry: Entry,
    actor: Option<String>,
    object: Option<String>,
}

/// The names of people and resumes, requested once for each id.
pub(super) struct Names<'a> {
    connection: &'a Connection,
    /// Whether names are shown; scripts get ids.
    is_enabled: bool,
    /// Names by id; `None` if the server knows no name.
    known: RefCell<HashMap<String, Option<String>>>,
}

impl<'a> Names<'a> {
    pub(super) fn new(connection: &'a Connection, is_enabled: bool) -> Self {
        Self { connection, is_enabled, known: RefCell::default() }
    }

    /// Adds names to the entries of a page. An object without a readable name keeps its id.
    pub(super) async fn resolve(&self, page: Page<Entry>) -> Page<AuditRow> {
        if self.is_enabled {
            self.request(&page.items).await;
        }
        let known = self.known.borrow();
        let name = |id: &str| known.get(id).cloned().flatten();
        let row = |entry: Entry| AuditRow {
            actor: entry.actor.id.and_then(|id| name(&id.to_string())),
            object: name(&entry.object.id.to_string()),
            entry,
        };
        let Page { items, next_cursor, prev_cursor, total } = page;
        Page { items: items.into_iter().map(row).collect(), next_cursor, prev_cursor, total }
    }

    async fn request(&self, entries: &[Entry]) {
        let mut unknown: HashMap<String, bool> = HashMap::new();
        for entry in entries {
            let object = (entry.object.id.to_string(), entry.object.kind == "resume");
            let is_named = matches!(entry.object.kind.as_str(), "user" | "resume");
            let actor = entry.actor.id.map(|id| (id.to_string(), false));
            unknown.extend(actor.into_iter().chain(is_named.then_some(object)));
        }
        unknown.retain(|id, _| !self.known.borrow().contains_key(id));
        let requests = stream::iter(unknown).map(async |(id, is_resume)| {
            let name = if is_resume { self.title(&id).await } else { self.email(&id).await };
            (id, name)
        });
        let found: Vec<_> = requests.buffer_unordered(MAX_IN_FLIGHT).collect().await;
        self.known.borrow_mut().extend(found);
    }

    async fn email(&self, id: &str) -> Option<String> {
        let id: UserId = id.parse().ok()?;
        Some(self.connection.client.users().get(id).await.ok()?.email.into_inner())
    }

    /// Reads the title from the newest revision, which is smaller than the resume with its document.
    async fn title(&self, id: &str) -> Option<String> {
        let id: ResumeId = id.parse().ok()?;
        let page = self.connection.client.resumes().revisions(id).limit(1).send().await.ok()?;
        Some(page.items.into_iter().next()?.title.into_inner())
    }
}

/// The entry alone, as in the API.
impl Serialize for AuditRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entry.serialize(serializer)
    }
}

impl AuditRow {
    /// Formats the actor: a person, the system, or an anonymous client.
    fn actor(&self) -> String {
        let actor = &self.entry.actor;
        let id = || actor.id.map_or_else(|| actor.kind.clone(), |id| id.to_string());
        self.actor.clone().unwrap_or_else(id)
    }

    fn object(&self) -> String {
        self.object.clone().unwrap_or_else(|| self.entry.object.id.to_string())
    }
}

impl Row for AuditRow {
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
        Column::fixed("ADDRESS"),
    ];

    fn id(&self) -> String {
        self.entry.event_id.to_string()
    }

    fn cells(&self, is_for_person: bool) -> Vec<String> {
        vec![
            time(self.entry.at, is_for_person),
            self.entry.action.clone(),
            self.actor(),
            self.object(),
            text(self.entry.request_id.as_ref()),
            text(self.entry.client_address.as_ref()),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let entry = &self.entry;
        let mut details = vec![
            ("event", self.id()),
            ("at", entry.at.to_string()),
            ("action", entry.action.clone()),
            ("actor", self.actor()),
            ("object", self.object()),
        ];
        let parts = [
            ("request", &entry.request_id),
            ("address", &entry.client_address),
            ("user agent", &entry.user_agent),
        ];
        details.extend(parts.into_iter().map(|(name, part)| (name, text(part.as_ref()))));
        details.retain(|(_, text)| !text.is_empty());
        details
    }
}

fn text(text: Option<&Untrusted>) -> String {
    text.map(|text| text.as_str().to_owned()).unwrap_or_default()
}
