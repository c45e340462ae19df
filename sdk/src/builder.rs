//! How a client is set up.

use std::path::PathBuf;
use std::time::Duration;

use crate::address::Address;
use crate::client::{Client, LONGEST};
use crate::error::{Error, Result};
use crate::lock::LoginLock;
use crate::retry::Retry;
use crate::session::Session;
use crate::store::{MemoryStore, TokenStore};
use crate::transport::Transport;
use crate::wire::{Security, Wire};

/// What the program calls itself unless told.
const USER_AGENT: &str = concat!("vitae-sdk/", env!("CARGO_PKG_VERSION"));
/// How long a call may take unless told.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Sets up a [`Client`].
///
/// ```
/// use std::time::Duration;
/// use vitae_sdk::{Client, FileStore, Retry};
///
/// # let directory = std::env::temp_dir();
/// let client = Client::builder()
///     .base_url("http://vitae.internal:7878/hr")
///     .allow_insecure_http(true)
///     .token_store(FileStore::new(directory.join("login.json"), "ada@example.com"))
///     .lock_dir(directory.join("locks"))
///     .user_agent("nightly-report/2.1")
///     .timeout(Duration::from_secs(10))
///     .retry(Retry::never())
///     .build()?;
/// # Ok::<(), vitae_sdk::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    base_url: String,
    store: Box<dyn TokenStore>,
    lock_dir: Option<PathBuf>,
    user_agent: String,
    timeout: Duration,
    retry: Retry,
    allow_insecure_http: bool,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            store: Box::new(MemoryStore::new()),
            lock_dir: None,
            user_agent: USER_AGENT.to_owned(),
            timeout: TIMEOUT,
            retry: Retry::new(),
            allow_insecure_http: false,
        }
    }
}

impl ClientBuilder {
    /// Where the server is: `https://host[:port][/prefix]`; `http` for this machine alone.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Where the login is kept; in memory unless told.
    pub fn token_store(mut self, store: impl TokenStore) -> Self {
        self.store = Box::new(store);
        self
    }

    /// Where the lock file of the login lies; the directory is made when it is missing.
    ///
    /// A refresh token can be spent once. Programs that share a login take turns by this lock, so
    /// all of them must name the same directory. The command line's is `locks` in
    /// `$VITAE_CONFIG_DIR`, or in `vitae` below the platform's configuration directory.
    pub fn lock_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.lock_dir = Some(directory.into());
        self
    }

    /// What the program calls itself, as lists of sessions show it; `vitae-sdk/<version>` unless told.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// How long one call may take, all attempts and a renewal of the login included; 30 s unless told.
    ///
    /// Exports and imports take as long as they take; there it bounds each wait for the server.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// When a request is sent again.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Whether `http` may leave this machine, and passwords and tokens be read on the way.
    pub fn allow_insecure_http(mut self, allow: bool) -> Self {
        self.allow_insecure_http = allow;
        self
    }

    /// Builds the client; sends nothing and reads no login yet.
    ///
    /// Fails with [`is_invalid_input`](Error::is_invalid_input) for an address that cannot be
    /// used, and for a shared token store without a lock directory.
    ///
    /// ```
    /// use vitae_sdk::Client;
    ///
    /// let error = Client::builder().base_url("http://vitae.example").build().unwrap_err();
    /// assert!(error.is_invalid_input());
    /// ```
    pub fn build(self) -> Result<Client> {
        let address = Address::parse(&self.base_url)?;
        if !address.is_https() && !address.is_loopback() && !self.allow_insecure_http {
            return Err(Error::input(format!(
                "refusing to send passwords and tokens unencrypted to {}",
                address.origin()
            ))
            .with_next_step("use https, or allow plain http explicitly"));
        }
        let lock = self.lock(&address)?;
        let timeout = self.timeout.min(LONGEST);
        let security = Security::for_server(&address)?;
        let renewals = Transport {
            wire: Wire::passing(&address, security.clone(), &self.user_agent)?,
            address: address.clone(),
            retry: self.retry,
        };
        let transport = Transport {
            wire: Wire::lasting(&address, security, &self.user_agent)?,
            address,
            retry: self.retry,
        };
        let session = Session::new(self.store, lock, renewals, timeout);
        Ok(Client::new(transport, session, timeout))
    }

    fn lock(&self, address: &Address) -> Result<Option<LoginLock>> {
        match &self.lock_dir {
            Some(directory) => {
                let account = self.store.account().unwrap_or_default();
                Ok(Some(LoginLock::new(directory, &account, address.origin())))
            }
            None if self.store.is_shared() => {
                Err(Error::input("a token store that other programs can reach needs a lock directory")
                    .with_next_step("name one with `lock_dir`"))
            }
            None => Ok(None),
        }
    }
}
