//! The accept loop, on a real port.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use vitae_server_common::accept::{Peer, serve};

/// An accept loop whose handler answers when it is told to.
struct Served {
    address: SocketAddr,
    /// A request has reached the handler.
    reached: Arc<Notify>,
    /// The handler may answer.
    release: Arc<Notify>,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Served {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (reached, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let service = tower::service_fn({
            let (reached, release) = (Arc::clone(&reached), Arc::clone(&release));
            move |request| answer(request, Arc::clone(&reached), Arc::clone(&release))
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(serve(listener, service, async { drop(stopped.await) }));
        Self { address, reached, release, stop, ended }
    }

    /// Sends a request for a path; the connection stays open.
    async fn send(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: vitae\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }
}

/// `/slow` waits to be released; the body names the peer.
async fn answer(
    request: Request<Incoming>,
    reached: Arc<Notify>,
    release: Arc<Notify>,
) -> Result<Response<String>, Infallible> {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.to_string());
    if request.uri().path() == "/slow" {
        reached.notify_one();
        release.notified().await;
    }
    Ok(Response::new(format!("served {}", peer.unwrap_or_default())))
}

/// Reads until the server closes the connection.
async fn to_the_end(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn an_open_request_is_finished_and_no_other_is_taken() {
    let served = Served::start().await;
    let mut idle = served.send("/").await;
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    let slow = served.send("/slow").await;
    served.reached.notified().await;

    drop(served.stop);
    // The idle connection ends by itself, and the port is closed.
    to_the_end(idle).await;
    assert!(TcpStream::connect(served.address).await.is_err());
    assert!(!served.ended.is_finished());

    let peer = slow.local_addr().unwrap();
    served.release.notify_one();
    let answer = to_the_end(slow).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with(&format!("\r\n\r\nserved {peer}")), "{answer}");
    served.ended.await.unwrap();
}

#[tokio::test]
async fn a_request_that_never_ends_is_cut_off_in_time() {
    let served = Served::start().await;
    let _slow = served.send("/slow").await;
    served.reached.notified().await;

    // The clock jumps from now on: nothing is left to do but wait.
    tokio::time::pause();
    let asked = tokio::time::Instant::now();
    drop(served.stop);
    served.ended.await.unwrap();
    assert!(asked.elapsed() < Duration::from_secs(10));
}
