//! The mock server.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::sync::{Notify, oneshot};
use vitae_contracts_core::Code;

use super::fixtures::{login, quick};
use super::reply::Reply;
use super::request::{Request, read};
use crate::builder::ClientBuilder;
use crate::client::Client;
use crate::store::{MemoryStore, TokenStore};

type Respond = dyn Fn(&Request, usize) -> Reply + Send + Sync;

/// A server that sends the responses of the test and records the requests. Stops with the runtime that
/// started it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), vitae_sdk::Error> {
/// use vitae_sdk::Code;
/// use vitae_sdk::mock::{Reply, Server, login, tokens, user};
/// use vitae_sdk::MemoryStore;
///
/// // Knows the token `access-1` alone, and renews `refresh-0` to get there.
/// let server = Server::start(|request, _| match request.line().as_str() {
///     "POST /v1/auth/refresh" => Reply::json(&tokens("1")),
///     _ if request.bearer() == Some("access-1") => Reply::json(&user()),
///     _ => Reply::problem(Code::InvalidToken),
/// }).await;
/// let client = server.client(MemoryStore::holding(login("0", 3600)));
/// client.me().get().await?;
/// assert_eq!(server.lines(), ["GET /v1/me", "POST /v1/auth/refresh", "GET /v1/me"]);
/// # Ok(()) }
/// ```
pub struct Server {
    /// The base URL.
    pub url: String,
    log: Arc<RequestLog>,
}

#[derive(Default)]
struct RequestLog {
    requests: Mutex<Vec<Request>>,
    changed: Notify,
}

impl Server {
    /// Starts a server that calls `respond` with each request and the number of requests before it.
    pub async fn start(respond: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("this machine has a free port");
        let url = address(&listener);
        let log = Arc::new(RequestLog::default());
        let respond: Arc<Respond> = Arc::new(respond);
        let shared = Arc::clone(&log);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (respond, log) = (Arc::clone(&respond), Arc::clone(&shared));
                // A client that disconnects is not an error of the server.
                tokio::spawn(async move { serve(stream, &*respond, &log).await.ok() });
            }
        });
        Self { url, log }
    }

    /// Starts a server with the same response to all requests.
    pub async fn always(respond: impl Fn() -> Reply + Send + Sync + 'static) -> Self {
        Self::start(move |_, _| respond()).await
    }

    /// Starts a server with these responses in order, and `internal` after them.
    pub async fn script(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies: Vec<_> = replies.into_iter().collect();
        let next = AtomicUsize::new(0);
        Self::start(move |_, _| {
            let reply = replies.get(next.fetch_add(1, Ordering::Relaxed)).cloned();
            reply.unwrap_or_else(|| Reply::problem(Code::Internal))
        })
        .await
    }

    /// The requests received so far.
    pub fn requests(&self) -> Vec<Request> {
        self.log.requests().clone()
    }

    /// The method and target of all requests, in order.
    pub fn lines(&self) -> Vec<String> {
        self.log.requests().iter().map(Request::line).collect()
    }

    /// The number of requests with this method and target.
    pub fn count(&self, line: &str) -> usize {
        self.lines().iter().filter(|log| *log == line).count()
    }

    /// Waits until this many requests have been received.
    pub async fn wait_for_requests(&self, requests: usize) {
        loop {
            let changed = self.log.changed.notified();
            if self.log.requests().len() >= requests {
                return;
            }
            changed.await;
        }
    }

    /// Returns a builder of a client that retries with waits of at most 1 ms.
    pub fn builder(&self, store: impl TokenStore) -> ClientBuilder {
        Client::builder().base_url(&self.url).token_store(store).retry(quick())
    }

    /// Returns such a client; other programs must not be able to use `store`.
    pub fn client(&self, store: impl TokenStore) -> Client {
        self.builder(store).build().expect("the address of a mock is one")
    }

    /// Returns such a client with the login `access-0`, `refresh-0`, valid for an hour.
    pub fn logged_in(&self) -> Client {
        self.client(MemoryStore::holding(login("0", 3600)))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("url", &self.url).field("log", &self.lines()).finish()
    }
}

impl RequestLog {
    fn requests(&self) -> MutexGuard<'_, Vec<Request>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a mock with the same response to all requests, for code that is not async; it stops when
/// dropped.
///
/// ```
/// use vitae_sdk::mock::{self, Reply};
///
/// let (url, mock) = mock::in_background(|| Reply::json(&mock::user()));
/// assert!(url.starts_with("http://127.0.0.1:"));
/// drop(mock);
/// ```
pub fn in_background(respond: impl Fn() -> Reply + Send + Sync + 'static) -> (String, impl Sized) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("the system gives a runtime");
    let server = runtime.block_on(Server::always(respond));
    let (keep, ended) = oneshot::channel::<()>();
    thread::spawn(move || runtime.block_on(ended));
    (server.url, keep)
}

/// Returns an address of this machine where no server listens: every connection is refused.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), vitae_sdk::Error> {
/// use vitae_sdk::{Client, StaticToken, mock};
///
/// let client = Client::builder()
///     .base_url(mock::refusing().await)
///     .token_store(StaticToken::new("x".to_owned().into()))
///     .retry(mock::quick())
///     .build()?;
/// assert!(client.me().get().await.unwrap_err().is_unavailable());
/// # Ok(()) }
/// ```
pub async fn refusing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("this machine has a free port");
    address(&listener)
}

fn address(listener: &TcpListener) -> String {
    let address = listener.local_addr().expect("a socket that is bound has an address");
    format!("http://{address}")
}

async fn serve(stream: TcpStream, respond: &Respond, log: &RequestLog) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await? {
        let before = {
            let mut requests = log.requests();
            requests.push(request.clone());
            requests.len() - 1
        };
        log.changed.notify_waiters();
        let reply = respond(&request, before);
        if !reply.send(&mut stream, request.method == "HEAD").await? {
            return stream.shutdown().await;
        }
    }
    Ok(())
}
