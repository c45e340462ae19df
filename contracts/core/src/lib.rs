//! What every part of Vitae agrees on, and nothing else.
//!
//! No I/O, no async code, no message of one API. A fact that two crates need
//! stands here once: ids, times, codes, names, limits, untrusted text.

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
