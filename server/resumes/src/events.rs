//! Reactions to events of the users service.

use std::sync::Arc;

use prost::Message as _;
use vitae_contracts_core::{Code, EventId, UserId, subjects};
use vitae_contracts_services::users::v1::UserEvent;
use vitae_server_common::{Backend, Caller, EventHandler, FeedHealth, Follower, ServiceError, Step};

use crate::Resumes;
use crate::resumes::KnownOwner;
use crate::store;

impl Resumes {
    /// Follows the event log of the users service: stores the names of owners, and deletes and restores their resumes
    /// with them.
    pub fn follow_users(&self, feed: Backend, health: FeedHealth) -> Follower {
        let (store, clock) = self.store.event_store();
        let handler: EventHandler = Arc::new(move |connection, event| {
            let unreadable =
                || ServiceError::new(Code::Internal, format!("event {} cannot be read", event.id));
            let owner: UserId = event.object_id.parse().map_err(|_| unreadable())?;
            let payload = UserEvent::decode(event.payload.as_slice()).map_err(|_| unreadable())?;
            let name = payload.user.map(|user| user.name).ok_or_else(unreadable)?;
            store::upsert_owner(connection, &KnownOwner { id: owner, name })?;
            let (caller, now) = (Caller::for_event(event), clock.now());
            let this: EventId = event.id.parse().map_err(|_| unreadable())?;
            match event.subject.as_str() {
                subjects::USER_DELETED => store::mark_deleted(connection, &caller, now, owner, this),
                subjects::USER_RESTORED => {
                    let deletion: EventId = payload.deletion_event_id.parse().map_err(|_| unreadable())?;
                    store::mark_restored(connection, &caller, now, owner, (deletion, this))
                }
                _ => Ok(Step::last(1)),
            }
        });
        Follower { source: "users", consumer: "resumes", feed, store, handler, parked_handler: None, health }
    }
}
