//! The gateway: HTTP in, gRPC out.
//!
//! In reading order: `router` (every route with who may use it), `edge` (what happens to
//! every request), `call` (one request, checked), then one module a noun.

mod access;
mod audit;
mod auth;
mod body;
mod call;
mod edge;
mod error;
mod events;
mod headers;
mod me;
mod meta;
mod metrics;
mod openapi;
mod options;
mod query;
mod resumes;
mod revisions;
mod router;
mod tokens;
mod transfer;
mod users;
mod wire;

use std::future::Future;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use vitae_contracts_core::Code;
use vitae_contracts_services::audit::v1::audit_client::AuditClient;
use vitae_contracts_services::auth::v1::auth_client::AuthClient;
use vitae_contracts_services::resumes::v1::resumes_client::ResumesClient;
use vitae_contracts_services::users::v1::users_client::UsersClient;
use vitae_server_common::accept::Limits;
use vitae_server_common::peers::FollowingPeer;
use vitae_server_common::{
    Backend, Clock, EventObserver, FeedHealth, Refusal, RevocationCache, RevocationSources, Verifier, accept,
};

pub use options::EdgeOptions;

use metrics::Metrics;

/// The services behind the gateway.
#[derive(Clone)]
pub struct Backends {
    /// Logins.
    pub auth: Backend,
    /// People.
    pub users: Backend,
    /// Resumes.
    pub resumes: Backend,
    /// The record of who did what.
    pub audit: Backend,
    /// The event logs.
    pub feeds: Feeds,
    /// Services of other processes that follow feeds.
    pub following: Vec<FollowingPeer>,
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

/// The gateway's clients and what it knows of tokens.
#[derive(Clone)]
pub struct Gateway {
    auth: AuthClient<Backend>,
    users: UsersClient<Backend>,
    resumes: ResumesClient<Backend>,
    audit: AuditClient<Backend>,
    tokens: Arc<Verifier>,
    feeds: Feeds,
    revocations: RevocationCache,
    clock: Clock,
    metrics: Arc<Metrics>,
    health: FeedHealth,
    following: Arc<[FollowingPeer]>,
    options: EdgeOptions,
    /// What the port allows its connections; also holds for bodies that arrive for long.
    limits: Arc<Limits>,
    /// Whether open streams are to end.
    stopping: watch::Receiver<bool>,
}

/// Bytes of a message, above the largest document and its surroundings.
const MESSAGE_BYTES: usize = 2 << 20;

impl Gateway {
    /// A gateway to these services, once it knows the keys that verify tokens and has heard
    /// which of them have ended.
    pub async fn connect(backends: Backends, clock: Clock, health: FeedHealth) -> Result<Self, Refusal> {
        let failed = |error| Refusal::new(Code::Internal, format!("the metrics cannot be set up: {error}"));
        let metrics = Arc::new(Metrics::new().map_err(failed)?);
        let revocations = revocations(&backends, &metrics);
        let tokens = Arc::new(Verifier::fetch(backends.auth.clone()).await?);
        revocations.follow(&clock, &health).await?;
        Ok(Self {
            tokens,
            auth: AuthClient::new(backends.auth),
            users: UsersClient::new(backends.users),
            resumes: ResumesClient::new(backends.resumes).max_decoding_message_size(MESSAGE_BYTES),
            audit: AuditClient::new(backends.audit),
            feeds: backends.feeds,
            following: backends.following.into(),
            revocations,
            clock,
            metrics,
            health,
            options: EdgeOptions::default(),
            limits: Arc::default(),
            stopping: watch::channel(false).1,
        })
    }

    /// The gateway with another set-up of its port.
    #[must_use]
    pub fn with_options(self, options: EdgeOptions) -> Self {
        Self { options, ..self }
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
        self.limits = Arc::new(limits.clone());
        accept::serve(listener, limits, edge::service(router::router(self), metrics), stop).await;
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
    let observer: EventObserver = Arc::new(move |source, happened, now| metrics.heard(source, happened, now));
    RevocationCache::new("gateway", sources, observer)
}

/// Every route as method and path, for tests that walk them.
pub fn routes() -> Vec<(String, String)> {
    router::routes().into_iter().map(|route| (route.method.to_string(), route.path.to_owned())).collect()
}
