//! A server that answers what a test says, byte by byte if need be, and keeps what it heard.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use vitae_sdk::{
    Client, ClientBuilder, Code, MemoryStore, Problem, Retry, StoredLogin, Timestamp, TokenStore,
};

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// Method and target, as a test names them.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    /// The request as bytes, on a connection that ends with its answer.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let passed = self.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("connection"));
        let headers: Vec<_> = passed.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("{} HTTP/1.1\r\n{}connection: close\r\n\r\n", self.line(), headers.concat());
        [head.as_bytes(), self.body.as_bytes()].concat()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }
}

/// What to answer.
pub(crate) struct Reply {
    /// Passed before the first byte goes out.
    gate: Option<Gate>,
    chunks: Vec<Vec<u8>>,
    /// Whether the connection ends after it.
    close: bool,
}

/// Closed until it is opened.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Semaphore>);

impl Gate {
    pub(crate) fn closed() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    pub(crate) fn open(&self) {
        self.0.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    async fn pass(&self) {
        self.0.acquire().await.unwrap().forget();
    }
}

impl Reply {
    /// Exactly these bytes, in as many pieces.
    pub(crate) fn raw(chunks: Vec<Vec<u8>>) -> Self {
        Self { gate: None, chunks, close: true }
    }

    /// The connection ends without a byte.
    pub(crate) fn nothing() -> Self {
        Self::raw(Vec::new())
    }

    pub(crate) fn text(status: u16, media_type: &str, body: &str) -> Self {
        Self::with(status, &[("content-type", media_type)], body)
    }

    pub(crate) fn with(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let text = format!(
            "HTTP/1.1 {status} Text\r\n{}content-length: {}\r\n\r\n{body}",
            headers.concat(),
            body.len()
        );
        Self { gate: None, chunks: vec![text.into_bytes()], close: false }
    }

    pub(crate) fn json(body: &Value) -> Self {
        Self::text(200, "application/json", &body.to_string())
    }

    pub(crate) fn empty() -> Self {
        Self::with(204, &[], "")
    }

    pub(crate) fn problem(code: Code) -> Self {
        Self::problem_with(code, &[])
    }

    pub(crate) fn problem_with(code: Code, headers: &[(&str, &str)]) -> Self {
        let problem = Problem::new(code, "the detail".to_owned(), "the-request".to_owned());
        let body = serde_json::to_string(&problem).unwrap();
        let mut all = vec![("content-type", "application/problem+json")];
        all.extend(headers);
        Self::with(code.http_status(), &all, &body)
    }

    /// A body in these pieces, with chunked coding.
    pub(crate) fn chunked(media_type: &str, pieces: &[&[u8]]) -> Self {
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ntransfer-encoding: chunked\r\n\r\n");
        let mut chunks = vec![head.into_bytes()];
        for piece in pieces {
            let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
            chunk.extend_from_slice(piece);
            chunk.extend_from_slice(b"\r\n");
            chunks.push(chunk);
        }
        chunks.push(b"0\r\n\r\n".to_vec());
        Self { gate: None, chunks, close: false }
    }

    /// The same without its last pieces.
    pub(crate) fn cut(mut self, pieces: usize) -> Self {
        self.chunks.truncate(self.chunks.len() - pieces);
        self.close = true;
        self
    }

    /// The same without its end, on a connection that stays.
    pub(crate) fn left_open(mut self) -> Self {
        self.chunks.pop();
        self
    }

    pub(crate) fn behind(mut self, gate: &Gate) -> Self {
        self.gate = Some(gate.clone());
        self
    }
}

type Answer = dyn Fn(&Request, usize) -> Reply + Send + Sync;

/// The server. Ends with the runtime that started it.
pub(crate) struct Server {
    pub(crate) url: String,
    heard: Arc<Heard>,
}

#[derive(Default)]
struct Heard {
    requests: Mutex<Vec<Request>>,
    news: Notify,
}

impl Server {
    /// Answers each request by `answer`, which gets the request and how many came before it.
    pub(crate) async fn start(answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Heard::default());
        let answer: Arc<Answer> = Arc::new(answer);
        let shared = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, heard) = (Arc::clone(&answer), Arc::clone(&shared));
                // A client that goes away is no fault of the server.
                tokio::spawn(async move { serve(stream, &*answer, &heard).await.ok() });
            }
        });
        Self { url, heard }
    }

    /// Answers the same whatever comes.
    pub(crate) async fn always(answer: impl Fn() -> Reply + Send + Sync + 'static) -> Self {
        Self::start(move |_, _| answer()).await
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.heard.requests.lock().unwrap().clone()
    }

    /// Method and target of all requests, in order.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.requests().iter().map(Request::line).collect()
    }

    pub(crate) fn count(&self, line: &str) -> usize {
        self.lines().iter().filter(|heard| *heard == line).count()
    }

    /// Waits until that many requests have come.
    pub(crate) async fn hears(&self, requests: usize) {
        loop {
            let news = self.heard.news.notified();
            if self.requests().len() >= requests {
                return;
            }
            news.await;
        }
    }

    /// A client that retries without a noticeable wait.
    pub(crate) fn client(&self, store: impl TokenStore) -> Client {
        self.builder(store).build().unwrap()
    }

    pub(crate) fn builder(&self, store: impl TokenStore) -> ClientBuilder {
        Client::builder().base_url(&self.url).token_store(store).retry(quick())
    }

    /// A client whose login is good for an hour.
    pub(crate) fn logged_in(&self) -> Client {
        self.client(MemoryStore::holding(login("0", 3600)))
    }
}

