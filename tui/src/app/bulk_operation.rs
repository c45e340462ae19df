//! A bulk operation: one change on many objects, one after the other.

use std::collections::VecDeque;

use crate::client::error::ConsoleError;
use crate::client::operation::{Item, Operation, Plan};
use crate::client::ticket::{Done, Pending};
use crate::persistence::undo::Origin;

/// A plan while it is carried out.
#[derive(Debug, Clone)]
pub(crate) struct BulkOperation {
    pub(crate) operation: Operation,
    pub(crate) waiting: VecDeque<Item>,
    pub(crate) running: Option<(Pending<Done>, Item)>,
    pub(crate) done: Vec<Item>,
    pub(crate) failed: Vec<(Item, ConsoleError)>,
    pub(crate) origin: Origin,
    /// Names the step on disk that undoes it; none where nothing does.
    pub(crate) recorded: Option<String>,
}

impl BulkOperation {
    pub(crate) fn new(plan: Plan, origin: Origin) -> Self {
        Self {
            operation: plan.operation,
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
        format!(
            "{}: {} of {} · esc stops",
            self.operation.verb(),
            crate::terminal::text::count(over as u64),
            crate::terminal::text::count(all as u64)
        )
    }

    /// Returns the plan that undoes what was done; none if nothing was done or it cannot be undone.
    pub(crate) fn undoing(&self) -> Option<Plan> {
        undoing(self.operation, self.done.iter())
    }

    /// Returns the plan that undoes the whole operation.
    pub(crate) fn undoing_all(&self) -> Option<Plan> {
        undoing(self.operation, self.waiting.iter())
    }

    /// Whether nothing has come of it for a reason that passes.
    pub(crate) fn may_be_undone_yet(&self) -> bool {
        let passes = |error: &ConsoleError| error.may_pass() || error.wants_login();
        self.done.is_empty() && self.failed.iter().all(|(_, error)| passes(error))
    }

    /// The part that failed, to be tried again.
    pub(crate) fn remaining(&self) -> Option<Plan> {
        let items: Vec<_> = self.failed.iter().map(|(item, _)| item.clone()).collect();
        (!items.is_empty()).then_some(Plan { operation: self.operation, items })
    }
}

fn undoing<'a>(operation: Operation, items: impl Iterator<Item = &'a Item>) -> Option<Plan> {
    let operation = operation.inverse()?;
    // The operation itself raises every version by one.
    let after = |item: &Item| Item { version: item.version.map(|version| version + 1), ..item.clone() };
    let items: Vec<_> = items.map(after).collect();
    (!items.is_empty()).then_some(Plan { operation, items })
}
