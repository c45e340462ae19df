//! What events say about sessions and people.

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
    /// Notes what an event says; what cannot be read is asked about.
    pub(super) fn hear(&self, event: &Event) {
        let at = event.at.map_or(Timestamp::from_millis(0), timestamp_from_proto);
        let when = When { at, heard: Instant::now() };
        let understood = match event.subject.as_str() {
            subjects::SESSION_REVOKED => self.hear_of_sessions(event, when),
            // No token is older than its person.
            subjects::USER_CREATED => true,
            subject if subject.starts_with("users.user.") => self.hear_of_person(event, when),
            subject => subject.starts_with(&format!("{}.", event.source)),
        };
        self.forget_doubts(when);
        if !understood {
            let (event_id, object) = (event.id.as_str(), event.object_id.as_str());
            tracing::error!(
                source = event.source,
                event_id,
                subject = event.subject,
                object,
                "an event cannot be read; until no token can be older, the service is asked about its object"
            );
            let mut heard = self.heard.write().unwrap_or_else(PoisonError::into_inner);
            let doubts =
                if event.source == "auth" { &mut heard.unread_sessions } else { &mut heard.unread_people };
            doubts.add(event, when);
        }
    }

    /// Notes the sessions that an event ended; whether it could be read.
    fn hear_of_sessions(&self, event: &Event, when: When) -> bool {
        let Some(payload) = whole::<AuthEvent>(event) else { return false };
        let mut ids = payload.session_ids.iter();
        self.end(ids.clone().filter_map(|id| id.parse().ok()), when);
        !payload.session_ids.is_empty() && ids.all(|id| id.parse::<SessionId>().is_ok())
    }

    /// Notes the person whom an event changed; whether it could be read.
    fn hear_of_person(&self, event: &Event, when: When) -> bool {
        let user = whole::<UserEvent>(event).and_then(|payload| payload.user);
        let user = user.filter(|user| user.id.parse::<UserId>().is_ok());
        user.is_some_and(|user| {
            self.note(&user, when);
            true
        })
    }

    fn forget_doubts(&self, now: When) {
        let doubted = {
            let heard = self.heard.read().unwrap_or_else(PoisonError::into_inner);
            !heard.unread_sessions.is_empty() || !heard.unread_people.is_empty()
        };
        if doubted {
            let mut heard = self.heard.write().unwrap_or_else(PoisonError::into_inner);
            heard.unread_sessions.forget(now);
            heard.unread_people.forget(now);
        }
    }
}

/// The payload of an event, if it was sent and can be read.
fn whole<M: Message + Default>(event: &Event) -> Option<M> {
    let sent = event.omitted_payload_bytes == 0;
    sent.then(|| M::decode(event.payload.as_slice()).ok()).flatten()
}
