//! SQL of budgets, devices and unlocks; records the outcomes of attempts.

use std::time::Duration;

use ring::hmac;
use rusqlite::{Connection, OptionalExtension as _, Result};
use vitae_contracts_core::{Timestamp, UserId};
use vitae_server_common::{Caller, Principal, ServiceError};

use super::{AuthEventDetails, AuthStore, record};
use crate::attempt_counts;
use crate::attempt_queue::AccountKey;
use crate::throttle::{self, Budget, EVENTS, GUESSES, Scope, ScopeKind};

/// Stored budgets; those nearest to being full are deleted first.
const MAX_BUDGETS: i64 = 20_000;
/// Full budgets that are deleted with each failure.
const PRUNED_PER_FAILURE: i64 = 16;
/// Known devices of one account.
const MAX_DEVICES: i64 = 20;
/// How long an unlock is valid.
pub(crate) const UNLOCK_LIFETIME: Duration = Duration::from_hours(1);
/// Attempts that an unlock admits; it ends with the first that succeeds.
pub(crate) const UNLOCK_ATTEMPTS: i64 = 30;

/// A scope with its keyed hash, under which it is stored.
#[derive(Debug, Clone)]
pub(crate) struct KeyedScope {
    pub(crate) scope: Scope,
    pub(crate) key: AccountKey,
}

impl KeyedScope {
    pub(crate) fn new(secret: &hmac::Key, scope: Scope) -> Self {
        let mut context = hmac::Context::with_key(secret);
        context.update(&[scope.kind as u8]);
        context.update(scope.name.as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&context.sign().as_ref()[..16]);
        Self { scope, key }
    }
}

/// Returns the key of the hashes under which scopes are stored.
pub(crate) fn secret(connection: &Connection) -> Result<hmac::Key> {
    let sql = "SELECT value FROM secrets WHERE name = 'throttle'";
    let value: [u8; 32] = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &value))
}

/// A device that has logged in to an account.
pub(crate) struct DeviceRow {
    pub(crate) user: UserId,
    pub(crate) budget: Budget,
}

/// An unlock: an operator's permission for one login of an account.
pub(crate) struct UnlockRow {
    pub(crate) attempts_left: i64,
    created_at: Timestamp,
    address: String,
}

impl UnlockRow {
    /// Returns whether it is for this client and has not expired. Setting the clock back does not extend it.
    pub(crate) fn is_for(&self, address: &str, now: Timestamp) -> bool {
        let lifetime = self.created_at.minus(UNLOCK_LIFETIME)..self.created_at.plus(UNLOCK_LIFETIME);
        let is_here = self.address.is_empty() || throttle::is_same_client(&self.address, address);
        self.attempts_left > 0 && lifetime.contains(&now) && is_here
    }
}

/// The device of a successful login, by the hash of its device token.
#[derive(Clone, Copy)]
pub(crate) enum Device {
    /// A new token.
    New([u8; 32]),
    /// The token sent with the login.
    Known([u8; 32]),
}

impl Device {
    /// Returns the hash of its token.
    pub(crate) fn hash(self) -> [u8; 32] {
        match self {
            Self::New(hash) | Self::Known(hash) => hash,
        }
    }
}

/// A failed attempt: the event to record and the budgets to charge.
#[derive(Clone)]
pub(crate) struct Failure {
    pub(crate) subject: &'static str,
    /// `credentials`, or `abandoned` if the client disconnected before the response.
    pub(crate) reason: &'static str,
    pub(crate) user: Option<UserId>,
    pub(crate) scopes: Vec<KeyedScope>,
    pub(crate) device: Option<[u8; 32]>,
    pub(crate) unlock: Option<AccountKey>,
}

impl Failure {
    pub(crate) fn new(subject: &'static str, user: Option<UserId>) -> Self {
        Self { subject, reason: "credentials", user, scopes: Vec::new(), device: None, unlock: None }
    }
}

impl AuthStore {
    /// Returns the scope with its keyed hash.
    pub(crate) fn keyed(&self, scope: Scope) -> KeyedScope {
        KeyedScope::new(&self.throttle_secret, scope)
    }

    pub(crate) fn budget(&self, keyed: &KeyedScope) -> Result<Budget, ServiceError> {
        self.store.read(|connection| Ok(budget(connection, keyed)?))
    }

