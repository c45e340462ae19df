//! Types and functions that several services share.

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
mod recent_value;
mod revocation;
mod service_error;
pub mod store;
mod supervisor;
mod tokens;
mod verifier;

pub use backend::{Backend, RpcCount, in_process, with_rpc_count};
pub use caller::{Caller, IdempotencyKey, Principal, Token};
pub use clock::Clock;
pub use convert::{role_from_proto, timestamp_from_proto, timestamp_to_proto};
pub use cursor::{InvalidCursor, Keyset, PAGE_BYTES, Page, SortKey, decode_skip};
pub use email::EmailAddress;
pub use feed::{
    CONSUMER_TABLES, ConsumerStatus, EventHandler, FeedHealth, FeedSource, FeedStream, Follower,
    PARKED_TABLE, ParkedEvent, STEP_ROWS, Step, parked_events,
};
/// The name of the header in which proxies say where requests come from.
pub use http::HeaderName;
pub use log::{LogQueue, lost_log_lines};
pub use passwords::{CheckPriority, HashingError, PasswordCheck, PasswordHasher};
pub use proxies::{InvalidNetwork, Network, TrustedProxies};
pub use quotas::{Quotas, StorageLimits};
pub use recent_value::RecentValue;
pub use revocation::{EventObserver, RevocationCache, RevocationSources};
pub use service_error::{FieldViolation, ServiceError};
pub use supervisor::{dead_workers, supervise, worker_restarts};
pub use tokens::{Claims, InvalidToken, KeySet, SigningKey, public_key};
pub use verifier::{Verified, Verifier};
