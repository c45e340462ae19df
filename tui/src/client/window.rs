//! A list of the server as a window: pages by place, few of them at a time.
//!
//! The server knows ways from a page to its neighbour, and of some lists what comes behind so many
//! rows. So a window hangs on one end of the list and numbers places from there: from the first row
//! down, or, in the opposite order, from the last row up. The way to every page that was ever reached
//! is kept (a cursor), its rows only while they are near.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::client::row::{Row, RowId};

/// Rows of one page; the server answers as many from an index without a detour.
pub(crate) const PAGE: u32 = 100;
const ROWS: u64 = PAGE as u64;
/// Pages whose rows are kept.
const KEPT: usize = 24;

/// The end of the list that a window hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Anchor {
    /// The first row.
    #[default]
    Start,
    /// The last row: pages come in the opposite order.
    End,
}

/// A way through a window, as its places count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heading {
    Onward,
    Back,
}

/// A page that a window lacks, and the way there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) page: u64,
    pub(crate) way: Way,
}

/// How a page is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Way {
    /// It is the first.
    #[default]
    First,
    /// By the cursor of its neighbour.
    Cursor(String),
    /// By leaving so many rows out.
    Skip(u64),
}

/// Some pages of a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Window {
    pub(crate) anchor: Anchor,
    pages: BTreeMap<u64, Vec<Row>>,
    /// The cursors of pages whose neighbour before them was loaded.
    ways: BTreeMap<u64, Box<str>>,
    /// Whether pages without a cursor can be reached, too.
    can_skip: bool,
    /// How many rows the server counted, if it did.
    counted: Option<u64>,
    /// How many rows there are, once the far end was seen.
    len: Option<u64>,
}

impl Window {
    /// A window that hangs on this end, with its first page.
    pub(crate) fn open(anchor: Anchor, can_skip: bool, rows: Vec<Row>, next: Option<String>) -> Self {
        let mut window = Self { anchor, can_skip, ..Self::default() };
        window.put(0, rows, next);
        window
    }

    /// Learns how many rows the server counts.
    pub(crate) fn count(&mut self, total: u64) {
        self.counted = Some(total);
    }

    /// Takes a page in that was wanted, and drops what is far from `near`.
    pub(crate) fn take(&mut self, page: u64, rows: Vec<Row>, next: Option<String>, near: u64) {
        self.put(page, rows, next);
        self.forget_far_from(near / ROWS, KEPT);
    }

    /// The row at a place, if it is loaded.
    pub(crate) fn row(&self, place: u64) -> Option<&Row> {
        self.pages.get(&(place / ROWS))?.get(usize::try_from(place % ROWS).ok()?)
    }

    /// Places that can be gone to: all of a list whose far end was seen or that was counted, of
    /// others one page more than was ever loaded.
    pub(crate) fn reach(&self) -> u64 {
        let counted = self.counted.filter(|_| self.can_skip).unwrap_or_default();
        self.len.unwrap_or_else(|| counted.max((self.known() + 1) * ROWS))
    }

    /// How many rows there are, if the far end was seen.
    pub(crate) fn len(&self) -> Option<u64> {
        self.len
    }

    /// Rows that are loaded.
    pub(crate) fn loaded(&self) -> impl Iterator<Item = &Row> {
        self.pages.values().flatten()
    }

    /// The page to ask for next, so that `seen` is there, and then what lies ahead of it.
    pub(crate) fn wants(&self, seen: Range<u64>, heading: Option<Heading>) -> Option<Wanted> {
        let pages = seen.start / ROWS..=seen.end.saturating_sub(1).max(seen.start) / ROWS;
        let (first, last) = (*pages.start(), *pages.end());
        let ahead = heading.and_then(|heading| match heading {
            Heading::Onward => Some(last + 1),
            Heading::Back => first.checked_sub(1),
        });
        pages.chain(ahead).find_map(|page| self.way_to(page))
    }

    /// Replaces the loaded row of the same object; tells whether there was one.
    pub(crate) fn patch(&mut self, row: &Row) -> bool {
        let mut rows = self.pages.values_mut().flatten();
        let Some(known) = rows.find(|known| known.id() == row.id()) else { return false };
        known.follow(row);
        true
    }

    /// Whether a row of this object is loaded.
    pub(crate) fn has(&self, id: &RowId) -> bool {
        self.pages.values().flatten().any(|row| row.id() == *id)
    }

    /// Lets all rows be read again, by the ways that are known.
    pub(crate) fn forget_rows(&mut self) {
        self.pages.clear();
        self.len = None;
    }

    /// Where an object is, if it is loaded.
    pub(crate) fn place_of(&self, id: &RowId) -> Option<u64> {
        self.pages.iter().find_map(|(page, rows)| {
            let at = rows.iter().position(|row| row.id() == *id)?;
            Some(page * ROWS + at as u64)
        })
    }

    /// Keeps the rows around a place alone, for a screen that is not looked at.
    pub(crate) fn rest(&mut self, near: u64) {
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

    /// The way to a page that is not loaded; nearer pages come first if it is not known yet.
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

    /// The last page whose cursor is known.
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
