//! The feed: services hear each other's events from each other's logs.
//!
//! The log is the transport. A consumer keeps its position in its own file and moves it
//! in the transaction of the effect: each event takes effect once, in order, whatever
//! stops in between. An event that it can never handle is parked: recorded in its file, in the
//! transaction that passes over it.

mod follow;
mod health;
mod parked;
mod retention;
mod source;
mod stream;

pub use follow::{EventHandler, Follower, STEP_ROWS, Step};
pub use health::FeedHealth;
pub(crate) use health::feed_name;
pub use parked::{ConsumerStatus, ParkedEvent, parked_events};
pub use source::FeedSource;
pub use stream::FeedStream;

/// The table that every consuming service has.
pub const CONSUMER_TABLES: &str = include_str!("consumer.sql");
/// The table of events that a consuming service could not handle.
pub const PARKED_TABLE: &str = include_str!("parked.sql");
