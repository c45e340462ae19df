//! Loading of a list: its requests, and the handling of their responses.

use std::time::Duration;

use vitae_sdk::Page;

use super::{Asked, Mark, Table, cancel};
use crate::app::effect::Effect;
use crate::client::collection::Seek;
use crate::client::error::{ConsoleError, Kind};
use crate::client::pending_events::PendingEvents;
use crate::client::request::{PageRequest, Request, Response};
use crate::client::row::Row;
use crate::client::ticket::{AllRows, Issuer, Ticket};
use crate::client::window::{Anchor, Way, Window};

impl Table {
    /// Requests missing rows: one request at a time, the most recently needed first.
    pub(crate) fn ask(&mut self, height: u64, tickets: &mut Issuer<'_>) -> Vec<Effect> {
        let mut effects: Vec<_> = self.called_off.drain(..).map(cancel).collect();
        effects.extend(self.ask_next(height, tickets));
        effects
    }

    fn ask_next(&mut self, height: u64, tickets: &mut Issuer<'_>) -> Vec<Effect> {
        if let Some(error) = &self.error {
            return if error.may_pass() { self.ask_later(tickets) } else { Vec::new() };
        }
        if self.pending.is_some() {
            return Vec::new();
        }
        let asked = match self.wanted {
            Some(anchor) => Asked::Open(anchor, self.page_request(anchor, Way::First)),
            None => {
                let seen = self.seen(height);
                match self.window.as_ref().and_then(|window| window.wants(seen, self.heading)) {
                    Some(wanted) => return self.ask_page(wanted.page, wanted.way, tickets),
                    None => return self.ask_count(tickets),
                }
            }
        };
        let Asked::Open(_, request) = &asked else { return Vec::new() };
        let request = request.clone();
        self.send(asked, request, tickets)
    }

    /// Handles a response; returns whether it belonged to this table.
    pub(crate) fn response(
        &mut self,
        ticket: Ticket,
        response: Result<Response, ConsoleError>,
        height: u64,
    ) -> bool {
        if let Some(pending) = self.counting.take_if(|pending| pending.is(ticket)) {
            if let Ok(total) = pending.open(response) {
                self.total = Some(total);
                if let Some(window) = self.window.as_mut().filter(|_| self.wanted.is_none()) {
                    window.count(total);
                }
            }
            return true;
        }
        if let Some(pending) = self.gathering.take_if(|pending| pending.is(ticket)) {
            if let Ok(AllRows(rows, is_cut)) = pending.open(response) {
                self.marks = rows.iter().map(|row| (row.id(), Mark::of(row))).collect();
                self.is_cut = is_cut;
            }
            return true;
        }
        let Some((pending, asked)) = self.pending.take_if(|(pending, _)| pending.is(ticket)) else {
            return false;
        };
        match pending.open(response) {
            Ok(page) => self.take(asked, page, height),
            Err(error) if error.kind == Kind::LostPlace && self.wanted.is_none() => self.reload(),
            Err(error) => {
                self.failures += 1;
                self.error = Some(error);
            }
        }
        true
    }

    /// Retries if this is the ticket of the retry timer.
    pub(crate) fn woken(&mut self, ticket: Ticket) {
        if self.retry.take_if(|timer| timer.is(ticket)).is_some() {
            self.retry();
        }
    }

    fn take(&mut self, asked: Asked, page: Page<Row>, height: u64) {
        self.failures = 0;
        match asked {
            Asked::Open(anchor, request) => {
                if self.wanted != Some(anchor) || self.page_request(anchor, Way::First) != request {
                    // The response is for an earlier filter; the next request is for the current one.
                    return;
                }
                self.wanted = None;
                self.total = page.total.or(self.total);
                let mut window =
                    Window::open(anchor, self.collection.can_skip(), page.items, page.next_cursor);
                if let Some(total) = self.total {
                    window.count(total);
                }
                self.new_rows = std::mem::take(&mut self.pending_events).apply(&mut window);
                self.window = Some(window);
                (self.place, self.top) = (0, 0);
                self.heading = None;
            }
            // There are fewer rows now than were counted.
            Asked::Page(number) if page.items.is_empty() && number > 0 => {
                self.total = None;
                self.reopen(if self.is_from_end() { Anchor::Start } else { Anchor::End });
            }
            Asked::Page(number) => {
                if let Some(window) = &mut self.window {
                    window.take(number, page.items, page.next_cursor, self.place);
                    // New rows are already included in the count.
                    std::mem::take(&mut self.pending_events).apply(window);
                }
            }
        }
        let place = match self.seek.take() {
            Some(Seek::Row(id)) => self.window.as_ref().and_then(|window| window.place_of(&id)),
            Some(Seek::Ordinal(ordinal)) => self.place_of_ordinal(ordinal),
            None => None,
        };
        if let Some(place) = place {
            self.place = place;
        }
        self.fit(height);
        if self.new_rows > 0 && self.len() == Some(0) {
            self.reload();
        }
    }

    fn ask_page(&mut self, page: u64, way: Way, tickets: &mut Issuer<'_>) -> Vec<Effect> {
        let anchor = self.window.as_ref().map(|window| window.anchor).unwrap_or_default();
        self.send(Asked::Page(page), self.page_request(anchor, way), tickets)
    }

    fn send(&mut self, asked: Asked, request: PageRequest, tickets: &mut Issuer<'_>) -> Vec<Effect> {
        let pending = tickets.next();
        self.pending = Some((pending, asked));
        self.pending_events = PendingEvents::default();
        vec![Effect::Send(pending.ticket(), Request::Page(request))]
    }

    fn ask_count(&mut self, tickets: &mut Issuer<'_>) -> Vec<Effect> {
        if !self.collection.is_counted()
            || self.len().is_some()
            || self.counting.is_some()
            || self.window.is_none()
        {
            return Vec::new();
        }
        let pending = tickets.next();
        self.counting = Some(pending);
        let (collection, query) = (self.collection.clone(), self.query.clone());
        vec![Effect::Send(pending.ticket(), Request::Count { collection, query })]
    }

    /// Schedules the next attempt, with a longer delay after every failure.
    fn ask_later(&mut self, tickets: &mut Issuer<'_>) -> Vec<Effect> {
        if self.retry.is_some() {
            return Vec::new();
        }
        let timer = tickets.next();
        self.retry = Some(timer);
        let seconds = 1 << self.failures.clamp(1, 5).saturating_sub(1);
        vec![Effect::Wake(timer.ticket(), Duration::from_secs(seconds))]
    }

    fn page_request(&self, anchor: Anchor, way: Way) -> PageRequest {
        PageRequest {
            collection: self.collection.clone(),
            query: self.query.clone(),
            sort: self.sort.map(|sort| sort.parameter(anchor == Anchor::End)),
            // Counting the matches of a search scans the whole list; the first rows need not wait for that.
            count: way == Way::First
                && self.query.is_empty()
                && self.total.is_none()
                && self.collection.is_counted(),
            way,
        }
    }
}
