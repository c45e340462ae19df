//! What happens while a page is on its way: the page may be of before that.

use std::collections::BTreeMap;

use crate::client::row::{Row, RowId};
use crate::client::window::Window;

/// Events since a page was asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct PendingEvents {
    /// Objects as they have become.
    rows: BTreeMap<RowId, Row>,
    /// What has come in, as far as it says what it is.
    news: Vec<Option<RowId>>,
}

impl PendingEvents {
    /// Notes how an object has become.
    pub(crate) fn changed(&mut self, row: &Row) {
        self.rows.entry(row.id()).and_modify(|known| known.follow(row)).or_insert_with(|| row.clone());
    }

    /// Notes something that the page may lack.
    pub(crate) fn came(&mut self, id: Option<RowId>) {
        self.news.push(id);
    }

    /// Brings what is shown up to date, and tells how much it lacks.
    pub(crate) fn settle(self, window: &mut Window) -> u64 {
        for row in self.rows.values() {
            window.patch(row);
        }
        let lacks = |id: &&Option<RowId>| id.is_none_or(|id| window.place_of(&id).is_none());
        self.news.iter().filter(lacks).count() as u64
    }
}
