//! The configuration of a client.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::address::Address;
use crate::cache::Cache;
use crate::client::{Client, MAX_TIMEOUT};
use crate::error::{Error, Result};
use crate::http_client::{HttpClient, HttpClientConfig};
use crate::lock::LoginLock;
use crate::middleware::{Middleware, Middlewares};
use crate::proxy::ProxySetting;
use crate::retry::Retry;
use crate::session::Session;
use crate::store::{MemoryStore, TokenStore};
use crate::tls::TlsRoots;
use crate::transport::Transport;

/// The default `User-Agent`.
const DEFAULT_USER_AGENT: &str = concat!("vitae-sdk/", env!("CARGO_PKG_VERSION"));
/// The default time limit of a call.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Configures and builds a [`Client`].
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
    keep_idle_connections: bool,
    proxy: ProxySetting,
    tls_roots: TlsRoots,
    middlewares: Middlewares,
    cache: usize,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            store: Box::new(MemoryStore::new()),
            lock_dir: None,
            user_agent: DEFAULT_USER_AGENT.to_owned(),
            timeout: DEFAULT_TIMEOUT,
            retry: Retry::new(),
            allow_insecure_http: false,
            keep_idle_connections: false,
            proxy: ProxySetting::default(),
            tls_roots: TlsRoots::default(),
            middlewares: Middlewares::default(),
            cache: 0,
        }
    }
}

impl ClientBuilder {
    /// Sets the server's address: `https://host[:port][/prefix]`, or `http` on this machine.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Sets the token store; in memory by default.
    pub fn token_store(mut self, store: impl TokenStore) -> Self {
        self.store = Box::new(store);
        self
    }

