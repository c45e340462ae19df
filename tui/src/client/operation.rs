//! Operations that change objects at the server: the kinds, and the plans.

use serde::{Deserialize, Serialize};

use crate::client::row::RowId;
use crate::terminal::text::count;

/// Something that is done to one object after the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Act {
    #[default]
    Delete,
    Restore,
    Disable,
    Enable,
    EndSession,
}

/// One object of an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) id: RowId,
    /// What a person calls it, safe to show.
    pub(crate) name: String,
    /// The version that was seen: an object that has moved on since is left alone.
    pub(crate) version: Option<u64>,
}

/// An act, and what it is done to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) act: Act,
    pub(crate) items: Vec<Item>,
}

impl Act {
    /// What is done, as an order.
    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::EndSession => "log out",
        }
    }

    /// What was done.
    pub(crate) fn past(self) -> &'static str {
        match self {
            Self::Delete => "deleted",
            Self::Restore => "restored",
            Self::Disable => "disabled",
            Self::Enable => "enabled",
            Self::EndSession => "logged out",
        }
    }

    /// What takes it back, if anything does.
    pub(crate) fn inverse(self) -> Option<Self> {
        match self {
            Self::Delete => Some(Self::Restore),
            Self::Restore => Some(Self::Delete),
            Self::Disable => Some(Self::Enable),
            Self::Enable => Some(Self::Disable),
            Self::EndSession => None,
        }
    }
}

impl Plan {
    /// What the objects are called together: `"Ada Lovelace"`, or `3 people`.
    pub(crate) fn objects(&self) -> String {
        match &self.items[..] {
            [one] => format!("“{}”", one.name),
            many => format!("{} {}", count(many.len() as u64), noun(many)),
        }
    }

    /// What has to be typed where an act wants care: the name, or how many.
    pub(crate) fn pledge(&self) -> String {
        match &self.items[..] {
            [one] => one.name.clone(),
            many => many.len().to_string(),
        }
    }
}

fn noun(items: &[Item]) -> &'static str {
    match items.first().map(|item| item.id) {
        Some(RowId::User(_)) => "people",
        Some(RowId::Resume(_)) => "resumes",
        Some(RowId::Session(_)) => "sessions",
        _ => "objects",
    }
}
