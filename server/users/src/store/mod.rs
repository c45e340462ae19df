//! People in SQLite: each use case is one transaction with its event.

mod addresses;
mod external_ids;
mod labels;
mod rows;
mod stats;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use prost::Message as _;
use rusqlite::{Connection, OpenFlags};
use vitae_contracts_core::{Code, EventId, Status, Timestamp, UserId, fold, subjects};
use vitae_contracts_services::users::v1;
use vitae_server_common::store::{
    Counts, DAILY_CHANGES, DailyLimit, NewEvent, OpenError, Options, PRODUCER_TABLES, Store, append,
    idempotent, prune_idempotency_keys, replayed,
};
use vitae_server_common::{Caller, Clock, FeedSource, RecentValue, ServiceError};

use crate::labels::Labels;
use crate::users::{Person, Update};
pub(crate) use rows::{List, Listed};

/// The migrations of the schema, oldest first.
pub const SCHEMA: &[&str] = &[
    PRODUCER_TABLES,
    include_str!("users.sql"),
    INITIAL_CONSUMERS,
    include_str!("counts.sql"),
    DAILY_CHANGES,
    include_str!("addresses.sql"),
    include_str!("external_ids.sql"),
    include_str!("labels.sql"),
];
/// The consumers that every event log has from its start. An event is pruned only after all of them have read it.
const INITIAL_CONSUMERS: &str =
    "INSERT INTO consumers (name, position, at) VALUES ('auth', 0, 0), ('resumes', 0, 0), ('audit', 0, 0)
  ON CONFLICT (name) DO NOTHING";

/// The number of people from which statistics are cached for [`STATS_LIFETIME`]: computing them takes longer.
const MANY: i64 = 10_000;
/// The time for which statistics are cached.
const STATS_LIFETIME: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub(crate) struct UsersStore {
    store: Store,
    clock: Clock,
    stats: Arc<RecentValue<v1::GetStatsResponse>>,
    /// The limit of changes per person and day.
    pub(crate) daily: DailyLimit,
}

impl UsersStore {
    pub(crate) fn open(options: &Options, clock: Clock) -> Result<Self, OpenError> {
        let store = Store::open_completed(options, "users", SCHEMA, addresses::complete)?;
        Ok(Self { store, clock, stats: Arc::default(), daily: DailyLimit::default() })
    }

    pub(crate) fn counts(&self) -> Counts {
        self.store.counts()
    }

    pub(crate) fn feed(&self) -> FeedSource {
        FeedSource::new(self.store.clone(), "users", self.clock.clone())
    }

