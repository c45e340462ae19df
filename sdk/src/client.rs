//! The client of one server with one login.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::IF_NONE_MATCH;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use crate::address::Address;
use crate::audit::Audit;
use crate::auth::Auth;
use crate::builder::ClientBuilder;
use crate::cache::Cache;
use crate::call::{BodyMode, Call, NDJSON};
use crate::error::{Error, Kind, Result};
use crate::events::Events;
use crate::me::Me;
use crate::raw::RawRequest;
use crate::resumes::Resumes;
use crate::retry::Retry;
use crate::server::Server;
use crate::session::Session;
use crate::store::StoredLogin;
use crate::transport::{Response, SendError, Transport};
use crate::users::Users;

/// Refreshes of the login within one call: a login that another program has stored may have expired, too.
const MAX_REFRESHES: u32 = 2;
/// The maximum time limit; keeps deadlines within the range of the clock.
pub(crate) const MAX_TIMEOUT: Duration = Duration::from_hours(30 * 24);

/// A client of one server with one login. Clones are cheap and share everything.
///
/// Its methods need a Tokio runtime, of either flavour, with time and I/O enabled. One client can be used
/// on several runtimes.
///
/// If the future of a call is dropped, the server may still execute the request. The login is not lost by
/// that: a refresh that has started completes in the background.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    timeout: Duration,
    deadline: Option<Instant>,
}

struct Shared {
    transport: Transport,
    session: Session,
    cache: Option<Cache>,
}

impl Client {
    /// Returns a builder; [`ClientBuilder::build`] creates the client.
    ///
    /// ```
    /// let client = vitae_sdk::Client::builder()
    ///     .base_url("http://127.0.0.1:7878")
    ///     .build()?;
    /// # Ok::<(), vitae_sdk::Error>(())
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Login, logout and refresh.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # fn read_password() -> String { vitae_server_testkit::PASSWORD.to_owned() }
    /// # let email = vitae_server_testkit::ADMIN;
    /// let password = read_password().into();
    /// let user = client.auth().login(email, &password).await?;
    /// # Ok(()) });
    /// ```
    pub fn auth(&self) -> Auth {
        Auth::new(self.clone())
    }

    /// The logged-in person.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// println!("{}", client.me().get().await?.role);
    /// # Ok(()) });
    /// ```
    pub fn me(&self) -> Me {
        Me::new(self.clone())
    }

    /// The people of the organisation.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let page = client.users().list().query("ada").send().await?;
    /// # Ok(()) });
    /// ```
    pub fn users(&self) -> Users {
        Users::new(self.clone())
    }

    /// The resumes of people.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let page = client.resumes().list().tag("rust").send().await?;
    /// # Ok(()) });
    /// ```
    pub fn resumes(&self) -> Resumes {
        Resumes::new(self.clone())
    }

    /// The stream of events at the server.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let mut events = client.events().watch().stream();
    /// println!("{:?}", events.next().await.unwrap()?);
    /// # Ok(()) });
    /// ```
    pub fn events(&self) -> Events {
        Events::new(self.clone())
    }

    /// The audit record; for administrators.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let page = client.audit().list().action("users.").send().await?;
    /// # Ok(()) });
    /// ```
    pub fn audit(&self) -> Audit {
        Audit::new(self.clone())
    }

    /// The state of the server.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client();
    /// assert!(client.server().readiness().await?.is_ready());
    /// # Ok(()) }
    /// ```
    pub fn server(&self) -> Server {
        Server::new(self.clone())
    }

    /// Creates a request with any method to any path of the server, for what has no method here.
    ///
    /// The target may have parameters: `/v1/users?role=admin`.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let response = client.raw("GET", "/v1/me").send().await?;
    /// assert_eq!(response.status(), 200);
    /// # Ok(()) });
    /// ```
    pub fn raw(&self, method: &str, target: &str) -> RawRequest {
        RawRequest::new(self.clone(), method, target)
    }

    /// Returns the client with another time limit; see [`ClientBuilder::timeout`].
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let hasty = client.with_timeout(std::time::Duration::from_millis(300));
    /// if hasty.me().get().await.is_err_and(|error| error.is_timeout()) {
    ///     println!("slow today");
    /// }
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self { timeout: timeout.min(MAX_TIMEOUT), ..self.clone() }
    }

    /// Returns the client with a deadline for all its calls.
    ///
    /// Each call also has its own time limit. Exports and imports end at the deadline, too; a stream of
    /// events does not.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// use std::time::{Duration, Instant};
    ///
    /// let client = client.with_deadline(Instant::now() + Duration::from_secs(5));
    /// let me = client.me().get().await?;
    /// let users = client.users().list().send().await?;
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn with_deadline(&self, at: std::time::Instant) -> Self {
        Self { deadline: Some(at.into()), ..self.clone() }
    }

    /// The server's address, as requests use it.
    ///
    /// ```
    /// # let client = vitae_sdk::Client::builder().base_url("HTTPS://vitae.example:443").build()?;
    /// assert_eq!(client.base_url(), "https://vitae.example/");
    /// # Ok::<(), vitae_sdk::Error>(())
    /// ```
    pub fn base_url(&self) -> &str {
        self.shared.transport.address.base().as_str()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.base_url())
            .field("token_store", self.session().store())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Returns the server's origin: scheme, host and port, as in the names of stored logins.
