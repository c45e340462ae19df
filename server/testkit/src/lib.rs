//! A whole stack for tests: real files in their own directory, port 0, driven by the SDK.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), vitae_sdk::Error> {
//! use vitae_contracts_core::Role;
//! use vitae_server_testkit::Stack;
//!
//! let stack = Stack::start().await;
//! let viewer = stack.client_as(Role::Viewer).await;
//! let page = viewer.resumes().list().send().await?;
//! assert!(page.items.is_empty());
//! # Ok(())
//! # }
//! ```

#![expect(clippy::missing_panics_doc, reason = "a test kit panics to fail the test")]

mod cutting_proxy;
mod examples;
mod separate_roles;
mod single_process;

use std::net::SocketAddr;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use secrecy::SecretString;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use vitae_contracts_core::Role;
use vitae_sdk::{Client, CreateUser, MemoryStore};
use vitae_server_stack::Auth;

pub use cutting_proxy::CuttingProxy;
pub use examples::{example, example_resume, example_user};
pub use vitae_server_stack::{Config, Limits, Quotas, StorageLimits};

/// The e-mail address of the first administrator of every stack.
pub const ADMIN: &str = "admin@localhost";
/// The password of the first administrator and of the people created by [`Stack::client_as`].
pub const PASSWORD: &str = "correct horse battery staple";

/// A running stack. It stops, abruptly, when it is dropped.
pub struct Stack {
    config: Config,
    address: SocketAddr,
    process: Option<Process>,
    administrator: Administrator,
    /// Removed last.
    _directory: TempDir,
}

/// The origin of the first administrator's password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Administrator {
    /// Chosen by the test.
    Chosen,
    /// Generated, and must be changed first.
    Generated,
}

/// The server in place of a process: a thread with its own runtime.
struct Process {
    stop: oneshot::Sender<Stop>,
    thread: JoinHandle<()>,
}

enum Stop {
    /// Like SIGTERM.
    Gracefully,
    /// Like SIGKILL, as far as threads allow.
    AtOnce,
}

impl Stack {
    /// Starts a stack on its own directory.
    pub async fn start() -> Self {
        Self::start_with(None).await
    }

    /// Starts a stack with a limit of 4-KiB pages for each service's database.
    pub async fn start_with(max_pages: Option<u32>) -> Self {
        Self::start_configured(|config| config.max_pages = max_pages).await
    }

    /// Starts a stack with a changed configuration.
    pub async fn start_configured(configure: impl FnOnce(&mut Config)) -> Self {
        Self::start_as(Administrator::Chosen, configure).await
    }

    /// Starts a stack whose administrator's password must be changed before anything else.
    pub async fn start_with_generated_password() -> Self {
        Self::start_as(Administrator::Generated, |_| ()).await
    }

    async fn start_as(administrator: Administrator, configure: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().expect("the system has a directory for temporary files");
        let mut config = Config::new(directory.path().join("data"));
        configure(&mut config);
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let (address, process) = launch(config.clone(), administrator, address).await;
        Self { config, address, process: Some(process), administrator, _directory: directory }
    }

    /// Returns the base URL of the stack.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the data directory.
    pub fn data(&self) -> &Path {
        &self.config.data
    }

    /// Returns a client without a login.
    pub fn client(&self) -> Client {
        Client::builder()
            .base_url(self.url())
            .token_store(MemoryStore::new())
            .build()
            .expect("the address of a running stack is a base URL")
    }

    /// Returns a client logged in as a person with this role.
    ///
    /// The user is the first administrator, or `<role>@example.com`, created on first use.
    pub async fn client_as(&self, role: Role) -> Client {
        let admin = self.log_in(ADMIN).await;
        if role == Role::Admin {
            return admin;
        }
        let email = format!("{}@example.com", role.as_str());
        let person = CreateUser::new(email.clone(), format!("The {}", role.as_str()))
            .role(role)
            .password(PASSWORD.to_owned());
        match admin.users().create(&person).await {
            Ok(_) => {}
            Err(error) if error.is_conflict() => {}
            Err(error) => panic!("{email} could not be made: {error:?}"),
        }
        self.log_in(&email).await
    }

