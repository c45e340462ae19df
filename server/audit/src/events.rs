//! What audit does when anybody speaks: it writes it down.

use std::sync::Arc;

use prost::Message as _;
use vitae_contracts_core::Code;
use vitae_contracts_services::auth::v1::AuthEvent;
use vitae_contracts_services::events::v1::{Change, Event};
use vitae_contracts_services::resumes::v1::ResumeEvent;
use vitae_contracts_services::users::v1::UserEvent;
use vitae_server_common::{Backend, Effect, FeedHealth, Follower, Refusal, Step};

use crate::Audit;
use crate::store;

impl Audit {
    /// Follows one source, copying every event; one that cannot be read is copied without its changes.
    pub fn follow(&self, source: &'static str, feed: Backend, health: FeedHealth) -> Follower {
        let effect: Effect = Arc::new(|connection, event| {
            store::insert(connection, event, &changes(event)?)?;
            Ok(Step::last(1))
        });
        let salvage: Effect = Arc::new(|connection, event| {
            store::insert(connection, event, &[])?;
            Ok(Step::last(1))
        });
        let salvage = Some(salvage);
        Follower { source, consumer: "audit", feed, store: self.store.file(), effect, salvage, health }
    }
}

/// What an event changed, from the payload of its service.
fn changes(event: &Event) -> Result<Vec<Change>, Refusal> {
    if event.omitted_payload_bytes > 0 {
        return Err(Refusal::new(Code::Internal, "what the event changed is not known"));
    }
    let payload = event.payload.as_slice();
    let changes = match event.source.as_str() {
        "users" => UserEvent::decode(payload).map(|payload| payload.changes),
        "resumes" => ResumeEvent::decode(payload).map(|payload| payload.changes),
        // Nothing of it is copied, but what others cannot read is to be shown here.
        "auth" => AuthEvent::decode(payload).map(|_| Vec::new()),
        _ => Ok(Vec::new()),
    };
    changes
        .map_err(|error| Refusal::new(Code::Internal, format!("event {} cannot be read: {error}", event.id)))
}