    /// Returns the longest wait of these scopes; `None` if an attempt is allowed now.
    pub(crate) fn wait(&self, scopes: &[KeyedScope]) -> Result<Option<Duration>, ServiceError> {
        let now = self.clock.now();
        self.store.read(|connection| {
            let mut longest = None;
            for keyed in scopes {
                longest = longest.max(budget(connection, keyed)?.wait(keyed.scope.limit, now));
            }
            Ok(longest)
        })
    }

    pub(crate) fn device(&self, hash: [u8; 32]) -> Result<Option<DeviceRow>, ServiceError> {
        self.store.read(|connection| Ok(device(connection, hash)?))
    }

    pub(crate) fn unlock(&self, account: AccountKey) -> Result<Option<UnlockRow>, ServiceError> {
        self.store.read(|connection| Ok(unlock(connection, account)?))
    }

    /// Charges and records a failed attempt; returns whether it was recorded as an event of its own.
    pub(crate) async fn record_failure(
        &self,
        caller: &Caller,
        failure: Failure,
    ) -> Result<bool, ServiceError> {
        let (caller, now) = (caller.clone(), self.clock.now());
        let events = self.keyed(Scope::events());
        self.store
            .write_essential(move |connection| {
                charge(connection, &failure, now)?;
                let event_budget = budget(connection, &events)?;
                if event_budget.wait(EVENTS, now).is_some() {
                    return Ok(false);
                }
                put(connection, &events, event_budget.charge(EVENTS, now))?;
                let details = AuthEventDetails {
                    subject: failure.subject,
                    user: failure.user,
                    reason: failure.reason,
                    ..AuthEventDetails::default()
                };
                record(connection, &caller, now, &details)?;
                Ok(true)
            })
            .await
    }
}

impl AuthStore {
    /// Records counted attempts as one event for each subject and account.
    pub(crate) async fn record_counts(
        &self,
        counts: Vec<(attempt_counts::CounterKey, attempt_counts::Count)>,
    ) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let caller = Caller { principal: Principal::Anonymous, ..Caller::system() };
        self.store
            .write_essential(move |connection| {
                for ((subject, counted_account), count) in &counts {
                    let details = AuthEventDetails {
                        subject,
                        user: if let attempt_counts::CountedAccount::User(user) = counted_account {
                            Some(*user)
                        } else {
                            None
                        },
                        reason: "aggregated",
                        attempts: count.attempts,
                        addresses: count.addresses.iter().cloned().collect(),
                        ..AuthEventDetails::default()
                    };
                    record(connection, &caller, now, &details)?;
                }
                Ok(())
            })
            .await
    }
}

fn charge(connection: &Connection, failure: &Failure, now: Timestamp) -> Result<()> {
    for keyed in &failure.scopes {
        let charged = budget(connection, keyed)?.charge(keyed.scope.limit, now);
        put(connection, keyed, charged)?;
    }
    if let Some(hash) = failure.device
        && let Some(row) = device(connection, hash)?
    {
        let Budget { full_at, failed_at } = row.budget.charge(GUESSES, now);
        connection
            .prepare_cached("UPDATE devices SET full_at = ?2, failed_at = ?3 WHERE hash = ?1")?
            .execute((hash, full_at, failed_at))?;
    }
    if let Some(key) = failure.unlock {
        let sql = "UPDATE unlocks SET attempts_left = attempts_left - 1 WHERE key = ?1";
        connection.prepare_cached(sql)?.execute([key])?;
    }
    prune(connection, now)
}

