//! Roles as separate processes, which call each other over sockets.

use std::future::Future;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tonic::service::Routes;
use vitae_server_audit::Audit;
use vitae_server_auth::Auth;
use vitae_server_common::peers::{
    AuthenticationLayer, InvalidPeerUrl, RemoteConsumer, RpcServer, ServeError, ServiceKey, TokenKeys, peer,
};
use vitae_server_common::store::Options;
use vitae_server_common::{
    Backend, FeedHealth, RevocationCache, RevocationSources, RpcCount, ServiceError, in_process, supervise,
    with_rpc_count,
};
use vitae_server_gateway::{Backends, Feeds, Gateway};
use vitae_server_resumes::Resumes;
use vitae_server_users::Users;

use crate::{Config, StackError, TIDY};

/// The addresses of a role's peers, and its credentials for them.
#[derive(Debug, Clone)]
pub struct Peers {
    /// The URL of the auth service.
    pub auth: String,
    /// The URL of the users service.
    pub users: String,
    /// The URL of the resumes service.
    pub resumes: String,
    /// The URL of the audit service.
    pub audit: String,
    /// The service key, which authorises RPCs for services only; without one, these are rejected.
    pub key: Option<ServiceKey>,
    /// Whether ports enable gRPC server reflection.
    pub reflection: bool,
}

