//! The SDK against a server that plays any answer and any fault, and against the real one.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without has failed it")]

mod again;
mod blocking;
mod cache;
mod calls;
#[cfg(target_os = "linux")]
mod encryption;
mod errors;
mod hostile;
#[cfg(all(feature = "keyring", target_os = "linux"))]
mod keyring;
mod lines;
mod logins;
mod middleware;
mod packaging;
mod pages;
mod processes;
mod proxies;
mod raw;
mod retries;
mod routes;
mod script;
mod secrets;
mod server;
mod stores;
mod storms;
mod surface;
mod watching;
