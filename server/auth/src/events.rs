//! Reactions to events of the users service.

use std::sync::Arc;

use vitae_contracts_core::{Code, UserId, subjects};
use vitae_server_common::{Backend, Caller, EventHandler, FeedHealth, Follower, ServiceError, Step};

use crate::Auth;
use crate::store::{self, rows};

impl Auth {
    /// Follows the users service: ends the sessions of people who are disabled or deleted.
    pub fn follow_users(&self, feed: Backend, health: FeedHealth) -> Follower {
        let (store, clock) = self.store.file();
        let handler: EventHandler = Arc::new(move |connection, event| {
            let (caller, now) = (Caller::for_event(event), clock.now());
            let user: UserId = event.object_id.parse().map_err(|_| {
                ServiceError::new(Code::Internal, format!("event {} has no valid user id", event.id))
            })?;
            let person = (user, event.object_version);
            match event.subject.as_str() {
                subjects::USER_CREATED => {
                    rows::confirm(connection, user)?;
                    Ok(Step::last(1))
                }
                subjects::USER_DISABLED => {
                    store::revoke_logins(connection, &caller, now, person, "user_disabled")
                }
                subjects::USER_DELETED => {
                    store::revoke_logins(connection, &caller, now, person, "user_deleted")
                }
                _ => Ok(Step::last(0)),
            }
        });
        Follower { source: "users", consumer: "auth", feed, store, handler, parked_handler: None, health }
    }
}
