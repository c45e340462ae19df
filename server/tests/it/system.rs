//! The five roles as five processes, joined over sockets.

use std::fs::Permissions;
use std::hash::{BuildHasher as _, RandomState};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::Command;
use vitae_sdk::{Client, SecretString};

use crate::vitaed::{PASSWORD, Vitaed, program};

/// In the order in which they are started.
pub(crate) const ROLES: [&str; 5] = ["users", "auth", "resumes", "audit", "gateway"];
const KEY: &str = "a-key-that-all-roles-know";

/// Five processes on one directory.
pub(crate) struct System {
    pub(crate) directory: TempDir,
    /// In the order of [`ROLES`]; none while a role is down.
    roles: [Option<Vitaed>; 5],
    pub(crate) urls: [String; 5],
}

impl System {
    pub(crate) async fn start() -> Self {
        let mut system = Self::new();
        for role in 0..ROLES.len() {
            system.start_role(role).await;
        }
        system
    }

    /// Starts all roles in an order, none of which waits for the one before it.
    pub(crate) async fn start_in_order(order: [usize; 5]) -> Self {
        let mut system = Self::new();
        let mut commands = order.map(|role| system.command(role));
        let started = futures_util::future::join_all(commands.iter_mut().map(Vitaed::spawn)).await;
        for (role, started) in order.into_iter().zip(started) {
            system.roles[role] = Some(started);
        }
        system
    }

    /// A system none of whose roles runs.
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        write_key(&directory.path().join("key"), KEY, 0o600);
        std::fs::write(directory.path().join("password"), PASSWORD).unwrap();
        // The feeds and keys of auth are asked for at an address before auth has one.
        let urls = ROLES.map(|_| format!("http://{}", free_address()));
        Self { directory, roles: [const { None }; 5], urls }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Starts one role where the others look for it.
    pub(crate) async fn start_role(&mut self, role: usize) {
        self.roles[role] = Some(Vitaed::spawn(&mut self.command(role)).await);
    }

    /// Starts one role and kills it after at most this time.
    pub(crate) async fn start_and_kill(&self, role: usize, after: Duration) {
        let mut child = self.command(role).spawn().unwrap();
        // It may also have ended by itself, for want of a peer.
        drop(tokio::time::timeout(after, child.wait()).await);
        child.kill().await.unwrap();
    }

    /// The command that starts a role where the others look for it.
    pub(crate) fn command(&self, role: usize) -> Command {
        self.command_at(role, self.urls[role].strip_prefix("http://").unwrap())
    }

    /// The command that starts a role at another address.
    pub(crate) fn command_at(&self, role: usize, address: &str) -> Command {
        let mut command = program();
        command.arg(ROLES[role]).arg("--data").arg(self.data()).args(["--listen", address]);
        command.arg("--service-key-file").arg(self.directory.path().join("key"));
        command.env("VITAE_ADMIN_PASSWORD_FILE", self.directory.path().join("password"));
        for (peer, url) in ROLES.iter().zip(&self.urls).take(4) {
            command.args([format!("--{peer}"), url.clone()]);
        }
        command
    }

    /// The process of a role that runs.
    pub(crate) fn process(&self, role: usize) -> u32 {
        self.roles[role].as_ref().unwrap().process()
    }

    /// Sends a signal to a role by the signal's name.
    pub(crate) async fn signal(&self, role: usize, name: &str) {
        self.roles[role].as_ref().unwrap().signal(name).await;
    }

    /// One more gateway, which looks for auth elsewhere.
    pub(crate) async fn another_gateway(&self, auth: &str) -> Vitaed {
        let mut command = program();
        command.args(["gateway", "--listen", "127.0.0.1:0", "--auth", auth]);
        command.arg("--service-key-file").arg(self.directory.path().join("key"));
        for (peer, url) in ROLES.iter().zip(&self.urls).take(4).filter(|(peer, _)| **peer != "auth") {
            command.args([format!("--{peer}"), url.clone()]);
        }
        Vitaed::spawn(&mut command).await
    }

    pub(crate) async fn kill(&mut self, role: usize) {
        self.roles[role].take().unwrap().kill().await;
    }

    pub(crate) async fn admin(&self) -> Client {
        let client = Client::builder().base_url(&self.urls[4]).token_store(vitae_sdk::MemoryStore::new());
        let client = client.build().unwrap();
        client.auth().login("admin@localhost", &SecretString::from(PASSWORD)).await.unwrap();
        client
    }

    pub(crate) async fn stop(mut self) -> TempDir {
        for role in (0..ROLES.len()).rev() {
            if let Some(role) = self.roles[role].take() {
                assert_eq!(role.stop().await.status.code(), Some(0));
            }
        }
        self.directory
    }
}

/// Writes a service key into a file of this mode.
pub(crate) fn write_key(path: &Path, key: &str, mode: u32) {
    std::fs::write(path, key).unwrap();
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Returns an address without a listener, below those that systems hand out by themselves: a
/// killed role has to come back to its own.
fn free_address() -> SocketAddr {
    loop {
        let port = 20_000 + RandomState::new().hash_one("port") % 12_000;
        let address = SocketAddr::from(([127, 0, 0, 1], u16::try_from(port).unwrap()));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
