//! The users service: people, their roles, whether they may log in.
//!
//! In reading order: `rpc` (decode, call, encode), `users` (the rules), `store`.

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

/// The users service on its own file.
#[derive(Clone)]
pub struct Users {
    store: UsersStore,
}

impl Users {
    /// Opens the service's file below the data directory.
    pub fn open(options: &Options, clock: Clock) -> Result<Self, OpenError> {
        Ok(Self { store: UsersStore::open(options, clock)? })
    }

    /// Bounds how many changes a person makes in a day.
    #[must_use]
    pub fn with_quotas(mut self, quotas: &Quotas) -> Self {
        self.store.daily = DailyLimit::new(quotas.daily_changes);
        self
    }

    /// The service, to be called through its generated client.
    pub fn server(&self) -> UsersServer<impl vitae_contracts_services::users::v1::users_server::Users> {
        UsersServer::new(self.clone()).max_decoding_message_size(REQUEST_BYTES)
    }

    /// The service's event log, to be followed by others.
    pub fn feed(&self) -> FeedSource {
        self.store.feed()
    }

    /// How much the service's writer has done.
    pub fn counts(&self) -> Counts {
        self.store.counts()
    }

    /// Removes what is kept for a time only.
    pub async fn run_maintenance(&self) {
        self.store.run_maintenance().await;
    }
}
