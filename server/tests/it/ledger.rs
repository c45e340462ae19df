//! What was acknowledged, kept outside the server, and the files held against it.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};

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

/// An object's versions are told once each, without a gap.
const GAPS: &str = "
    SELECT count(*) FROM (
        SELECT count(*) AS n, count(DISTINCT object_version) AS told,
               min(object_version) AS first, max(object_version) AS last
        FROM event_log GROUP BY object_id)
    WHERE n != told OR first != 1 OR last != n";

/// Queries that count what is only half there, by service.
const HALVES: &[(&str, &str, &str)] = &[
    ("users", "events that skip a version, or tell it twice", GAPS),
    (
        "users",
        "people with another number of events than changes",
        "SELECT count(*) FROM users
         LEFT JOIN (SELECT object_id, count(*) AS n FROM event_log GROUP BY object_id) ON object_id = id
         WHERE version IS NOT n",
    ),
    (
        "users",
        "events of nobody",
        "SELECT count(*) FROM event_log WHERE object_id NOT IN (SELECT id FROM users)",
    ),
    ("resumes", "events that skip a revision, or tell it twice", GAPS),
    (
        "resumes",
        "resumes with another number of events than changes",
        "SELECT count(*) FROM resumes
         LEFT JOIN (SELECT object_id, count(*) AS n FROM event_log GROUP BY object_id) ON object_id = id
         WHERE revision IS NOT n",
    ),
    (
        "resumes",
        "events of no resume",
        "SELECT count(*) FROM event_log WHERE object_id NOT IN (SELECT id FROM resumes)",
    ),
    (
        "resumes",
        "resumes with another number of revisions than changes",
        "SELECT count(*) FROM resumes AS r
         LEFT JOIN (SELECT resume_id, count(*) AS n, max(revision) AS last FROM revisions GROUP BY resume_id) AS v
         ON v.resume_id = r.id WHERE r.revision IS NOT v.n OR r.revision IS NOT v.last",
    ),
    (
        "resumes",
        "resumes that differ from their last revision",
        "SELECT count(*) FROM resumes AS r
         JOIN revisions AS v ON v.resume_id = r.id AND v.revision = r.revision
         WHERE v.title != r.title OR v.tags != r.tags OR v.document_revision != r.document_revision
         OR (v.kind = 'deleted') != (r.deleted_at IS NOT NULL)",
    ),
    (
        "resumes",
        "revisions without their resume or their document",
        "SELECT count(*) FROM revisions AS v WHERE resume_id NOT IN (SELECT id FROM resumes) OR NOT EXISTS (
             SELECT 1 FROM documents AS d
             WHERE d.resume_id = v.resume_id AND d.revision = v.document_revision)",
    ),
    (
        "resumes",
        "documents that no revision brought",
        "SELECT count(*) FROM documents AS d WHERE NOT EXISTS (
             SELECT 1 FROM revisions AS v
             WHERE v.resume_id = d.resume_id AND v.revision = d.revision AND v.document_revision = d.revision)",
    ),
    (
        "resumes",
        "resumes that are not found by all their tags",
        "SELECT count(*) FROM resumes WHERE json_array_length(tags) !=
             (SELECT count(*) FROM resume_tags WHERE resume_id = id)",
    ),
    (
        "auth",
        "credentials without their event",
        "SELECT count(*) FROM credentials WHERE user_id NOT IN
             (SELECT object_id FROM event_log WHERE subject = 'auth.credential.created')",
    ),
    (
        "auth",
        "credentials that were made twice",
        "SELECT count(*) - count(DISTINCT object_id) FROM event_log WHERE subject = 'auth.credential.created'",
    ),
    (
        "auth",
        "sessions without a token",
        "SELECT count(*) FROM sessions WHERE id NOT IN (SELECT session_id FROM refresh_tokens)",
    ),
    (
        "auth",
        "sessions without their event",
        "SELECT (SELECT count(*) FROM sessions) -
             (SELECT count(*) FROM event_log WHERE subject = 'auth.session.created')",
    ),
];

