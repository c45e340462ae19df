//! The accept loop of the public port.
//!
//! Our own, on hyper's HTTP/1 builder: `axum::serve` sets no timer, and without one
//! hyper's header timeout never fires, so a silent client would hold a connection for ever.

mod acceptor;
mod connections;
mod limits;
mod watched;

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
pub use limits::Limits;
use watched::Watched;

/// How long open requests may go on after the stop was asked for.
const DRAIN: Duration = Duration::from_secs(8);

/// Where a request came from.
#[derive(Debug, Clone, Copy)]
pub struct PeerAddress(pub SocketAddr);

/// Serves connections until `stop` ends, then lets open requests finish.
///
/// Every request carries its [`PeerAddress`] as an extension. Returns after 8 s at the latest.
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
    drop(tokio::time::timeout(DRAIN, acceptor.close()).await);
}

async fn connection<S, B>(stream: Watched, head: Duration, service: S, mut stopped: watch::Receiver<bool>)
where
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
            // Above our own limits, so that those are answered with a problem.
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
        // The port needs its place for another connection.
        () = activity.closed() => return,
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection ended early");
    }
}
