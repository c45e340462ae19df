//! The gateway: the public HTTP API, implemented by RPCs to the services.
//!
//! In reading order: `router` (the table of routes with their access), `middleware` (the steps of
//! every request), `call` (one checked request), then one module for each resource.

mod access;
mod audit;
mod auth;
mod authorization;
mod body;
mod call;
mod convert;
mod denials;
mod error;
mod events;
mod headers;
mod hosts;
mod import_export;
mod labels;
mod me;
mod meta;
mod metrics;
mod middleware;
mod openapi;
mod options;
mod query;
mod resumes;
mod revisions;
mod router;
mod stats;
mod tokens;
mod users;

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use vitae_contracts_core::Code;
use vitae_contracts_services::audit::v1::audit_client::AuditClient;
use vitae_contracts_services::auth::v1::auth_client::AuthClient;
use vitae_contracts_services::resumes::v1::resumes_client::ResumesClient;
use vitae_contracts_services::users::v1::users_client::UsersClient;
use vitae_server_common::accept::Limits;
use vitae_server_common::message_limits::RESPONSE_BYTES;
use vitae_server_common::peers::RemoteConsumer;
use vitae_server_common::{
    Backend, Clock, EventObserver, FeedHealth, RevocationCache, RevocationSources, ServiceError, Verifier,
    accept,
};

pub use hosts::PublicHost;
pub use options::PublicPortOptions;

use denials::{DenialReporter, Denials};
use error::ApiError;
use hosts::Hosts;
use metrics::Metrics;

/// The services behind the gateway.
#[derive(Clone)]
pub struct Backends {
    /// Credentials and sessions.
    pub auth: Backend,
    /// People.
    pub users: Backend,
    /// Resumes.
    pub resumes: Backend,
    /// The audit log.
    pub audit: Backend,
    /// The event logs.
    pub feeds: Feeds,
    /// The auth service, for reports that no request causes.
    pub reports: Backend,
    /// Services of other processes that follow feeds.
    pub following: Vec<RemoteConsumer>,
}

/// The event logs behind the gateway.
#[derive(Clone)]
pub struct Feeds {
    /// Of auth.
    pub auth: Backend,
    /// Of users.
    pub users: Backend,
    /// Of resumes.
    pub resumes: Backend,
}

/// The gateway: its RPC clients and its cache of revoked tokens.
#[derive(Clone)]
pub struct Gateway {
    auth: AuthClient<Backend>,
    users: UsersClient<Backend>,
    resumes: ResumesClient<Backend>,
    audit: AuditClient<Backend>,
    /// Verifies tokens; set once the gateway is connected.
    verifier: Arc<OnceLock<Verifier>>,
    feeds: Feeds,
    revocations: RevocationCache,
    clock: Clock,
    metrics: Arc<Metrics>,
    health: FeedHealth,
    denials: Arc<Denials>,
    /// The auth service, for reports that no request causes.
    reports: Backend,
    following: Arc<[RemoteConsumer]>,
    options: PublicPortOptions,
    /// The limits of connections; they also apply to bodies that arrive slowly.
    limits: Arc<Limits>,
    /// Whether the gateway is stopping, which ends open streams.
    stopping: watch::Receiver<bool>,
}

/// Interval of connection attempts to a peer that is missing or starting.
const RETRY: Duration = Duration::from_millis(200);

impl Gateway {
    /// Creates a gateway to these services. Until it is connected, it serves only health and metrics.
    pub fn new(backends: Backends, clock: Clock, health: FeedHealth) -> Result<Self, ServiceError> {
        let failed =
            |error| ServiceError::new(Code::Internal, format!("the metrics cannot be set up: {error}"));
        let metrics = Arc::new(Metrics::new().map_err(failed)?);
        Ok(Self {
            verifier: Arc::default(),
            revocations: revocations(&backends, &metrics),
            auth: AuthClient::new(backends.auth).max_decoding_message_size(RESPONSE_BYTES),
            users: UsersClient::new(backends.users).max_decoding_message_size(RESPONSE_BYTES),
            resumes: ResumesClient::new(backends.resumes).max_decoding_message_size(RESPONSE_BYTES),
            audit: AuditClient::new(backends.audit).max_decoding_message_size(RESPONSE_BYTES),
            feeds: backends.feeds,
            following: backends.following.into(),
            denials: Arc::default(),
            reports: backends.reports,
            clock,
            metrics,
            health,
            options: PublicPortOptions::default(),
            limits: Arc::default(),
            stopping: watch::channel(false).1,
        })
    }