fn budget(connection: &Connection, keyed: &KeyedScope) -> Result<Budget> {
    let sql = "SELECT full_at, failed_at FROM throttles WHERE kind = ?1 AND key = ?2";
    let found = connection
        .prepare_cached(sql)?
        .query_row((keyed.scope.kind as u8, keyed.key), |row| {
            Ok(Budget { full_at: row.get(0)?, failed_at: row.get(1)? })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}

fn put(connection: &Connection, keyed: &KeyedScope, budget: Budget) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO throttles (kind, key, full_at, failed_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (kind, key) DO UPDATE SET full_at = excluded.full_at, failed_at = excluded.failed_at",
        )?
        .execute((keyed.scope.kind as u8, keyed.key, budget.full_at, budget.failed_at))
        .map(drop)
}

/// Deletes some full budgets, and those beyond [`MAX_BUDGETS`].
fn prune(connection: &Connection, now: Timestamp) -> Result<()> {
    let remove = "DELETE FROM throttles WHERE (kind, key) IN (SELECT kind, key FROM throttles";
    connection
        .prepare_cached(&format!("{remove} WHERE full_at <= ?1 ORDER BY full_at LIMIT ?2)"))?
        .execute((now.as_millis(), PRUNED_PER_FAILURE))?;
    let count: i64 =
        connection.prepare_cached("SELECT count(*) FROM throttles")?.query_row([], |row| row.get(0))?;
    if count > MAX_BUDGETS {
        connection
            .prepare_cached(&format!("{remove} WHERE kind <= ?1 ORDER BY full_at LIMIT ?2)"))?
            .execute((ScopeKind::Network as u8, count - MAX_BUDGETS))?;
    }
    Ok(())
}

fn device(connection: &Connection, hash: [u8; 32]) -> Result<Option<DeviceRow>> {
    connection
        .prepare_cached("SELECT user_id, full_at, failed_at FROM devices WHERE hash = ?1")?
        .query_row([hash], |row| {
            let budget = Budget { full_at: row.get(1)?, failed_at: row.get(2)? };
            Ok(DeviceRow { user: UserId::from_bytes(row.get(0)?), budget })
        })
        .optional()
}

/// Stores the device of a successful login.
pub(super) fn record_device(
    connection: &Connection,
    user: UserId,
    device: Device,
    now: Timestamp,
) -> Result<()> {
    let hash = match device {
        Device::Known(hash) => {
            return connection
                .prepare_cached(
                    "UPDATE devices SET last_used_at = ?2, full_at = 0, failed_at = 0 WHERE hash = ?1",
                )?
                .execute((hash, now.as_millis()))
                .map(drop);
        }
        Device::New(hash) => hash,
    };
    connection
        .prepare_cached(
            "INSERT INTO devices (hash, user_id, created_at, last_used_at) VALUES (?1, ?2, ?3, ?3)",
        )?
        .execute((hash, user.as_bytes(), now.as_millis()))?;
    // Devices that were never used again, by a login or a refresh, are deleted first: programs that log in anew
    // each time create many of them.
    connection
        .prepare_cached(
            "DELETE FROM devices WHERE hash IN (
               SELECT hash FROM devices WHERE user_id = ?1 AND hash <> ?2
               ORDER BY last_used_at <> created_at OR EXISTS (
                   SELECT 1 FROM sessions
                   WHERE sessions.device = devices.hash AND sessions.last_used_at <> sessions.created_at
                 ) DESC, last_used_at DESC LIMIT -1 OFFSET ?3)",
        )?
        .execute((user.as_bytes(), hash, MAX_DEVICES - 1))
        .map(drop)
}

/// Deletes every device of a person.
pub(super) fn delete_devices(connection: &Connection, user: UserId) -> Result<()> {
    connection.prepare_cached("DELETE FROM devices WHERE user_id = ?1")?.execute([user.as_bytes()]).map(drop)
}

fn unlock(connection: &Connection, account: AccountKey) -> Result<Option<UnlockRow>> {
    connection
        .prepare_cached("SELECT attempts_left, created_at, address FROM unlocks WHERE key = ?1")?
        .query_row([account], |row| {
            Ok(UnlockRow {
                attempts_left: row.get(0)?,
                created_at: Timestamp::from_millis(row.get(1)?),
                address: row.get(2)?,
            })
        })
        .optional()
}

/// Stores an unlock of an account; replaces an earlier one.
pub(crate) fn put_unlock(
    connection: &Connection,
    account: AccountKey,
    address: &str,
    now: Timestamp,
) -> Result<()> {
    connection
        .execute(
            "INSERT OR REPLACE INTO unlocks (key, created_at, attempts_left, address) VALUES (?1, ?2, ?3, ?4)",
            (account, now.as_millis(), UNLOCK_ATTEMPTS, address),
        )
        .map(drop)
}

pub(super) fn delete_unlock(connection: &Connection, account: AccountKey) -> Result<()> {
    connection.prepare_cached("DELETE FROM unlocks WHERE key = ?1")?.execute([account]).map(drop)
}

