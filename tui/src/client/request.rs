//! What the console asks the server for, as plain data.

use serde::{Deserialize, Serialize};
use vitae_sdk::{Page, Resume, ResumeId, Revision, SecretString, User, UserId};
use vitae_sdk_workspace::Values;

use crate::client::collection::Collection;
use crate::client::metrics::Metrics;
use crate::client::operation::Act;
use crate::client::row::{Row, RowId};
use crate::client::window::Way;

/// Something to ask the server for.
#[derive(Debug, Clone)]
pub(crate) enum Request {
    Me,
    Page(PageRequest),
    Count {
        collection: Collection,
        query: String,
    },
    User(UserId),
    /// The person with this e-mail, whoever they are.
    UserByEmail(String),
    Resume(ResumeId),
    /// How the server fares.
    Metrics,
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
    /// A resume as it is, and as it was at a revision.
    Before {
        id: ResumeId,
        revision: u64,
    },
    /// Everything that a list holds, as far as one act may reach.
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
            Self::Act { .. } => "Act",
            Self::Change { .. } => "Change",
            Self::Before { .. } => "Before",
            Self::Everything { .. } => "Everything",
            Self::Save(_) => "Save",
        }
    }
}

/// What somebody has written.
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
    /// The password of somebody else.
    Password {
        of: Option<UserId>,
        password: SecretString,
    },
    OwnPassword {
        current: SecretString,
        new: SecretString,
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
    pub(crate) collection: Collection,
    pub(crate) query: String,
    pub(crate) sort: Option<String>,
    pub(crate) way: Way,
    pub(crate) count: bool,
}

/// What the server answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Response {
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
    /// A resume as it is, and as it was.
    Before(Box<(Resume, Revision)>),
    /// Rows of a whole list; and whether there are more than one act may touch.
    Everything(Vec<Row>, bool),
    /// None if what answers is not a server of ours.
    #[serde(rename = "Figures")]
    Metrics(Option<Box<Metrics>>),
}

/// Two revisions of a resume.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Change {
    /// None for the first revision.
    pub(crate) before: Option<Revision>,
    pub(crate) after: Revision,
}
