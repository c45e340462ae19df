//! One role a process: the same services, joined over sockets.

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

/// Where the peers of a role are, and how it shows that it is one of them.
#[derive(Debug, Clone)]
pub struct Peers {
    /// The auth service.
    pub auth: String,
    /// The users service.
    pub users: String,
    /// The resumes service.
    pub resumes: String,
    /// The audit service.
    pub audit: String,
    /// Opens the RPCs that are for services; without one, they stay shut.
    pub key: Option<ServiceKey>,
    /// Whether ports tell what can be called.
    pub reflection: bool,
}

/// Why a role could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// Its files could not be opened.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The address of a peer is none.
    #[error(transparent)]
    Peer(#[from] InvalidPeerUrl),
    /// Its port could not be served.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// A peer does not take it for one of them.
    #[error("a peer refuses this role; give every role the same --service-key-file")]
    Stranger(#[source] ServiceError),
}

/// The ways to the services of other processes; one each, so that one line in the log says
/// that a service is missing.
struct Ways {
    auth: Backend,
    users: Backend,
    resumes: Backend,
    audit: Backend,
}

impl Ways {
    /// The services that revoke logins, both in other processes.
    fn revocation_sources(&self) -> RevocationSources {
        RevocationSources {
            auth: self.auth.clone(),
            auth_feed: self.auth.clone(),
            users: self.users.clone(),
            users_feed: self.users.clone(),
        }
    }
}

/// The port of a service, and the tasks that fill its revocation cache.
struct Port {
    server: RpcServer,
    _followers: JoinSet<()>,
}

impl Peers {
    fn ways(&self) -> Result<Ways, InvalidPeerUrl> {
        Ok(Ways {
            auth: peer("auth", &self.auth, self.key.clone())?,
            users: peer("users", &self.users, self.key.clone())?,
            resumes: peer("resumes", &self.resumes, self.key.clone())?,
            audit: peer("audit", &self.audit, self.key.clone())?,
        })
    }

    /// Makes the port of a role, which rejects the tokens that these sources have revoked.
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

/// The users service as a process of its own; ready as soon as its file is open.
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
    let ways = peers.ways()?;
    // Its own log needs no socket: what it commits is known at once, also without peers.
    let sources = RevocationSources {
        users: in_process(users.server(), &RpcCount::default()),
        users_feed: in_process(users.feed().server(), &RpcCount::default()),
        ..ways.revocation_sources()
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

/// The auth service as a process of its own; its port answers while `first_start` waits for users.
pub async fn serve_auth(
    config: &Config,
    peers: &Peers,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
    listening: impl FnOnce(),
    first_start: impl AsyncFnOnce(&Auth) -> Result<(), StackError>,
) -> Result<(), RoleError> {
    let ways = peers.ways()?;
    let users = ways.users.clone();
    let auth = Auth::open(&options(config), config.clock.clone(), config.passwords.clone(), users.clone())
        .await
        .map_err(StackError::from)?
        .with_quotas(&config.quotas);
    let sources = RevocationSources {
        auth: in_process(auth.server(), &RpcCount::default()),
        auth_feed: in_process(auth.feed().server(), &RpcCount::default()),
        ..ways.revocation_sources()
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

/// The resumes service as a process of its own; ready as soon as its file is open.
pub async fn serve_resumes(
    config: &Config,
    peers: &Peers,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
    ready: impl FnOnce(),
) -> Result<(), RoleError> {
    let ways = peers.ways()?;
    let users = ways.users.clone();
    let resumes = Resumes::open(&options(config), config.clock.clone(), users.clone())
        .map_err(StackError::from)?
        .with_quotas(&config.quotas);
    let routes = Routes::new(resumes.server())
        .add_service(resumes.feed().server())
        .add_service(resumes.consumer().server());
    let mut port = peers.port("resumes", config, ways.revocation_sources(), routes);
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

/// The audit service as a process of its own; ready as soon as its file is open.
pub async fn serve_audit(
    config: &Config,
    peers: &Peers,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
    ready: impl FnOnce(),
) -> Result<(), RoleError> {
    let audit = Audit::open(&options(config)).map_err(StackError::from)?;
    let ways = peers.ways()?;
    let routes = Routes::new(audit.server()).add_service(audit.consumer().server());
    let mut port = peers.port("audit", config, ways.revocation_sources(), routes);
    let health = FeedHealth::default();
    port.server.health = health.clone();
    ready();
    let follow = |source, feed| audit.follow(source, feed, health.clone()).run();
    tokio::select! {
        done = Box::pin(port.server.serve(listener, stop)) => Ok(done?),
        () = follow("auth", ways.auth) => Ok(()),
        () = follow("users", ways.users) => Ok(()),
        () = follow("resumes", ways.resumes) => Ok(()),
    }
}

/// The gateway as a process of its own. Its port answers at once, with 503 where it needs its peers.
pub async fn serve_gateway(
    config: &Config,
    peers: &Peers,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
    listening: impl FnOnce(),
    ready: impl FnOnce(),
) -> Result<(), RoleError> {
    let backends = backends(config, peers.ways()?);
    let gateway = Gateway::new(backends, config.clock.clone(), FeedHealth::default())
        .map_err(|refusal| RoleError::Stack(StackError::Join(refusal)))?
        .with_options(config.edge.clone());
    listening();
    let connect = async {
        if let Err(refusal) = gateway.connect_to_peers().await {
            return RoleError::Stranger(refusal);
        }
        ready();
        std::future::pending().await
    };
    tokio::select! {
        () = gateway.clone().serve(listener, stop) => Ok(()),
        error = connect => Err(error),
    }
}

fn backends(config: &Config, ways: Ways) -> Backends {
    let Ways { auth, users, resumes, audit } = ways;
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

/// Never ends.
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
