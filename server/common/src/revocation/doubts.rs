//! Events that could not be decoded: their service is called about the affected tokens until those expire.

use std::collections::HashMap;

use vitae_contracts_core::EventId;
use vitae_contracts_services::events::v1::Event;

use super::When;
use crate::Claims;

/// The objects of undecodable events of one feed.
#[derive(Default)]
pub(super) struct Doubts {
    /// The people and sessions by id.
    objects: HashMap<[u8; 16], When>,
    /// The time of an event without a valid object id: it may affect every token.
    all_tokens: Option<When>,
}

impl Doubts {
    /// Adds an event that could not be decoded.
    pub(super) fn add(&mut self, event: &Event, when: When) {
        match event.object_id.parse::<EventId>() {
            Ok(object) => drop(self.objects.insert(*object.as_bytes(), when)),
            Err(_) => self.all_tokens = Some(when),
        }
    }

    /// Whether an event may affect the person or the session of a token.
    pub(super) fn affect(&self, claims: &Claims) -> bool {
        let about = |id: &[u8; 16]| self.objects.contains_key(id);
        self.all_tokens.is_some()
            || !self.objects.is_empty() && (about(claims.sub.as_bytes()) || about(claims.sid.as_bytes()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.all_tokens.is_none()
    }

    /// Removes objects that are no longer relevant for any valid token.
    pub(super) fn prune(&mut self, now: When) {
        self.objects.retain(|_, when| when.is_relevant(now));
        self.all_tokens = self.all_tokens.filter(|when| when.is_relevant(now));
    }
}
