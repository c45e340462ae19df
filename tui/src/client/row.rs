//! Rows of lists and the text of their cells.

use serde::{Deserialize, Serialize};
use vitae_sdk::{
    Entry, ResumeId, ResumeSummary, RevisionHead, RevisionKind, Session, SessionId, User, UserId,
};
use vitae_sdk_workspace::ObjectId;
use vitae_sdk_workspace::fields::{self, Described, Value};

use crate::client::columns::Field;
use crate::terminal::text::{escaped, minute, second, shown};
use crate::terminal::theme::StyleRole;

/// A row of any list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Row {
    User(Box<User>),
    Resume(Box<ResumeSummary>),
    Revision(Box<RevisionHead>),
    Session(Box<Session>),
    Entry(Box<Entry>),
}

/// The id of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum RowId {
    User(UserId),
    Resume(ResumeId),
    Revision(u64),
    Session(SessionId),
    Entry(u64),
}

impl Row {
    pub(crate) fn id(&self) -> RowId {
        match self {
            Self::User(user) => RowId::User(user.id),
            Self::Resume(resume) => RowId::Resume(resume.id),
            Self::Revision(revision) => RowId::Revision(revision.revision),
            Self::Session(session) => RowId::Session(session.id),
            Self::Entry(entry) => RowId::Entry(entry.sequence),
        }
    }

    /// Returns the escaped name.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::User(user) => shown(&user.name),
            Self::Resume(resume) => shown(&resume.title),
            Self::Revision(revision) => format!("revision {}", revision.revision),
            Self::Session(session) => shown(&session.client),
            Self::Entry(entry) => crate::terminal::text::escaped(&entry.action),
        }
    }

    /// Returns the version, if the object has one.
    pub(crate) fn version(&self) -> Option<u64> {
        match self {
            Self::User(user) => Some(user.version),
            Self::Resume(resume) => Some(resume.revision),
            _ => None,
        }
    }

    pub(crate) fn is_deleted(&self) -> bool {
        match self {
            Self::User(user) => user.deleted_at.is_some(),
            Self::Resume(resume) => resume.deleted_at.is_some(),
            _ => false,
        }
    }

    /// Replaces the row by a newer state of the same object.
    pub(crate) fn follow(&mut self, newer: &Self) {
        if newer.version() >= self.version() {
            *self = newer.clone();
        }
    }

    /// Returns the text of a cell.
    pub(crate) fn cell(&self, field: Field) -> String {
        match self {
            Self::User(user) => cell_with_key(&**user, field.key()),
            Self::Resume(resume) => resume_cell(resume, field),
            Self::Revision(revision) => revision_cell(revision, field),
            Self::Session(session) => session_cell(session, field),
            Self::Entry(entry) => entry_cell(entry, field),
        }
    }

    /// Returns the style of a cell.
    pub(crate) fn style(&self, field: Field) -> StyleRole {
        match (self, field) {
            _ if self.is_deleted() => StyleRole::Bad,
            (Self::User(user), Field::ROLE) if user.role == vitae_sdk::Role::Admin => StyleRole::Accent,
            (Self::User(user), Field::STATUS) if user.status != vitae_sdk::Status::Active => StyleRole::Warn,
            (Self::Session(session), Field::CURRENT) if session.current => StyleRole::Good,
            (
                _,
                Field::CREATED | Field::UPDATED | Field::AT | Field::ID | Field::VERSION | Field::REVISION,
            ) => StyleRole::Dim,
            _ => StyleRole::Text,
        }
    }
}

/// Returns the value of a described field, safe to print.
pub(crate) fn described_cell<T: Described>(object: &T, field: &fields::Field<T>) -> String {
    match (field.value)(object) {
        Value::Time(at) => minute(at),
        value => escaped(&value.to_text()),
    }
}

fn cell_with_key<T: Described>(object: &T, key: &str) -> String {
    T::field(key).map(|field| described_cell(object, field)).unwrap_or_default()
}

fn resume_cell(resume: &ResumeSummary, field: Field) -> String {
    match field {
        Field::OWNER if resume.owner.name.is_none() => short(&resume.owner.id),
        _ => cell_with_key(resume, field.key()),
    }
}

fn revision_cell(revision: &RevisionHead, field: Field) -> String {
    match field {
        Field::REVISION => revision.revision.to_string(),
        Field::KIND => kind(&revision.kind),
        Field::AUTHOR => match &revision.author {
            Some(author) => author.name.as_ref().map_or_else(|| short(&author.id), shown),
            None => "the system".to_owned(),
        },
        Field::AT => minute(revision.at),
        Field::REASON => revision.reason.as_ref().map(shown).unwrap_or_default(),
        Field::TITLE => shown(&revision.title),
        Field::TAGS => revision.tags.iter().map(shown).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    }
}

fn session_cell(session: &Session, field: Field) -> String {
    match field {
        Field::CLIENT => shown(&session.client),
        Field::ADDRESS => shown(&session.address),
        Field::CREATED => minute(session.created_at),
        Field::UPDATED => minute(session.last_used_at),
        Field::EXPIRES => minute(session.expires_at),
        Field::CURRENT if session.current => "current".to_owned(),
        Field::ID => session.id.to_string(),
        _ => String::new(),
    }
}

fn entry_cell(entry: &Entry, field: Field) -> String {
    match field {
        Field::AT => second(entry.at),
        Field::ACTION => crate::terminal::text::escaped(&entry.action),
        Field::ACTOR => match entry.actor.id {
            Some(id) => short(&id),
            None => crate::terminal::text::escaped(&entry.actor.kind),
        },
        Field::OBJECT => {
            format!("{} {}", crate::terminal::text::escaped(&entry.object.kind), short(&entry.object.id))
        }
        Field::VERSION => entry.object.version.to_string(),
        Field::ADDRESS => entry.client_address.as_ref().map(shown).unwrap_or_default(),
        Field::REQUEST => entry.request_id.as_ref().map(shown).unwrap_or_default(),
        Field::CLIENT => entry.user_agent.as_ref().map(shown).unwrap_or_default(),
        Field::ID => entry.event_id.to_string(),
        _ => String::new(),
    }
}

/// Returns the kind of a revision, in a word.
pub(crate) fn kind(kind: &RevisionKind) -> String {
    match kind {
        RevisionKind::Created => "created".to_owned(),
        RevisionKind::Updated => "updated".to_owned(),
        RevisionKind::Deleted => "deleted".to_owned(),
        RevisionKind::Restored => "restored".to_owned(),
        RevisionKind::Other(other) => crate::terminal::text::escaped(other),
        _ => "changed".to_owned(),
    }
}

/// Returns the random end of an id; its beginning is the time, which neighbouring ids share.
pub(crate) fn short(id: &impl std::fmt::Display) -> String {
    let id = id.to_string();
    format!("…{}", id.get(id.len().saturating_sub(8)..).unwrap_or(&id))
}

impl RowId {
    /// Returns the revision number, if the row is a revision.
    pub(crate) fn revision(&self) -> Option<u64> {
        match self {
            Self::Revision(number) => Some(*number),
            _ => None,
        }
    }
}

impl From<ObjectId> for RowId {
    fn from(id: ObjectId) -> Self {
        match id {
            ObjectId::User(id) => Self::User(id),
            ObjectId::Resume(id) => Self::Resume(id),
        }
    }
}
