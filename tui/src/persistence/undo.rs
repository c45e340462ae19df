//! What takes changes back: kept on disk, so that it is there after a restart, too.

use serde::{Deserialize, Serialize};
use vitae_contracts_core::Timestamp;
use vitae_sdk::{ResumeId, UserId};
use vitae_sdk_workspace::{Values, user_values};

use crate::app::action::Action;
use crate::client::operation::{Act, Plan};
use crate::client::row::RowId;

/// One change that can be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// Names it on disk.
    pub(crate) key: String,
    pub(crate) at: Timestamp,
    /// What people call the object, or the objects; safe to show.
    pub(crate) name: String,
    pub(crate) how: How,
}

/// How a change is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum How {
    /// By the opposite act, on each object that has not moved on.
    Act(Plan),
    /// By the texts from before, if the person is still at this version.
    Person {
        id: UserId,
        version: u64,
        #[serde(deserialize_with = "user_values")]
        before: Values,
    },
    /// By what a revision was, if the resume is still at this version.
    Resume { id: ResumeId, version: u64, before: u64 },
}

/// Where a change comes from: a person, or the history of changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Direction {
    /// A new change; what could be redone before it cannot any more.
    #[default]
    New,
    /// It undoes a change, and can be redone.
    Undo,
    /// It redoes a change, and can be undone.
    Redo,
}

impl Direction {
    /// What takes a change of this direction back, and how that is put.
    pub(crate) fn way_back(self) -> (Action, &'static str) {
        match self {
            Self::Undo => (Action::Redo, "redoes it"),
            Self::New | Self::Redo => (Action::Undo, "undoes it"),
        }
    }
}

/// The direction of a change, and the step of the history that it carries out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    pub(crate) direction: Direction,
    /// None for a new change, and for what is retried of a step that is done.
    pub(crate) step: Option<Step>,
}

impl Step {
    /// Whether a step from disk has all the parts that its kind has.
    pub(crate) fn is_whole(&self) -> bool {
        match &self.how {
            How::Act(plan) => !plan.items.is_empty() && plan.items.iter().all(|item| fits(plan.act, item.id)),
            How::Person { .. } | How::Resume { .. } => true,
        }
    }
}

impl Step {
    /// Lets the step go on from version `to` of an object, whose content is that of version `from`.
    ///
    /// Returns whether the step was at version `from`. That is so for the step before one that was
    /// undone: the undoing made a new version with the content of the one before.
    pub(crate) fn go_on_from(&mut self, object: RowId, (from, to): (u64, u64)) -> bool {
        let mut is_changed = false;
        let mut go_on = |version: &mut u64| {
            if *version == from {
                (*version, is_changed) = (to, true);
            }
        };
        match &mut self.how {
            How::Act(plan) => {
                let items = plan.items.iter_mut().filter(|item| item.id == object);
                items.filter_map(|item| item.version.as_mut()).for_each(go_on);
            }
            How::Person { id, version, .. } if RowId::User(*id) == object => go_on(version),
            How::Resume { id, version, .. } if RowId::Resume(*id) == object => go_on(version),
            How::Person { .. } | How::Resume { .. } => {}
        }
        is_changed
    }
}

/// Whether an act can be done to this kind of object.
fn fits(act: Act, id: RowId) -> bool {
    match act {
        Act::Delete | Act::Restore => matches!(id, RowId::User(_) | RowId::Resume(_)),
        Act::Disable | Act::Enable => matches!(id, RowId::User(_)),
        Act::EndSession => matches!(id, RowId::User(_) | RowId::Session(_)),
    }
}
