//! The load generator: HTTP/1.1 with keep-alive, in a closed loop, and no more than that.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Timeout of one response.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Requests as bytes, and the status that each must get.
#[derive(Clone)]
pub(crate) struct Requests {
    pub(crate) texts: Arc<Vec<Vec<u8>>>,
    pub(crate) status: u16,
}

/// The result of a measurement.
pub(crate) struct Done {
    pub(crate) requests: f64,
    pub(crate) seconds: f64,
    /// The latency of each response in milliseconds, ascending.
    latencies: Vec<f64>,
}

impl Done {
    pub(crate) fn per_second(&self) -> f64 {
        self.requests / self.seconds
    }

    /// Returns the latency quantile in milliseconds.
    pub(crate) fn within(&self, part: f64) -> f64 {
        quantile(&self.latencies, part)
    }
}

/// A request as it goes over the wire.
pub(crate) fn request(method: &str, path: &str, token: Option<&str>, body: Option<&str>) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n");
    if let Some(token) = token {
        text.push_str("authorization: Bearer ");
        text.push_str(token);
        text.push_str("\r\n");
    }
    if let Some(body) = body {
        text.push_str("content-type: application/json\r\ncontent-length: ");
        text.push_str(&body.len().to_string());
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    text.push_str(body.unwrap_or_default());
    text.into_bytes()
}

/// Sends one request after the other on each of `clients` connections for a while.
pub(crate) fn run(address: SocketAddr, requests: &Requests, clients: usize, each: Duration) -> Result<Done> {
    send(address, requests, clients, Some(Instant::now() + each))
}

/// Sends every request once, over `clients` connections.
pub(crate) fn all(address: SocketAddr, requests: &Requests, clients: usize) -> Result<Done> {
    send(address, requests, clients, None)
}

/// Returns a quantile of ascending values.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an index"
)]
pub(crate) fn quantile(ascending: &[f64], part: f64) -> f64 {
    let last = ascending.len().saturating_sub(1);
    ascending.get((last as f64 * part).ceil() as usize).copied().unwrap_or(f64::NAN)
}

fn send(address: SocketAddr, requests: &Requests, clients: usize, until: Option<Instant>) -> Result<Done> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let start = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for client in 0..clients {
            let requests = requests.clone();
            tasks.spawn(async move { one_client(address, requests, client, clients, until).await });
        }
        let mut latencies = Vec::new();
        while let Some(taken) = tasks.join_next().await {
            latencies.extend(taken??);
        }
        let seconds = start.elapsed().as_secs_f64();
        latencies.sort_by(f64::total_cmp);
        let requests = f64::from(u32::try_from(latencies.len())?);
        Ok(Done { requests, seconds, latencies })
    })
}

/// Sends one request, and returns the body of the response.
pub(crate) fn once(address: SocketAddr, request: &[u8], status: u16) -> Result<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = Connection::open(address).await?;
        let length = connection.exchange(request, status).await?;
        connection.buffer.truncate(length.end);
        Ok(connection.buffer.split_off(length.start))
    })
}

/// Sends the requests of one client, and returns the latencies in milliseconds.
async fn one_client(
    address: SocketAddr,
    requests: Requests,
    client: usize,
    clients: usize,
    until: Option<Instant>,
) -> Result<Vec<f64>> {
    let mut connection = Connection::open(address).await?;
    let mut taken = Vec::new();
    let many = requests.texts.len();
    for next in (client..).step_by(clients) {
        let start = Instant::now();
        if until.map_or(next >= many, |until| start >= until) {
            break;
        }
        let exchange = connection.exchange(&requests.texts[next % many], requests.status);
        tokio::time::timeout(TIMEOUT, exchange).await.context("timed out waiting for a response")??;
        taken.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(taken)
}

pub(crate) struct Connection {
    stream: TcpStream,
    pub(crate) buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 << 10) })
    }

    /// Sends a request, reads the response, and returns the range of its body in the buffer.
    pub(crate) async fn exchange(&mut self, request: &[u8], status: u16) -> Result<std::ops::Range<usize>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let mut body = None;
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection")
            }
            if body.is_none() {
                body = body_of(&self.buffer, status)?;
            }
            match &body {
                Some(body) if self.buffer.len() >= body.end => return Ok(body.clone()),
                _ => {}
            }
        }
    }
}

/// Returns the range of the body in the buffer; `None` until the head is complete.
fn body_of(answer: &[u8], status: u16) -> Result<Option<std::ops::Range<usize>>> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&answer[..end])?;
    if head.get(9..12) != Some(&status.to_string()) {
        bail!("expected status {status}, found {}", String::from_utf8_lossy(answer))
    }
    let length = head.split("\r\n").find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.context("a response without content-length")?.parse()?;
    Ok(Some(end + 4..end + 4 + length))
}
