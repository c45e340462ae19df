//! The resumes service: documents of people, with every revision.
//!
//! In reading order: `rpc` (decode, call, encode), `resumes` (the rules), `events`
//! (what it does when others speak), `store`.

mod events;
mod resumes;
mod rpc;
mod store;

use vitae_contracts_services::resumes::v1::resumes_server::{Resumes as Rpc, ResumesServer};
use vitae_contracts_services::users::v1::users_client::UsersClient;
use vitae_server_common::store::{Counts, OpenError, Options};
use vitae_server_common::{Backend, Clock, FeedSource, Quotas};

use store::ResumesStore;
pub use store::SCHEMA;

/// Bytes of a message, above the largest document and its surroundings.
const MESSAGE_BYTES: usize = 2 << 20;

/// The resumes service on its own file.
#[derive(Clone)]
pub struct Resumes {
    store: ResumesStore,
    users: UsersClient<Backend>,
}

impl Resumes {
    /// Opens the service's file below the data directory.
    pub fn open(options: &Options, clock: Clock, users: Backend) -> Result<Self, OpenError> {
        Ok(Self { store: ResumesStore::open(options, clock)?, users: UsersClient::new(users) })
    }

    /// Bounds what members may store.
    #[must_use]
    pub fn with_quotas(mut self, quotas: &Quotas) -> Self {
        self.store.quotas = *quotas;
        self
    }

    /// The service, to be called through its generated client.
    pub fn server(&self) -> ResumesServer<impl Rpc> {
        ResumesServer::new(self.clone()).max_decoding_message_size(MESSAGE_BYTES)
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
    pub async fn tidy(&self) {
        self.store.tidy().await;
    }
}
