//! Types and constants shared by all crates of Vitae.
//!
//! It contains no I/O, no async code and no message of a single API. A fact that two crates need
//! is defined here once: ids, times, error codes, header names, limits, untrusted text.

mod code;
mod id;
pub mod limits;
pub mod names;
#[cfg(feature = "openapi")]
mod openapi;
mod role;
pub mod subjects;
mod text;
mod time;

pub use code::Code;
pub use id::{EventId, InvalidId, ResumeId, SessionId, UserId};
pub use role::{Role, Status};
pub use text::{
    Untrusted, fold, is_joiner, is_unsafe_for_terminal, normalize_password, printable_words, quoted,
    shortened, unprintable,
};
pub use time::{InvalidTimestamp, Timestamp};
