//! The resumes service: documents of people, with every revision.
//!
//! In reading order: `rpc` (decode, call, encode), `resumes` (the rules), `events`
//! (what it does when others speak), `store`.

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

/// The resumes service on its own file.
#[derive(Clone)]
pub struct Resumes {
    store: ResumesStore,
    users: UsersClient<Backend>,
}

impl Resumes {
    /// Opens the service's file below the data directory.
    pub fn open(options: &Options, clock: Clock, users: Backend) -> Result<Self, OpenError> {
        let users = UsersClient::new(users).max_decoding_message_size(RESPONSE_BYTES);
        Ok(Self { store: ResumesStore::open(options, clock)?, users })
    }

    /// Bounds what members may store.
    #[must_use]
    pub fn with_quotas(mut self, quotas: &Quotas) -> Self {
        self.store.quotas = *quotas;
        self
    }

    /// The service, to be called through its generated client.
    pub fn server(&self) -> ResumesServer<impl Rpc> {
        ResumesServer::new(self.clone()).max_decoding_message_size(REQUEST_BYTES)
    }

    /// The service's event log, to be followed by others.
    pub fn feed(&self) -> FeedSource {
        self.store.feed()
    }

    /// The events of others that the service could not handle.
    pub fn consumer(&self) -> ConsumerStatus {
        ConsumerStatus::new(self.store.event_store().0)
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
