//! The audit service: the record of who did what to what, when, from where.
//!
//! In reading order: `rpc` (decode, call, encode), `events` (what it copies), `store`.

mod events;
mod rpc;
mod store;

use vitae_contracts_services::audit::v1::audit_server::{Audit as Rpc, AuditServer};
use vitae_server_common::ConsumerStatus;
use vitae_server_common::message_limits::REQUEST_BYTES;
use vitae_server_common::store::{OpenError, Options};

use store::AuditStore;
pub use store::SCHEMA;

/// The audit service on its own file.
#[derive(Clone)]
pub struct Audit {
    store: AuditStore,
}

impl Audit {
    /// Opens the service's file below the data directory.
    pub fn open(options: &Options) -> Result<Self, OpenError> {
        Ok(Self { store: AuditStore::open(options)? })
    }

    /// The service, to be called through its generated client.
    pub fn server(&self) -> AuditServer<impl Rpc> {
        AuditServer::new(self.clone()).max_decoding_message_size(REQUEST_BYTES)
    }

    /// The events of others that the service could not handle.
    pub fn consumer(&self) -> ConsumerStatus {
        ConsumerStatus::new(self.store.event_store())
    }
}