/// An error that ends a role.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// The files of the role could not be opened.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The address of a peer is invalid.
    #[error(transparent)]
    Peer(#[from] InvalidPeerUrl),
    /// The port could not be served.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// A peer rejected the service key.
    #[error("a peer rejects the service key of this role; start every role with the same --service-key-file")]
    Stranger(#[source] ServiceError),
}

/// The clients of the services in other processes; one for each, so that an unreachable service is logged once.
struct PeerClients {
    auth: Backend,
    users: Backend,
    resumes: Backend,
    audit: Backend,
}

impl PeerClients {
    /// Returns the sources of revocations, both in other processes.
    fn revocation_sources(&self) -> RevocationSources {
        RevocationSources {
            auth: self.auth.clone(),
            auth_feed: self.auth.clone(),
            users: self.users.clone(),
            users_feed: self.users.clone(),
        }
    }
}

/// The port of a role, with the tasks that fill its revocation cache.
struct Port {
    server: RpcServer,
    _followers: JoinSet<()>,
}

impl Peers {
    fn clients(&self) -> Result<PeerClients, InvalidPeerUrl> {
        Ok(PeerClients {
            auth: peer("auth", &self.auth, self.key.clone())?,
            users: peer("users", &self.users, self.key.clone())?,
            resumes: peer("resumes", &self.resumes, self.key.clone())?,
            audit: peer("audit", &self.audit, self.key.clone())?,
        })
    }

    /// Returns the port of a role, which rejects tokens that these sources have revoked.
    fn port(&self, role: &'static str, config: &Config, sources: RevocationSources, routes: Routes) -> Port {
        let keys = TokenKeys::from_auth(sources.auth.clone());
        let (revocations, clock) = (FeedHealth::default(), config.clock.clone());
        let cache = RevocationCache::new(role, sources, Arc::new(|_, _, _| {}));
        let followers = if self.key.is_some() {
            cache.follow(&clock, &revocations)
        } else {
            tracing::warn!(role, "without --service-key-file every call with an access token is rejected");
            JoinSet::new()
        };
        let server = RpcServer {
            authentication: AuthenticationLayer { keys, key: self.key.clone(), revocations: cache, clock },
            routes,
            reflection: self.reflection,
            health: FeedHealth::default(),
            revocations,
            started: watch::channel(true).1,
            limits: config.edge.limits(),
        };
        Port { server, _followers: followers }
    }
}

/// Runs the users service in this process; it is ready as soon as its file is open.
pub async fn serve_users(
    config: &Config,
    peers: &Peers,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
    ready: impl FnOnce(),
) -> Result<(), RoleError> {
    let users = Users::open(&options(config), config.clock.clone())
        .map_err(StackError::from)?
        .with_quotas(&config.quotas);
    let clients = peers.clients()?;
    // Its own log is read without a socket: so its own commits are known at once, even without peers.
    let sources = RevocationSources {
        users: in_process(users.server(), &RpcCount::default()),
        users_feed: in_process(users.feed().server(), &RpcCount::default()),
        ..clients.revocation_sources()
    };
    let routes = Routes::new(users.server()).add_service(users.feed().server());
    let port = peers.port("users", config, sources, routes);
    ready();
    let maintenance = periodically(async || users.run_maintenance().await);
    tokio::select! {
        done = Box::pin(port.server.serve(listener, stop)) => Ok(done?),
        () = maintenance => Ok(()),
    }
}

/// Runs the auth service in this process; its port is open while `first_start` waits for users.
pub async fn serve_auth(
    config: &Config,
    peers: &Peers,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
    listening: impl FnOnce(),
    first_start: impl AsyncFnOnce(&Auth) -> Result<(), StackError>,
) -> Result<(), RoleError> {
    let clients = peers.clients()?;
    let users = clients.users.clone();
    let auth = Auth::open(&options(config), config.clock.clone(), config.passwords.clone(), users.clone())
        .await
        .map_err(StackError::from)?
        .with_quotas(&config.quotas);
    let sources = RevocationSources {
        auth: in_process(auth.server(), &RpcCount::default()),
        auth_feed: in_process(auth.feed().server(), &RpcCount::default()),
        ..clients.revocation_sources()
    };
    let routes =
        Routes::new(auth.server()).add_service(auth.feed().server()).add_service(auth.consumer().server());
    let mut port = peers.port("auth", config, sources, routes);
    let (starting, started) = watch::channel(false);
    let health = FeedHealth::default();
    (port.server.health, port.server.started) = (health.clone(), started);
    listening();
    let start = async {
        if let Err(error) = first_start(&auth).await {
            return RoleError::from(error);
        }
        starting.send_replace(true);
        std::future::pending().await
    };
    let maintenance = periodically(async || auth.run_maintenance().await);
    tokio::select! {
        done = Box::pin(port.server.serve(listener, stop)) => {
            auth.record_last_attempts().await;
            Ok(done?)
        }
        error = start => Err(error),
        () = supervise("throttled attempts", || auth.record_throttled_attempts()) => Ok(()),
        () = auth.follow_users(users, health).run() => Ok(()),
        () = maintenance => Ok(()),
    }
}

/// Runs the resumes service in this process; it is ready as soon as its file is open.
pub async fn serve_resumes(
    config: &Config,
    peers: &Peers,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
    ready: impl FnOnce(),
) -> Result<(), RoleError> {
    let clients = peers.clients()?;
    let users = clients.users.clone();
    let resumes = Resumes::open(&options(config), config.clock.clone(), users.clone())
        .map_err(StackError::from)?
        .with_quotas(&config.quotas);
    let routes = Routes::new(resumes.server())
        .add_service(resumes.feed().server())
        .add_service(resumes.consumer().server());
    let mut port = peers.port("resumes", config, clients.revocation_sources(), routes);
    let health = FeedHealth::default();
    port.server.health = health.clone();
    ready();
    let maintenance = periodically(async || resumes.run_maintenance().await);
    tokio::select! {
        done = Box::pin(port.server.serve(listener, stop)) => Ok(done?),
        () = resumes.follow_users(users, health).run() => Ok(()),
        () = maintenance => Ok(()),
    }
}

/// Runs the audit service in this process; it is ready as soon as its file is open.
pub async fn serve_audit(
    config: &Config,
    peers: &Peers,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
    ready: impl FnOnce(),
) -> Result<(), RoleError> {
    let audit = Audit::open(&options(config)).map_err(StackError::from)?;
    let clients = peers.clients()?;
    let routes = Routes::new(audit.server()).add_service(audit.consumer().server());
    let mut port = peers.port("audit", config, clients.revocation_sources(), routes);
    let health = FeedHealth::default();
    port.server.health = health.clone();
    ready();
    let follow = |source, feed| audit.follow(source, feed, health.clone()).run();
    tokio::select! {
        done = Box::pin(port.server.serve(listener, stop)) => Ok(done?),
        () = follow("auth", clients.auth) => Ok(()),
        () = follow("users", clients.users) => Ok(()),
        () = follow("resumes", clients.resumes) => Ok(()),
    }
}

/// Runs the gateway in this process. Its port is open at once; it responds with 503 where it needs its peers.
pub async fn serve_gateway(
    config: &Config,
    peers: &Peers,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
    listening: impl FnOnce(),
    ready: impl FnOnce(),
) -> Result<(), RoleError> {
    let backends = backends(config, peers.clients()?);
    let gateway = Gateway::new(backends, config.clock.clone(), FeedHealth::default())
        .map_err(|error| RoleError::Stack(StackError::Join(error)))?
        .with_options(config.edge.clone());
    listening();
    let connect = async {
        if let Err(error) = gateway.connect_to_peers().await {
            return RoleError::Stranger(error);
        }
        ready();
        std::future::pending().await
    };
    tokio::select! {
        () = gateway.clone().serve(listener, stop) => Ok(()),
        error = connect => Err(error),
    }
}

fn backends(config: &Config, clients: PeerClients) -> Backends {
    let PeerClients { auth, users, resumes, audit } = clients;
    let following = |consumer, sources, revocations, peer: &Backend| RemoteConsumer {
        consumer,
        sources,
        revocations,
        peer: peer.clone(),
    };
    Backends {
        following: vec![
            following("auth", &["users"], &["users"], &auth),
            following("users", &[], &["auth"], &users),
            following("resumes", &["users"], &["auth", "users"], &resumes),
            following("audit", &["auth", "users", "resumes"], &["auth", "users"], &audit),
        ],
        reports: auth.clone(),
        audit: with_rpc_count(audit, &config.rpcs),
        feeds: Feeds { auth: auth.clone(), users: users.clone(), resumes: resumes.clone() },
        auth: with_rpc_count(auth, &config.rpcs),
        users: with_rpc_count(users, &config.rpcs),
        resumes: with_rpc_count(resumes, &config.rpcs),
    }
}

fn options(config: &Config) -> Options {
    Options { directory: config.data.clone(), max_pages: config.max_pages }
}

/// Calls `maintenance` periodically; never returns.
async fn periodically(maintenance: impl AsyncFn()) {
    let run = async || {
        let mut due = tokio::time::interval(TIDY);
        loop {
            due.tick().await;
            maintenance().await;
        }
    };
    supervise("maintenance", run).await;
}
