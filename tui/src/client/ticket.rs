//! Tickets: each request and timer has one, which leads its response straight to the requester.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use vitae_sdk::{Page, Resume, Revision, Stats, User};

use crate::client::error::ConsoleError;
use crate::client::metrics::Metrics;
use crate::client::request::{Change, Response};
use crate::client::row::Row;

/// The number of a request or timer, as in effects, messages and recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Ticket(u64);

/// The component that a response is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Requester {
    /// The session, which asks who is logged in.
    Session,
    /// The login dialog.
    Login,
    /// The cache of people's names.
    Names,
    /// The lookup of a person by e-mail address.
    Lookup,
    /// The read of an object before its form opens.
    FormOpening,
    /// A form that saves, reads the newest version, or waits for the editor.
    Form,
    BulkOperation,
    /// A part of the screen that is shown. A screen cancels its requests when it is left.
    Screen(Part),
}

/// A part of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The object that the whole screen is about.
    Object,
    /// The table with this number.
    Table(usize),
    /// The pane beside the table with this number.
    Pane(usize),
}

/// The source of tickets, and the requester of each one that has no response yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tickets {
    last: u64,
    requesters: BTreeMap<Ticket, Requester>,
}

/// Issues tickets for one requester.
#[derive(Debug)]
pub(crate) struct Issuer<'a> {
    tickets: &'a mut Tickets,
    requester: Requester,
}

/// A request that has no response yet, with the type of its response.
pub(crate) struct Pending<T> {
    ticket: Ticket,
    response: PhantomData<fn() -> T>,
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Tickets {
    /// Returns a number that no other ticket has.
    pub(crate) fn next(&mut self) -> Ticket {
        self.last += 1;
        Ticket(self.last)
    }

    pub(crate) fn issuer(&mut self, requester: Requester) -> Issuer<'_> {
        Issuer { tickets: self, requester }
    }

    /// Returns the requester that waits for this ticket, which is used up.
    pub(crate) fn redeem(&mut self, ticket: Ticket) -> Option<Requester> {
        self.requesters.remove(&ticket)
    }

    /// Forgets a ticket whose request was cancelled.
    pub(crate) fn revoke(&mut self, ticket: Ticket) {
        self.requesters.remove(&ticket);
    }
}

impl Issuer<'_> {
    /// Issues a ticket for a request with this type of response, or for a timer.
    pub(crate) fn next<T>(&mut self) -> Pending<T> {
        let ticket = self.tickets.next();
        self.tickets.requesters.insert(ticket, self.requester);
        Pending { ticket, response: PhantomData }
    }

    /// Returns an issuer for a part of the screen.
    pub(crate) fn part(&mut self, part: Part) -> Issuer<'_> {
        Issuer { tickets: self.tickets, requester: Requester::Screen(part) }
    }
}

impl<T> Pending<T> {
    pub(crate) fn ticket(self) -> Ticket {
        self.ticket
    }

    pub(crate) fn is(self, ticket: Ticket) -> bool {
        self.ticket == ticket
    }
}

impl<T: TryFrom<Response>> Pending<T> {
    /// Returns the response as its type.
    ///
    /// A response of another type, as in a damaged recording, is an error.
    pub(crate) fn open(self, response: Result<Response, ConsoleError>) -> Result<T, ConsoleError> {
        response?.try_into().map_err(|_| {
            let what = format!("response {} is not of the type that was requested", self.ticket);
            ConsoleError::local(what, "try it again")
        })
    }
}

impl<T> Clone for Pending<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Pending<T> {}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pending({})", self.ticket)
    }
}

/// The user who is logged in.
pub(crate) struct CurrentUser(pub(crate) Box<User>);

/// The user who has just logged in.
pub(crate) struct LoggedInUser(pub(crate) Box<User>);

/// The result of a lookup by e-mail address.
pub(crate) enum Lookup {
    Found(Box<User>),
    /// No person has this e-mail address.
    Nobody(String),
}

/// An object before a form opens.
pub(crate) enum FormObject {
    User(Box<User>),
    Resume(Box<Resume>),
    /// A resume as it is, and an earlier revision of it.
    Before(Box<(Resume, Revision)>),
}

/// An object that was saved.
pub(crate) enum Saved {
    User(Box<User>),
    Resume(Box<Resume>),
    Password,
}

/// All rows of a list, and whether the list has more.
pub(crate) struct AllRows(pub(crate) Vec<Row>, pub(crate) bool);

/// The end of an operation that returns no object.
pub(crate) struct Done;

/// Implements the conversion of a response to its type; other responses are an error.
macro_rules! response_type {
    ($type:ty: $($pattern:pat => $value:expr),+) => {
        impl TryFrom<Response> for $type {
            type Error = ();

            fn try_from(response: Response) -> Result<Self, ()> {
                match response {
                    $($pattern => Ok($value),)+
                    _ => Err(()),
                }
            }
        }
    };
}

response_type!(CurrentUser: Response::Me(user) => Self(user));
response_type!(LoggedInUser: Response::LoggedIn(user) => Self(user));
response_type!(Lookup: Response::User(user) => Self::Found(user), Response::Nobody(email) => Self::Nobody(email));
response_type!(FormObject:
    Response::User(user) => Self::User(user),
    Response::Resume(resume) => Self::Resume(resume),
    Response::Before(both) => Self::Before(both));
response_type!(Saved:
    Response::User(user) => Self::User(user),
    Response::Resume(resume) => Self::Resume(resume),
    Response::Done => Self::Password);
response_type!(AllRows: Response::Everything(rows, is_cut) => Self(rows, is_cut));
response_type!(Done: Response::Done => Self);
response_type!(Page<Row>: Response::Page(page) => page);
response_type!(u64: Response::Count(count) => count);
response_type!(Box<User>: Response::User(user) => user);
response_type!(Box<Resume>: Response::Resume(resume) => resume);
response_type!(Box<Stats>: Response::Stats(stats) => stats);
response_type!(Box<Change>: Response::Change(change) => change);
response_type!(Option<Box<Metrics>>: Response::Metrics(metrics) => metrics);

pub(crate) use response_type;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn response_leads_to_its_requester_once() {
        let mut tickets = Tickets::default();
        let pending: Pending<u64> =
            tickets.issuer(Requester::Screen(Part::Table(0))).part(Part::Table(1)).next();
        assert_eq!(tickets.redeem(pending.ticket()), Some(Requester::Screen(Part::Table(1))));
        assert_eq!(tickets.redeem(pending.ticket()), None);
        let cancelled: Pending<Done> = tickets.issuer(Requester::BulkOperation).next();
        tickets.revoke(cancelled.ticket());
        assert_eq!(tickets.redeem(cancelled.ticket()), None);
    }

    #[test]
    fn response_of_another_type_is_an_error() {
        let mut tickets = Tickets::default();
        let pending: Pending<u64> = tickets.issuer(Requester::Session).next();
        assert_eq!(pending.open(Ok(Response::Count(3))).unwrap(), 3);
        assert!(pending.open(Ok(Response::Done)).unwrap_err().sentence().contains("not of the type"));
    }
}
