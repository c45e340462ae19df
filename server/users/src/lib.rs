//! The users service: people, their roles, and whether they may log in.
//!
//! Read in this order: `rpc` (decode, call, encode), `users` and `labels` (rules), `store` (SQL).

mod labels;
mod rpc;
mod store;
mod users;

use vitae_contracts_services::users::v1::users_server::UsersServer;
use vitae_server_common::message_limits::REQUEST_BYTES;
use vitae_server_common::store::{Counts, DailyLimit, OpenError, Options};
use vitae_server_common::{Clock, FeedSource, Quotas};

use store::UsersStore;
pub use store::{SCHEMA, has_people};

/// The users service with its database.
#[derive(Clone)]
pub struct Users {
    store: UsersStore,
}

impl Users {
    /// Opens the service's database in the data directory.
    pub fn open(options: &Options, clock: Clock) -> Result<Self, OpenError> {
        Ok(Self { store: UsersStore::open(options, clock)? })
    }

    /// Limits the number of changes per person and day.
    #[must_use]
    pub fn with_quotas(mut self, quotas: &Quotas) -> Self {
        self.store.daily = DailyLimit::new(quotas.daily_changes);
        self
    }

    /// Returns the gRPC server of the service.
    pub fn server(&self) -> UsersServer<impl vitae_contracts_services::users::v1::users_server::Users> {
        UsersServer::new(self.clone()).max_decoding_message_size(REQUEST_BYTES)
    }

    /// Returns the service's event log, for its consumers.
    pub fn feed(&self) -> FeedSource {
        self.store.feed()
    }

    /// Returns how many commands and commits the writer has run.
    pub fn counts(&self) -> Counts {
        self.store.counts()
    }

    /// Removes expired idempotency keys and events that every consumer has read.
    pub async fn run_maintenance(&self) {
        self.store.run_maintenance().await;
    }
}
