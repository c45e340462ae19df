//! The resumes service: documents of people, with every revision.
//!
//! Read in this order: `rpc` (decode, call, encode), `resumes` (rules), `events` (reactions to other
//! services), `store` (SQL).

mod events;
mod months;
mod resumes;
mod rpc;
mod store;

use vitae_contracts_services::resumes::v1::resumes_server::{Resumes as Rpc, ResumesServer};
use vitae_contracts_services::users::v1::users_client::UsersClient;
use vitae_server_common::message_limits::{REQUEST_BYTES, RESPONSE_BYTES};
use vitae_server_common::store::{Counts, OpenError, Options};
use vitae_server_common::{Backend, Clock, ConsumerStatus, FeedSource, Quotas};

use store::ResumesStore;
pub use store::SCHEMA;

/// The resumes service with its database.
#[derive(Clone)]
pub struct Resumes {
    store: ResumesStore,
    users: UsersClient<Backend>,
}

impl Resumes {
    /// Opens the service's database in the data directory.
    pub fn open(options: &Options, clock: Clock, users: Backend) -> Result<Self, OpenError> {
        let users = UsersClient::new(users).max_decoding_message_size(RESPONSE_BYTES);
        Ok(Self { store: ResumesStore::open(options, clock)?, users })
    }

    /// Limits what members may store.
    #[must_use]
    pub fn with_quotas(mut self, quotas: &Quotas) -> Self {
        self.store.quotas = *quotas;
        self
    }

    /// Returns the gRPC server of the service.
    pub fn server(&self) -> ResumesServer<impl Rpc> {
        ResumesServer::new(self.clone()).max_decoding_message_size(REQUEST_BYTES)
    }

    /// Returns the service's event log, for its consumers.
    pub fn feed(&self) -> FeedSource {
        self.store.feed()
    }

    /// Returns the status of the service as a consumer of events.
    pub fn consumer(&self) -> ConsumerStatus {
        ConsumerStatus::new(self.store.event_store().0)
    }

    /// Returns how many commands and commits the writer has run.
    pub fn counts(&self) -> Counts {
        self.store.counts()
    }

    /// Finishes interrupted purges, and removes expired idempotency keys and events that every consumer has read.
    pub async fn run_maintenance(&self) {
        self.store.run_maintenance().await;
    }
}