    /// Sets the directory of the login's lock file; it is created if missing.
    ///
    /// A refresh token can be used once. Programs that share a login exclude each other with this lock, so
    /// they must all set the same directory. The command line's is `locks` in `$VITAE_CONFIG_DIR`, or in
    /// `vitae` in the platform's configuration directory.
    pub fn lock_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.lock_dir = Some(directory.into());
        self
    }

    /// Sets the name of the program in lists of sessions; `vitae-sdk/<version>` by default.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Sets the time limit of a call, including all attempts and a refresh of the login; 30 s by default.
    ///
    /// Exports and imports have no limit as a whole; for them it bounds each wait for the server.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets when a request is retried.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Allows `http` to other machines, where passwords and tokens can be read in transit.
    pub fn allow_insecure_http(mut self, allow: bool) -> Self {
        self.allow_insecure_http = allow;
        self
    }

    /// Keeps idle connections until the server closes them; by default they are closed after 90 s.
    ///
    /// Closing them needs a timer, which wakes an idle program. Broken connections are detected by TCP
    /// keepalive (after four times 15 s) in the operating system.
    ///
    /// ```
    /// use vitae_sdk::Client;
    ///
    /// let client = Client::builder().base_url("http://127.0.0.1:7878").keep_idle_connections(true).build()?;
    /// # Ok::<(), vitae_sdk::Error>(())
    /// ```
    pub fn keep_idle_connections(mut self, keep: bool) -> Self {
        self.keep_idle_connections = keep;
        self
    }

    /// Connects through this HTTP proxy, `http[s]://[user:password@]host[:port]`.
    ///
    /// Replaces `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the environment, which are used
    /// by default. This machine is never reached through a proxy.
    ///
    /// ```
    /// use vitae_sdk::Client;
    ///
    /// let client = Client::builder()
    ///     .base_url("https://vitae.example")
    ///     .proxy("http://proxy.example:3128")
    ///     .build()?;
    /// # Ok::<(), vitae_sdk::Error>(())
    /// ```
    pub fn proxy(mut self, url: impl Into<SecretString>) -> Self {
        self.proxy = ProxySetting::Url(url.into());
        self
    }

    /// Connects without a proxy, regardless of the environment.
    ///
    /// ```
    /// let builder = vitae_sdk::Client::builder().base_url("https://vitae.example").no_proxy();
    /// ```
    pub fn no_proxy(mut self) -> Self {
        self.proxy = ProxySetting::Disabled;
        self
    }

    /// Trusts these root certificates in addition to the platform's; PEM, one or more.
    ///
    /// For a server whose certificate is signed by your own authority.
    ///
    /// ```no_run
    /// use vitae_sdk::Client;
    ///
    /// let pem = std::fs::read("/etc/ssl/our-authority.pem").unwrap();
    /// let client = Client::builder()
    ///     .base_url("https://vitae.example")
    ///     .add_root_certificate_pem(pem)
    ///     .build()?;
    /// # Ok::<(), vitae_sdk::Error>(())
    /// ```
    pub fn add_root_certificate_pem(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.tls_roots.add(pem.as_ref());
        self
    }

    /// Adds a middleware, which is called for every attempt at a request, in the order of addition.
    ///
    /// ```
    /// use vitae_sdk::{Attempt, Client, Middleware, Outcome};
    ///
    /// struct Slow;
    ///
    /// impl Middleware for Slow {
    ///     fn after(&self, attempt: &Attempt, outcome: &Outcome<'_>) {
    ///         if outcome.duration().as_secs() >= 1 {
    ///             println!("{attempt}: {outcome}");
    ///         }
    ///     }
    /// }
    ///
    /// let client = Client::builder().base_url("http://127.0.0.1:7878").middleware(Slow).build()?;
    /// # Ok::<(), vitae_sdk::Error>(())
    /// ```
    pub fn middleware(mut self, middleware: impl Middleware) -> Self {
        self.middlewares.add(middleware);
        self
    }

    /// Caches up to this many bytes of responses; no cache by default.
    ///
    /// Cached responses are always revalidated: the server still checks the login and the version of each
    /// object (`If-None-Match`, RFC 9110, section 13.1.2) and omits an unchanged body. The cache is in
    /// memory and is dropped with the client.
    ///
    /// ```
    /// use vitae_sdk::Client;
    ///
    /// let builder = Client::builder().base_url("http://127.0.0.1:7878").cache(8 << 20);
    /// ```
    pub fn cache(mut self, bytes: usize) -> Self {
        self.cache = bytes;
        self
    }

    /// Builds the client; sends nothing and reads no login.
    ///
    /// Fails with [`is_invalid_input`](Error::is_invalid_input) for an invalid address, proxy or root
    /// certificate, and for a shared token store without a lock directory.
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
                "passwords and tokens are not sent unencrypted to {}",
                address.origin()
            ))
            .with_next_step("use https, or allow plain HTTP explicitly"));
        }
        let lock = self.lock(&address)?;
        let timeout = self.timeout.min(MAX_TIMEOUT);
        let setup = HttpClientConfig::new(&address, &self.tls_roots, &self.proxy, &self.user_agent)?;
        let transport = |http| Transport {
            http,
            address: address.clone(),
            retry: self.retry,
            middlewares: self.middlewares.clone(),
        };
        let refresh_transport = transport(HttpClient::unpooled(setup.clone())?);
        let transport = transport(HttpClient::pooled(setup, self.keep_idle_connections)?);
        let session = Session::new(self.store, lock, refresh_transport, timeout);
        let cache = (self.cache > 0).then(|| Cache::new(self.cache));
        Ok(Client::new(transport, session, cache, timeout))
    }

    fn lock(&self, address: &Address) -> Result<Option<LoginLock>> {
        match &self.lock_dir {
            Some(directory) => {
                let account = self.store.account().unwrap_or_default();
                Ok(Some(LoginLock::new(directory, &account, address.origin())))
            }
            None if self.store.is_shared() => {
                Err(Error::input("a token store that other programs can reach needs a lock directory")
                    .with_next_step("set one with `lock_dir`"))
            }
            None => Ok(None),
        }
    }
}
