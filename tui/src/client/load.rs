//! A value loaded from the server, where the most recent request wins.

use crate::app::effect::Effect;
use crate::client::error::ConsoleError;
use crate::client::request::{Request, Response};
use crate::client::ticket::{Issuer, Pending, Ticket};

/// The value of a key: requested, loaded or failed.
#[derive(Debug, Clone)]
pub(crate) struct Load<K, V> {
    asked: Option<(Pending<V>, K)>,
    value: Option<(K, V)>,
    failed: Option<(K, ConsoleError)>,
}

impl<K, V> Default for Load<K, V> {
    fn default() -> Self {
        Self { asked: None, value: None, failed: None }
    }
}

impl<K: PartialEq + Clone, V: TryFrom<Response>> Load<K, V> {
    /// Requests the value of this key unless it is loaded, requested or failed.
    ///
    /// A pending request for another key is cancelled.
    pub(crate) fn want(&mut self, key: &K, tickets: &mut Issuer<'_>, request: Request) -> Vec<Effect> {
        // An error of another key would be shown as this one's.
        self.failed.take_if(|(failed, _)| failed != key);
        let is = |known: Option<&K>| known == Some(key);
        if is(self.value.as_ref().map(|(k, _)| k)) || is(self.failed.as_ref().map(|(k, _)| k)) {
            return self.cancel();
        }
        if is(self.asked.as_ref().map(|(_, k)| k)) {
            return Vec::new();
        }
        let mut effects = self.cancel();
        let pending = tickets.next();
        self.asked = Some((pending, key.clone()));
        effects.push(Effect::Send(pending.ticket(), request));
        effects
    }

    /// Cancels the pending request.
    pub(crate) fn cancel(&mut self) -> Vec<Effect> {
        self.asked.take().map(|(pending, _)| Effect::Cancel(pending.ticket())).into_iter().collect()
    }

    /// Takes the response to this ticket, if it is the one that is waited for; returns whether it was.
    pub(crate) fn response(&mut self, ticket: Ticket, response: Result<Response, ConsoleError>) -> bool {
        let Some((pending, key)) = self.asked.take_if(|(pending, _)| pending.is(ticket)) else {
            return false;
        };
        match pending.open(response) {
            Ok(value) => (self.value, self.failed) = (Some((key, value)), None),
            Err(error) => self.failed = Some((key, error)),
        }
        true
    }

    /// Clears an error, so that the value is requested again.
    pub(crate) fn retry(&mut self) {
        self.failed = None;
    }

    /// Clears value and error.
    pub(crate) fn clear(&mut self) {
        (self.value, self.failed) = (None, None);
    }

    /// Returns the last value with its key.
    pub(crate) fn value(&self) -> Option<(&K, &V)> {
        self.value.as_ref().map(|(key, value)| (key, value))
    }

    pub(crate) fn value_mut(&mut self) -> Option<&mut V> {
        self.value.as_mut().map(|(_, value)| value)
    }

    pub(crate) fn error(&self) -> Option<&ConsoleError> {
        self.failed.as_ref().map(|(_, error)| error)
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.asked.is_some()
    }
}
