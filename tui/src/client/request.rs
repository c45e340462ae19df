//! Requests and responses as plain data.

use serde::{Deserialize, Serialize};
use vitae_sdk::{Page, Resume, ResumeId, Revision, SecretString, Stats, User, UserId};
use vitae_sdk_workspace::Values;

use crate::client::collection::Collection;
use crate::client::metrics::Metrics;
use crate::client::operation::Operation;
use crate::client::row::{Row, RowId};
use crate::client::window::Way;

/// A request to the server.
#[derive(Debug, Clone)]
pub(crate) enum Request {
    Me,
    Page(PageRequest),
    Count {
        collection: Collection,
        query: String,
    },
    User(UserId),
    /// The person with this e-mail address.
    UserByEmail(String),
    Resume(ResumeId),
    /// The server's metrics.
    Metrics,
    /// Figures about the organisation.
    Stats,
    /// Change one object, if it still has the version that was shown.
    Operation {
        operation: Operation,
        id: RowId,
        version: Option<u64>,
    },
    /// A revision, and the one to compare it with, by default its predecessor.
    Change {
        id: ResumeId,
        from: Option<u64>,
        to: u64,
    },
    /// A resume in its current state and as of a revision.
    Before {
        id: ResumeId,
        revision: u64,
    },
    /// All rows of a list, up to the limit of one bulk operation.
    Everything {
        collection: Collection,
        query: String,
    },
    Save(Box<Save>),
}

impl Request {
    /// Returns the name of the request in recordings, which stays when the variant is renamed.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Me => "Me",
            Self::Page(_) => "Page",
            Self::Count { .. } => "Count",
            Self::User(_) => "User",
            Self::UserByEmail(_) => "UserByEmail",
            Self::Resume(_) => "Resume",
            Self::Metrics => "Figures",
            Self::Stats => "Stats",
            Self::Operation { .. } => "Act",
            Self::Change { .. } => "Change",
            Self::Before { .. } => "Before",
            Self::Everything { .. } => "Everything",
            Self::Save(_) => "Save",
        }
    }
}

/// The content of a form to be saved.
#[derive(Debug, Clone)]
pub(crate) enum Save {
    /// A person to create, once for each key.
    NewPerson {
        key: String,
        values: Values,
        password: Option<SecretString>,
    },
    /// A change of a person who is at this version.
    Person {
        id: UserId,
        version: u64,
        before: Values,
        values: Values,
    },
    /// A resume to create, once for each key.
    NewResume {
        key: String,
        owner: Option<UserId>,
        values: Values,
    },
    /// A change of a resume that is at this revision.
    Resume {
        id: ResumeId,
        version: u64,
        values: Values,
    },
    /// The password of another person.
    Password {
        of: Option<UserId>,
        password: SecretString,
    },
    OwnPassword {
        current: SecretString,
        new: SecretString,
    },
}

/// A typed login.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub(crate) server: String,
    pub(crate) email: String,
    pub(crate) password: SecretString,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageRequest {
    pub(crate) collection: Collection,
    pub(crate) query: String,
    pub(crate) sort: Option<String>,
    pub(crate) way: Way,
    pub(crate) count: bool,
}

/// A response of the server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Response {
    Me(Box<User>),
    /// The person who is now logged in.
    LoggedIn(Box<User>),
    Page(Page<Row>),
    Count(u64),
    User(Box<User>),
    /// The change was made.
    Done,
    /// No person has this e-mail address.
    Nobody(String),
    Resume(Box<Resume>),
    Change(Box<Change>),
    /// A resume in its current state and as of a revision.
    Before(Box<(Resume, Revision)>),
    /// The rows of a whole list, and whether there are more than one bulk operation may change.
    Everything(Vec<Row>, bool),
    /// `None` if the response is not from a Vitae server.
    #[serde(rename = "Figures")]
    Metrics(Option<Box<Metrics>>),
    Stats(Box<Stats>),
}

/// Two revisions of a resume.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Change {
    /// None for the first revision.
    pub(crate) before: Option<Revision>,
    pub(crate) after: Revision,
}
