//! The audit record.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use vitae_contracts_core::{EventId, SessionId, Timestamp, Untrusted, UserId};

/// An entry of the audit record, which is a copy of one committed event.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Entry {
    /// The sequence number of the entry; increases in the order in which entries were copied.
    pub sequence: u64,
    /// The id of the event.
    pub event_id: EventId,
    /// When the change was committed.
    pub at: Timestamp,
    /// The action: service, object and verb, such as `users.user.deleted`.
    pub action: String,
    /// The actor.
    pub actor: Actor,
    /// The object that the action changed.
    pub object: AuditedObject,
    /// The id of the request; null for actions of the system itself.
    pub request_id: Option<Untrusted>,
    /// The client address of the request.
    pub client_address: Option<Untrusted>,
    /// The user agent of the request.
    pub user_agent: Option<Untrusted>,
    /// The changed fields.
    pub changes: Vec<FieldChange>,
}

/// The actor of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Actor {
    /// `user`, `system` or `anonymous`.
    pub kind: String,
    /// The id of the person; null unless the kind is `user`.
    pub id: Option<UserId>,
    /// The id of the person's session; null unless the kind is `user`.
    pub session_id: Option<SessionId>,
}

/// The object of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditedObject {
    /// `user`, `session`, `credential`, `login`, `access`, `resume` or `export`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id of the object.
    pub id: EventId,
    /// The version or revision of the object after the change.
    pub version: u64,
}

/// A field before and after a change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldChange {
    /// The name of the field in the object's body.
    pub field: String,
    /// The JSON value before the change; absent if there was none, or if it is too large to be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub before: Option<Box<RawValue>>,
    /// The JSON value after the change; absent if there is none, or if it is too large to be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub after: Option<Box<RawValue>>,
}
