//! The daily limit of changes per person.

use rusqlite::Connection;
use vitae_contracts_core::{Code, Role, Timestamp};

use crate::{Caller, ServiceError};

/// The table of the counts; every service that people change has it.
pub const DAILY_CHANGES: &str = "CREATE TABLE daily_changes (
  principal BLOB PRIMARY KEY,                     -- a person; in auth also a session, by its refreshes
  day INTEGER NOT NULL,                           -- since 1970, UTC
  changes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;";

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// The limit of changes per person, day and service; it does not apply to administrators and editors.
///
/// It bounds events, stored responses and revisions: every change adds to them, even if its object is
/// purged afterwards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DailyLimit {
    limit: Option<u64>,
    essential: bool,
}

impl DailyLimit {
    /// Returns a limit of changes a day; `None` means unlimited.
    pub const fn new(limit: Option<u64>) -> Self {
        Self { limit, essential: false }
    }

    /// Returns the limit for changes that remove an object or end a session: twice as many, so that a
    /// person who has reached the ordinary limit can still make them.
    #[must_use]
    pub const fn essential(self) -> Self {
        Self { essential: true, ..self }
    }

    /// Counts one change of the caller; returns `quota_exceeded` beyond the limit.
    pub(super) fn count(
        self,
        connection: &Connection,
        caller: &Caller,
        at: Timestamp,
    ) -> Result<(), ServiceError> {
        let (Some(limit), Some(person)) = (self.limit, caller.user()) else { return Ok(()) };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        if caller.has_role(&[Role::Admin, Role::Editor]) {
            return Ok(());
        }
        let count = count_today(connection, *person.as_bytes(), at)?;
        let most = if self.essential { limit.saturating_mul(2) } else { limit };
        if count <= most {
            return Ok(());
        }
        let detail = format!(
            "the quota person-changes is exceeded: the limit is {limit} changes a day, and this person has made {}; \
             go on after midnight UTC, or have the operator raise --quota-person-changes",
            count - 1
        );
        Err(ServiceError::new(Code::QuotaExceeded, detail))
    }
}

/// Increments the count of a principal for the day of `at` (UTC) and returns it.
pub fn count_today(connection: &Connection, principal: [u8; 16], at: Timestamp) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO daily_changes (principal, day, changes) VALUES (?1, ?2, 1)
               ON CONFLICT (principal) DO UPDATE
               SET changes = iif(day = excluded.day, changes + 1, 1), day = excluded.day
               RETURNING changes";
    let day = at.as_millis().div_euclid(DAY_MILLIS);
    connection.prepare_cached(sql)?.query_row((principal, day), |row| row.get(0))
}
