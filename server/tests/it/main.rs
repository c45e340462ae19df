//! The program `vitaed`, started as users start it.
#![expect(clippy::unwrap_used, reason = "the attribute of clippy.toml reaches test functions alone")]

mod archives;
mod backup;
mod between;
mod chaos;
mod checker;
mod crash;
mod dead_tokens;
mod demo;
mod demo_console;
mod dice;
mod edges;
mod examples;
mod first_password;
mod first_start;
mod foreign;
mod grown;
mod layout;
mod ledger;
mod limits;
mod log_output;
mod missing_peers;
mod raw;
mod request_log;
mod roles;
mod slow_peers;
mod stale;
mod stop;
mod system;
mod trouble;
mod unlock;
mod vitaed;
