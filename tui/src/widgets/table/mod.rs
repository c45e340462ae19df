//! The state of a list on the screen: window, cursor, marks and filter.

mod loading;

use std::collections::BTreeMap;
use std::ops::Range;

use vitae_sdk::Page;

use crate::app::effect::Effect;
use crate::client::collection::{Collection, Seek, Sort};
use crate::client::error::ConsoleError;
use crate::client::pending_events::PendingEvents;
use crate::client::request::{PageRequest, Request};
use crate::client::row::{Row, RowId};
use crate::client::ticket::{AllRows, Issuer, Pending};
use crate::client::window::{Anchor, Heading, PAGE, Window};
use crate::widgets::pane::Pane;

/// A list.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) collection: Collection,
    pub(crate) sort: Option<Sort>,
    /// The filter; the rows on the screen may still be those of an earlier filter.
    pub(crate) query: String,
    pub(crate) window: Option<Window>,
    /// The position of the cursor, counted from the window's anchor.
    pub(crate) place: u64,
    /// The position of the first visible row.
    pub(crate) top: u64,
    /// The number of matching rows on all pages.
    pub(crate) total: Option<u64>,
    /// The marked objects, to which the next action applies, with their names.
    pub(crate) marks: BTreeMap<RowId, Mark>,
    /// The start of a range of marks.
    pub(crate) range_from: Option<u64>,
    pub(crate) error: Option<ConsoleError>,
    /// The number of events that the rows do not show yet.
    pub(crate) new_rows: u64,
    pub(crate) pane: Pane,
    /// The row to move the cursor to as soon as it is loaded.
    pub(crate) seek: Option<Seek>,
    /// The window that is being loaded to replace the current one.
    wanted: Option<Anchor>,
    pending: Option<(Pending<Page<Row>>, Asked)>,
    /// The events since that request.
    pending_events: PendingEvents,
    counting: Option<Pending<u64>>,
    /// Requests to be cancelled.
    called_off: Vec<Pending<u64>>,
    /// The request for all rows to be marked, and whether there were more rows than the limit.
    gathering: Option<Pending<AllRows>>,
    pub(crate) is_cut: bool,
    retry: Option<Pending<()>>,
    failures: u32,
    /// The direction of the cursor; nothing is prefetched before it has moved.
    heading: Option<Heading>,
}

/// A marked object: its name, and the version that was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) name: String,
    pub(crate) version: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    Open(Anchor, PageRequest),
    Page(u64),
}

impl Table {
    pub(crate) fn new(collection: Collection) -> Self {
        Self {
            sort: collection.sorts().first().copied(),
            pane: Pane::new(&collection),
            collection,
            query: String::new(),
            window: None,
            place: 0,
            top: 0,
            total: None,
            marks: BTreeMap::new(),
            range_from: None,
            error: None,
            new_rows: 0,
            seek: None,
            wanted: Some(Anchor::Start),
            pending: None,
            pending_events: PendingEvents::default(),
            counting: None,
            called_off: Vec::new(),
            gathering: None,
            is_cut: false,
            retry: None,
            failures: 0,
            heading: None,
        }
    }

    /// Returns the row under the cursor.
    pub(crate) fn current(&self) -> Option<&Row> {
        self.window.as_ref()?.row(self.place)
    }

    /// Returns whether rows are being loaded that are not a prefetch.
    pub(crate) fn is_waiting(&self) -> bool {
        self.wanted.is_some() && self.error.is_none()
    }

    /// Returns the number of rows, if it is known.
    pub(crate) fn len(&self) -> Option<u64> {
        self.window.as_ref().and_then(Window::len).or(self.total)
    }

    /// Returns the index in the whole list of a position, counted from 0.
    pub(crate) fn ordinal(&self, place: u64) -> Option<u64> {
        match self.window.as_ref()?.anchor {
            Anchor::Start => Some(place),
            Anchor::End => self.len()?.checked_sub(place + 1),
        }
    }

