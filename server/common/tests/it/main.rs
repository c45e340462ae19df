//! The store engine and the accept loop, through their public interface.
#![expect(clippy::unwrap_used, reason = "the attribute of clippy.toml reaches test functions alone")]

mod accept_loop;
mod events;
mod feed;
mod full_disk;
mod group_commit;
mod idempotency;
mod notes;
mod open;
mod panics;
mod parked;
