//! Acts that change something at the server: what they touch, how far they are, how they are undone.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::client::error::ConsoleError;
use crate::client::request::Ticket;
use crate::client::row::RowId;
use crate::persistence::undo::Origin;

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

/// A plan while it is carried out.
#[derive(Debug, Clone)]
pub(crate) struct BulkOperation {
    pub(crate) act: Act,
    pub(crate) waiting: VecDeque<Item>,
    pub(crate) running: Option<(Ticket, Item)>,
    pub(crate) done: Vec<Item>,
    pub(crate) failed: Vec<(Item, ConsoleError)>,
    pub(crate) origin: Origin,
    /// Names the step on disk that undoes it; none where nothing does.
    pub(crate) recorded: Option<String>,
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
            many => format!("{} {}", crate::terminal::text::count(many.len() as u64), noun(many)),
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

impl BulkOperation {
    pub(crate) fn new(plan: Plan, origin: Origin) -> Self {
        Self {
            act: plan.act,
            waiting: plan.items.into(),
            running: None,
            done: Vec::new(),
            failed: Vec::new(),
            origin,
            recorded: None,
        }
    }

    /// How far it is.
    pub(crate) fn progress(&self) -> String {
        let over = self.done.len() + self.failed.len();
        let all = over + self.waiting.len() + usize::from(self.running.is_some());
        format!("{}: {over} of {all} · esc stops", self.act.verb())
    }

    /// What takes back all that was done; none if nothing was, or nothing does.
    pub(crate) fn undoing(&self) -> Option<Plan> {
        undoing(self.act, self.done.iter())
    }

    /// What takes back everything once it is done.
    pub(crate) fn undoing_all(&self) -> Option<Plan> {
        undoing(self.act, self.waiting.iter())
    }

    /// Whether nothing has come of it for a reason that passes.
    pub(crate) fn may_be_undone_yet(&self) -> bool {
        let passes = |error: &ConsoleError| error.may_pass() || error.wants_login();
        self.done.is_empty() && self.failed.iter().all(|(_, error)| passes(error))
    }

    /// The part that failed, to be tried again.
    pub(crate) fn rest(&self) -> Option<Plan> {
        let items: Vec<_> = self.failed.iter().map(|(item, _)| item.clone()).collect();
        (!items.is_empty()).then_some(Plan { act: self.act, items })
    }
}

fn undoing<'a>(act: Act, items: impl Iterator<Item = &'a Item>) -> Option<Plan> {
    let act = act.inverse()?;
    // The act itself raises every version by one.
    let after = |item: &Item| Item { version: item.version.map(|version| version + 1), ..item.clone() };
    let items: Vec<_> = items.map(after).collect();
    (!items.is_empty()).then_some(Plan { act, items })
}

fn noun(items: &[Item]) -> &'static str {
    match items.first().map(|item| item.id) {
        Some(RowId::User(_)) => "people",
        Some(RowId::Resume(_)) => "resumes",
        Some(RowId::Session(_)) => "sessions",
        _ => "objects",
    }
}
