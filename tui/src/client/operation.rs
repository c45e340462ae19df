//! Operations that change objects at the server: the kinds, and the plans.

use serde::{Deserialize, Serialize};

use crate::client::row::RowId;
use crate::terminal::text::count;

/// Something that is done to one object after the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Operation {
    #[default]
    Delete,
    Restore,
    Disable,
    Enable,
    EndSession,
}

/// One object of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) id: RowId,
    /// The name of the object, safe to show.
    pub(crate) name: String,
    /// The version that was shown; an object with a newer version is not changed.
    pub(crate) version: Option<u64>,
}

/// An operation, and the objects it applies to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    #[serde(rename = "act")]
    pub(crate) operation: Operation,
    pub(crate) items: Vec<Item>,
}

impl Operation {
    /// Returns the imperative: "delete".
    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::EndSession => "log out",
        }
    }

    /// Returns the past participle: "deleted".
    pub(crate) fn past(self) -> &'static str {
        match self {
            Self::Delete => "deleted",
            Self::Restore => "restored",
            Self::Disable => "disabled",
            Self::Enable => "enabled",
            Self::EndSession => "logged out",
        }
    }

    /// Returns the operation that undoes this one, if there is one.
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
    /// Returns the objects as a phrase: `“Ada Lovelace”`, or `3 people`.
    pub(crate) fn objects(&self) -> String {
        match &self.items[..] {
            [one] => format!("“{}”", one.name),
            many => format!("{} {}", count(many.len() as u64), noun(many)),
        }
    }

    /// Returns the text to type on a protected profile: the name of one object, or the number of objects.
    pub(crate) fn confirmation_text(&self) -> String {
        match &self.items[..] {
            [one] => one.name.clone(),
            many => count(many.len() as u64),
        }
    }

    /// Returns whether a typed text confirms the plan; a number may be typed without commas.
    pub(crate) fn is_confirmed_by(&self, typed: &str) -> bool {
        typed == self.confirmation_text() || (self.items.len() > 1 && typed == self.items.len().to_string())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_typed_with_or_without_commas() {
        let item = Item { id: RowId::Revision(1), name: "5005".to_owned(), version: None };
        let plan = |len| Plan { items: vec![item.clone(); len], ..Plan::default() };
        assert_eq!(plan(5005).confirmation_text(), "5,005");
        for (typed, is_confirmed) in [("5,005", true), ("5005", true), ("50,05", false), ("", false)] {
            assert_eq!(plan(5005).is_confirmed_by(typed), is_confirmed, "{typed}");
        }
        assert!(plan(1).is_confirmed_by("5005") && !plan(1).is_confirmed_by("1"));
    }
}
