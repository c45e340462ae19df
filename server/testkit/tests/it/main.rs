//! Tests of the whole server through its public API.
//!
//! `test_server` starts a server and drives it through the SDK, `raw_http` sends requests that
//! the SDK cannot send, `data_files` reads the database files.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

mod data_files;
mod raw_http;
mod test_server;

mod access;
mod addresses;
mod audit;
mod conditional_requests;
mod cross_service_effects;
mod denied_access;
mod documents;
mod events;
mod every_route;
mod external_ids;
mod failed_logins;
mod forwarded_addresses;
mod idempotency;
mod import_export;
mod input;
mod input_bounds;
mod interrupted_streams;
mod labels;
mod large_pages;
mod limits;
mod lists;
mod long_requests;
mod metrics;
mod parked_events;
mod passwords;
mod purges;
mod quotas;
mod repeated_refreshes;
mod sessions;
mod stats;
mod storage;
mod throttling;
mod tokens;
mod untrusted_text;
mod users;
