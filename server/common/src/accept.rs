//! The accept loop of the public port.
//!
//! Our own, on hyper's HTTP/1 builder: `axum::serve` sets no timer, and without one
//! hyper's header timeout never fires, so a silent client would hold a connection for ever.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt as _;
use vitae_contracts_core::limits;

/// Connections at once; more wait in the listener's backlog.
const CONNECTIONS: usize = 10_000;
/// How long open requests may go on after the stop was asked for.
const DRAIN: Duration = Duration::from_secs(8);

/// Where a request came from.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Serves connections until `stop` ends, then lets open requests finish.
///
/// Every request carries its [`Peer`] as an extension. Returns after 8 s at the latest.
pub async fn serve<S, B>(listener: TcpListener, service: S, stop: impl Future<Output = ()>)
where
    S: tower::Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    let (stopping, stopped) = watch::channel(false);
    let mut stop = pin!(stop);
    loop {
        // The semaphore is never closed, so a permit always comes.
        let permit = Arc::clone(&permits).acquire_owned();
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = async { (permit.await, listener.accept().await) } => accepted,
        };
        let (Ok(permit), Ok((stream, peer))) = accepted else {
            // Out of descriptors, most likely: let some connections end first.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let service = service.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            request
        });
        let stopped = stopped.clone();
        tokio::spawn(async move {
            connection(stream, service, stopped).await;
            drop(permit);
        });
    }
    drop(listener);
    stopping.send_replace(true);
    // All permits back means all connections are closed.
    let all = u32::try_from(CONNECTIONS).unwrap_or(u32::MAX);
    drop(tokio::time::timeout(DRAIN, permits.acquire_many(all)).await);
}

async fn connection<S, B>(stream: TcpStream, service: S, mut stopped: watch::Receiver<bool>)
where
    S: tower::Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    // Only a delay: small answers go out late without it.
    drop(stream.set_nodelay(true));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_secs(limits::HEADER_SECONDS))
            // Above our own limits, so that those are answered with a problem.
            .max_headers(2 * limits::HEADERS)
            .max_buf_size(64 << 10)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
    );
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection ended early");
    }
}