    /// Returns the position of an index in the whole list, if this window can reach it.
    pub(crate) fn place_of_ordinal(&self, ordinal: u64) -> Option<u64> {
        match self.window.as_ref()?.anchor {
            Anchor::Start => Some(ordinal),
            Anchor::End => self.len()?.checked_sub(ordinal + 1),
        }
    }

    /// Returns the positions of the visible rows, first to last.
    pub(crate) fn visible(&self, height: u64) -> impl Iterator<Item = u64> + use<> {
        let (top, reach) = (self.top, self.reach());
        let is_from_end = self.is_from_end();
        (0..height).map_while(move |line| {
            let place = if is_from_end { top.checked_sub(line)? } else { top + line };
            (place < reach).then_some(place)
        })
    }

    /// Reloads the list from this end, with the current filter and sort order.
    pub(crate) fn reopen(&mut self, anchor: Anchor) {
        self.wanted = Some(anchor);
        self.error = None;
        self.range_from = None;
    }

    /// Reloads the rows; the cursor keeps its position.
    ///
    /// Far down a list, new rows at its beginning are not shown until the cursor moves there.
    pub(crate) fn reload(&mut self) {
        self.pane.clear();
        self.total = None;
        self.error = None;
        match &mut self.window {
            Some(window) if self.place >= u64::from(PAGE) => window.forget_rows(),
            Some(window) => {
                let anchor = window.anchor;
                self.seek = self.current().map(Row::id).map(Seek::Row);
                self.reopen(anchor);
            }
            None => self.reopen(Anchor::Start),
        }
    }

    /// Sets the filter.
    pub(crate) fn filter(&mut self, query: String) {
        if self.query != query {
            self.query = query;
            self.total = None;
            // The count belongs to the previous filter.
            self.called_off.extend(self.counting.take());
            self.reopen(Anchor::Start);
        }
    }

    /// Sets the sort order.
    pub(crate) fn sort_by(&mut self, sort: Sort) {
        if self.sort != Some(sort) {
            self.sort = Some(sort);
            self.reopen(Anchor::Start);
        }
    }

    /// Moves the cursor by lines.
    pub(crate) fn step(&mut self, lines: i64, height: u64) {
        let onward = if self.is_from_end() { -lines } else { lines };
        self.heading = Some(if onward > 0 { Heading::Onward } else { Heading::Back });
        self.go_to(self.place.saturating_add_signed(onward), height);
    }

    /// Moves the cursor to a position and scrolls to it.
    pub(crate) fn go_to(&mut self, place: u64, height: u64) {
        self.place = place.min(self.reach().saturating_sub(1));
        self.fit(height);
    }

    /// Moves to an end of the list, with at most one request.
    pub(crate) fn go_to_end(&mut self, end: Anchor, height: u64) {
        self.heading = None;
        let Some(window) = &self.window else { return };
        if window.anchor == end && self.new_rows == 0 {
            self.go_to(0, height);
        } else if let Some(len) = window.len().filter(|_| self.new_rows == 0) {
            self.go_to(len.saturating_sub(1), height);
        } else if window.anchor == end || !self.collection.sorts().is_empty() {
            self.reopen(end);
        } else {
            self.go_to(u64::MAX, height);
        }
    }

    /// Keeps the cursor visible after a change of the height.
    pub(crate) fn fit(&mut self, height: u64) {
        let (height, last) = (height.max(1), self.reach().saturating_sub(1));
        self.place = self.place.min(last);
        let most = height - 1;
        self.top = if self.is_from_end() {
            self.top.clamp(self.place, self.place + most).min(last).max(most.min(last))
        } else {
            self.top.clamp(self.place.saturating_sub(most), self.place).min((last + 1).saturating_sub(height))
        };
    }

