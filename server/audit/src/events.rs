//! What audit does when anybody speaks: it writes it down.

use std::sync::Arc;

use prost::Message as _;
use vitae_contracts_core::Code;
use vitae_contracts_services::events::v1::{Change, Event};
use vitae_contracts_services::resumes::v1::ResumeEvent;
use vitae_contracts_services::users::v1::UserEvent;
use vitae_server_common::{Backend, Effect, FeedHealth, Follower, Refusal, Step};

use crate::Audit;
use crate::store;

impl Audit {
    /// Follows one source, copying every event.
    pub fn follow(&self, source: &'static str, feed: Backend, health: FeedHealth) -> Follower {
        let effect: Effect = Arc::new(|connection, event| {
            store::insert(connection, event, &changes(event)?)?;
            Ok(Step::last(1))
        });
        Follower { source, consumer: "audit", feed, store: self.store.file(), effect, health }
    }
}

/// What an event changed, from the payload of its service.
fn changes(event: &Event) -> Result<Vec<Change>, Refusal> {
    let payload = event.payload.as_slice();
    let changes = match event.source.as_str() {
        "users" => UserEvent::decode(payload).map(|payload| payload.changes),
        "resumes" => ResumeEvent::decode(payload).map(|payload| payload.changes),
        _ => Ok(Vec::new()),
    };
    changes
        .map_err(|error| Refusal::new(Code::Internal, format!("event {} cannot be read: {error}", event.id)))
}
