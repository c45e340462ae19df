//! `vitaed` as a child process.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinHandle;
use vitae_sdk::{Client, MemoryStore, Retry, SecretString};

/// The password of the administrator whom [`start`] makes.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// Timeout of a start, a stop or a response.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// A running server; killed when it is dropped.
pub(crate) struct Vitaed {
    child: Child,
    pub(crate) address: SocketAddr,
    /// The lines on stderr up to and with the one that says it is ready.
    pub(crate) greeting: Vec<String>,
    rest: JoinHandle<Vec<String>>,
}

/// How a server ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// The lines on stderr after the ready line.
    pub(crate) stderr: Vec<String>,
}

/// The program, without anything that the environment tells it.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vitaed"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("VITAE_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// `vitaed serve` on a directory and a free port.
pub(crate) fn serve(data: &Path) -> Command {
    let mut command = program();
    command.arg("serve").arg("--data").arg(data).args(["--listen", "127.0.0.1:0"]);
    command
}

/// Starts `vitaed serve` on a directory; the administrator has [`PASSWORD`].
pub(crate) async fn start(data: &Path) -> Vitaed {
    let password = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(password.path(), PASSWORD).unwrap();
    Vitaed::spawn(serve(data).env("VITAE_ADMIN_PASSWORD_FILE", password.path())).await
}

/// Runs a command that ends by itself.
pub(crate) async fn run(command: &mut Command) -> Output {
    let output = tokio::time::timeout(TIMEOUT, command.output()).await;
    output.expect("the program ends by itself").unwrap()
}

/// The lines of an output.
pub(crate) fn lines(output: &[u8]) -> Vec<String> {
    String::from_utf8(output.to_vec()).unwrap().lines().map(str::to_owned).collect()
}

/// A client that is not logged in, and sends everything once.
pub(crate) fn client_of(url: &str) -> Client {
    let client = Client::builder().base_url(url).token_store(MemoryStore::new()).retry(Retry::never());
    client.build().unwrap()
}

/// Whether this login is taken.
pub(crate) async fn logs_in(url: &str, email: &str, password: &str) -> bool {
    client_of(url).auth().login(email, &SecretString::from(password)).await.is_ok()
}

impl Vitaed {
    /// Starts a command that serves, and waits until it is ready.
    pub(crate) async fn spawn(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        let ready = tokio::time::timeout(TIMEOUT, until_ready(&mut stderr)).await;
        let (address, greeting) = ready.expect("the server says that it is ready");
        let rest = tokio::spawn(all(stderr));
        Self { child, address, greeting, rest }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client that is logged in as the administrator, and sends everything once.
    pub(crate) async fn admin(&self) -> Client {
        let client = client_of(&self.url());
        client.auth().login("admin@localhost", &SecretString::from(PASSWORD)).await.unwrap();
        client
    }

    /// The next line on stdout.
    pub(crate) async fn stdout_line(&mut self) -> String {
        let mut lines = BufReader::new(self.child.stdout.take().unwrap()).lines();
        tokio::time::timeout(TIMEOUT, lines.next_line()).await.unwrap().unwrap().unwrap()
    }

    /// The id of the server's process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id().expect("the server runs")
    }

    /// Sends a signal by its name.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.child.id().expect("the server runs").to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().await.unwrap().success());
    }

    /// Waits until the server has ended by itself.
    pub(crate) async fn ended(mut self) -> Ended {
        let status = self.child.wait().await.unwrap();
        Ended { status, stderr: self.rest.await.unwrap() }
    }

    /// Stops the server as an operator does.
    pub(crate) async fn stop(self) -> Ended {
        self.signal("TERM").await;
        tokio::time::timeout(TIMEOUT, self.ended()).await.expect("the server stops")
    }

    /// Ends the server with SIGKILL, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// Starts a command that serves, and reads stderr up to the first line with this beginning.
pub(crate) async fn spawn_until(
    command: &mut Command,
    beginning: &str,
) -> (Child, Lines<BufReader<ChildStderr>>, String) {
    let mut child = command.spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    let find = async {
        loop {
            let line = stderr.next_line().await.unwrap().expect("the server runs");
            if line.starts_with(beginning) {
                return line;
            }
        }
    };
    let line = tokio::time::timeout(TIMEOUT, find).await.expect("the server says it");
    (child, stderr, line)
}

async fn until_ready(stderr: &mut Lines<BufReader<ChildStderr>>) -> (SocketAddr, Vec<String>) {
    let mut greeting = Vec::new();
    while let Some(line) = stderr.next_line().await.unwrap() {
        let address = line.strip_prefix("vitaed ready on http://").map(|address| address.parse().unwrap());
        greeting.push(line);
        if let Some(address) = address {
            return (address, greeting);
        }
    }
    panic!("the server ended before it was ready: {greeting:?}");
}

pub(crate) async fn all<R: AsyncRead + Unpin>(mut lines: Lines<BufReader<R>>) -> Vec<String> {
    let mut all = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        all.push(line);
    }
    all
}
