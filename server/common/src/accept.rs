//! The accept loop of the public port.
//!
//! It replaces `axum::serve`, which sets no timer: without one, hyper's header timeout never fires, and a
//! silent client would occupy a connection forever.

mod acceptor;
mod connections;
mod guarded_stream;
mod limits;

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceExt as _;

pub(crate) use acceptor::Acceptor;
pub use acceptor::listen;
use guarded_stream::GuardedStream;
pub use limits::Limits;

/// The maximum time for open requests after a stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(8);

/// The address of the peer that sent a request.
#[derive(Debug, Clone, Copy)]
pub struct PeerAddress(pub SocketAddr);

/// Serves connections until `stop` completes, then waits for open requests, at most 8 s.
///
/// Every request has its [`PeerAddress`] as an extension.
pub async fn serve<S, B>(listener: TcpListener, limits: Limits, service: S, stop: impl Future<Output = ()>)
where
    S: tower::Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let head = limits.head;
    let mut acceptor = Acceptor::new(listener, limits);
    let (stopping, stopped) = watch::channel(false);
    let mut stop = pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = acceptor.accept() => accepted,
        };
        let service = service.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(PeerAddress(peer));
            request
        });
        tokio::spawn(connection(stream, head, service, stopped.clone()));
    }
    stopping.send_replace(true);
    drop(tokio::time::timeout(DRAIN_TIMEOUT, acceptor.close()).await);
}

async fn connection<S, B>(
    stream: GuardedStream,
    head: Duration,
    service: S,
    mut stopped: watch::Receiver<bool>,
) where
    S: tower::Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let activity = stream.activity();
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head)
            // Above the limits of the gateway, which responds with a problem document.
            .max_headers(2 * vitae_contracts_core::limits::HEADERS)
            .max_buf_size(64 << 10)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
    );
    let serve = async {
        tokio::select! {
            outcome = connection.as_mut() => outcome,
            () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    };
    let outcome = tokio::select! {
        outcome = serve => outcome,
        // Closed to make space for another connection.
        () = activity.closed() => return,
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection ended early");
    }
}