    /// Returns a client logged in with [`PASSWORD`].
    pub async fn log_in(&self, email: &str) -> Client {
        let client = self.client();
        let login = client.auth().login(email, &SecretString::from(PASSWORD)).await;
        login.unwrap_or_else(|error| panic!("{email} could not log in: {error:?}"));
        client
    }

    /// Advances the clock of the stack.
    pub fn advance(&self, by: Duration) {
        self.config.clock.advance(by);
    }

    /// Returns the number of RPCs since the start.
    pub fn rpc_count(&self) -> u64 {
        self.config.rpcs.get()
    }

    /// Returns the number of password hashes since the start.
    pub fn hash_count(&self) -> u64 {
        self.config.passwords.hashes()
    }

    /// Stops the stack abruptly, like SIGKILL.
    pub async fn kill(&mut self) {
        self.end(Stop::AtOnce).await;
    }

    /// Stops the stack gracefully, like SIGTERM.
    pub async fn stop(&mut self) {
        self.end(Stop::Gracefully).await;
    }

    /// Restarts the stack gracefully on the same files and port.
    pub async fn restart(&mut self) {
        self.end(Stop::Gracefully).await;
        let (address, process) = launch(self.config.clone(), self.administrator, self.address).await;
        self.address = address;
        self.process = Some(process);
    }

    async fn end(&mut self, how: Stop) {
        let Some(process) = self.process.take() else { return };
        let joined = tokio::task::spawn_blocking(move || process.end(how)).await;
        joined.expect("the stack ends without a panic");
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            process.end(Stop::AtOnce);
        }
    }
}

impl Process {
    fn end(self, how: Stop) {
        // The thread may have ended already; `join` reports its panic.
        drop(self.stop.send(how));
        self.thread.join().expect("the stack ends without a panic");
    }
}

async fn launch(config: Config, administrator: Administrator, address: SocketAddr) -> (SocketAddr, Process) {
    let (started, start) = oneshot::channel();
    let (stop, stopped) = oneshot::channel();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("the system has threads");
        runtime.block_on(async {
            match shape() {
                Shape::One => single_process::run(config, administrator, address, started, stopped).await,
                Shape::Split => {
                    Box::pin(separate_roles::run(config, administrator, address, started, stopped)).await;
                }
            }
        });
        runtime.shutdown_timeout(Duration::from_secs(10));
    });
    let address = start.await.expect("the stack starts");
    (address, Process { stop, thread })
}

/// The way the services of a stack are connected.
enum Shape {
    One,
    Split,
}

/// Reads `VITAE_SHAPE`: `split` connects the services over sockets, as five processes are;
/// every test must pass either way.
fn shape() -> Shape {
    match std::env::var("VITAE_SHAPE").as_deref() {
        Ok("split") => Shape::Split,
        Err(_) | Ok("one") => Shape::One,
        Ok(other) => panic!("VITAE_SHAPE: expected one or split, found {other:?}"),
    }
}

fn listen(address: SocketAddr) -> (TcpListener, SocketAddr) {
    let listener = vitae_server_stack::listen(address).expect("the port is free");
    let address = listener.local_addr().expect("a bound port has an address");
    (listener, address)
}

/// Creates the first administrator as soon as the users service answers.
async fn ensure_administrator(auth: &Auth, administrator: Administrator) {
    let password = SecretString::from(PASSWORD);
    loop {
        match auth.lacks_administrator().await {
            Ok(false) => return,
            Ok(true) => {
                let made = match administrator {
                    Administrator::Chosen => auth.create_administrator(ADMIN, &password).await,
                    Administrator::Generated => {
                        auth.create_administrator_with_generated_password(ADMIN, &password).await
                    }
                };
                return made.expect("the administrator can be made");
            }
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

/// The program in the project's README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
