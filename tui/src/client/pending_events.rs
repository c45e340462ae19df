//! Events that arrive while a page is being loaded, which may show an older state.

use std::collections::BTreeMap;

use crate::client::row::{Row, RowId};
use crate::client::window::Window;

/// The events since a page was requested.
#[derive(Debug, Clone, Default)]
pub(crate) struct PendingEvents {
    /// The newest state of changed objects.
    rows: BTreeMap<RowId, Row>,
    /// The ids of new objects; `None` if the event does not name one.
    added: Vec<Option<RowId>>,
}

impl PendingEvents {
    /// Records the new state of an object.
    pub(crate) fn changed(&mut self, row: &Row) {
        self.rows.entry(row.id()).and_modify(|known| known.follow(row)).or_insert_with(|| row.clone());
    }

    /// Records a new object, which the page may lack.
    pub(crate) fn added(&mut self, id: Option<RowId>) {
        self.added.push(id);
    }

    /// Applies the events to the window, and returns how many new objects it lacks.
    pub(crate) fn apply(self, window: &mut Window) -> u64 {
        for row in self.rows.values() {
            window.patch(row);
        }
        let lacks = |id: &&Option<RowId>| id.is_none_or(|id| window.place_of(&id).is_none());
        self.added.iter().filter(lacks).count() as u64
    }
}
