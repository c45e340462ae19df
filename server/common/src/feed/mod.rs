//! Feeds: subscriptions of services to each other's event logs.
//!
//! A consumer stores its position in its own file, in the same transaction as the effect of an event. So each
//! event is handled exactly once and in order, even if a process stops in between. An event that the
//! consumer can never handle is parked: recorded in its file, in the transaction that skips it.

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

/// The tables of every service that consumes events.
pub const CONSUMER_TABLES: &str = include_str!("consumer.sql");
/// The table of events that a consuming service could not handle.
pub const PARKED_TABLE: &str = include_str!("parked.sql");
