//! The port of one role.

use std::future::Future;
use std::time::Duration;

use futures_util::stream;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tonic::service::Routes;
use tonic::transport::Server;
use vitae_contracts_services::FILE_DESCRIPTOR_SET;

use super::health;
use super::incoming::AuthenticationLayer;
use crate::FeedHealth;
use crate::accept::{Acceptor, Limits};
use crate::message_limits::REQUEST_BYTES;

/// The maximum time for open calls after a stop. Event streams never end by themselves, and hyper may wait
/// forever for a peer that hangs.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// The interval and timeout of HTTP/2 keep-alive pings.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// The error if the port cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("the port of the role cannot be served")]
pub struct ServeError(#[from] tonic::transport::Error);

/// The services of one role.
pub struct RpcServer {
    /// The authentication of calls.
    pub authentication: AuthenticationLayer,
    /// The gRPC services.
    pub routes: Routes,
    /// Whether gRPC server reflection is enabled.
    pub reflection: bool,
    /// The health of the feeds that the role consumes.
    pub health: FeedHealth,
    /// The limits of connections.
    pub limits: Limits,
    /// The health of the feeds that fill the revocation cache.
    pub revocations: FeedHealth,
    /// Whether the role has started; until then its health is `NOT_SERVING`.
    pub started: watch::Receiver<bool>,
}

impl RpcServer {
    /// Serves the services and `grpc.health.v1` until `stop` completes.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<(), ServeError> {
        let (reporter, health_service) = tonic_health::server::health_reporter();
        let report = async {
            tokio::join!(
                health::report_port(&reporter, self.started),
                health::report(&reporter, self.health, health::EFFECTS),
                health::report(&reporter, self.revocations, health::REVOCATIONS),
            );
            std::future::pending::<()>().await;
        };
        let mut routes = self.routes.add_service(health_service.max_decoding_message_size(REQUEST_BYTES));
        if self.reflection {
            let reflection = || {
                tonic_reflection::server::Builder::configure()
                    .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
            };
            // Clients in several languages know only the old name.
            if let (Ok(new), Ok(old)) = (reflection().build_v1(), reflection().build_v1alpha()) {
                let new = new.max_decoding_message_size(REQUEST_BYTES);
                routes = routes.add_service(new).add_service(old.max_decoding_message_size(REQUEST_BYTES));
            }
        }
        let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
        let acceptor = Acceptor::new(listener, self.limits);
        let incoming = stream::unfold(acceptor, async |mut acceptor| {
            let (stream, _) = acceptor.accept().await;
            Some((Ok::<_, std::io::Error>(stream.awaiting_preface()), acceptor))
        });
        let serve = Server::builder()
            .http2_keepalive_interval(Some(KEEP_ALIVE))
            .http2_keepalive_timeout(Some(KEEP_ALIVE))
            .layer(self.authentication)
            .add_routes(routes)
            .serve_with_incoming_shutdown(incoming, async { drop(stopped.await) });
        let cut = async {
            stop.await;
            drop(stopping);
            tokio::time::sleep(DRAIN_TIMEOUT).await;
        };
        tokio::select! {
            served = serve => Ok(served?),
            () = cut => Ok(()),
            () = report => Ok(()),
        }
    }
}
