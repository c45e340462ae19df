//! Tests of the whole server through its public door.
//!
//! `house` starts a server with people in it and drives it through the SDK; `http` sends what
//! the SDK would not send; `disk` reads the files that a server leaves behind.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

mod disk;
mod house;
mod http;

mod access;
mod addresses;
mod audit;
mod conditions;
mod denials;
mod documents;
mod edge;
mod effects;
mod events;
mod exchanges;
mod external_ids;
mod hostile;
mod idempotency;
mod input;
mod labels;
mod large_pages;
mod lasting;
mod limits;
mod listeners;
mod lists;
mod logins;
mod metrics;
mod parked;
mod passwords;
mod proxies;
mod purges;
mod quotas;
mod refusals;
mod sessions;
mod storage;
mod throttling;
mod tokens;
mod transfer;
mod users;
