//! The size of a service's file.

use rusqlite::Connection;

/// Returns the size of the database in bytes, without its write-ahead log.
pub fn storage_bytes(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
    connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
}
