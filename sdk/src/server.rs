//! The state of the server.

use std::collections::BTreeMap;

use serde::Deserialize;
use vitae_contracts_gateway::RawValue;

use crate::client::Client;
use crate::error::{Error, Result};

/// The state of the server; from [`Client::server`]. Most of it needs no login.
#[derive(Debug, Clone)]
pub struct Server {
    client: Client,
}

/// The readiness of the server and of its services.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Readiness {
    /// `ready`, or the state instead; untrusted text, escape it for display.
    pub status: String,
    /// The state of each service.
    #[serde(default)]
    pub services: BTreeMap<String, String>,
    /// The stalled event feeds, with the reason.
    #[serde(default)]
    pub stuck_feeds: BTreeMap<String, String>,
    /// The event feeds with events that failed and were skipped, with their number; the server is still
    /// ready.
    #[serde(default)]
    pub parked_events: BTreeMap<String, String>,
}

impl Readiness {
    /// Whether everything is ready.
    ///
    /// ```
    /// # use vitae_sdk::Readiness;
    /// let text = r#"{"status": "unavailable", "services": {"audit": "unavailable"}}"#;
    /// let readiness: Readiness = serde_json::from_str(text).unwrap();
    /// assert!(!readiness.is_ready());
    /// ```
    pub fn is_ready(&self) -> bool {
        self.status == "ready"
    }
}

impl Server {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Succeeds if the server responds.
    ///
    /// Dropping the future cancels the request.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client();
    /// client.server().live().await?;
    /// # Ok(()) }
    /// ```
    pub async fn live(&self) -> Result<()> {
        self.get("/livez").await.map(drop)
    }

    /// Returns the state of each service and event feed; "not ready" is no error.
    ///
    /// From another machine only the overall state: `services` and `stuck_feeds` are empty.
    ///
    /// Dropping the future cancels the request.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client();
    /// let readiness = client.server().readiness().await?;
    /// for (service, state) in &readiness.services {
    ///     println!("{service}: {state}");
    /// }
    /// # assert!(readiness.is_ready());
    /// # Ok(()) }
    /// ```
    pub async fn readiness(&self) -> Result<Readiness> {
        let response = self.client.raw("GET", "/readyz").anonymous().send().await?;
        // A body in our format is the result, regardless of the status.
        let is_ours =
            response.header("content-type").is_some_and(|form| form.starts_with("application/json"));
        if is_ours { response.json().await } else { response.error_for_status()?.json().await }
    }

    /// Returns the OpenAPI 3.1 description of the API.
    ///
    /// Dropping the future cancels the request.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client();
    /// let description = client.server().openapi().await?;
    /// # assert!(description.get().contains("/v1/resumes"));
    /// # Ok(()) }
    /// ```
    pub async fn openapi(&self) -> Result<Box<RawValue>> {
        self.get("/openapi.json").await
    }

    /// Returns the keys that verify access tokens, as a JWK Set (RFC 7517, section 5).
    ///
    /// Dropping the future cancels the request.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client();
    /// let keys = client.server().keys().await?;
    /// # assert!(keys.get().contains("\"keys\""));
    /// # Ok(()) }
    /// ```
    pub async fn keys(&self) -> Result<Box<RawValue>> {
        self.get("/.well-known/jwks.json").await
    }

    /// Returns the server's metrics, in the text format of Prometheus.
    ///
    /// On the server's machine without a login; from other machines for administrators.
    ///
    /// Dropping the future cancels the request.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # use vitae_sdk::mock::{Reply, Server};
    /// # let server = Server::always(|| Reply::text(200, "text/plain", "vitae_requests_total 1\n")).await;
    /// # let client = server.logged_in();
    /// println!("{}", client.server().metrics().await?);
    /// # Ok(()) }
    /// ```
    pub async fn metrics(&self) -> Result<String> {
        let request = self.client.raw("GET", "/metrics");
        let is_here = self.client.address().is_loopback();
        let has_login = !is_here && self.client.auth().login_state().await?.is_some();
        let request = if has_login { request } else { request.anonymous() };
        let response = request.send().await?;
        let text = response.error_for_status()?.bytes().await?;
        String::from_utf8(text.into())
            .map_err(|_| Error::invalid_response("GET /metrics", "the metrics are not text"))
    }

    async fn get(&self, path: &str) -> Result<Box<RawValue>> {
        self.client.raw("GET", path).anonymous().send().await?.error_for_status()?.json().await
    }
}
