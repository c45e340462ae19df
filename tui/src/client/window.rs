//! A window over a list of the server, which keeps only a few pages.
//!
//! The server provides a cursor from each page to its neighbours, and some lists can skip a number of
//! rows. So a window is anchored at one end of the list and numbers positions from there: from the first row
//! down, or, in the opposite order, from the last row up. The cursor of every page that was ever reached
//! is kept, its rows only while they are near.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::client::row::{Row, RowId};

/// The number of rows of a page, which the server can read directly from an index.
pub(crate) const PAGE: u32 = 100;
const ROWS: u64 = PAGE as u64;
/// The maximum number of pages whose rows are kept.
const KEPT: usize = 24;

/// The end of the list at which a window is anchored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Anchor {
    /// The first row.
    #[default]
    Start,
    /// The last row: pages are read in the opposite order.
    End,
}

/// A direction in which positions in a window are visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heading {
    Onward,
    Back,
}

/// A missing page and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) page: u64,
    pub(crate) way: Way,
}

/// How a page is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Way {
    /// It is the first page.
    #[default]
    First,
    /// With the cursor from its neighbour.
    Cursor(String),
    /// By skipping this number of rows.
    Skip(u64),
}

/// The loaded pages of a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Window {
    pub(crate) anchor: Anchor,
    pages: BTreeMap<u64, Vec<Row>>,
    /// The cursors of pages whose predecessor was loaded.
    ways: BTreeMap<u64, Box<str>>,
    /// Whether pages without a known cursor can be reached.
    can_skip: bool,
    /// The number of rows counted by the server, if it did.
    counted: Option<u64>,
    /// The number of rows, once the other end was reached.
    len: Option<u64>,
}

impl Window {
    /// Creates a window anchored at this end, with its first page.
    pub(crate) fn open(anchor: Anchor, can_skip: bool, rows: Vec<Row>, next: Option<String>) -> Self {
        let mut window = Self { anchor, can_skip, ..Self::default() };
        window.put(0, rows, next);
        window
    }

    /// Sets the number of rows counted by the server.
    pub(crate) fn count(&mut self, total: u64) {
        self.counted = Some(total);
    }

    /// Adds a requested page, and drops pages far from `near`.
    pub(crate) fn take(&mut self, page: u64, rows: Vec<Row>, next: Option<String>, near: u64) {
        self.put(page, rows, next);
        self.forget_far_from(near / ROWS, KEPT);
    }

    /// Returns the row at a position, if it is loaded.
    pub(crate) fn row(&self, place: u64) -> Option<&Row> {
        self.pages.get(&(place / ROWS))?.get(usize::try_from(place % ROWS).ok()?)
    }

    /// Returns the number of positions that can be reached: all, if the other end was reached or the list was counted;
    /// otherwise one page more than was ever loaded.
    pub(crate) fn reach(&self) -> u64 {
        let counted = self.counted.filter(|_| self.can_skip).unwrap_or_default();
        self.len.unwrap_or_else(|| counted.max((self.known() + 1) * ROWS))
    }

    /// Returns the number of rows, if the other end was reached.
    pub(crate) fn len(&self) -> Option<u64> {
        self.len
    }

    /// Returns the loaded rows.
    pub(crate) fn loaded(&self) -> impl Iterator<Item = &Row> {
        self.pages.values().flatten()
    }

    /// Returns the page to request next: first for the positions in `seen`, then ahead of them.
    pub(crate) fn wants(&self, seen: Range<u64>, heading: Option<Heading>) -> Option<Wanted> {
        let pages = seen.start / ROWS..=seen.end.saturating_sub(1).max(seen.start) / ROWS;
        let (first, last) = (*pages.start(), *pages.end());
        let ahead = heading.and_then(|heading| match heading {
            Heading::Onward => Some(last + 1),
            Heading::Back => first.checked_sub(1),
        });
        pages.chain(ahead).find_map(|page| self.way_to(page))
    }

    /// Replaces the loaded row of the same object; returns whether there was one.
    pub(crate) fn patch(&mut self, row: &Row) -> bool {
        let mut rows = self.pages.values_mut().flatten();
        let Some(known) = rows.find(|known| known.id() == row.id()) else { return false };
        known.follow(row);
        true
    }

    /// Returns whether a row of this object is loaded.
    pub(crate) fn has(&self, id: &RowId) -> bool {
        self.pages.values().flatten().any(|row| row.id() == *id)
    }

    /// Drops all rows, so that they are read again with the known cursors.
    pub(crate) fn forget_rows(&mut self) {
        self.pages.clear();
        self.len = None;
    }

    /// Returns the position of an object, if it is loaded.
    pub(crate) fn place_of(&self, id: &RowId) -> Option<u64> {
        self.pages.iter().find_map(|(page, rows)| {
            let at = rows.iter().position(|row| row.id() == *id)?;
            Some(page * ROWS + at as u64)
        })
    }

    /// Keeps only the rows around a position, for a screen that is not shown.
    pub(crate) fn trim(&mut self, near: u64) {
        self.forget_far_from(near / ROWS, 2);
    }

    fn put(&mut self, page: u64, rows: Vec<Row>, next: Option<String>) {
        match next {
            None => self.len = Some(page * ROWS + rows.len() as u64),
            Some(way) => {
                self.ways.insert(page + 1, way.into());
            }
        }
        self.pages.insert(page, rows);
    }

    /// Returns how to reach a page that is not loaded; a nearer page if its cursor is not known yet.
    fn way_to(&self, page: u64) -> Option<Wanted> {
        let is_behind_the_end = self.len.is_some_and(|len| page * ROWS >= len.max(1));
        if is_behind_the_end || self.pages.contains_key(&page) {
            return None;
        }
        let page = if self.can_skip { page } else { page.min(self.known()) };
        if self.pages.contains_key(&page) {
            return None;
        }
        let way = match self.ways.get(&page) {
            _ if page == 0 => Way::First,
            Some(cursor) => Way::Cursor(cursor.to_string()),
            None => Way::Skip(page * ROWS),
        };
        Some(Wanted { page, way })
    }

    /// Returns the last page whose cursor is known.
    fn known(&self) -> u64 {
        self.ways.last_key_value().map_or(0, |(page, _)| *page)
    }

    fn forget_far_from(&mut self, page: u64, kept: usize) {
        while self.pages.len() > kept {
            let far = self.pages.keys().copied().max_by_key(|known| known.abs_diff(page));
            let Some(far) = far else { return };
            self.pages.remove(&far);
        }
    }
}
