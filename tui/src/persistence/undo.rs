//! Undo steps, stored on disk so that they are available after a restart.

use serde::{Deserialize, Serialize};
use vitae_contracts_core::Timestamp;
use vitae_sdk::{ResumeId, UserId};
use vitae_sdk_workspace::{Values, user_values};

use crate::app::action::Action;
use crate::client::operation::{Operation, Plan};
use crate::client::row::RowId;

/// A change that can be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// The name on disk.
    pub(crate) key: String,
    pub(crate) at: Timestamp,
    /// The escaped name of the object or objects.
    pub(crate) name: String,
    pub(crate) how: How,
}

/// How a change is undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum How {
    /// By the inverse action, on each object that has not changed since.
    #[serde(rename = "Act")]
    Operation(Plan),
    /// By restoring the previous texts, if the person still has this version.
    Person {
        id: UserId,
        version: u64,
        #[serde(deserialize_with = "user_values")]
        before: Values,
    },
    /// By restoring a revision, if the resume still has this version.
    Resume { id: ResumeId, version: u64, before: u64 },
}

/// The direction of a change: new, undo or redo.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Direction {
    /// A new change; it clears the redo history.
    #[default]
    New,
    /// An undo, which can be redone.
    Undo,
    /// A redo, which can be undone.
    Redo,
}

impl Direction {
    /// Returns the action that reverts a change of this direction, with its description.
    pub(crate) fn way_back(self) -> (Action, &'static str) {
        match self {
            Self::Undo => (Action::Redo, "redoes it"),
            Self::New | Self::Redo => (Action::Undo, "undoes it"),
        }
    }
}

/// The direction of a change, and the undo step that it carries out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    pub(crate) direction: Direction,
    /// `None` for a new change, and for the retry of a completed step.
    pub(crate) step: Option<Step>,
}

impl Step {
    /// Returns whether a stored step is complete.
    pub(crate) fn is_whole(&self) -> bool {
        match &self.how {
            How::Operation(plan) => {
                !plan.items.is_empty() && plan.items.iter().all(|item| fits(plan.operation, item.id))
            }
            How::Person { .. } | How::Resume { .. } => true,
        }
    }
}

impl Step {
    /// Moves the step to version `to` of an object, whose content is that of version `from`.
    ///
    /// Returns whether the step was at version `from`. This is the case for the step before one that was
    /// undone: the undo created a new version with the content of the previous one.
    pub(crate) fn go_on_from(&mut self, object: RowId, (from, to): (u64, u64)) -> bool {
        let mut is_changed = false;
        let mut go_on = |version: &mut u64| {
            if *version == from {
                (*version, is_changed) = (to, true);
            }
        };
        match &mut self.how {
            How::Operation(plan) => {
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

/// Returns whether an action applies to this kind of object.
fn fits(operation: Operation, id: RowId) -> bool {
    match operation {
        Operation::Delete | Operation::Restore => matches!(id, RowId::User(_) | RowId::Resume(_)),
        Operation::Disable | Operation::Enable => matches!(id, RowId::User(_)),
        Operation::EndSession => matches!(id, RowId::User(_) | RowId::Session(_)),
    }
}
