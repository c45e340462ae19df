//! Checks that the stores of a system are consistent with their own logs and with consumed events.
//!
//! Reads the files of the services and changes nothing. Every consumer is checked against the
//! events up to its position, so the check also works after a kill; [`behind`] returns the
//! consumers with events left.

mod logs;
mod public;
mod rules;
mod tampering;

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::vitaed::TIMEOUT;

pub(crate) use public::inconsistencies as public_inconsistencies;

/// The services with a file.
pub(crate) const SERVICES: [&str; 4] = ["users", "auth", "resumes", "audit"];
/// The number of objects that one message names.
const NAMED: usize = 3;

/// Returns all inconsistencies of the stores, each with the store at fault.
pub(crate) fn inconsistencies(data: &Path) -> Vec<String> {
    let stores = open(data);
    let mut inconsistencies = damage(&stores);
    inconsistencies.extend(logs::read(&stores));
    for rule in rules::RULES {
        let broken = texts(&stores, rule.sql);
        if !broken.is_empty() {
            let named = broken.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
            inconsistencies.push(format!("{}: {}: {named} ({} in all)", rule.store, rule.what, broken.len()));
        }
    }
    inconsistencies
}

/// Returns the consumers that have events left, with their positions.
pub(crate) fn behind(data: &Path) -> Vec<String> {
    let stores = open(data);
    let mut behind = Vec::new();
    // Effects are events too, so their producers are checked first.
    for (consumer, sources) in
        [("resumes", &["users"][..]), ("auth", &["users"]), ("audit", &["auth", "users", "resumes"])]
    {
        for source in sources {
            let sql = format!(
                "SELECT coalesce((SELECT position FROM {consumer}.feed_positions WHERE source = '{source}'), 0),
                        coalesce((SELECT max(position) FROM {source}.event_log), 0)"
            );
            let (position, tail): (i64, i64) =
                stores.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            if position < tail {
                behind.push(format!("{consumer} from {source}: {position} of {tail}"));
            }
        }
    }
    behind
}

/// Waits until every consumer has processed all events.
pub(crate) async fn until_quiet(data: &Path) {
    let quiet = async {
        while !behind(data).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(TIMEOUT, quiet).await;
    waited.unwrap_or_else(|_| panic!("consumers have not caught up: {:?}", behind(data)));
}

/// Returns the number of events in all logs.
pub(crate) fn events(data: &Path) -> usize {
    let sql = "SELECT '' FROM users.event_log UNION ALL SELECT '' FROM auth.event_log
               UNION ALL SELECT '' FROM resumes.event_log";
    texts(&open(data), sql).len()
}

/// Opens one connection to all files, each under the name of its service.
fn open(data: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_URI;
    let stores = Connection::open_with_flags(":memory:", flags).unwrap();
    for service in SERVICES {
        let file = data.join(format!("{service}/{service}.db"));
        let file = format!("file:{}?mode=ro", file.to_str().unwrap());
        stores.execute(&format!("ATTACH ?1 AS {service}"), [file]).unwrap();
    }
    stores
}

/// Returns the results of SQLite's own integrity checks.
fn damage(stores: &Connection) -> Vec<String> {
    let mut inconsistencies = Vec::new();
    for service in SERVICES {
        let found = texts(stores, &format!("PRAGMA {service}.integrity_check"));
        if found != ["ok"] {
            inconsistencies.push(format!("{service}: the file is damaged: {found:?}"));
        }
        for table in texts(stores, &format!("PRAGMA {service}.foreign_key_check")) {
            inconsistencies.push(format!("{service}: a row of {table} has an invalid reference"));
        }
    }
    inconsistencies
}

fn texts(stores: &Connection, sql: &str) -> Vec<String> {
    let mut query = stores.prepare(sql).unwrap_or_else(|error| panic!("{error} in {sql}"));
    let rows = query.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap_or_else(|error| panic!("{error} in {sql}"))
}
