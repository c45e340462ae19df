//! The accept loop, on a real port.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use vitae_server_common::accept::{Limits, PeerAddress, listen, serve};

/// An accept loop whose handler responds when the test allows it.
struct Served {
    address: SocketAddr,
    /// A request has reached the handler.
    reached: Arc<Notify>,
    /// Lets the handler respond.
    release: Arc<Notify>,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Served {
    fn start() -> Self {
        Self::start_within(Limits::default())
    }

    fn start_within(limits: Limits) -> Self {
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let (reached, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let service = tower::service_fn({
            let (reached, release) = (Arc::clone(&reached), Arc::clone(&release));
            move |request| answer(request, Arc::clone(&reached), Arc::clone(&release))
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(serve(listener, limits, service, async { drop(stopped.await) }));
        Self { address, reached, release, stop, ended }
    }

    /// Connects until a request gets a response.
    async fn until_answered(&self) {
        in_time(async {
            let mut first = [0; 12];
            while self.send("/").await.read_exact(&mut first).await.is_err() {}
        })
        .await;
    }

    /// Sends a request for a path; the connection stays open.
    async fn send(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }
}

/// Handles `/slow` when it is released; the body is the address of the peer.
async fn answer(
    request: Request<Incoming>,
    reached: Arc<Notify>,
    release: Arc<Notify>,
) -> Result<Response<String>, Infallible> {
    let peer = request.extensions().get::<PeerAddress>().map(|peer| peer.0.to_string());
    if let Some(bytes) = request.uri().path().strip_prefix("/bytes/") {
        return Ok(Response::new("x".repeat(bytes.parse().unwrap())));
    }
    if request.uri().path() == "/slow" {
        reached.notify_one();
        release.notified().await;
    }
    Ok(Response::new(format!("served {}", peer.unwrap_or_default())))
}

/// Reads until the server closes the connection.
async fn read_to_end(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn open_request_is_finished_and_no_other_is_accepted_at_a_stop() {
    let served = Served::start();
    let mut idle = served.send("/").await;
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    let slow = served.send("/slow").await;
    served.reached.notified().await;

    drop(served.stop);
    // The idle connection is closed, and so is the port.
    read_to_end(idle).await;
    assert!(TcpStream::connect(served.address).await.is_err());
    assert!(!served.ended.is_finished());

    let peer = slow.local_addr().unwrap();
    served.release.notify_one();
    let answer = read_to_end(slow).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with(&format!("\r\n\r\nserved {peer}")), "{answer}");
    served.ended.await.unwrap();
}

#[tokio::test]
async fn request_that_never_ends_is_aborted_at_a_stop() {
    let served = Served::start();
    let _slow = served.send("/slow").await;
    served.reached.notified().await;

    // With nothing left to do, the paused clock jumps from now on.
    tokio::time::pause();
    let asked = tokio::time::Instant::now();
    drop(served.stop);
    served.ended.await.unwrap();
    assert!(asked.elapsed() < Duration::from_secs(10));
}

/// The time after which a step of a test has failed.
const TIMEOUT: Duration = Duration::from_secs(30);

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(TIMEOUT, future).await.expect("completes before the timeout")
}

/// Whether the server has closed a connection, by an end or a reset; skips data before that.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut read = [0; 4 << 10];
    in_time(async { while stream.read(&mut read).await.is_ok_and(|count| count > 0) {} }).await;
    true
}

/// Reads the head of a response.
async fn head(stream: &mut TcpStream) -> String {
    let mut first = [0; 12];
    in_time(stream.read_exact(&mut first)).await.unwrap();
    String::from_utf8(first.to_vec()).unwrap()
}

#[tokio::test]
async fn peer_that_does_not_read_is_disconnected() {
    let stall = Duration::from_millis(50);
    let one = Limits { stall, per_address: 1, loopback_is_proxy: false, ..Limits::default() };
    let served = Served::start_within(one);
    // More than the kernel buffers on both sides.
    let mut stalled = served.send("/bytes/50000000").await;
    // No other connection of this address is served until the server has closed it.
    served.until_answered().await;
    let mut received = Vec::new();
    drop(in_time(stalled.read_to_end(&mut received)).await);
    assert!(received.len() < 50_000_000, "{}", received.len());
}

#[tokio::test]
async fn peer_that_reads_too_slowly_is_disconnected_and_others_are_not() {
    let limits = Limits { grace: Duration::ZERO, rate: u64::MAX, ..Limits::default() };
    let served = Served::start_within(limits);
    // A peer is not slow while no bytes are queued.
    let mut quick = served.send("/bytes/1000").await;
    assert_eq!(head(&mut quick).await, "HTTP/1.1 200");
    let mut slow = served.send("/bytes/50000000").await;
    let mut received = Vec::new();
    drop(in_time(slow.read_to_end(&mut received)).await);
    assert!(received.len() < 50_000_000, "{}", received.len());
}

#[tokio::test]
async fn longest_idle_connection_is_closed_at_the_limit() {
    let served = Served::start_within(Limits { connections: 2, ..Limits::default() });
    let mut first = served.send("/").await;
    assert_eq!(head(&mut first).await, "HTTP/1.1 200");
    let mut second = served.send("/").await;
    assert_eq!(head(&mut second).await, "HTTP/1.1 200");
    let mut third = served.send("/").await;
    assert_eq!(head(&mut third).await, "HTTP/1.1 200");
    assert!(is_closed(&mut first).await);
    // The second was used later, so it is still open.
    second.write_all(b"GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    in_time(served.reached.notified()).await;
    served.release.notify_one();
    // Many more than the limit at once: each gets a response or is closed, and the newest gets a response.
    let mut held = Vec::new();
    for _ in 0..50 {
        held.push(TcpStream::connect(served.address).await.unwrap());
    }
    let mut last = served.send("/").await;
    assert_eq!(head(&mut last).await, "HTTP/1.1 200");
}

#[tokio::test]
async fn connections_of_one_address_are_limited_unless_it_is_a_proxy() {
    let strict = Limits { per_address: 1, loopback_is_proxy: false, ..Limits::default() };
    let served = Served::start_within(strict.clone());
    let mut first = served.send("/").await;
    assert_eq!(head(&mut first).await, "HTTP/1.1 200");
    let mut second = TcpStream::connect(served.address).await.unwrap();
    assert!(is_closed(&mut second).await);
    drop(first);
    // Retry until the server has noticed the end of the first connection.
    served.until_answered().await;
    let trusting = Limits { proxies: vec!["127.0.0.1".parse().unwrap()], ..strict };
    let served = Served::start_within(trusting);
    let mut open = Vec::new();
    for _ in 0..3 {
        let mut stream = served.send("/").await;
        assert_eq!(head(&mut stream).await, "HTTP/1.1 200");
        open.push(stream);
    }
}
