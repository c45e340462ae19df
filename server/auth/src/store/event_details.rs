//! The events of this service and their details.

use prost::Message as _;
use rusqlite::Connection;
use vitae_contracts_core::{EventId, SessionId, Timestamp, UserId, subjects};
use vitae_contracts_services::auth::v1::AuthEvent;
use vitae_contracts_services::events::v1::{Change, Context};
use vitae_server_common::store::{NewEvent, append_with_context};
use vitae_server_common::{Caller, Principal, ServiceError};

/// The details of an event of this service.
#[derive(Default)]
pub(super) struct AuthEventDetails {
    pub(super) subject: &'static str,
    pub(super) user: Option<UserId>,
    pub(super) sessions: Vec<SessionId>,
    pub(super) reason: &'static str,
    /// The session of the person who acts although the request carries no access token: at login and logout.
    pub(super) by: Option<SessionId>,
    pub(super) changes: Vec<Change>,
    /// The number of attempts in an aggregated event; their client addresses are in `addresses`.
    pub(super) attempts: i64,
    pub(super) addresses: Vec<String>,
}

impl AuthEventDetails {
    pub(super) fn credential(subject: &'static str, user: UserId) -> Self {
        Self { subject, user: Some(user), ..Self::default() }
    }

    /// Returns the context with the actor.
    fn context(&self, caller: &Caller) -> Context {
        let context = caller.context();
        let (Principal::Anonymous, Some(user), Some(session)) = (&caller.principal, self.user, self.by)
        else {
            return context;
        };
        let (actor_id, session_id) = (user.to_string(), session.to_string());
        Context { actor_kind: "user".to_owned(), actor_id, session_id, ..context }
    }
}

/// Appends an event to the log.
pub(super) fn record(
    connection: &Connection,
    caller: &Caller,
    now: Timestamp,
    details: &AuthEventDetails,
) -> Result<(), ServiceError> {
    let payload = AuthEvent {
        user_id: details.user.map(|id| id.to_string()).unwrap_or_default(),
        session_ids: details.sessions.iter().map(ToString::to_string).collect(),
        reason: details.reason.to_owned(),
        client: caller.user_agent.clone(),
        address: caller.client_address.clone(),
        changes: details.changes.clone(),
        attempts: details.attempts,
        addresses: details.addresses.clone(),
    };
    // The session if it is a single one, else the person, else zeros.
    let object_id = match (details.sessions.as_slice(), details.user) {
        ([session], _) => *session.as_bytes(),
        (_, Some(user)) => *user.as_bytes(),
        (_, None) => [0; 16],
    };
    let event = NewEvent {
        id: EventId::new(),
        subject: details.subject,
        object_id,
        object_version: if details.subject == subjects::SESSION_REVOKED { 2 } else { 1 },
        payload: payload.encode_to_vec(),
    };
    append_with_context(connection, &details.context(caller), now, &event)
}
