//! What the console asks the server for, as plain data.

use vitae_sdk::{Page, Resume, ResumeId, Revision, SecretString, User, UserId};

use crate::row::{Row, RowId};
use crate::source::Source;
use crate::work::Act;

/// Names one request, so that its answer finds who asked; an answer nobody waits for is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ticket(u64);

/// Where tickets come from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tickets(u64);

impl Tickets {
    pub(crate) fn next(&mut self) -> Ticket {
        self.0 += 1;
        Ticket(self.0)
    }
}

/// Something to ask the server for.
#[derive(Debug, Clone)]
pub(crate) enum Request {
    Me,

    Page(PageRequest),
    Count {
        source: Source,
        query: String,
    },
    User(UserId),
    /// The person with this e-mail, whoever they are.
    UserByEmail(String),
    Resume(ResumeId),
    /// Change one object, if it is still at the version that was seen.
    Act {
        act: Act,
        id: RowId,
        version: Option<u64>,
    },
    /// A revision, and the one to compare it with; the one before it unless told.
    Change {
        id: ResumeId,
        from: Option<u64>,
        to: u64,
    },
}

/// A login that somebody typed.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub(crate) server: String,
    pub(crate) email: String,
    pub(crate) password: SecretString,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageRequest {
    pub(crate) source: Source,
    pub(crate) query: String,
    pub(crate) sort: Option<String>,
    pub(crate) cursor: Option<String>,
    pub(crate) count: bool,
}

/// What the server answered.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Me(Box<User>),
    /// Who is logged in now; the client speaks as them from here on.
    LoggedIn(Box<User>),
    Page(Page<Row>),
    Count(u64),
    User(Box<User>),
    /// It is done.
    Done,
    /// No person has this e-mail.
    Nobody(String),
    Resume(Box<Resume>),
    Change(Box<Change>),
}

/// Two revisions of a resume.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// None for the first revision.
    pub(crate) before: Option<Revision>,
    pub(crate) after: Revision,
}
