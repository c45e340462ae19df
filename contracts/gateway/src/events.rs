//! Events, as streamed by `GET /v1/events`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use vitae_contracts_core::{EventId, SessionId, Timestamp, Untrusted, UserId};

use crate::{AuditedObject, ResumeSummary, User};

/// The data of an event, with the object as it was after the event.
///
/// An object that the client cannot parse, from a newer server, is absent after parsing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventData {
    /// The id of the event, which is also its id in the audit record.
    pub id: EventId,
    /// The subject: service, object and verb, such as `users.user.deleted`.
    pub subject: String,
    /// The time at which the change was committed.
    pub at: Timestamp,
    /// The id of the person who made the change; null for the system itself.
    pub actor_id: Option<UserId>,
    /// The object that changed.
    pub object: AuditedObject,
    /// The person, for events about people.
    #[serde(default, deserialize_with = "readable", skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// The resume, for events about resumes.
    #[serde(default, deserialize_with = "readable", skip_serializing_if = "Option::is_none")]
    pub resume: Option<ResumeSummary>,
    /// The sessions, for events about logins and passwords.
    #[serde(default, deserialize_with = "readable", skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionEvent>,
}

/// The data of an event about logins; visible to administrators only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionEvent {
    /// The id of the person; null for a failed login with an unknown e-mail address.
    pub user_id: Option<UserId>,
    /// The sessions that were created or ended.
    pub session_ids: Vec<SessionId>,
    /// The reason why they ended; empty if there is none.
    pub reason: String,
    /// The client program, from its `User-Agent`.
    pub client: Untrusted,
    /// The client address.
    pub address: Untrusted,
}

/// Returns the object if it is present and can be parsed.
fn readable<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let text = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(text.get()).ok())
}
