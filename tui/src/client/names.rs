//! A cache of the names of people, for lists that contain only their ids.

use std::collections::BTreeMap;

use vitae_sdk::{Entry, User, UserId};

use crate::app::effect::Effect;
use crate::client::columns::Field;
use crate::client::error::ConsoleError;
use crate::client::request::{Request, Response};
use crate::client::row::{Row, short};
use crate::client::ticket::{Issuer, Pending, Ticket};
use crate::terminal::text::{escaped, shown};

/// The maximum number of cached names.
const KNOWN: usize = 2000;

/// The cache of names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    /// The escaped names; `None` for people who could not be found.
    known: BTreeMap<UserId, Option<String>>,
    asked: Option<(Pending<Box<User>>, UserId)>,
}

impl Names {
    /// Caches the name of a person.
    pub(crate) fn record(&mut self, user: &User) {
        if self.known.len() >= KNOWN {
            self.known.clear();
        }
        self.known.insert(user.id, Some(shown(&user.name)));
    }

    /// Removes people who could not be found, so that they are requested again.
    pub(crate) fn retry(&mut self) {
        self.known.retain(|_, name| name.is_some());
    }

    /// Requests the first unknown name of these rows, one request at a time.
    pub(crate) fn ask<'a>(
        &mut self,
        rows: impl Iterator<Item = &'a Row>,
        tickets: &mut Issuer<'_>,
    ) -> Option<Effect> {
        if self.asked.is_some() {
            return None;
        }
        let mut people = rows.flat_map(|row| match row {
            Row::Entry(entry) => [entry.actor.id, person_of(entry)],
            _ => [None, None],
        });
        let wanted = people.find_map(|id| id.filter(|id| !self.known.contains_key(id)))?;
        let pending = tickets.next();
        self.asked = Some((pending, wanted));
        Some(Effect::Send(pending.ticket(), Request::User(wanted)))
    }

    /// Handles a response; returns whether it belonged to this cache. People who cannot be found are shown by id.
    pub(crate) fn response(&mut self, ticket: Ticket, response: Result<Response, ConsoleError>) -> bool {
        let Some((pending, id)) = self.asked.take_if(|(pending, _)| pending.is(ticket)) else { return false };
        match pending.open(response) {
            Ok(user) => self.record(&user),
            Err(_) => {
                self.known.insert(id, None);
            }
        }
        true
    }

    pub(crate) fn of(&self, id: UserId) -> String {
        self.known.get(&id).cloned().flatten().unwrap_or_else(|| short(&id))
    }

    /// Returns the text of a cell, with names instead of ids.
    pub(crate) fn cell(&self, row: &Row, field: Field) -> String {
        match (row, field) {
            (Row::Entry(entry), Field::ACTOR) => {
                entry.actor.id.map_or_else(|| row.cell(field), |id| self.of(id))
            }
            (Row::Entry(entry), Field::OBJECT) => match person_of(entry) {
                Some(id) => format!("{} {}", escaped(&entry.object.kind), self.of(id)),
                None => row.cell(field),
            },
            _ => row.cell(field),
        }
    }
}

/// Returns the person who is the object of an entry.
fn person_of(entry: &Entry) -> Option<UserId> {
    let is_person = matches!(entry.object.kind.as_str(), "user" | "credential");
    is_person.then(|| entry.object.id.to_string().parse().ok()).flatten()
}
