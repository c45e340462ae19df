//! Calls between roles in separate processes.
//!
//! The caller, which is passed in a request's extensions inside one process, is sent as metadata between
//! processes: the user's own token, which every service verifies itself, and the service key, which
//! authorises calls that only services may make.

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
