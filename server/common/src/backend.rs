//! The transport between a generated client and its service.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;

/// A gRPC service in this process or another one, as generated clients call it.
///
/// The error is `Status`, not a boxed error: with a boxed error, the compiler cannot prove that the
/// future of a handler that awaits a client is `Send`.
pub type Backend = BoxCloneSyncService<Request<Body>, Response<Body>, Status>;

/// The number of calls to services; clones share the count.
#[derive(Debug, Clone, Default)]
pub struct RpcCount(Arc<AtomicU64>);

impl RpcCount {
    /// Returns the number of calls since the start.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Wraps a service of this process, which is called without a socket.
///
/// Messages are encoded and decoded as over a socket; a call takes about a fiftieth of the time.
pub fn in_process<S>(service: S, count: &RpcCount) -> Backend
where
    S: tower::Service<Request<Body>, Response = Response<Body>, Error = std::convert::Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
    with_rpc_count(BoxCloneSyncService::new(service.map_err(|never| match never {})), count)
}

/// Wraps a service so that its calls are counted.
pub fn with_rpc_count(backend: Backend, count: &RpcCount) -> Backend {
    let count = count.clone();
    BoxCloneSyncService::new(backend.map_request(move |request| {
        count.0.fetch_add(1, Ordering::Relaxed);
        request
    }))
}
