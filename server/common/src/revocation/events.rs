//! Handling of events about sessions and people.

use std::sync::PoisonError;

use prost::Message;
use tokio::time::Instant;
use vitae_contracts_core::{SessionId, Timestamp, UserId, subjects};
use vitae_contracts_services::auth::v1::AuthEvent;
use vitae_contracts_services::events::v1::Event;
use vitae_contracts_services::users::v1::UserEvent;

use super::{RevocationCache, When};
use crate::timestamp_from_proto;

impl RevocationCache {
    /// Updates the cache from an event; records an event that cannot be decoded as a doubt.
    pub(super) fn handle(&self, event: &Event) {
        let at = event.at.map_or(Timestamp::from_millis(0), timestamp_from_proto);
        let when = When { at, received: Instant::now() };
        let is_decoded = match event.subject.as_str() {
            subjects::SESSION_REVOKED => self.handle_sessions(event, when),
            // No token exists before its person.
            subjects::USER_CREATED => true,
            subject if subject.starts_with("users.user.") => self.handle_person(event, when),
            subject => subject.starts_with(&format!("{}.", event.source)),
        };
        self.prune_doubts(when);
        if !is_decoded {
            let (event_id, object) = (event.id.as_str(), event.object_id.as_str());
            tracing::error!(
                source = event.source,
                event_id,
                subject = event.subject,
                object,
                "an event cannot be decoded; its service is called about the tokens of its object until they expire"
            );
            let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
            let doubts = if event.source == "auth" {
                &mut entries.unread_sessions
            } else {
                &mut entries.unread_people
            };
            doubts.add(event, when);
        }
    }

    /// Adds the sessions that an event ended; returns whether it could be decoded.
    fn handle_sessions(&self, event: &Event, when: When) -> bool {
        let Some(payload) = payload::<AuthEvent>(event) else { return false };
        let mut ids = payload.session_ids.iter();
        self.end(ids.clone().filter_map(|id| id.parse().ok()), when);
        !payload.session_ids.is_empty() && ids.all(|id| id.parse::<SessionId>().is_ok())
    }

    /// Adds the person that an event changed; returns whether it could be decoded.
    fn handle_person(&self, event: &Event, when: When) -> bool {
        let user = payload::<UserEvent>(event).and_then(|payload| payload.user);
        let user = user.filter(|user| user.id.parse::<UserId>().is_ok());
        user.is_some_and(|user| {
            self.note(&user, when);
            true
        })
    }

    fn prune_doubts(&self, now: When) {
        let has_doubts = {
            let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
            !entries.unread_sessions.is_empty() || !entries.unread_people.is_empty()
        };
        if has_doubts {
            let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
            entries.unread_sessions.prune(now);
            entries.unread_people.prune(now);
        }
    }
}

/// Decodes the payload of an event; `None` if it was omitted or is damaged.
fn payload<M: Message + Default>(event: &Event) -> Option<M> {
    let sent = event.omitted_payload_bytes == 0;
    sent.then(|| M::decode(event.payload.as_slice()).ok()).flatten()
}
