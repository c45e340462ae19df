//! One role's port.

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

/// How long open calls may go on after the stop was asked for. Event streams never end by
/// themselves, and hyper may wait for ever for a peer that hangs.
const DRAIN: Duration = Duration::from_secs(1);

/// How often a peer is asked whether it is alive, and how long it may take to answer.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// The port could not be served.
#[derive(Debug, thiserror::Error)]
#[error("the port of the role cannot be served")]
pub struct ServeError(#[from] tonic::transport::Error);

/// The services of one role.
pub struct RpcServer {
    /// Who may call.
    pub authentication: AuthenticationLayer,
    /// What they can call.
    pub routes: Routes,
    /// Whether the port tells what can be called.
    pub reflection: bool,
    /// The feeds that the role follows.
    pub health: FeedHealth,
    /// What the port allows its connections.
    pub limits: Limits,
    /// The feeds that fill the gate's revocation cache.
    pub revocations: FeedHealth,
    /// Whether the role has done what a start has to do; until then its health is `NOT_SERVING`.
    pub started: watch::Receiver<bool>,
}

impl RpcServer {
    /// Serves until `stop` ends, with `grpc.health.v1` beside the services.
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
            let described = || {
                tonic_reflection::server::Builder::configure()
                    .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
            };
            // Clients of several languages ask by the old name alone.
            if let (Ok(new), Ok(old)) = (described().build_v1(), described().build_v1alpha()) {
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
            tokio::time::sleep(DRAIN).await;
        };
        tokio::select! {
            served = serve => Ok(served?),
            () = cut => Ok(()),
            () = report => Ok(()),
        }
    }
}
