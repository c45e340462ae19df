//! Calls to a service in another process.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use tonic::Status;
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint};
use tower::{Service, ServiceExt as _};
use vitae_contracts_core::Code;

use super::breaker::{Breaker, ReachabilityChange};
use super::metadata::{self, ServiceKey};
use crate::{Backend, Caller, ServiceError};

const CONNECT: Duration = Duration::from_secs(2);
/// The timeout for the headers of a response; below the deadline of public requests.
const DEADLINE: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// The maximum number of attempts for a call that only reads.
const ATTEMPTS: u32 = 2;

/// The error for a peer address that is not a URL.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not the address of a peer; expected http://HOST:PORT")]
pub struct InvalidPeerUrl(String);

/// Returns a client of the service at a URL; it connects with the first call.
pub fn peer(name: &'static str, url: &str, key: Option<ServiceKey>) -> Result<Backend, InvalidPeerUrl> {
    let endpoint = Endpoint::from_shared(url.to_owned()).map_err(|_| InvalidPeerUrl(url.to_owned()))?;
    let channel = endpoint
        .connect_timeout(CONNECT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(CONNECT)
        .keep_alive_while_idle(true)
        .connect_lazy();
    let peer = Peer { channel, key, breaker: Arc::default(), name, url: url.into() };
    Ok(Backend::new(peer))
}

#[derive(Clone)]
struct Peer {
    channel: Channel,
    key: Option<ServiceKey>,
    breaker: Arc<Breaker>,
    name: &'static str,
    url: Arc<str>,
}

impl Service<Request<Body>> for Peer {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        // Each call waits for readiness within its own timeout.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().send(request))
    }
}

impl Peer {
    async fn send(self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let (mut parts, body) = request.into_parts();
        if let Some(caller) = parts.extensions.remove::<Arc<Caller>>() {
            metadata::write(&mut parts.headers, &caller, self.key.as_ref());
        }
        // One small message, like all requests between services: buffered for another attempt.
        let message = body.collect().await?.to_bytes();
        let mut attempts = if only_reads(parts.uri.path()) { ATTEMPTS } else { 1 };
        loop {
            if !self.breaker.admits(Instant::now()) {
                return Err(self.unavailable());
            }
            let attempt = self.attempt(Request::from_parts(parts.clone(), message.clone()));
            let Ok(outcome) = tokio::time::timeout(DEADLINE, attempt).await else {
                self.record(false);
                let detail =
                    format!("{} at {} did not answer within {} s", self.name, self.url, DEADLINE.as_secs());
                return Err(ServiceError::new(Code::Timeout, detail).into());
            };
            self.record(outcome.is_ok());
            attempts -= 1;
            if outcome.is_ok() || attempts == 0 {
                return outcome;
            }
        }
    }

    async fn attempt(&self, request: Request<Bytes>) -> Result<Response<Body>, Status> {
        let mut channel = self.channel.clone();
        let request = request.map(|message| Body::new(Full::new(message)));
        let failed = |error: tonic::transport::Error| {
            tracing::debug!(%error, peer = %self.url, "a call to a peer failed");
            self.unavailable()
        };
        channel.ready().await.map_err(failed)?.call(request).await.map_err(failed)
    }

    /// Records the outcome of a call; logs when the peer becomes unreachable, and when it recovers.
    fn record(&self, responded: bool) {
        let (peer, url) = (self.name, &*self.url);
        match self.breaker.record(responded, Instant::now()) {
            None => {}
            Some(ReachabilityChange::Unreachable) => {
                tracing::warn!(peer, url, "a peer cannot be reached; trying again");
            }
            Some(ReachabilityChange::Recovered(after)) => {
                tracing::warn!(peer, url, after_seconds = after.as_secs(), "a peer can be reached again");
            }
        }
    }

    fn unavailable(&self) -> Status {
        let detail = format!("{} at {} cannot be reached; try again shortly", self.name, self.url);
        ServiceError::new(Code::Unavailable, detail).into()
    }
}

/// Whether a method only reads, so that it can be retried, and called while revocations are unknown.
///
/// Decided by the name: in the .proto files, only methods that read start with one of these verbs.
pub(super) fn only_reads(path: &str) -> bool {
    let method = path.rsplit('/').next().unwrap_or_default();
    ["Get", "List", "Resolve"].iter().any(|verb| method.starts_with(verb))
}
