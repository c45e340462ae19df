//! The record of who did what.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use vitae_contracts_core::{EventId, SessionId, Timestamp, Untrusted, UserId};

/// One entry of the audit record: one committed event.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Entry {
    /// Rises in the order in which entries were copied.
    pub sequence: u64,
    /// The event.
    pub event_id: EventId,
    /// When the change was committed.
    pub at: Timestamp,
    /// What happened: service, object, verb, as in `users.user.deleted`.
    pub action: String,
    /// Who did it.
    pub actor: Actor,
    /// What it was done to.
    pub object: AuditedObject,
    /// The request that did it; null for the system's own doing.
    pub request_id: Option<Untrusted>,
    /// Where the request came from.
    pub client_address: Option<Untrusted>,
    /// What made the request.
    pub user_agent: Option<Untrusted>,
    /// What changed.
    pub changes: Vec<FieldChange>,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Actor {
    /// `user`, `system` or `anonymous`.
    pub kind: String,
    /// The person; null unless the kind is `user`.
    pub id: Option<UserId>,
    /// The person's session.
    pub session_id: Option<SessionId>,
}

/// What something was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditedObject {
    /// `user`, `session`, `credential`, `login`, `access`, `resume` or `export`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The object.
    pub id: EventId,
    /// Its version or revision after the change.
    pub version: u64,
}

/// One field, before and after.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldChange {
    /// The field's name in the object's body.
    pub field: String,
    /// Its JSON value before; absent if there was none, or it is too large to keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub before: Option<Box<RawValue>>,
    /// Its JSON value after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub after: Option<Box<RawValue>>,
}
