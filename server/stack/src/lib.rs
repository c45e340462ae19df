//! All roles in one process, and their backup.

mod backup;
mod parked;
mod roles;

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use tokio::net::TcpListener;
use vitae_server_audit::Audit;
use vitae_server_auth::StartError;
use vitae_server_common::store::{Counts, OpenError, Options};
use vitae_server_common::{Clock, FeedHealth, PasswordHasher, RpcCount, ServiceError, in_process, supervise};
use vitae_server_gateway::{Backends, Feeds, Gateway};
use vitae_server_resumes::Resumes;
use vitae_server_users::Users;

pub use backup::{Archive, BackupError, Manifest, Member, Restored, backup, backup_to, restore, verify};
pub use parked::parked;
pub use roles::{Peers, RoleError, serve_audit, serve_auth, serve_gateway, serve_resumes, serve_users};
pub use vitae_server_auth::{Auth, UnlockError, unlock};
pub use vitae_server_common::LogQueue;
pub use vitae_server_common::accept::{Limits, listen};
pub use vitae_server_common::peers::ServiceKey;
pub use vitae_server_common::{HeaderName, InvalidNetwork, Network, ParkedEvent, TrustedProxies};
pub use vitae_server_common::{Quotas, StorageLimits};
pub use vitae_server_gateway::{PublicHost, PublicPortOptions};

/// The interval of the removal of outdated data.
const TIDY: Duration = Duration::from_mins(10);

/// The configuration of a stack.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data directory.
    pub data: PathBuf,
    /// The clock, which tests can move.
    pub clock: Clock,
    /// The quotas of members.
    pub quotas: Quotas,
    /// The maximum number of 4 KiB pages of one service's file; for tests of a full disk.
    pub max_pages: Option<u32>,
    /// The threads that hash passwords.
    pub passwords: PasswordHasher,
    /// The count of the gateway's calls to services.
    pub rpcs: RpcCount,
    /// The options of the public port.
    pub edge: PublicPortOptions,
}

impl Config {
    /// Returns the default configuration, with the system's clock.
    pub fn new(data: PathBuf) -> Self {
        Self {
            data,
            clock: Clock::system(),
            quotas: Quotas::default(),
            max_pages: None,
            passwords: PasswordHasher::default(),
            rpcs: RpcCount::default(),
            edge: PublicPortOptions::default(),
        }
    }
}

/// An error while starting a stack.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// A service's file could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The auth service could not start.
    #[error(transparent)]
    Auth(#[from] StartError),
    /// The first administrator could not be created.
    #[error("the first start failed")]
    FirstStart(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A service could not be connected to another.
    #[error("the services could not be connected")]
    Join(#[source] ServiceError),
}

/// All services and the gateway in one process.
#[derive(Clone)]
pub struct Stack {
    users: Users,
    auth: Auth,
    resumes: Resumes,
    gateway: Gateway,
}

impl Stack {
    /// Opens every service's file and connects the services.
    pub async fn open(config: &Config) -> Result<Self, StackError> {
        let options = Options { directory: config.data.clone(), max_pages: config.max_pages };
        let (clock, rpcs, passwords) = (config.clock.clone(), config.rpcs.clone(), config.passwords.clone());
        let quotas = &config.quotas;
        let users = Users::open(&options, clock.clone())?.with_quotas(quotas);
        let to_users = in_process(users.server(), &rpcs);
        let auth =
            Auth::open(&options, clock.clone(), passwords, to_users.clone()).await?.with_quotas(quotas);
        let resumes = Resumes::open(&options, clock.clone(), to_users.clone())?.with_quotas(quotas);
        let audit = Audit::open(&options)?;
        // Counted separately: feeds and reports make calls that belong to no request.
        let feeds = RpcCount::default();
        let users_feed = in_process(users.feed().server(), &feeds);
        let auth_feed = in_process(auth.feed().server(), &feeds);
        let resumes_feed = in_process(resumes.feed().server(), &feeds);
        let backends = Backends {
            auth: in_process(auth.server(), &rpcs),
            users: to_users,
            resumes: in_process(resumes.server(), &rpcs),
            audit: in_process(audit.server(), &rpcs),
            reports: in_process(auth.server(), &feeds),
            following: Vec::new(),
            feeds: Feeds {
                auth: auth_feed.clone(),
                users: users_feed.clone(),
                resumes: resumes_feed.clone(),
            },
        };
        let health = FeedHealth::default();
        tokio::spawn(auth.follow_users(users_feed.clone(), health.clone()).run());
        let recorder = auth.clone();
        tokio::spawn(async move {
            supervise("throttled attempts", || recorder.record_throttled_attempts()).await;
        });
        tokio::spawn(resumes.follow_users(users_feed.clone(), health.clone()).run());
        for (source, feed) in [("auth", auth_feed), ("users", users_feed), ("resumes", resumes_feed)] {
            tokio::spawn(audit.follow(source, feed, health.clone()).run());
        }
        let gateway = Gateway::new(backends, clock, health).map_err(StackError::Join)?;
        let gateway = gateway.with_options(config.edge.clone());
        gateway.connect().await.map_err(StackError::Join)?;
        Ok(Self { users, auth, resumes, gateway })
    }

    /// Returns the auth service, for the first start.
    pub fn auth(&self) -> &Auth {
        &self.auth
    }

    /// Serves the public port until `stop` completes, then waits for open requests.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let (users, auth, resumes) = (self.users, self.auth.clone(), self.resumes);
        let maintenance = tokio::spawn(async move {
            supervise("maintenance", || run_maintenance(&users, &auth, &resumes)).await;
        });
        self.gateway.serve(listener, stop).await;
        maintenance.abort();
        self.auth.record_last_attempts().await;
    }

    /// Returns the counters of the resumes service's writer since the start.
    pub fn resumes_written(&self) -> Counts {
        self.resumes.counts()
    }
}

async fn run_maintenance(users: &Users, auth: &Auth, resumes: &Resumes) {
    let mut due = tokio::time::interval(TIDY);
    loop {
        due.tick().await;
        users.run_maintenance().await;
        auth.run_maintenance().await;
        resumes.run_maintenance().await;
    }
}
