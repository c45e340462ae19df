//! How a generated client reaches its service.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;

/// A service that a generated client can call, wherever it runs.
///
/// The error is `Status` and not a boxed error: a handler that awaits a client over a
/// boxed error is no longer `Send` for the compiler.
pub type Backend = BoxCloneSyncService<Request<Body>, Response<Body>, Status>;

/// Counts the calls that were made to services.
#[derive(Debug, Clone, Default)]
pub struct RpcCount(Arc<AtomicU64>);

impl RpcCount {
    /// Calls since the start.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Calls a service of this process without a socket: the same messages, encoded and
/// decoded, in a fiftieth of the time.
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

/// The same service, its calls counted.
pub fn with_rpc_count(backend: Backend, count: &RpcCount) -> Backend {
    let count = count.clone();
    BoxCloneSyncService::new(backend.map_request(move |request| {
        count.0.fetch_add(1, Ordering::Relaxed);
        request
    }))
}
