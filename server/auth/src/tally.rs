//! Attempts that get no event of their own: counted, and recorded together.
//!
//! At most [`ACCOUNTS`] + 1 events every [`PERIOD`], whatever the rate: an attacker cannot fill the disk.
//! The counts of the last period are lost when the process is killed.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use vitae_contracts_core::{Timestamp, UserId};
use vitae_contracts_services::users::v1::resolve_account_request::By;
use vitae_server_common::Caller;

use crate::Auth;

/// How long attempts are counted before they are recorded.
const PERIOD: Duration = Duration::from_mins(5);
/// How often it is checked whether a period is over.
const CHECKED: Duration = Duration::from_secs(1);
/// Accounts that get an event of their own each period; the most attempted ones.
const ACCOUNTS: usize = 20;
/// Accounts that are counted apart.
const COUNTED: usize = 256;
/// Client addresses that an event names.
const ADDRESSES: usize = 5;

/// Whose attempts are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Whose {
    /// Of an e-mail that nobody was looked up by.
    Email(String),
    /// Of a person who is known.
    User(UserId),
    /// Of nobody, or of more accounts than are counted apart.
    Others,
}

/// What is counted: the subject of the event, with whose attempts they are.
pub(crate) type Key = (&'static str, Whose);

#[derive(Default)]
struct Batch {
    began: Option<Timestamp>,
    counts: HashMap<Key, Count>,
}

/// The attempts of one key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) attempts: i64,
    pub(crate) addresses: BTreeSet<String>,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.attempts = self.attempts.saturating_add(other.attempts);
        for address in other.addresses {
            if self.addresses.len() < ADDRESSES {
                self.addresses.insert(address);
            }
        }
    }
}

/// The counts of the period. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Tally(Arc<Mutex<Batch>>);

impl Tally {
    /// Counts one attempt.
    pub(crate) fn count(&self, subject: &'static str, whose: Whose, address: &str, now: Timestamp) {
        let mut batch = self.batch();
        batch.began.get_or_insert(now);
        let mut key = (subject, whose);
        if batch.counts.len() >= COUNTED && !batch.counts.contains_key(&key) {
            key.1 = Whose::Others;
        }
        let addresses = BTreeSet::from([address.to_owned()]);
        batch.counts.entry(key).or_default().add(Count { attempts: 1, addresses });
    }

    /// Takes the counts of a period that is over, or of any if `early`; the most attempted first.
    fn take(&self, now: Timestamp, early: bool) -> Vec<(Key, Count)> {
        let mut batch = self.batch();
        // A clock that was set back ends the period as well.
        let is_over = |began: Timestamp| early || now < began || began.plus(PERIOD) <= now;
        if !batch.began.is_some_and(is_over) {
            return Vec::new();
        }
        let batch = std::mem::take(&mut *batch);
        let mut counts: Vec<_> = batch.counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(count.attempts));
        counts
    }

    fn batch(&self) -> MutexGuard<'_, Batch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds up what is not recorded by account.
fn merge(counts: Vec<(Key, Count)>) -> HashMap<Key, Count> {
    let mut merged = HashMap::<Key, Count>::new();
    for (key, count) in counts {
        merged.entry(key).or_default().add(count);
    }
    merged
}

impl Auth {
    /// Records throttled attempts at the end of each period. Never ends.
    pub async fn record_throttled_attempts(&self) {
        let mut check = tokio::time::interval(CHECKED);
        loop {
            check.tick().await;
            self.record_tally(false).await;
        }
    }

    /// Records throttled attempts that were not recorded yet; for the end of the process.
    pub async fn record_last_attempts(&self) {
        self.record_tally(true).await;
    }

    async fn record_tally(&self, early: bool) {
        let counts = self.tally.take(self.clock.now(), early);
        if counts.is_empty() {
            return;
        }
        let mut named = Vec::new();
        for (at, ((subject, whose), count)) in counts.into_iter().enumerate() {
            let whose = if at < ACCOUNTS { self.named(whose).await } else { Whose::Others };
            named.push(((subject, whose), count));
        }
        if let Err(refusal) = self.store.record_counts(merge(named).into_iter().collect()).await {
            tracing::warn!(%refusal, "counted login attempts could not be recorded");
        }
    }

    /// The person of an e-mail; nobody is among the others.
    async fn named(&self, whose: Whose) -> Whose {
        let Whose::Email(email) = whose else { return whose };
        let account = self.resolve(&Caller::system(), By::Email(email)).await;
        let user = account.ok().flatten().and_then(|account| account.user_id.parse().ok());
        user.map_or(Whose::Others, Whose::User)
    }
}
