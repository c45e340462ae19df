//! An HTTP client that sends exactly the given bytes.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::ReadHalf;
use vitae_sdk::{Problem, ProblemLocation};
use vitae_server_testkit::Stack;

/// A server that neither responses nor hangs up has failed its test.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A request sent unchanged, except for `Host`, `Connection` and `Content-Length`.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    line: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Option<Vec<u8>>,
}

/// Creates a request from a method and a target, such as `GET /v1/me`.
pub(crate) fn request(line: impl Into<String>) -> Request {
    Request { line: line.into(), headers: Vec::new(), body: None }
}

impl Request {
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(crate) fn if_match(self, tag: &str) -> Self {
        self.header("if-match", tag)
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub(crate) fn json(self, body: impl AsRef<[u8]>) -> Self {
        self.header("content-type", "application/json").body(body)
    }

    /// A body with its length, and without a media type.
    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = Some(body.as_ref().to_vec());
        self
    }

    pub(crate) async fn send(&self, stack: &Stack) -> Response {
        let mut bytes =
            format!("{} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n", self.line).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        if let Some(body) = &self.body {
            bytes.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(self.body.as_deref().unwrap_or_default());
        send_bytes(stack, &bytes).await
    }
}

/// Sends bytes on a connection of their own, and reads until the server hangs up.
///
/// Of a stream of events, which does not end by itself, only the head is read.
pub(crate) async fn send_bytes(stack: &Stack, bytes: &[u8]) -> Response {
    let url = stack.url();
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (mut reading, mut writing) = stream.split();
    // At once: a server that rejects early stops reading. Both may end in a reset then; what
    // came before it is the response.
    let both = async { tokio::join!(writing.write_all(bytes), read(&mut reading)) };
    let (written, received) =
        tokio::time::timeout(TIMEOUT, both).await.expect("the server closes the connection");
    Response::parse(&received).unwrap_or_else(|| panic!("no response but {received:?}, {written:?}"))
}

async fn read(reading: &mut ReadHalf<'_>) -> Vec<u8> {
    let mut received = Vec::new();
    while reading.read_buf(&mut received).await.is_ok_and(|count| count > 0) {
        let is_stream = |response: Response| response.header("content-type") == Some("text/event-stream");
        if received.len() < 2000 && Response::parse(&received).is_some_and(is_stream) {
            break;
        }
    }
    received
}

/// A response of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    fn parse(received: &[u8]) -> Option<Self> {
        let end = received.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&received[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let header = |line: &str| {
            line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        };
        let headers = lines.map(header).collect::<Option<_>>()?;
        let mut response = Self { status, headers, body: received[end + 4..].to_vec() };
        if response.header("content-type") == Some("text/event-stream") {
            response.body.clear();
        } else if response.header("transfer-encoding") == Some("chunked") {
            response.body = unchunked(&response.body)?;
        }
        Some(response)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Parses the problem and checks its form.
    pub(crate) fn problem(&self) -> Problem {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, self.status);
        assert_eq!(problem.kind, format!("urn:vitae:problem:{}", problem.code));
        assert_eq!(self.header("x-request-id"), Some(problem.request_id.as_str()));
        problem
    }

    /// Returns the error code, empty for a success.
    pub(crate) fn code(&self) -> String {
        if self.status < 400 { String::new() } else { self.problem().code }
    }

    /// Returns the sorted locations of the violations.
    pub(crate) fn error_locations(&self) -> Vec<String> {
        let place = |place: &ProblemLocation| match place {
            ProblemLocation::Pointer(pointer) => pointer.clone(),
            ProblemLocation::Parameter(name) => format!("?{name}"),
            ProblemLocation::Header(name) => format!("{name}:"),
        };
        let mut places: Vec<_> = self.problem().errors.iter().map(|entry| place(&entry.location)).collect();
        places.sort();
        places
    }
}

fn unchunked(mut chunks: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|bytes| bytes == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&chunks[..end]).ok()?, 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(chunks.get(end + 2..end + 2 + length)?);
        chunks = chunks.get(end + 4 + length..)?;
    }
}