    /// Marks or unmarks the row under the cursor.
    pub(crate) fn toggle_mark(&mut self) {
        let Some(row) = self.current() else { return };
        let (id, mark) = (row.id(), Mark::of(row));
        if self.marks.remove(&id).is_none() {
            self.marks.insert(id, mark);
        }
    }

    /// Requests all rows of the list, to mark them.
    pub(crate) fn mark_all(&mut self, tickets: &mut Issuer<'_>) -> Vec<Effect> {
        let pending = tickets.next();
        let before = self.gathering.replace(pending).map(cancel);
        let request = Request::Everything { collection: self.collection.clone(), query: self.query.clone() };
        before.into_iter().chain([Effect::Send(pending.ticket(), request)]).collect()
    }

    /// Returns whether all rows are being loaded, to be marked.
    pub(crate) fn is_gathering(&self) -> bool {
        self.gathering.is_some()
    }

    /// Marks every loaded row between the start of the range and the cursor.
    pub(crate) fn mark_range(&mut self) {
        let Some(from) = self.range_from.take() else {
            self.range_from = Some(self.place);
            return;
        };
        for place in from.min(self.place)..=from.max(self.place) {
            let row = self.window.as_ref().and_then(|window| window.row(place));
            if let Some(row) = row {
                self.marks.insert(row.id(), Mark::of(row));
            }
        }
    }

    /// Updates a row in place with a newer state of its object.
    pub(crate) fn patch(&mut self, row: &Row) {
        if self.pending.is_some() {
            self.pending_events.changed(row);
        }
        if let Some(window) = &mut self.window {
            window.patch(row);
        }
    }

    /// Removes a purged object: reloads the rows if it is one of them.
    pub(crate) fn drop_row(&mut self, row: &Row) {
        self.marks.remove(&row.id());
        let is_listed = self.window.as_ref().is_some_and(|window| window.has(&row.id()));
        // A page that is being loaded may still contain it.
        let is_asked_for = self.pending.is_some() && matches!(self.collection, Collection::Resumes { .. });
        if is_listed || is_asked_for {
            self.reload();
        }
    }

    /// Counts a new row on the server, which is shown after the next reload.
    pub(crate) fn fall_behind(&mut self, id: Option<RowId>) {
        if self.pending.is_some() {
            self.pending_events.added(id);
        }
        // An empty list can be reloaded without moving any row.
        if self.len() == Some(0) && self.wanted.is_none() {
            self.reload();
        } else {
            self.new_rows += 1;
        }
    }

    /// Retries failed requests.
    pub(crate) fn retry(&mut self) {
        self.error = None;
        self.retry = None;
        self.pane.retry();
    }

    /// Drops what is not needed while the list is not shown.
    pub(crate) fn hide(&mut self) -> Vec<Effect> {
        let near = self.place;
        if let Some(window) = &mut self.window {
            window.trim(near);
        }
        let mut effects = self.pane.hide();
        effects.extend(self.pending.take().map(|(pending, _)| cancel(pending)));
        effects.extend(self.counting.take().map(cancel));
        effects.extend(self.gathering.take().map(cancel));
        effects.extend(self.retry.take().map(cancel));
        effects
    }

    fn is_from_end(&self) -> bool {
        self.window.as_ref().is_some_and(|window| window.anchor == Anchor::End)
    }

    fn reach(&self) -> u64 {
        self.window.as_ref().map_or(0, Window::reach)
    }

    /// Returns the positions of the visible rows, ascending.
    fn seen(&self, height: u64) -> Range<u64> {
        if self.is_from_end() {
            (self.top + 1).saturating_sub(height)..self.top + 1
        } else {
            self.top..(self.top + height).min(self.reach().max(1))
        }
    }
}

fn cancel<T>(pending: Pending<T>) -> Effect {
    Effect::Cancel(pending.ticket())
}

impl Mark {
    fn of(row: &Row) -> Self {
        Self { name: row.name(), version: row.version() }
    }
}
