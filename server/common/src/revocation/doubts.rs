//! Events that could not be read: whom they may concern is asked about, until no token can be older.

use std::collections::HashMap;

use vitae_contracts_core::EventId;
use vitae_contracts_services::events::v1::Event;

use super::When;
use crate::Claims;

/// The objects of the events of one feed that could not be read.
#[derive(Default)]
pub(super) struct Doubts {
    /// People and sessions, by their ids.
    objects: HashMap<[u8; 16], When>,
    /// An event that does not say whom it is about.
    everybody: Option<When>,
}

impl Doubts {
    /// Notes an event that could not be read.
    pub(super) fn add(&mut self, event: &Event, when: When) {
        match event.object_id.parse::<EventId>() {
            Ok(object) => drop(self.objects.insert(*object.as_bytes(), when)),
            Err(_) => self.everybody = Some(when),
        }
    }

    /// Whether an event may concern the person or the session of a token.
    pub(super) fn cover(&self, claims: &Claims) -> bool {
        let about = |id: &[u8; 16]| self.objects.contains_key(id);
        self.everybody.is_some()
            || !self.objects.is_empty() && (about(claims.sub.as_bytes()) || about(claims.sid.as_bytes()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.everybody.is_none()
    }

    /// Forgets what no token can have outlived.
    pub(super) fn forget(&mut self, now: When) {
        self.objects.retain(|_, when| when.matters(now));
        self.everybody = self.everybody.filter(|when| when.matters(now));
    }
}
