//! The Rust client of Vitae: people, resumes and logins.
//!
//! A [`Client`] connects to one server with one login. Create it once, clone it freely and use it on any
//! Tokio runtime:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), vitae_sdk::Error> {
//! # let stack = vitae_server_testkit::Stack::start().await;
//! # let (server, email) = (stack.url(), vitae_server_testkit::ADMIN);
//! # fn read_password() -> String { vitae_server_testkit::PASSWORD.to_owned() }
//! use vitae_sdk::Client;
//!
//! let client = Client::builder().base_url(server).build()?;
//! let password = read_password().into();
//! client.auth().login(email, &password).await?;
//!
//! let mut resumes = client.resumes().list().tag("rust").stream();
//! while let Some(resume) = resumes.next().await {
//!     println!("{}", resume?.title.escaped());
//! }
//! # Ok(()) }
//! ```
//!
//! # Overview
//!
//! [`auth`](Client::auth) logs in and out, [`me`](Client::me) is the logged-in person,
//! [`users`](Client::users) are the people, [`resumes`](Client::resumes) their resumes. A `list()` is a
//! builder: `send()` reads one page, `stream()` all pages. [`events`](Client::events) streams changes as
//! they happen, [`audit`](Client::audit) reads the audit record. [`server`](Client::server) reads the
//! state of the server, and [`raw`](Client::raw) sends any other request. Programs without async code use
//! `blocking` (feature `blocking`); tests without a server use `mock` (feature `test-util`).
//!
//! # Logins
//!
//! The login is saved in a [`TokenStore`]: [`MemoryStore`] keeps it until the program ends, `KeyringStore`
//! (feature `keyring`, on by default) shares it with the command line, [`FileStore`] keeps it in a file,
//! and [`StaticToken`] uses a token that is managed elsewhere. An access token is used until 30 s before
//! its end, and then refreshed once for all concurrent callers. A refresh token can be used once, so
//! programs that share a login exclude each other with a lock file: [`ClientBuilder::lock_dir`].
//!
//! # Changes
//!
//! Every object counts its changes: `version` of a person, `revision` of a resume. A change names the
//! count it is based on ([`IfMatch`]) and fails if there is a newer one; `modify` reads and writes until
//! it succeeds. Every change has an idempotency key, so it happens once even if the connection fails and
//! the SDK [retries the request](Retry).
//!
//! # Errors
//!
//! One type, [`Error`], with predicates such as [`Error::is_not_found`] and a
//! [`next_step`](Error::next_step) for the user.
//!
//! # Untrusted text
//!
//! Names, titles and tags are [`Untrusted`]: they may contain terminal escape sequences. They have no
//! `Display`; show them with [`Untrusted::escaped`]. The same holds for a document, which is a
//! [`RawValue`]: the exact stored text.

mod address;
mod audit;
mod auth;
#[cfg(feature = "blocking")]
pub mod blocking;
mod builder;
mod cache;
mod call;
mod cause;
mod client;
mod error;
mod event_stream;
mod events;
mod http_client;
mod if_match;
mod lines;
mod lock;
mod me;
mod middleware;
#[cfg(feature = "test-util")]
pub mod mock;
mod next_steps;
mod pages;
mod proxy;
mod raw;
mod resumes;
mod retry;
mod secrets;
mod server;
mod session;
mod sse;
mod stats;
mod store;
mod tls;
mod transport;
mod users;

pub use audit::{Audit, ListEntries};
pub use auth::{Auth, LoginState};
pub use builder::ClientBuilder;
pub use client::{Client, server_origin};
pub use error::{Error, Result};
pub use event_stream::EventStream;
pub use events::{Event, EventDetails, Events, WatchEvents};
pub use if_match::IfMatch;
pub use lines::Lines;
pub use me::Me;
pub use middleware::{Attempt, ExtraHeaders, Middleware, Outcome};
pub use pages::{Deleted, Items};
pub use raw::{RawRequest, RawResponse};
pub use resumes::{ExportResumes, ImportResumes, ListResumes, ListRevisions, Resumes, draft_of};
pub use retry::Retry;
pub use server::{Readiness, Server};
#[cfg(feature = "keyring")]
pub use store::KeyringStore;
pub use store::{FileStore, MemoryStore, StaticToken, StoreError, StoreErrorKind, StoredLogin, TokenStore};
pub use users::{ListUsers, Users};

pub use bytes::Bytes;
pub use futures_util::Stream;
pub use secrecy::{ExposeSecret, SecretString};
pub use vitae_contracts_core::{
    Code, EventId, InvalidId, ResumeId, Role, SessionId, Status, Timestamp, Untrusted, UserId,
};
pub use vitae_contracts_gateway::{
    Actor, AuditedObject, CreateResume, CreateUser, Entry, ExportLine, FieldChange, ImportResult,
    ImportStatus, MonthCount, Owner, Page, Patch, Problem, ProblemEntry, ProblemLocation, RawValue,
    ReplaceResume, Resume, ResumeStats, ResumeSummary, Revision, RevisionAuthor, RevisionHead, RevisionKind,
    RoleCount, Session, SessionEvent, Stats, StatusCount, TagCount, UpdateUser, User, UserStats,
};

/// Compiles the examples of the README.
#[cfg(all(doctest, feature = "keyring"))]
#[doc = include_str!("../README.md")]
struct Guide;
