//! Retention of the event log: events are removed a week after they were written, once all consumers confirmed them.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _};
use vitae_contracts_core::Timestamp;

use crate::ServiceError;
use crate::store::Store;

/// Retention of events for clients that reconnect.
const RETENTION: Duration = Duration::from_hours(7 * 24);
/// The number of events that one transaction removes; other writes wait for it a few milliseconds.
const CHUNK: i64 = 1000;

/// Removes events older than a week that every consumer has confirmed.
pub(super) async fn prune(store: &Store, now: Timestamp) -> Result<(), ServiceError> {
    let before = now.minus(RETENTION).as_millis();
    let Some((mut oldest, last)) = store.scan(move |connection| Ok(removable(connection, before)?)).await?
    else {
        return Ok(());
    };
    while oldest <= last {
        let until = last.min(oldest + CHUNK - 1);
        let sql = "DELETE FROM event_log WHERE position <= ?1";
        store
            .write_essential(move |connection| Ok(connection.prepare_cached(sql)?.execute([until])?))
            .await?;
        oldest = until + 1;
    }
    Ok(())
}

/// Returns the positions of the first and the last event to remove.
///
/// Only a prefix of the log is removed: all events after a kept one are kept, even if the clock was wrong
/// when they were written. The newest event is kept, because it holds the position of the log.
fn removable(connection: &Connection, before: i64) -> rusqlite::Result<Option<(i64, i64)>> {
    // NULL if there is no consumer: nothing is confirmed then.
    let confirmed: Option<i64> =
        connection.query_row("SELECT min(position) FROM consumers", [], |row| row.get(0))?;
    let sql = "SELECT min(position), max(position) FROM event_log";
    let (oldest, newest): (Option<i64>, Option<i64>) =
        connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let sql = "SELECT position FROM event_log WHERE at >= ?1 ORDER BY position LIMIT 1";
    let kept: Option<i64> = connection.query_row(sql, [before], |row| row.get(0)).optional()?;
    let (Some(confirmed), Some(oldest), Some(newest)) = (confirmed, oldest, newest) else { return Ok(None) };
    let last = confirmed.min(kept.unwrap_or(newest) - 1);
    Ok((oldest <= last).then_some((oldest, last)))
}
