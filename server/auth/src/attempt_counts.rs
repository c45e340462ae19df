//! Counts of attempts that are recorded as aggregated events.
//!
//! At most [`MAX_RECORDED_ACCOUNTS`] + 1 events every [`PERIOD`], at any rate of attempts: an attacker cannot fill the disk.
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
/// Interval of the checks whether a period is over.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// Accounts that get an event of their own in each period: those with the most attempts.
const MAX_RECORDED_ACCOUNTS: usize = 20;
/// Accounts that are counted separately.
const MAX_COUNTED_ACCOUNTS: usize = 256;
/// Client addresses listed in one event.
const MAX_ADDRESSES: usize = 5;

/// The account that attempts are counted for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum CountedAccount {
    /// An e-mail whose account was not looked up.
    Email(String),
    /// A known person.
    User(UserId),
    /// No account, or one beyond [`MAX_COUNTED_ACCOUNTS`].
    Others,
}

/// The key of a count: the subject of the event and the account.
pub(crate) type CounterKey = (&'static str, CountedAccount);

#[derive(Default)]
struct Batch {
    began: Option<Timestamp>,
    counts: HashMap<CounterKey, Count>,
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
            if self.addresses.len() < MAX_ADDRESSES {
                self.addresses.insert(address);
            }
        }
    }
}

/// The counts of the current period. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct AttemptCounts(Arc<Mutex<Batch>>);

impl AttemptCounts {
    /// Counts one attempt.
    pub(crate) fn count(
        &self,
        subject: &'static str,
        counted_account: CountedAccount,
        address: &str,
        now: Timestamp,
    ) {
        let mut batch = self.batch();
        batch.began.get_or_insert(now);
        let mut key = (subject, counted_account);
        if batch.counts.len() >= MAX_COUNTED_ACCOUNTS && !batch.counts.contains_key(&key) {
            key.1 = CountedAccount::Others;
        }
        let addresses = BTreeSet::from([address.to_owned()]);
        batch.counts.entry(key).or_default().add(Count { attempts: 1, addresses });
    }

    /// Takes the counts of a finished period, or of the current one if `before_end`; most attempts first.
    fn take(&self, now: Timestamp, before_end: bool) -> Vec<(CounterKey, Count)> {
        let mut batch = self.batch();
        // A clock that was set back ends the period as well.
        let is_over = |began: Timestamp| before_end || now < began || began.plus(PERIOD) <= now;
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

/// Adds up the counts of equal keys.
fn merge(counts: Vec<(CounterKey, Count)>) -> HashMap<CounterKey, Count> {
    let mut merged = HashMap::<CounterKey, Count>::new();
    for (key, count) in counts {
        merged.entry(key).or_default().add(count);
    }
    merged
}

impl Auth {
    /// Records throttled attempts at the end of each period. Never ends.
    pub async fn record_throttled_attempts(&self) {
        let mut check = tokio::time::interval(CHECK_INTERVAL);
        loop {
            check.tick().await;
            self.record_counts(false).await;
        }
    }

    /// Records the throttled attempts of the current period; for the shutdown of the process.
    pub async fn record_last_attempts(&self) {
        self.record_counts(true).await;
    }

    async fn record_counts(&self, before_end: bool) {
        let counts = self.attempt_counts.take(self.clock.now(), before_end);
        if counts.is_empty() {
            return;
        }
        let mut named = Vec::new();
        for (at, ((subject, counted_account), count)) in counts.into_iter().enumerate() {
            let counted_account = if at < MAX_RECORDED_ACCOUNTS {
                self.resolve_counted_account(counted_account).await
            } else {
                CountedAccount::Others
            };
            named.push(((subject, counted_account), count));
        }
        if let Err(error) = self.store.record_counts(merge(named).into_iter().collect()).await {
            tracing::warn!(%error, "counted login attempts could not be recorded");
        }
    }

    /// Looks up the person of an e-mail; `Others` if there is none.
    async fn resolve_counted_account(&self, counted_account: CountedAccount) -> CountedAccount {
        let CountedAccount::Email(email) = counted_account else { return counted_account };
        let account = self.resolve(&Caller::system(), By::Email(email)).await;
        let user = account.ok().flatten().and_then(|account| account.user_id.parse().ok());
        user.map_or(CountedAccount::Others, CountedAccount::User)
    }
}
