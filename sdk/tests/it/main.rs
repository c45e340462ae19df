//! The SDK against a mock server with any response and fault, and against the real server.

#![expect(clippy::unwrap_used, reason = "a failed precondition fails the test")]

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
