//! One role a process: the same services, joined over sockets.

use std::future::Future;
use std::time::Duration;

use tokio::net::TcpListener;
use tonic::service::Routes;
use vitae_server_audit::Audit;
use vitae_server_auth::Auth;
use vitae_server_common::peers::{
    FollowingPeer, Gate, InvalidPeer, Keys, RpcServer, ServeFailed, ServiceKey, peer,
};
use vitae_server_common::store::Options;
use vitae_server_common::{Backend, FeedHealth, Refusal, counted, supervise};
use vitae_server_gateway::{Backends, Feeds, Gateway};
use vitae_server_resumes::Resumes;
use vitae_server_users::Users;

use crate::{Config, StackError, TIDY};

/// How often a role that starts asks a peer that is not there yet.
const RETRY: Duration = Duration::from_millis(200);

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
    Peer(#[from] InvalidPeer),
    /// Its port could not be served.
    #[error(transparent)]
    Serve(#[from] ServeFailed),
    /// A peer does not take it for one of them.
    #[error("a peer refuses this role; give every role the same --service-key-file")]
    Stranger(#[source] Refusal),
}

impl Peers {
    fn reach(&self, url: &str) -> Result<Backend, InvalidPeer> {
        peer(url, self.key.clone())
    }

    fn server(&self, config: &Config, routes: Routes, health: &FeedHealth) -> Result<RpcServer, InvalidPeer> {
        let keys = Keys::from_auth(self.reach(&self.auth)?);
        let gate = Gate { keys, key: self.key.clone(), clock: config.clock.clone() };
        Ok(RpcServer {
            gate,
            routes,
            reflection: self.reflection,
            health: health.clone(),
            limits: config.edge.limits(),
        })
    }
}

/// The users service as a process of its own.
pub async fn serve_users(
    config: &Config,
    peers: &Peers,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), RoleError> {
    let users = Users::open(&options(config), config.clock.clone()).map_err(StackError::from)?;
    let routes = Routes::new(users.server()).add_service(users.feed().server());
    let server = peers.server(config, routes, &FeedHealth::default())?;
    let tidy = every_so_often(async || users.tidy().await);
    tokio::select! {
        done = server.serve(listener, stop) => Ok(done?),
        () = tidy => Ok(()),
    }
}

/// The auth service as a process of its own.
pub async fn serve_auth(
    config: &Config,
    peers: &Peers,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
    ready: impl AsyncFnOnce(&Auth) -> Result<(), StackError>,
) -> Result<(), RoleError> {
    let users = peers.reach(&peers.users)?;
    let auth = Auth::open(&options(config), config.clock.clone(), config.passwords.clone(), users.clone())
        .await
        .map_err(StackError::from)?;
    ready(&auth).await?;
    let routes = Routes::new(auth.server()).add_service(auth.feed().server());
    let health = FeedHealth::default();
    let server = peers.server(config, routes, &health)?;
    let tidy = every_so_often(async || auth.tidy().await);
    tokio::select! {
        done = server.serve(listener, stop) => Ok(done?),
        () = auth.follow_users(users, health).run() => Ok(()),
        () = tidy => Ok(()),
    }
}

/// The resumes service as a process of its own.
pub async fn serve_resumes(
    config: &Config,
    peers: &Peers,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), RoleError> {
    let users = peers.reach(&peers.users)?;
    let resumes =
        Resumes::open(&options(config), config.clock.clone(), users.clone()).map_err(StackError::from)?;
    let routes = Routes::new(resumes.server()).add_service(resumes.feed().server());
    let health = FeedHealth::default();
    let server = peers.server(config, routes, &health)?;
    let tidy = every_so_often(async || resumes.tidy().await);
    tokio::select! {
        done = server.serve(listener, stop) => Ok(done?),
        () = resumes.follow_users(users, health).run() => Ok(()),
        () = tidy => Ok(()),
    }
}

/// The audit service as a process of its own.
pub async fn serve_audit(
    config: &Config,
    peers: &Peers,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), RoleError> {
    let audit = Audit::open(&options(config)).map_err(StackError::from)?;
    let health = FeedHealth::default();
    let follow = |source, url: &str| {
        Ok::<_, InvalidPeer>(audit.follow(source, peers.reach(url)?, health.clone()).run())
    };
    let (auth, users) = (follow("auth", &peers.auth)?, follow("users", &peers.users)?);
    let resumes = follow("resumes", &peers.resumes)?;
    let server = peers.server(config, Routes::new(audit.server()), &health)?;
    tokio::select! {
        done = server.serve(listener, stop) => Ok(done?),
        () = auth => Ok(()),
        () = users => Ok(()),
        () = resumes => Ok(()),
    }
}

/// The gateway as a process of its own; waits for its peers before it is ready.
pub async fn serve_gateway(
    config: &Config,
    peers: &Peers,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
    ready: impl FnOnce(),
) -> Result<(), RoleError> {
    let (auth, users) = (peers.reach(&peers.auth)?, peers.reach(&peers.users)?);
    let (resumes, audit) = (peers.reach(&peers.resumes)?, peers.reach(&peers.audit)?);
    let following =
        |consumer, sources, peer: &Backend| FollowingPeer { consumer, sources, peer: peer.clone() };
    let backends = Backends {
        following: vec![
            following("auth", &["users"], &auth),
            following("resumes", &["users"], &resumes),
            following("audit", &["auth", "users", "resumes"], &audit),
        ],
        audit: counted(audit, &config.rpcs),
        feeds: Feeds { auth: auth.clone(), users: users.clone(), resumes: resumes.clone() },
        auth: counted(auth, &config.rpcs),
        users: counted(users, &config.rpcs),
        resumes: counted(resumes, &config.rpcs),
    };
    let mut stop = std::pin::pin!(stop);
    let connect = async {
        loop {
            match Gateway::connect(backends.clone(), config.clock.clone(), FeedHealth::default()).await {
                Ok(gateway) => return Ok(gateway),
                Err(refusal) if refusal.is_about_the_caller() => return Err(RoleError::Stranger(refusal)),
                Err(refusal) => wait_for_peer(&refusal).await,
            }
        }
    };
    let gateway = tokio::select! {
        gateway = connect => gateway?,
        () = &mut stop => return Ok(()),
    };
    ready();
    gateway.with_options(config.edge.clone()).serve(listener, stop).await;
    Ok(())
}

/// Says once in a while what is missing, and waits.
pub(crate) async fn wait_for_peer(refusal: &Refusal) {
    tracing::warn!(%refusal, "a peer is missing; trying again");
    tokio::time::sleep(RETRY).await;
}

fn options(config: &Config) -> Options {
    Options { directory: config.data.clone(), max_pages: config.max_pages }
}

/// Never ends.
async fn every_so_often(tidy: impl AsyncFn()) {
    let run = async || {
        let mut due = tokio::time::interval(TIDY);
        loop {
            due.tick().await;
            tidy().await;
        }
    };
    supervise("maintenance", run).await;
}
