//! The Rust client of Vitae: people, their resumes, and a login that renews itself.
//!
//! A [`Client`] speaks with one server as one login. It is made once, cloned freely, and used
//! from any Tokio runtime:
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
//! # Where things are
//!
//! [`auth`](Client::auth) logs in and out, [`me`](Client::me) is the person who is logged in,
//! [`users`](Client::users) are the people, [`resumes`](Client::resumes) their resumes. A `list()`
//! is a builder: `send()` reads one page, `stream()` walks all of them. [`events`](Client::events)
//! are what happens while it happens, [`audit`](Client::audit) is the record of it.
//! [`server`](Client::server) tells whether the server is well, and [`raw`](Client::raw) sends what
//! has no method here. Programs without async code use `blocking` (feature `blocking`); tests without
//! a server use `mock` (feature `test-util`).
//!
//! # Logins
//!
//! The login lives in a [`TokenStore`]: [`MemoryStore`] forgets it with the program,
//! `KeyringStore` (feature `keyring`, on unless default features are off) shares it with the
//! command line, [`FileStore`] keeps it in a file, [`StaticToken`] takes a token that somebody else
//! looks after. An access token is used while it lasts another half minute, and renewed once for
//! all callers otherwise. A refresh token can be spent only once, so programs that share a login
//! take turns by a lock file: [`ClientBuilder::lock_dir`].
//!
//! # Changes
//!
//! Every object counts its changes: `version` of a person, `revision` of a resume. A change names
//! the count it is based on ([`IfMatch`]) and fails if there is a newer one; `modify` reads and
//! writes until it succeeds. Every change carries an idempotency key, so it happens once even if
//! the connection fails in the middle and the SDK [sends it again](Retry).
//!
//! # Errors
//!
//! One type, [`Error`], with predicates such as [`Error::is_not_found`] and a
//! [`next_step`](Error::next_step) for a person.
//!
//! # Text of others
//!
//! Names, titles and tags are [`Untrusted`]: they may hold escape sequences that act on a
//! terminal. They have no `Display`; show them with [`Untrusted::escaped`]. The same holds for a
//! document, which is a [`RawValue`]: the exact text that was stored.

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

/// The guide compiles, too.
#[cfg(all(doctest, feature = "keyring"))]
#[doc = include_str!("../README.md")]
struct Guide;
