//! The SDK against a server that plays any answer and any fault, and against the real one.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without has failed it")]

mod blocking;
mod cache;
mod calls;
mod concurrent_processes;
mod errors;
mod event_stream;
mod exports_and_imports;
mod faulty_servers;
#[cfg(all(feature = "keyring", target_os = "linux"))]
mod keyring;
mod logins;
mod middleware;
mod mock;
mod packaging;
mod pages;
mod proxies;
mod public_api;
mod raw_requests;
mod real_server;
mod retries;
mod routes;
mod secrets;
mod shared_logins;
mod subprocess;
#[cfg(target_os = "linux")]
mod tls;
mod token_stores;
