//! The auth service: passwords, sessions, tokens and the keys that sign them.
//!
//! In reading order: `rpc` (decode, call, encode), `logins` (login and refresh), `attempts` (which password
//! is checked at all: `throttle` has the rules, `attempt_queue` the attempts under way, `attempt_counts` those that are only counted,
//! `rejection_delay` how fast they are rejected), `password_rules` (which new passwords are accepted), `refresh_token`,
//! `device_token`, `events` (reactions to other services), `store`; `bootstrap` creates the first administrator,
//! `unlock` is the operator's.

mod attempt_counts;
mod attempt_queue;
mod attempts;
mod bootstrap;
mod device_token;
mod events;
mod logins;
mod password_rules;
mod refresh_token;
mod rejection_delay;
mod restored_backup;
mod rpc;
mod store;
mod throttle;
mod unlock;

use std::sync::Arc;

use vitae_contracts_services::auth::v1::auth_server::{Auth as Rpc, AuthServer};
use vitae_contracts_services::users::v1::users_client::UsersClient;
use vitae_server_common::message_limits::{REQUEST_BYTES, RESPONSE_BYTES};
use vitae_server_common::store::{Counts, DailyLimit, OpenError, Options};
use vitae_server_common::{Backend, Clock, ConsumerStatus, FeedSource, PasswordHasher, Quotas, SigningKey};

pub use bootstrap::BootstrapFailed;
pub use restored_backup::{end_sessions, has_passwords};
use store::AuthStore;
pub use store::SCHEMA;
pub use unlock::{UnlockError, unlock};

/// The auth service on its own file.
#[derive(Clone)]
pub struct Auth {
    store: AuthStore,
    users: UsersClient<Backend>,
    passwords: PasswordHasher,
    key: Arc<SigningKey>,
    clock: Clock,
    attempt_queue: attempt_queue::AttemptQueue,
    attempt_counts: attempt_counts::AttemptCounts,
    rejection_delay: rejection_delay::RejectionDelay,
}

/// Why the auth service could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The file could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file could not be read.
    #[error("the file of the auth service could not be read: {0}")]
    Read(String),
    /// The signing key could not be read or made.
    #[error("the key that signs access tokens could not be read or made: {0}")]
    Key(String),
}

impl Auth {
    /// Opens the service's file below the data directory, and its signing key.
    pub async fn open(
        options: &Options,
        clock: Clock,
        passwords: PasswordHasher,
        users: Backend,
    ) -> Result<Self, StartError> {
        let store = AuthStore::open(options, clock.clone())?;
        let users = UsersClient::new(users).max_decoding_message_size(RESPONSE_BYTES);
        let pkcs8 = store.signing_key().await.map_err(|error| StartError::Key(error.detail))?;
        let key = SigningKey::from_pkcs8(&pkcs8).map_err(|error| StartError::Key(error.to_string()))?;
        Ok(Self {
            store,
            users,
            passwords,
            key: Arc::new(key),
            clock,
            attempt_queue: attempt_queue::AttemptQueue::default(),
            attempt_counts: attempt_counts::AttemptCounts::default(),
            rejection_delay: rejection_delay::RejectionDelay::default(),
        })
    }

    /// Sets the limit of changes by one person in a day.
    #[must_use]
    pub fn with_quotas(mut self, quotas: &Quotas) -> Self {
        self.store.daily = DailyLimit::new(quotas.daily_changes);
        self
    }

    /// Returns the service as a gRPC server.
    pub fn server(&self) -> AuthServer<impl Rpc> {
        AuthServer::new(self.clone()).max_decoding_message_size(REQUEST_BYTES)
    }

    /// Returns the service's event log, which other services follow.
    pub fn feed(&self) -> FeedSource {
        self.store.feed()
    }

    /// The events of others that the service could not handle.
    pub fn consumer(&self) -> ConsumerStatus {
        ConsumerStatus::new(self.store.file().0)
    }

    /// Returns the counts of the service's writer.
    pub fn counts(&self) -> Counts {
        self.store.counts()
    }

    /// Removes expired rows.
    pub async fn run_maintenance(&self) {
        self.store.run_maintenance().await;
    }
}
