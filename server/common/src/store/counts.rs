//! Counts of whole tables, which their triggers keep.

use rusqlite::Connection;

/// How many rows there are, by `live` and `deleted` of a table that triggers keep (`counts.sql` of a service).
///
/// `deleted` says which: those that are, those that are not, or `None` for both.
pub fn row_count(connection: &Connection, table: &str, deleted: Option<bool>) -> rusqlite::Result<i64> {
    let kept = match deleted {
        Some(false) => "live",
        Some(true) => "deleted",
        None => "live + deleted",
    };
    let sql = format!("SELECT {kept} FROM {table}");
    connection.prepare_cached(&sql)?.query_row([], |row| row.get(0))
}
