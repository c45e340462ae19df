//! What happens, as `GET /v1/events` streams it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use vitae_contracts_core::{EventId, SessionId, Timestamp, Untrusted, UserId};

use crate::{AuditedObject, ResumeSummary, User};

/// The data of one event, with the object as it was after it.
///
/// An object that a reader cannot read, of a newer server, is absent for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventData {
    /// The event; the audit record names it by the same id.
    pub id: EventId,
    /// What happened: service, object, verb, as in `users.user.deleted`.
    pub subject: String,
    /// When the change was committed.
    pub at: Timestamp,
    /// Who did it; null for the system's own doing.
    pub actor_id: Option<UserId>,
    /// What it was done to.
    pub object: AuditedObject,
    /// The person, for events of people.
    #[serde(default, deserialize_with = "readable", skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// The resume, for events of resumes.
    #[serde(default, deserialize_with = "readable", skip_serializing_if = "Option::is_none")]
    pub resume: Option<ResumeSummary>,
    /// The login, for events of logins and passwords.
    #[serde(default, deserialize_with = "readable", skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionEvent>,
}

/// What happened to logins; administrators alone see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionEvent {
    /// Whose logins; null for a failed login as nobody known.
    pub user_id: Option<UserId>,
    /// The sessions that began or ended.
    pub session_ids: Vec<SessionId>,
    /// Why they ended; empty where there is nothing to say.
    pub reason: String,
    /// The program that logged in, as it named itself.
    pub client: Untrusted,
    /// Where it came from.
    pub address: Untrusted,
}

/// What is there and has a form that is known here.
fn readable<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let text = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(text.get()).ok())
}
