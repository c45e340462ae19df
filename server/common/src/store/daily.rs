//! How many changes a person may make in a day.

use rusqlite::Connection;
use vitae_contracts_core::{Code, Role, Timestamp};

use crate::{Caller, ServiceError};

/// The table that counts them; each service that is changed by people has one.
pub const DAILY_CHANGES: &str = "CREATE TABLE daily_changes (
  principal BLOB PRIMARY KEY,                     -- a person; in auth also a session, by its refreshes
  day INTEGER NOT NULL,                           -- since 1970, UTC
  changes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;";

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// How many changes one person may make in a day and service; administrators and editors are not bound.
///
/// Events, kept answers and versions grow with every change, whatever it writes and whatever is
/// purged afterwards; this bounds them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DailyLimit {
    limit: Option<u64>,
    essential: bool,
}

impl DailyLimit {
    /// So many changes a day; `None`: any number.
    pub const fn new(limit: Option<u64>) -> Self {
        Self { limit, essential: false }
    }

    /// The limit of changes that remove something or end a login: twice as many, so that a person
    /// who has used up the day can still make them.
    #[must_use]
    pub const fn essential(self) -> Self {
        Self { essential: true, ..self }
    }

    /// Counts one change of the caller; refuses it beyond the limit.
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
        let made = count_today(connection, *person.as_bytes(), at)?;
        let most = if self.essential { limit.saturating_mul(2) } else { limit };
        if made <= most {
            return Ok(());
        }
        let detail = format!(
            "the quota person-changes is exceeded: the limit is {limit} changes a day, and this person has made {}; \
             go on after midnight UTC, or have the operator raise --quota-person-changes",
            made - 1
        );
        Err(ServiceError::new(Code::QuotaExceeded, detail))
    }
}

/// Counts one more of what somebody or something did on the day of `at` (UTC); returns how many that makes.
pub fn count_today(connection: &Connection, who: [u8; 16], at: Timestamp) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO daily_changes (principal, day, changes) VALUES (?1, ?2, 1)
               ON CONFLICT (principal) DO UPDATE
               SET changes = iif(day = excluded.day, changes + 1, 1), day = excluded.day
               RETURNING changes";
    let day = at.as_millis().div_euclid(DAY_MILLIS);
    connection.prepare_cached(sql)?.query_row((who, day), |row| row.get(0))
}