    /// Sets the options of the public port.
    #[must_use]
    pub fn with_options(self, options: PublicPortOptions) -> Self {
        Self { options, ..self }
    }

    /// Connects to running services: fetches the keys that verify tokens, and follows the events that
    /// revoke them.
    pub async fn connect(&self) -> Result<(), ServiceError> {
        let verifier = Verifier::fetch(self.auth.clone()).await?;
        let mut followers = self.revocations.follow(&self.clock, &self.health);
        // Without a service, dropping the followers ends them.
        self.revocations.catch_up().await?;
        self.revocations.wait_until_caught_up().await;
        followers.detach_all();
        drop(self.verifier.set(verifier));
        Ok(())
    }

    /// Connects to services of other processes as soon as they are available.
    ///
    /// Fails only if one of them rejects this gateway, as it does for a wrong service key.
    pub async fn connect_to_peers(&self) -> Result<(), ServiceError> {
        let mut followers = self.revocations.follow(&self.clock, &self.health);
        let verifier = tokio::select! {
            biased;
            error = self.revocations.wait_for_rejection() => return Err(error),
            verifier = self.wait_for_peers() => verifier,
        };
        followers.detach_all();
        drop(self.verifier.set(verifier));
        Ok(())
    }

    async fn wait_for_peers(&self) -> Verifier {
        let verifier = loop {
            match Verifier::fetch(self.auth.clone()).await {
                Ok(verifier) => break verifier,
                // Failed RPCs are logged by the client.
                Err(_) => tokio::time::sleep(RETRY).await,
            }
        };
        for peer in self.following.iter() {
            while peer.is_not_serving().await {
                tokio::time::sleep(RETRY).await;
            }
        }
        self.revocations.wait_until_caught_up().await;
        verifier
    }

    /// Returns the token verifier; fails until the gateway is connected.
    fn verifier(&self) -> Result<&Verifier, ApiError> {
        self.verifier.get().ok_or_else(|| {
            let detail = "the server is waiting for its services; /readyz lists those that are unavailable";
            ApiError::new(Code::Unavailable, detail)
        })
    }

    /// Serves the public port until `stop` ends, then lets open requests finish.
    pub async fn serve(mut self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(false);
        self.stopping = stopped;
        let stop = async move {
            stop.await;
            stopping.send_replace(true);
        };
        let metrics = Arc::clone(&self.metrics);
        let limits = self.options.limits();
        let listening = listener.local_addr().ok().map(|address| address.ip());
        let hosts = Arc::new(Hosts::new(listening, self.options.public_hosts.clone()));
        tracing::info!(
            ?hosts,
            "accepting requests for these hosts and loopback names; --public-host NAME adds one"
        );
        self.limits = Arc::new(limits.clone());
        let mut reporter = DenialReporter::new(Arc::clone(&self.denials), self.reports.clone());
        let service = middleware::service(router::router(self), metrics, hosts);
        tokio::select! {
            () = accept::serve(listener, limits, service, stop) => {}
            () = reporter.run() => {}
        }
        reporter.report().await;
    }
}

fn revocations(backends: &Backends, metrics: &Arc<Metrics>) -> RevocationCache {
    let sources = RevocationSources {
        auth: backends.auth.clone(),
        auth_feed: backends.feeds.auth.clone(),
        users: backends.users.clone(),
        users_feed: backends.feeds.users.clone(),
    };
    let metrics = Arc::clone(metrics);
    let observer: EventObserver =
        Arc::new(move |source, happened, now| metrics.record_event_delay(source, happened, now));
    RevocationCache::new("gateway", sources, observer)
}

/// Returns every route as method and path, for tests.
pub fn routes() -> Vec<(String, String)> {
    router::routes().into_iter().map(|route| (route.method.to_string(), route.path.to_owned())).collect()
}
