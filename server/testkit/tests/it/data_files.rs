//! Direct access to the database files of a running server.

use rusqlite::{Connection, OpenFlags};
use vitae_server_testkit::Stack;

/// An event row: subject, object and the object's version.
pub(crate) type Event = (String, [u8; 16], i64);

/// Opens the database of one service read-only.
pub(crate) fn file(stack: &Stack, service: &str) -> Connection {
    let path = stack.data().join(service).join(format!("{service}.db"));
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

/// Returns all events of a database in commit order.
pub(crate) fn events(file: &Connection) -> Vec<Event> {
    rows(file, "SELECT subject, object_id, object_version FROM event_log ORDER BY position", |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })
}

/// Returns every row of a query.
pub(crate) fn rows<T>(
    file: &Connection,
    sql: &str,
    row: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Vec<T> {
    let mut statement = file.prepare(sql).unwrap();
    statement.query_map([], row).unwrap().collect::<Result<_, _>>().unwrap()
}

/// The one number that a query responses.
pub(crate) fn number(file: &Connection, sql: &str) -> i64 {
    file.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Opens the database of one service for changes that no running server would make.
pub(crate) fn tamper(stack: &Stack, service: &str) -> Connection {
    let path = stack.data().join(service).join(format!("{service}.db"));
    let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    file.execute_batch("PRAGMA busy_timeout = 10000").unwrap();
    file
}
