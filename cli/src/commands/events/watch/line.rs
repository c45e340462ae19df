//! The output row of an event.

use std::collections::BTreeMap;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use vitae_sdk::{AuditedObject, EventDetails, EventId, RawValue, Timestamp, UserId};

use crate::output::{Column, Row};

/// An event with the stream position after it.
#[derive(Serialize)]
pub(crate) struct EventLine {
    /// The stream position, for `--after`.
    pub(super) last_event_id: String,
    pub(super) id: EventId,
    pub(super) subject: String,
    pub(super) at: Timestamp,
    pub(super) actor_id: Option<UserId>,
    pub(super) object: AuditedObject,
    #[serde(flatten, serialize_with = "serialize_details")]
    pub(super) details: EventDetails,
}

/// The members of [`EventLine`] that every event has.
const COMMON: [&str; 6] = ["last_event_id", "id", "subject", "at", "actor_id", "object"];

impl Row for EventLine {
    const FIELDS: &'static [&'static str] = &[
        "last_event_id",
        "id",
        "subject",
        "at",
        "actor_id",
        "object.type",
        "object.id",
        "object.version",
        "user.*",
        "resume.*",
        "session.*",
    ];
    // No column is truncated: the widths are set by the first event, later ones are unknown.
    const COLUMNS: &'static [Column] =
        &[Column::fixed("AT"), Column::fixed("SUBJECT"), Column::fixed("OBJECT"), Column::fixed("ACTOR")];

    fn id(&self) -> String {
        self.last_event_id.clone()
    }

    /// The absolute time also on a terminal: a relative time would be outdated soon.
    fn cells(&self, _: bool) -> Vec<String> {
        vec![
            self.at.to_string(),
            self.subject.clone(),
            self.object.id.to_string(),
            self.actor_id.map(|id| id.to_string()).unwrap_or_default(),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![
            ("id", Row::id(self)),
            ("at", self.at.to_string()),
            ("subject", self.subject.clone()),
            ("object", self.object.id.to_string()),
        ]
    }
}

/// Serializes the object under its kind, as the server does; unknown members are kept.
fn serialize_details<S: Serializer>(details: &EventDetails, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    match details {
        EventDetails::User(user) => map.serialize_entry("user", user)?,
        EventDetails::Resume(resume) => map.serialize_entry("resume", resume)?,
        EventDetails::Session(session) => map.serialize_entry("session", session)?,
        EventDetails::Other(data) => {
            let members: BTreeMap<String, Box<RawValue>> =
                serde_json::from_str(data.get()).unwrap_or_default();
            for (name, value) in members.iter().filter(|(name, _)| !COMMON.contains(&name.as_str())) {
                map.serialize_entry(name, value)?;
            }
        }
        // A kind added to the SDK later: its object is omitted.
        _ => {}
    }
    map.end()
}
