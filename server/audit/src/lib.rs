//! The audit service: a record of all changes, with who made them, when and from where.
//!
//! Read in this order: `rpc` (decode, call, encode), `events` (copies events), `store` (SQL).

mod events;
mod rpc;
mod store;

use vitae_contracts_services::audit::v1::audit_server::{Audit as Rpc, AuditServer};
use vitae_server_common::ConsumerStatus;
use vitae_server_common::message_limits::REQUEST_BYTES;
use vitae_server_common::store::{OpenError, Options};

use store::AuditStore;
pub use store::SCHEMA;

/// The audit service with its database.
#[derive(Clone)]
pub struct Audit {
    store: AuditStore,
}

impl Audit {
    /// Opens the service's database in the data directory.
    pub fn open(options: &Options) -> Result<Self, OpenError> {
        Ok(Self { store: AuditStore::open(options)? })
    }

    /// Returns the gRPC server of the service.
    pub fn server(&self) -> AuditServer<impl Rpc> {
        AuditServer::new(self.clone()).max_decoding_message_size(REQUEST_BYTES)
    }

    /// Returns the status of the service as a consumer of events.
    pub fn consumer(&self) -> ConsumerStatus {
        ConsumerStatus::new(self.store.event_store())
    }
}