    pub(crate) async fn run_maintenance(&self) {
        prune_idempotency_keys(&self.store, self.clock.now()).await;
        self.feed().prune().await;
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn get(&self, id: UserId) -> Result<Option<Person>, ServiceError> {
        self.store.read(|connection| rows::by_id(connection, id))
    }

    pub(crate) fn by_email(&self, email: &str) -> Result<Option<Person>, ServiceError> {
        self.store.read(|connection| addresses::by_email(connection, email))
    }

    /// Returns statistics of all people.
    pub(crate) async fn stats(&self) -> Result<v1::GetStatsResponse, ServiceError> {
        let lifetime = |stats: &v1::GetStatsResponse| match stats.live + stats.deleted {
            MANY.. => STATS_LIFETIME,
            _ => Duration::ZERO,
        };
        self.stats.get_or_compute(lifetime, self.store.scan(stats::compute)).await
    }

    pub(crate) async fn list(&self, list: List) -> Result<Listed, ServiceError> {
        if list.is_short() {
            return self.store.read(|connection| rows::list(connection, &list));
        }
        self.store.scan(move |connection| rows::list(connection, &list)).await
    }

    /// Returns the stored response if the request repeats an idempotency key.
    pub(crate) fn replayed_response(&self, caller: &Caller) -> Result<Option<v1::User>, ServiceError> {
        self.store.read(|connection| replayed(connection, caller))
    }

    pub(crate) async fn create(&self, caller: &Caller, person: Person) -> Result<v1::User, ServiceError> {
        let (caller, daily) = (caller.clone(), self.daily);
        self.store
            .write(move |connection| {
                idempotent(connection, &caller, person.created_at, daily, || {
                    if rows::by_id(connection, person.id)?.is_some() {
                        return Err(ServiceError::new(Code::IdTaken, format!("user {} exists", person.id)));
                    }
                    addresses::require_free(connection, person.id, &person.email, None)?;
                    external_ids::require_free(connection, person.id, person.external_id.as_deref())?;
                    rows::insert(connection, &person)?;
                    labels::replace(connection, person.id, &person.labels)?;
                    record(connection, &caller, subjects::USER_CREATED, None, &person)?;
                    Ok(person.message())
                })
            })
            .await
    }

    pub(crate) async fn update(
        &self,
        caller: &Caller,
        id: UserId,
        expected: i64,
        update: Update,
    ) -> Result<v1::User, ServiceError> {
        self.change(caller, id, expected, subjects::USER_UPDATED, move |connection, person| {
            person.require_live()?;
            if let Some(email) = &update.email {
                if fold(email) != fold(&person.email) {
                    addresses::require_free(connection, person.id, email, None)?;
                }
                person.email.clone_from(email);
            }
            if let Some(name) = &update.name {
                person.name.clone_from(name);
            }
            if let Some(role) = &update.role {
                person.role.clone_from(role);
            }
            if let Some(external_id) = &update.external_id {
                person.external_id = Some(external_id.clone()).filter(|id| !id.is_empty());
                external_ids::require_free(connection, person.id, person.external_id.as_deref())?;
            }
            if let Some(patch) = &update.labels {
                patch.apply(&mut person.labels);
                check_labels(&person.labels)?;
            }
            Ok(())
        })
        .await
    }

    pub(crate) async fn set_status(
        &self,
        caller: &Caller,
        id: UserId,
        expected: i64,
        status: Status,
    ) -> Result<v1::User, ServiceError> {
        let subject =
            if status == Status::Disabled { subjects::USER_DISABLED } else { subjects::USER_ENABLED };
        self.change(caller, id, expected, subject, move |_, person| {
            person.require_live()?;
            person.status = status.clone();
            Ok(())
        })
        .await
    }

    pub(crate) async fn delete(
        &self,
        caller: &Caller,
        id: UserId,
        expected: i64,
    ) -> Result<v1::User, ServiceError> {
        let now = self.clock.now();
        self.change(caller, id, expected, subjects::USER_DELETED, move |_, person| {
            person.deleted_at = person.deleted_at.or(Some(now));
            Ok(())
        })
        .await
    }

    pub(crate) async fn restore(
        &self,
        caller: &Caller,
        id: UserId,
        expected: i64,
    ) -> Result<v1::User, ServiceError> {
        self.change(caller, id, expected, subjects::USER_RESTORED, |connection, person| {
            if let Some(deleted_at) = person.deleted_at.take() {
                addresses::require_free(connection, person.id, &person.email, Some(deleted_at))?;
                external_ids::require_free(connection, person.id, person.external_id.as_deref())?;
            }
            Ok(())
        })
        .await
    }

    /// Reads, checks, changes and writes a person with the event, in one transaction.
    ///
    /// A change without effect creates no version and no event.
    async fn change(
        &self,
        caller: &Caller,
        id: UserId,
        expected: i64,
        subject: &'static str,
        apply: impl Fn(&Connection, &mut Person) -> Result<(), ServiceError> + Send + 'static,
    ) -> Result<v1::User, ServiceError> {
        let (caller, now, daily) = (caller.clone(), self.clock.now(), self.daily);
        let change = move |connection: &Connection| {
            idempotent(connection, &caller, now, daily, || {
                let before =
                    rows::by_id(connection, id)?.ok_or_else(|| ServiceError::not_found("user", id))?;
                before.require_version(expected)?;
                let mut after = before.clone();
                apply(connection, &mut after)?;
                if after == before {
                    return Ok(before.message());
                }
                if before.is_active_admin() && !after.is_active_admin() {
                    require_another_admin(connection)?;
                }
                after.version += 1;
                after.updated_at = now;
                record(connection, &caller, subject, Some(&before), &after)?;
                Ok(after.message())
            })
        };
        match subject {
            // Access can be revoked even if the storage is full.
            subjects::USER_DISABLED | subjects::USER_DELETED => self.store.write_essential(change).await,
            _ => self.store.write(change).await,
        }
    }
}

/// Returns whether the database of a stopped service contains any person, deleted or not.
pub fn has_people(file: &Path) -> Result<bool, ServiceError> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    Ok(connection.prepare("SELECT 1 FROM users LIMIT 1")?.exists([])?)
}

/// Writes a changed person and the event of the change.
fn record(
    connection: &Connection,
    caller: &Caller,
    subject: &'static str,
    before: Option<&Person>,
    after: &Person,
) -> Result<(), ServiceError> {
    let event = EventId::new();
    let mut after = after.clone();
    // The event of a restore refers to the event of the deletion.
    let deletion = before.and_then(|before| before.deletion_event).filter(|_| after.deleted_at.is_none());
    after.deletion_event = after.deleted_at.map(|_| event);
    if let Some(before) = before {
        rows::update(connection, &after)?;
        if after.labels != before.labels {
            labels::replace(connection, after.id, &after.labels)?;
        }
    }
    let payload = v1::UserEvent {
        user: Some(after.message()),
        changes: before.map(|before| after.changes_since(before)).unwrap_or_default(),
        deletion_event_id: deletion.map(|id| id.to_string()).unwrap_or_default(),
    };
    let event = NewEvent {
        id: event,
        subject,
        object_id: *after.id.as_bytes(),
        object_version: after.version,
        payload: payload.encode_to_vec(),
    };
    append(connection, caller, after.updated_at, &event)
}

fn check_labels(labels: &Labels) -> Result<(), ServiceError> {
    crate::labels::check(labels)
        .map_err(|violation| ServiceError::invalid(Code::ValidationFailed, vec![violation]))
}

fn require_another_admin(connection: &Connection) -> Result<(), ServiceError> {
    if rows::active_admins(connection)? > 1 {
        return Ok(());
    }
    Err(ServiceError::new(
        Code::LastAdmin,
        "this is the last active administrator; make another person an administrator first",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrated_people_have_no_external_id_and_no_labels() {
        let connection = Connection::open_in_memory().unwrap();
        let is_new = |step: &&str| step.contains("ADD COLUMN external_id");
        let (before, after) = SCHEMA.split_at(SCHEMA.iter().position(is_new).unwrap());
        connection.execute_batch(&before.join(";")).unwrap();
        let id = UserId::new();
        let sql = "INSERT INTO users (id, email, email_key, name, name_key, role, status, version, created_at, updated_at)
                   VALUES (?1, 'a@b', 'a@b', 'A', 'a', 'member', 'active', 1, 2, 3)";
        connection.execute(sql, [id.as_bytes()]).unwrap();
        connection.execute_batch(&after.join(";")).unwrap();
        let person = rows::by_id(&connection, id).unwrap().unwrap();
        assert_eq!((person.external_id, person.labels), (None, Labels::new()));
    }
}
