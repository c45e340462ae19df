//! The history of changes: undo and redo.

use crate::app::effect::{Effect, StoreChange};
use crate::client::operation::Plan;
use crate::client::row::RowId;
use crate::persistence::undo::{Direction, Origin, Step};

/// The changes that can be undone.
const UNDOABLE: usize = 50;

/// The steps that undo and redo changes, and the failed part of the last change.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    /// The steps that undo the last changes, the newest last.
    pub(crate) undo: Vec<Step>,
    /// The steps that redo the changes that were undone, the newest last.
    pub(crate) redo: Vec<Step>,
    /// The part of the last change that failed, and the direction of the change.
    pub(crate) failed: Option<(Plan, Direction)>,
}

impl History {
    /// Enters a change that was made into the history.
    pub(crate) fn record(&mut self, direction: Direction, step: Step) -> Vec<Effect> {
        match direction {
            Direction::New => {
                self.redo.clear();
                self.remember(step)
            }
            Direction::Redo => self.remember(step),
            Direction::Undo => {
                self.redo.push(step);
                Vec::new()
            }
        }
    }

    /// Notes that a step of the history, made at version `at` of an object, was carried out as version `now`.
    ///
    /// The steps that stand before it in the history follow: the object is again as they left it.
    pub(crate) fn replayed(&mut self, object: RowId, at: u64, now: u64) -> Vec<Effect> {
        let Some(before) = at.checked_sub(1) else { return Vec::new() };
        for step in &mut self.redo {
            step.go_on_from(object, (before, now));
        }
        let mut effects = Vec::new();
        for step in &mut self.undo {
            if step.go_on_from(object, (before, now)) {
                effects.push(Effect::Store(StoreChange::Step(Box::new(step.clone()))));
            }
        }
        effects
    }

    /// Takes a step that was carried out, or cannot be any more, out of the history.
    pub(crate) fn forget_step(&mut self, origin: &Origin) -> Vec<Effect> {
        let Some(step) = &origin.step else { return Vec::new() };
        self.redo.retain(|known| known.key != step.key);
        self.undo.retain(|known| known.key != step.key);
        match origin.direction {
            Direction::Undo => vec![Effect::Store(StoreChange::DropStep(step.key.clone()))],
            // What can be redone is not on disk.
            Direction::New | Direction::Redo => Vec::new(),
        }
    }

    /// Stores a step that can be undone; the oldest steps are dropped.
    fn remember(&mut self, step: Step) -> Vec<Effect> {
        let mut effects = vec![Effect::Store(StoreChange::Step(Box::new(step.clone())))];
        // It may have been recalled from disk while it was being made.
        self.undo.retain(|known| known.key != step.key);
        self.undo.push(step);
        if self.undo.len() > UNDOABLE {
            effects.push(Effect::Store(StoreChange::DropStep(self.undo.remove(0).key)));
        }
        effects
    }
}
