//! The same services as separate processes: calls over sockets.
//!
//! What rides in a request's extensions inside one process travels as metadata between
//! two: the user's own token, which every service checks for itself, and the service key,
//! which opens what is for services only.

mod breaker;
mod health;
mod incoming;
mod metadata;
mod outgoing;
mod serve;

pub use health::RemoteConsumer;
pub use incoming::{AuthenticationLayer, TokenKeys};
pub use metadata::ServiceKey;
pub use outgoing::{InvalidPeerUrl, peer};
pub use serve::{RpcServer, ServeError};
