//! The store engine and the accept loop, through their public interface.
#![expect(clippy::unwrap_used, reason = "the attribute of clippy.toml reaches test functions alone")]

mod accepting;
mod events;
mod feed;
mod full_disk;
mod groups;
mod notes;
mod opening;
mod panics;
mod parked;
mod repeats;
