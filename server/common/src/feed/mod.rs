//! The feed: services hear each other's events from each other's logs.
//!
//! The log is the transport. A consumer keeps its position in its own file and moves it
//! in the transaction of the effect: each event takes effect once, in order, whatever
//! stops in between.

mod follow;
mod health;
mod reading;
mod retention;
mod source;

pub use follow::{Effect, Follower, STEP_ROWS, Step};
pub use health::FeedHealth;
pub(crate) use health::stuck_feed;
pub use reading::Reading;
pub use source::FeedSource;

/// The table that every consuming service has.
pub const CONSUMER_TABLES: &str = include_str!("consumer.sql");
