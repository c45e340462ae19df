//! Events of other services: each becomes an entry of the audit record.

use std::sync::Arc;

use prost::Message as _;
use vitae_contracts_core::Code;
use vitae_contracts_services::auth::v1::AuthEvent;
use vitae_contracts_services::events::v1::{Change, Event};
use vitae_contracts_services::resumes::v1::ResumeEvent;
use vitae_contracts_services::users::v1::UserEvent;
use vitae_server_common::{Backend, EventHandler, FeedHealth, Follower, ServiceError, Step};

use crate::Audit;
use crate::store::{self, Payload};

impl Audit {
    /// Follows the event log of one service and copies every event; an unreadable one is copied without its changes.
    pub fn follow(&self, source: &'static str, feed: Backend, health: FeedHealth) -> Follower {
        let handler: EventHandler = Arc::new(|connection, event| {
            store::insert(connection, event, &payload(event)?)?;
            Ok(Step::last(1))
        });
        let parked_handler: EventHandler = Arc::new(|connection, event| {
            store::insert(connection, event, &Payload::default())?;
            Ok(Step::last(1))
        });
        let parked_handler = Some(parked_handler);
        Follower {
            source,
            consumer: "audit",
            feed,
            store: self.store.event_store(),
            handler,
            parked_handler,
            health,
        }
    }
}

/// Decodes the payload of an event, by the service that wrote it.
fn payload(event: &Event) -> Result<Payload, ServiceError> {
    if event.omitted_payload_bytes > 0 {
        return Err(ServiceError::new(Code::Internal, "the changes of the event are unknown"));
    }
    let bytes = event.payload.as_slice();
    let of_changes = |changes| Payload { changes, person: None };
    let payload = match event.source.as_str() {
        "users" => UserEvent::decode(bytes).map(|payload| of_changes(payload.changes)),
        "resumes" => ResumeEvent::decode(bytes).map(|payload| of_changes(payload.changes)),
        "auth" => AuthEvent::decode(bytes).map(|payload| {
            let mut changes = attempts(&payload);
            changes.extend(payload.changes);
            Payload { person: payload.user_id.parse().ok(), changes }
        }),
        _ => Ok(Payload::default()),
    };
    payload.map_err(|error| {
        ServiceError::new(Code::Internal, format!("event {} cannot be read: {error}", event.id))
    })
}

/// Returns what an aggregated event represents: the number of attempts, and some of their client addresses.
fn attempts(event: &AuthEvent) -> Vec<Change> {
    if event.attempts == 0 {
        return Vec::new();
    }
    let change = |field: &str, after: serde_json::Value| Change {
        field: field.to_owned(),
        before: String::new(),
        after: after.to_string(),
    };
    vec![
        change("attempts", event.attempts.into()),
        change("client_addresses", event.addresses.clone().into()),
    ]
}
