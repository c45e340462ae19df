//! Request and response bodies of the public HTTP API.
//!
//! Clients ignore unknown fields and keep unknown enum values, so
//! that an older client works with a newer server. Servers reject both.

mod audit;
mod auth;
mod events;
mod page;
mod patch;
mod problem;
mod resumes;
mod stats;
mod users;

pub use audit::{Actor, AuditedObject, Entry, FieldChange};
pub use auth::{Login, Refresh, RefreshToken, Session, SessionPage, Tokens};
pub use events::{EventData, SessionEvent};
pub use page::Page;
pub use patch::Patch;
pub use problem::{Problem, ProblemEntry, ProblemLocation};
pub use resumes::{
    CreateResume, ExportLine, ImportResult, ImportStatus, Owner, ReplaceResume, Resume, ResumeHead,
    ResumeSummary, Revision, RevisionAuthor, RevisionHead, RevisionKind,
};
pub use serde_json::value::RawValue;
pub use stats::{MonthCount, ResumeStats, RoleCount, Stats, StatusCount, TagCount, UserStats};
pub use users::{ChangePassword, CreateUser, SetPassword, UpdateUser, User};