///
/// ```
/// assert_eq!(vitae_sdk::server_origin("HTTP://LocalHost:80/")?, "http://localhost");
/// # Ok::<(), vitae_sdk::Error>(())
/// ```
pub fn server_origin(base_url: &str) -> Result<String> {
    Address::parse(base_url).map(|address| address.origin().to_owned())
}

impl Client {
    pub(crate) fn new(
        transport: Transport,
        session: Session,
        cache: Option<Cache>,
        timeout: Duration,
    ) -> Self {
        Self { shared: Arc::new(Shared { transport, session, cache }), timeout, deadline: None }
    }

    pub(crate) fn session(&self) -> &Session {
        &self.shared.session
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Returns the deadline of a call that starts now and has this time limit.
    pub(crate) fn deadline_after(&self, limit: Duration) -> Instant {
        let end = Instant::now() + limit;
        self.deadline.map_or(end, |deadline| deadline.min(end))
    }

    /// The deadline that the caller has set.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    pub(crate) fn address(&self) -> &Address {
        &self.shared.transport.address
    }

    pub(crate) fn retry(&self) -> Retry {
        self.shared.transport.retry
    }

    /// Sends a call with the login and decodes the response as JSON.
    pub(crate) async fn fetch<T: DeserializeOwned>(&self, mut call: Call) -> Result<T> {
        let end = self.deadline_after(self.timeout);
        let response = match &self.shared.cache {
            Some(cache) => self.send_cached(cache, &mut call, end).await?,
            None => self.send(&call, end).await?,
        };
        call.decode(&response)
    }

    /// Sends a call with `If-None-Match` if its response is cached.
    async fn send_cached(&self, cache: &Cache, call: &mut Call, end: Instant) -> Result<Response> {
        let user = self.login(None, call, end).await?.user_id();
        let Some(key) = cache.add_condition(call, user) else {
            return Ok(self.send(call, end).await?);
        };
        let response = self.send(call, end).await?;
        if let Some(response) = cache.resolve(&key, response) {
            return Ok(response);
        }
        call.remove_header(&IF_NONE_MATCH);
        Ok(self.send(call, end).await?)
    }

    /// Sends a call with the login; the response has no body.
    pub(crate) async fn send_no_content(&self, call: Call) -> Result<()> {
        let deadline = self.deadline_after(self.timeout);
        let response = self.send(&call, deadline).await?;
        call.expect_no_content(&response)
    }

    /// Sends a call without the login and decodes the response as JSON.
    pub(crate) async fn fetch_anonymous<T: DeserializeOwned>(&self, call: Call) -> Result<T> {
        let deadline = self.deadline_after(self.timeout);
        let response = self.send_anonymous(&call, deadline).await?;
        call.decode(&response)
    }

    /// Sends a call without the login; an error keeps the response.
    pub(crate) async fn send_anonymous(&self, call: &Call, deadline: Instant) -> Result<Response, SendError> {
        self.shared.transport.send(call, None, deadline).await
    }

    /// Sends a call with the login, and again with a refreshed login if the server rejects the access
    /// token.
    pub(crate) async fn send(&self, call: &Call, deadline: Instant) -> Result<Response, SendError> {
        let transport = &self.shared.transport;
        let mut login = self.login(None, call, deadline).await?;
        if call.body_mode == BodyMode::Streamed(NDJSON) && !login.outlasts_stream() {
            login = self.login(Some(&login), call, deadline).await?;
        }
        let mut refreshes = 0;
        loop {
            let sent = transport.send(call, Some(login.access_token()), deadline).await;
            let mut rejection = match sent {
                Err(failure) if failure.rejects_token() => failure,
                // Another client of the same login may have changed the password since the token was
                // issued.
                Err(failure) if failure.requires_password_change() && refreshes == 0 => {
                    if login.refresh_token().is_none() || !call.has_repeatable_body() {
                        return Err(failure);
                    }
                    failure
                }
                other => return other,
            };
            if login.refresh_token().is_none() {
                let source = self.session().store().source();
                rejection.error =
                    rejection.error.with_next_step(format!("{source} has expired; get a new one"));
                return Err(rejection);
            }
            let is_new = refreshes > 0 && self.session().is_latest_refreshed(&login);
            if is_new || refreshes == MAX_REFRESHES || !call.has_repeatable_body() {
                return Err(rejection);
            }
            refreshes += 1;
            login = self.login(Some(&login), call, deadline).await?;
        }
    }

    async fn login(
        &self,
        rejected: Option<&StoredLogin>,
        call: &Call,
        deadline: Instant,
    ) -> Result<Arc<StoredLogin>> {
        let login = match timeout_at(deadline, self.session().current(rejected)).await {
            Ok(login) => login,
            Err(_) => Err(Error::new(Kind::Timeout, "the login was not refreshed in time")),
        };
        login.map_err(|error| call.add_context(error))
    }
}
