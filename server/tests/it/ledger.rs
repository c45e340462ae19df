//! A ledger of acknowledged changes, and the check of the database files against it.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};
use vitae_sdk::SessionId;

use crate::checker;

/// One change that the server has confirmed.
pub(crate) struct Written {
    pub(crate) subject: &'static str,
    pub(crate) object: [u8; 16],
    /// Of the object, after the change.
    pub(crate) version: u64,
    /// The resume's title or the person's name, after the change.
    pub(crate) label: String,
    /// The idempotency key that it was sent with.
    pub(crate) key: String,
}

type Version = ([u8; 16], i64);

/// Checks the files of a server that does not run against everything it has confirmed.
///
/// `with_password` begins the names of the people who were created with a password.
pub(crate) fn check(data: &Path, written: &[&Written], with_password: &str) {
    assert_eq!(checker::inconsistencies(data), [""; 0], "the stores agree");
    let [users, auth, resumes] = ["users", "auth", "resumes"].map(|service| open(data, service));
    check_passwords(&users, &auth, with_password);
    check_written(&users, "SELECT id, version, name FROM users", written, "users.");
    check_written(&resumes, "SELECT resume_id, revision, title FROM revisions", written, "resumes.");
}

/// Checks that every login that was confirmed has its session.
pub(crate) fn check_sessions<'a>(data: &Path, confirmed: impl Iterator<Item = &'a SessionId>) {
    let there: HashSet<[u8; 16]> =
        rows(&open(data, "auth"), "SELECT id FROM sessions", |row| row.get(0)).into_iter().collect();
    for session in confirmed {
        assert!(there.contains(session.as_bytes()), "session {session} is lost");
    }
}

/// Returns the idempotency keys of all changes that were made.
pub(crate) fn keys(data: &Path) -> HashSet<String> {
    let of = |service| rows(&open(data, service), "SELECT key FROM idempotency", |row| row.get(0));
    ["users", "resumes"].into_iter().flat_map(of).collect()
}

/// Checks that every person created with a password has one.
fn check_passwords(users: &Connection, auth: &Connection, with_password: &str) {
    let credentials: HashSet<[u8; 16]> =
        rows(auth, "SELECT user_id FROM credentials", |row| row.get(0)).into_iter().collect();
    let person = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let people: Vec<([u8; 16], String)> = rows(users, "SELECT id, name FROM users", person);
    for (id, name) in people {
        assert!(!name.starts_with(with_password) || credentials.contains(&id), "{name} has no password");
    }
}

/// Checks that every confirmed change of a service is stored once, with one event and one response.
fn check_written(file: &Connection, labels: &str, written: &[&Written], service: &str) {
    let labels: HashMap<Version, String> =
        rows(file, labels, |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?))).into_iter().collect();
    let mut events: HashMap<Version, Vec<String>> = HashMap::new();
    let event = |row: &Row<'_>| Ok(((row.get(0)?, row.get(1)?), row.get(2)?));
    for (version, subject) in rows(file, "SELECT object_id, object_version, subject FROM event_log", event) {
        events.entry(version).or_default().push(subject);
    }
    let keys: Vec<String> = rows(file, "SELECT key FROM idempotency", |row| row.get(0));
    let mut responses: HashMap<&str, u32> = HashMap::new();
    for key in &keys {
        *responses.entry(key).or_default() += 1;
    }
    for change in written.iter().filter(|change| change.subject.starts_with(service)) {
        let (key, version) = (&change.key, (change.object, change.version.cast_signed()));
        assert_eq!(
            events.get(&version).map(Vec::as_slice),
            Some([change.subject.to_owned()].as_slice()),
            "{key}"
        );
        assert_eq!(responses.get(key.as_str()), Some(&1), "{key}");
        // People have no revisions: of them, only the newest version can be compared.
        match labels.get(&version) {
            Some(label) => assert_eq!(*label, change.label, "{key}"),
            None => assert_eq!(service, "users.", "{key} is lost"),
        }
    }
}

/// The file of one service, which cannot be changed through it.
pub(crate) fn open(data: &Path, service: &str) -> Connection {
    let file = data.join(format!("{service}/{service}.db"));
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

/// Every row of a query.
pub(crate) fn rows<T>(
    file: &Connection,
    query: &str,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Vec<T> {
    let mut query = file.prepare(query).unwrap();
    let rows = query.query_map([], |row| read(row)).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}
