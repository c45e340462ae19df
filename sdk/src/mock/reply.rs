//! Responses of the mock.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Semaphore;
use vitae_contracts_core::Code;
use vitae_contracts_gateway::Problem;

/// A response of the mock, or a fault.
///
/// ```
/// use std::time::Duration;
/// use vitae_sdk::Code;
/// use vitae_sdk::mock::{Gate, Reply, user};
///
/// let good = Reply::json(&user());
/// let rejection = Reply::problem_with(Code::RateLimited, &[("retry-after", "2")]);
/// let elsewhere = Reply::with(302, &[("location", "https://elsewhere.example/")], "");
/// let slow = Reply::json(&user()).after(Duration::from_secs(20));
/// let held = Reply::json(&user()).behind(&Gate::closed());
/// let cut = Reply::chunked("application/x-ndjson", &[b"{}\n", b"{}\n"]).cut(1);
/// let lie = Reply::of_length(10, "application/json", "{}");
/// let endless = Reply::endless("HTTP/1.1 200 OK\r\n", "x-more: 1\r\n");
/// let silent = Reply::chunked("text/event-stream", &[b"data: 1\n\n"]).left_open();
/// let gone = [Reply::nothing(), Reply::empty()];
/// ```
#[derive(Clone)]
pub struct Reply {
    /// Waited for before the first byte.
    gate: Option<Gate>,
    delay: Duration,
    chunks: Vec<Vec<u8>>,
    /// Sent repeatedly after the chunks.
    endless: Option<Vec<u8>>,
    /// Whether the connection is closed after it.
    close: bool,
}

/// Delays responses until it is opened. Clones are the same gate.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), vitae_sdk::Error> {
/// use vitae_sdk::mock::{Gate, Reply, Server, user};
///
/// let gate = Gate::closed();
/// let held = gate.clone();
/// let server = Server::always(move || Reply::json(&user()).behind(&held)).await;
/// let client = server.logged_in();
/// let call = tokio::spawn(async move { client.me().get().await });
/// server.wait_for_requests(1).await; // the request has arrived, its response is held back
/// gate.open();
/// call.await.unwrap()?;
/// assert_eq!(server.requests()[0].bearer(), Some("access-0"));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Gate(Arc<Semaphore>);

impl Gate {
    /// Returns a closed gate.
    pub fn closed() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Opens the gate, permanently.
    pub fn open(&self) {
        self.0.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    async fn pass(&self) {
        if let Ok(permit) = self.0.acquire().await {
            permit.forget();
        }
    }
}

impl Reply {
    /// Exactly these bytes, in these pieces; then the connection is closed.
    pub fn raw(chunks: Vec<Vec<u8>>) -> Self {
        Self { gate: None, delay: Duration::ZERO, chunks, endless: None, close: true }
    }

    /// No byte; the connection is closed.
    pub fn nothing() -> Self {
        Self::raw(Vec::new())
    }

    /// These bytes, then the others repeatedly until the client disconnects.
    pub fn endless(start: &str, repeated: &str) -> Self {
        Self { endless: Some(repeated.into()), ..Self::raw(vec![start.into()]) }
    }

    /// A complete response with this status and media type.
    pub fn text(status: u16, media_type: &str, body: &str) -> Self {
        Self::with(status, &[("content-type", media_type)], body)
    }

    /// A complete response with this status and these headers.
    pub fn with(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let head = head(status, headers, &format!("content-length: {}", body.len()));
        Self { close: false, ..Self::raw(vec![[head.as_bytes(), body.as_bytes()].concat()]) }
    }

    /// A response with a wrong `Content-Length`; then the connection is closed.
    pub fn of_length(length: usize, media_type: &str, body: &str) -> Self {
        let head = head(200, &[("content-type", media_type)], &format!("content-length: {length}"));
        Self::raw(vec![head.into_bytes(), body.into()])
    }

    /// 200 with this body.
    pub fn json(body: &Value) -> Self {
        Self::text(200, "application/json", &body.to_string())
    }

    /// 204.
    pub fn empty() -> Self {
        Self::with(204, &[], "")
    }

    /// A problem document with this code.
    pub fn problem(code: Code) -> Self {
        Self::problem_with(code, &[])
    }

    /// A problem document with this code and more headers.
    pub fn problem_with(code: Code, headers: &[(&str, &str)]) -> Self {
        let problem = Problem::new(code, "the detail".to_owned(), "the-request".to_owned());
        let body = serde_json::to_string(&problem).expect("a problem has texts and numbers alone");
        let mut all = vec![("content-type", "application/problem+json")];
        all.extend(headers);
        Self::with(code.http_status(), &all, &body)
    }

    /// 200 with a body in these pieces, by chunked coding.
    pub fn chunked(media_type: &str, pieces: &[&[u8]]) -> Self {
        let head = head(200, &[("content-type", media_type)], "transfer-encoding: chunked");
        let mut chunks = vec![head.into_bytes()];
        for piece in pieces {
            let size = format!("{:x}\r\n", piece.len());
            chunks.push([size.as_bytes(), piece, b"\r\n"].concat());
        }
        chunks.push(b"0\r\n\r\n".to_vec());
        Self { close: false, ..Self::raw(chunks) }
    }

    /// Omits the last pieces and closes the connection.
    #[must_use]
    pub fn cut(mut self, pieces: usize) -> Self {
        self.chunks.truncate(self.chunks.len().saturating_sub(pieces));
        self.close = true;
        self
    }

    /// Omits the end and keeps the connection open.
    #[must_use]
    pub fn left_open(mut self) -> Self {
        self.chunks.pop();
        self
    }

    /// Delays the response until the gate is opened.
    #[must_use]
    pub fn behind(mut self, gate: &Gate) -> Self {
        self.gate = Some(gate.clone());
        self
    }

    /// Delays the response by Tokio's clock, which a test can pause.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sends the response; returns whether the connection stays open. A response to `HEAD` is its head
    /// alone.
    pub(super) async fn send(
        &self,
        stream: &mut (impl AsyncWrite + Unpin),
        is_head: bool,
    ) -> io::Result<bool> {
        if let Some(gate) = &self.gate {
            gate.pass().await;
        }
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        for chunk in &self.chunks {
            let end = chunk.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
            let length = end.filter(|_| is_head).unwrap_or(chunk.len());
            stream.write_all(&chunk[..length]).await?;
            stream.flush().await?;
        }
        while let Some(again) = &self.endless {
            stream.write_all(again).await?;
        }
        Ok(!self.close)
    }
}

fn head(status: u16, headers: &[(&str, &str)], framing: &str) -> String {
    let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {status} Text\r\n{}{framing}\r\n\r\n", headers.concat())
}