/// Removes unlocks that have expired, and budgets that are full again.
pub(super) fn delete_outdated(connection: &Connection, now: Timestamp) -> Result<()> {
    let lifetime = [now.minus(UNLOCK_LIFETIME), now.plus(UNLOCK_LIFETIME)].map(Timestamp::as_millis);
    connection.execute("DELETE FROM unlocks WHERE created_at NOT BETWEEN ?1 AND ?2", lifetime)?;
    connection.execute("DELETE FROM throttles WHERE full_at <= ?1", [now.as_millis()]).map(drop)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use vitae_contracts_core::subjects;
    use vitae_server_common::Clock;
    use vitae_server_common::store::{Options, Store};

    use super::super::SCHEMA;
    use super::*;

    fn options(directory: &Path) -> Options {
        Options { directory: directory.to_owned(), max_pages: None }
    }

    fn open(directory: &Path) -> AuthStore {
        AuthStore::open(&options(directory), Clock::system()).unwrap()
    }

    fn count(connection: &Connection, of: &str) -> i64 {
        connection.query_row(&format!("SELECT count(*) FROM {of}"), [], |row| row.get(0)).unwrap()
    }

    fn guess(store: &AuthStore, email: &str) -> Failure {
        let scopes = vec![store.keyed(Scope::account(email))];
        Failure { scopes, ..Failure::new(subjects::LOGIN_FAILED, None) }
    }

    #[tokio::test]
    async fn stored_budgets_are_bounded_and_the_fullest_are_deleted_first() {
        let directory = tempfile::tempdir().unwrap();
        let store = open(directory.path());
        let attacked = guess(&store, "ada@example.com");
        for _ in 0..20 {
            store.record_failure(&Caller::system(), attacked.clone()).await.unwrap();
        }
        let now = store.clock.now();
        store
            .store
            .write(move |connection| {
                connection.execute(
                    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
                     INSERT INTO throttles SELECT 1, randomblob(16), ?2 + i, ?2 FROM n",
                    (MAX_BUDGETS + 500, now.as_millis() + 60_000),
                )?;
                Ok(())
            })
            .await
            .unwrap();
        store.record_failure(&Caller::system(), guess(&store, "eve@example.com")).await.unwrap();
        let rows = store.store.read(|connection| Ok(count(connection, "throttles"))).unwrap();
        // The budget of events is written after the deletion.
        assert!(rows <= MAX_BUDGETS + 1, "{rows}");
        assert!(
            store.wait(&attacked.scopes).unwrap() > Some(Duration::from_mins(10)),
            "the attacked account is still throttled"
        );

        store
            .store
            .write(move |connection| Ok(delete_outdated(connection, now.plus(UNLOCK_LIFETIME * 7))?))
            .await
            .unwrap();
        assert_eq!(store.store.read(|connection| Ok(count(connection, "throttles"))).unwrap(), 0);
    }

    #[tokio::test]
    async fn failure_events_are_bounded_at_any_rate() {
        let directory = tempfile::tempdir().unwrap();
        let store = open(directory.path());
        let mut with_event = 0;
        for number in 0..700 {
            let failure = guess(&store, &format!("{number}@example.com"));
            with_event += i32::from(store.record_failure(&Caller::system(), failure).await.unwrap());
        }
        assert!((500..510).contains(&with_event), "{with_event}");
        let written = store.store.read(|connection| Ok(count(connection, "event_log"))).unwrap();
        assert_eq!(written, i64::from(with_event));
    }

    #[tokio::test]
    async fn devices_are_bounded_and_reused_ones_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let (store, user) = (open(directory.path()), UserId::new());
        let now = store.clock.now();
        let hash = |number: u8| [number; 32];
        store
            .store
            .write(move |connection| {
                record_device(connection, user, Device::New(hash(0)), now)?;
                record_device(connection, user, Device::Known(hash(0)), now.plus(UNLOCK_LIFETIME))?;
                for number in 1..=100 {
                    let later = now.plus(UNLOCK_LIFETIME * u32::from(number));
                    record_device(connection, user, Device::New(hash(number)), later)?;
                }
                Ok(())
            })
            .await
            .unwrap();
        let is_known = |number| store.device(hash(number)).unwrap().is_some();
        let known: Vec<_> = (0..=100).filter(|number| is_known(*number)).collect();
        assert_eq!(known, [vec![0], (82..=100).collect()].concat());
    }

    #[test]
    fn database_of_an_earlier_version_is_migrated() {
        let directory = tempfile::tempdir().unwrap();
        let before = SCHEMA.iter().position(|step| step.contains("CREATE TABLE throttles")).unwrap();
        drop(Store::open(&options(directory.path()), "auth", &SCHEMA[..before]).unwrap());
        let key = open(directory.path()).keyed(Scope::account("ada@example.com")).key;
        let again = open(directory.path());
        assert_eq!(again.keyed(Scope::account("ada@example.com")).key, key, "the secret is generated once");
        assert_eq!(again.wait(&guess(&again, "ada@example.com").scopes).unwrap(), None);
    }
}