async fn serve(stream: TcpStream, answer: &Answer, heard: &Heard) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await? {
        let before = {
            let mut requests = heard.requests.lock().unwrap();
            requests.push(request.clone());
            requests.len() - 1
        };
        heard.news.notify_waiters();
        let reply = answer(&request, before);
        if let Some(gate) = &reply.gate {
            gate.pass().await;
        }
        for chunk in &reply.chunks {
            // An answer to HEAD is the head alone.
            let end = chunk.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
            let length = end.filter(|_| request.method == "HEAD").unwrap_or(chunk.len());
            stream.write_all(&chunk[..length]).await?;
            stream.flush().await?;
        }
        if reply.close {
            return stream.shutdown().await;
        }
    }
    Ok(())
}

/// The next request of a connection; `None` when the client has closed it.
pub(crate) async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ').map(ToOwned::to_owned);
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
            None => break,
        }
    }
    let mut request = Request { method, target, headers, body: String::new() };
    let mut body = Vec::new();
    if request.header("transfer-encoding").is_some() {
        while let Some(chunk) = read_chunk(stream).await? {
            body.extend(chunk);
        }
    } else if let Some(length) = request.header("content-length") {
        body.resize(length.parse().unwrap(), 0);
        stream.read_exact(&mut body).await?;
    }
    request.body = String::from_utf8(body).unwrap();
    Ok(Some(request))
}

async fn read_chunk(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let mut size = String::new();
    stream.read_line(&mut size).await?;
    let size = usize::from_str_radix(size.trim_end(), 16)
        .map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof))?;
    let mut chunk = vec![0; size + 2];
    stream.read_exact(&mut chunk).await?;
    chunk.truncate(size);
    Ok((size > 0).then_some(chunk))
}

/// Three attempts without a noticeable wait.
pub(crate) fn quick() -> Retry {
    Retry::new().first_wait(Duration::from_millis(1))
}

/// The login `access-<name>`, `refresh-<name>` that ends in so many seconds.
pub(crate) fn login(name: &str, seconds: u64) -> StoredLogin {
    let end = Timestamp::from(SystemTime::now()).plus(Duration::from_secs(seconds));
    let text = json!({
        "v": 1,
        "refresh_token": format!("refresh-{name}"),
        "access_token": format!("access-{name}"),
        "expires_at": end,
    });
    StoredLogin::from_text(&text.to_string()).unwrap()
}

/// An answer of login and refresh: `access-<name>`, `refresh-<name>`.
pub(crate) fn tokens(name: &str) -> Value {
    json!({
        "access_token": format!("access-{name}"),
        "token_type": "Bearer",
        "expires_in": 600,
        "refresh_token": format!("refresh-{name}"),
        "user": user(),
    })
}

pub(crate) const USER: &str = "0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e01";
pub(crate) const RESUME: &str = "0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e02";
pub(crate) const SESSION: &str = "0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e03";
pub(crate) const AT: &str = "2026-11-22T09:30:00.000Z";

pub(crate) fn user() -> Value {
    json!({
        "id": USER, "email": "ada@example.com", "name": "Ada Lovelace", "role": "admin",
        "status": "active", "version": 7, "created_at": AT, "updated_at": AT, "deleted_at": null,
    })
}

pub(crate) fn resume(revision: u64) -> Value {
    json!({
        "id": RESUME, "title": "Ada", "owner": {"id": USER, "name": "Ada Lovelace"},
        "tags": ["london"], "revision": revision, "updated_at": AT, "deleted_at": null,
        "created_at": AT, "document": {"basics": {"name": "Ada"}},
    })
}

/// What lies below an error, outermost first.
pub(crate) fn causes(error: &vitae_sdk::Error) -> Vec<&(dyn std::error::Error + 'static)> {
    let mut links = Vec::new();
    let mut link = std::error::Error::source(error);
    while let Some(cause) = link {
        links.push(cause);
        link = cause.source();
    }
    links
}