/// Checks the files of a server that does not run against everything it has confirmed.
///
/// `with_password` begins the names of the people who were created with a password.
pub(crate) fn check(data: &Path, written: &[&Written], with_password: &str) {
    let files =
        HashMap::from(["users", "auth", "resumes", "audit"].map(|service| (service, open(data, service))));
    for (service, file) in &files {
        let verdict: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok", "{service}");
    }
    for (service, what, query) in HALVES {
        let found: i64 = files[service].query_row(query, [], |row| row.get(0)).unwrap();
        assert_eq!(found, 0, "{service}: {what}");
    }
    check_audit(&files);
    check_passwords(&files["users"], &files["auth"], with_password);
    check_written(&files["users"], "SELECT id, version, name FROM users", written, "users.");
    check_written(&files["resumes"], "SELECT resume_id, revision, title FROM revisions", written, "resumes.");
}

/// The idempotency keys of all changes that have happened.
pub(crate) fn keys(data: &Path) -> HashSet<String> {
    let of = |service| rows(&open(data, service), "SELECT key FROM idempotency", |row| row.get(0));
    ["users", "resumes"].into_iter().flat_map(of).collect()
}

/// Up to its position in each log, the audit has every event once, and none beyond.
fn check_audit(files: &HashMap<&str, Connection>) {
    let entries: Vec<[u8; 16]> = rows(&files["audit"], "SELECT event_id FROM entries", |row| row.get(0));
    let mut events = HashSet::new();
    let position = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let positions: Vec<(String, i64)> =
        rows(&files["audit"], "SELECT source, position FROM feed_positions", position);
    for (source, position) in positions {
        let read = format!("SELECT event_id FROM event_log WHERE position <= {position}");
        events.extend(rows(&files[source.as_str()], &read, |row| row.get::<_, [u8; 16]>(0)));
    }
    assert_eq!(entries.len(), events.len(), "events and audit entries differ in number");
    assert!(entries.iter().all(|entry| events.contains(entry)), "the audit has an entry without its event");
}

/// Nobody is there without the password that they were created with.
fn check_passwords(users: &Connection, auth: &Connection, with_password: &str) {
    let credentials: HashSet<[u8; 16]> =
        rows(auth, "SELECT user_id FROM credentials", |row| row.get(0)).into_iter().collect();
    let person = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let people: Vec<([u8; 16], String)> = rows(users, "SELECT id, name FROM users", person);
    for (id, name) in people {
        assert!(!name.starts_with(with_password) || credentials.contains(&id), "{name} has no password");
    }
}

/// Every confirmed change of one service is there, with one event and one kept answer.
fn check_written(file: &Connection, labels: &str, written: &[&Written], service: &str) {
    let labels: HashMap<Version, String> =
        rows(file, labels, |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?))).into_iter().collect();
    let mut events: HashMap<Version, Vec<String>> = HashMap::new();
    let event = |row: &Row<'_>| Ok(((row.get(0)?, row.get(1)?), row.get(2)?));
    for (version, subject) in rows(file, "SELECT object_id, object_version, subject FROM event_log", event) {
        events.entry(version).or_default().push(subject);
    }
    let keys: Vec<String> = rows(file, "SELECT key FROM idempotency", |row| row.get(0));
    let mut kept: HashMap<&str, u32> = HashMap::new();
    for key in &keys {
        *kept.entry(key).or_default() += 1;
    }
    for change in written.iter().filter(|change| change.subject.starts_with(service)) {
        let (key, version) = (&change.key, (change.object, change.version.cast_signed()));
        assert_eq!(
            events.get(&version).map(Vec::as_slice),
            Some([change.subject.to_owned()].as_slice()),
            "{key}"
        );
        assert_eq!(kept.get(key.as_str()), Some(&1), "{key}");
        // People have no revisions: of them, only the newest version can be compared.
        match labels.get(&version) {
            Some(label) => assert_eq!(*label, change.label, "{key}"),
            None => assert_eq!(service, "users.", "{key} is lost"),
        }
    }
}

fn open(data: &Path, service: &str) -> Connection {
    let file = data.join(format!("{service}/{service}.db"));
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

fn rows<T>(file: &Connection, query: &str, read: impl Fn(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
    let mut query = file.prepare(query).unwrap();
    let rows = query.query_map([], |row| read(row)).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}
