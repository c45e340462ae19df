//! What the services share and none of them owns.

pub mod accept;
mod backend;
mod caller;
mod clock;
mod convert;
mod cursor;
mod email;
mod feed;
mod log;
pub mod message_limits;
mod outage;
mod passwords;
pub mod peers;
mod proxies;
mod quotas;
mod revocation;
mod service_error;
pub mod store;
mod supervisor;
mod tokens;
mod verifier;

pub use backend::{Backend, RpcCount, counted, in_process};
pub use caller::{Caller, Principal, Repeat, Token};
pub use clock::Clock;
pub use convert::{role_from_proto, timestamp_from_proto, timestamp_to_proto};
pub use cursor::{InvalidCursor, Key, Keyset, PAGE_BYTES, Slice, decode_skip};
pub use email::EmailAddress;
pub use feed::{
    CONSUMER_TABLES, ConsumerStatus, Effect, FeedHealth, FeedSource, Follower, PARKED_TABLE, ParkedEvent,
    Reading, STEP_ROWS, Step, parked_events,
};
/// The name of the header in which proxies say where requests come from.
pub use http::HeaderName;
pub use log::{LogQueue, lost_log_lines};
pub use passwords::{HashingFailed, PasswordCheck, Passwords, Queue};
pub use proxies::{InvalidNetwork, Network, TrustedProxies};
pub use quotas::{Quotas, StorageLimits};
pub use revocation::{EventObserver, RevocationCache, RevocationSources};
pub use service_error::{FieldViolation, ServiceError};
pub use supervisor::{dead_workers, supervise, worker_restarts};
pub use tokens::{Claims, InvalidToken, KeySet, SigningKey, public_key};
pub use verifier::{Verified, Verifier};
