//! Row counts of tables, maintained by triggers.

use rusqlite::Connection;

/// Returns the number of rows, from a table of counts that triggers maintain (`counts.sql` of a service).
///
/// `deleted` selects deleted rows (`Some(true)`), other rows (`Some(false)`) or all.
pub fn row_count(connection: &Connection, table: &str, deleted: Option<bool>) -> rusqlite::Result<i64> {
    let column = match deleted {
        Some(false) => "live",
        Some(true) => "deleted",
        None => "live + deleted",
    };
    let sql = format!("SELECT {column} FROM {table}");
    connection.prepare_cached(&sql)?.query_row([], |row| row.get(0))
}
