//! The session: the server, the user, and the connection.

use serde::{Deserialize, Serialize};
use vitae_sdk::{Role, User, UserId};

use crate::client::error::ConsoleError;
use crate::client::ticket::{CurrentUser, LoggedInUser, Pending};
use crate::terminal::colour::Colour;

/// The server, the user who is logged in, and the state of the connection.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) server: String,
    pub(crate) profile: Profile,
    /// The user, as soon as the server has said who is logged in.
    pub(crate) me: Option<User>,
    /// The request for the user.
    pub(crate) pending: Option<Pending<CurrentUser>>,
    /// The login that is under way.
    pub(crate) login: Option<Pending<LoggedInUser>>,
    pub(crate) link: LinkState,
    /// Whether changes are disabled.
    pub(crate) is_read_only: bool,
    /// Whether to open the user's sessions as soon as the user is known.
    pub(crate) wants_my_sessions: bool,
}

/// The login of a console, and its safeguards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// The name in the configuration.
    pub name: String,
    /// Whether destructive actions are confirmed by typing.
    pub is_protected: bool,
    /// Whether changes are disabled until the user enables them.
    pub is_read_only: bool,
    /// The background of the menu bar.
    pub colour: Option<Colour>,
}

/// The state of the event subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LinkState {
    /// No user is logged in yet.
    Closed,
    Connecting,
    Live,
    /// The connection is lost, and is being made again.
    Lost,
    /// The server has ended the subscription.
    Failed(ConsoleError),
}

impl Session {
    pub(crate) fn new(server: String, profile: Profile) -> Self {
        Self {
            server,
            is_read_only: profile.is_read_only,
            profile,
            me: None,
            pending: None,
            login: None,
            link: LinkState::Closed,
            wants_my_sessions: false,
        }
    }

    pub(crate) fn role(&self) -> Option<&Role> {
        self.me.as_ref().map(|me| &me.role)
    }

    pub(crate) fn my_id(&self) -> Option<UserId> {
        self.me.as_ref().map(|me| me.id)
    }
}
