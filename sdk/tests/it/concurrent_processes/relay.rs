//! A proxy that counts exchanges and kills the processes that make them.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read as _};
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_blocking;

use crate::mock::{Request, read};

/// The prefix of our user agent, before its process id.
pub(crate) const AGENT: &str = "storm/";

/// When the process of an exchange is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kill {
    /// Before the server receives the request.
    Before,
    /// After the exchange, before the response is sent.
    Between,
    /// After the response is sent.
    After,
}

/// A proxy between processes and the server. Ends with the runtime that started it.
pub(crate) struct Relay {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    exchanges: AtomicUsize,
    bought: Mutex<HashSet<String>>,
    /// The planned kills; the next one is last.
    kills: Mutex<Vec<Kill>>,
    /// By process id; a process that is not in it has ended, and its id may be reused.
    processes: Mutex<HashMap<u32, Child>>,
}

impl Relay {
    /// Starts a proxy in front of the server at `url`.
    pub(crate) async fn start(url: &str) -> Self {
        let target = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared::default());
        let state = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (target, state) = (target.clone(), Arc::clone(&state));
                // A killed process does not read its response.
                tokio::spawn(async move { pass_on(client, &target, &state).await.ok() });
            }
        });
        Self { url, shared }
    }

    /// The number of exchanges since the last call of this method.
    pub(crate) fn take_exchanges(&self) -> usize {
        self.shared.exchanges.swap(0, Ordering::Relaxed)
    }

    /// The number of distinct refresh tokens from the server.
    pub(crate) fn bought(&self) -> usize {
        self.shared.bought.lock().unwrap().len()
    }

    /// Plans the kills of the next processes that make an exchange.
    pub(crate) fn kill(&self, kills: &[Kill]) {
        *self.shared.kills.lock().unwrap() = kills.iter().rev().copied().collect();
    }

    /// Registers a process and waits for its end; its output is a pipe.
    pub(crate) fn watch(&self, mut child: Child) -> impl Future<Output = ExitStatus> + use<> {
        let (id, shared) = (child.id(), Arc::clone(&self.shared));
        let mut output = child.stdout.take().unwrap();
        shared.processes.lock().unwrap().insert(id, child);
        let ended = spawn_blocking(move || {
            // Not `wait`: that would keep the process from being killed.
            output.read_to_end(&mut Vec::new()).unwrap();
            let mut child = shared.processes.lock().unwrap().remove(&id).unwrap();
            child.wait().unwrap()
        });
        async move { ended.await.unwrap() }
    }

    /// The planned kills that did not happen.
    pub(crate) fn kills_left(&self) -> usize {
        self.shared.kills.lock().unwrap().len()
    }
}

async fn pass_on(client: TcpStream, target: &str, shared: &Shared) -> io::Result<()> {
    let mut client = BufReader::new(client);
    while let Some(request) = read(&mut client).await? {
        let is_exchange = request.line() == "POST /v1/auth/refresh";
        let mut kill = None;
        if is_exchange {
            shared.exchanges.fetch_add(1, Ordering::Relaxed);
            kill = shared.kills.lock().unwrap().pop();
        }
        if kill == Some(Kill::Before) {
            return end(&request, shared);
        }
        let mut server = TcpStream::connect(target).await?;
        server.write_all(&request.to_bytes()).await?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).await?;
        if is_exchange {
            shared.bought.lock().unwrap().extend(refresh_token(&answer));
        }
        if kill == Some(Kill::Between) {
            return end(&request, shared);
        }
        client.write_all(&answer).await?;
        if kill == Some(Kill::After) {
            return end(&request, shared);
        }
    }
    Ok(())
}

fn refresh_token(answer: &[u8]) -> Option<String> {
    let body = answer.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let tokens: Value = serde_json::from_slice(&answer[body..]).ok()?;
    Some(tokens["refresh_token"].as_str()?.to_owned())
}

/// Kills the process that sent a request, unless it has ended.
fn end(request: &Request, shared: &Shared) -> io::Result<()> {
    let agent = request.header("user-agent").and_then(|agent| agent.strip_prefix(AGENT));
    let id: u32 = agent.unwrap().parse().unwrap();
    shared.processes.lock().unwrap().get_mut(&id).map_or(Ok(()), Child::kill)
}
