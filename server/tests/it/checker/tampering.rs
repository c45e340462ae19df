//! Tests of the checker: for every rule there is a store that violates it.

use std::path::Path;

use rusqlite::Connection;
use vitae_sdk::{Client, CreateResume, CreateUser, IfMatch, RawValue, UpdateUser, User};

use super::{SERVICES, inconsistencies, public_inconsistencies, rules, until_quiet};
use crate::vitaed::{PASSWORD, logs_in, start};

/// A change of the files, the store that is to be blamed for it, and for what.
type Tampering = (&'static str, &'static str, &'static str);

const TAMPERINGS: &[Tampering] = &[
    ("DELETE FROM users.event_log WHERE position = 2", "log", "positions are missing"),
    (
        "UPDATE resumes.event_log SET event_id = (SELECT event_id FROM users.event_log LIMIT 1) WHERE position = 1",
        "log",
        "an event exists twice",
    ),
    (
        "UPDATE users.event_log SET object_id = (SELECT id FROM users.users WHERE name = 'Dora') WHERE position = 1",
        "log",
        "an event and its payload name different objects",
    ),
    (
        "UPDATE users.event_log SET object_version = 9 WHERE subject = 'users.user.restored'",
        "log",
        "an object's versions are not logged once each",
    ),
    ("DELETE FROM users.users WHERE name = 'Cleo'", "log", "the object of an event does not exist"),
    (
        "UPDATE audit.feed_positions SET position = position + 1 WHERE source = 'users'",
        "feeds",
        "a consumer's position is beyond the end of the log",
    ),
    (
        "INSERT OR REPLACE INTO users.consumers VALUES ('audit', 999, 0)",
        "feeds",
        "a consumer has confirmed more than it has handled",
    ),
    ("UPDATE users.event_log SET payload = x'ff' WHERE position = 1", "users", "events that cannot be read"),
    ("UPDATE users.users SET name_key = 'x' WHERE name = 'Dora'", "users", "name and its folded copy differ"),
    (
        "UPDATE users.users SET version = version + 1 WHERE name = 'Dora'",
        "users",
        "a person differs from their last event",
    ),
    (
        "UPDATE users.users SET deletion_event = randomblob(16) WHERE name = 'Ada'",
        "users",
        "a person's deletion is not the event that deleted them",
    ),
    (
        "UPDATE users.event_log SET event_id = randomblob(16) WHERE subject = 'users.user.deleted'",
        "users",
        "a restore does not name the deletion before it",
    ),
    ("UPDATE users.user_counts SET live = live + 1", "users", "people are counted wrongly"),
    (
        "DELETE FROM users.user_labels WHERE key = 'team'",
        "users",
        "labels of a person differ from their searchable rows",
    ),
    ("UPDATE resumes.resume_counts SET deleted = deleted + 1", "resumes", "resumes are counted wrongly"),
    ("UPDATE users.users SET role = 'viewer'", "users", "there is no active administrator"),
    (
        "DELETE FROM auth.event_log WHERE subject = 'auth.credential.created'",
        "auth",
        "a credential does not have exactly one event",
    ),
    (
        "UPDATE auth.credentials SET confirmed = 0",
        "auth",
        "a credential is unconfirmed although its person exists",
    ),
    (
        "INSERT INTO auth.credentials (user_id, phc, confirmed, created_at, updated_at) VALUES (randomblob(16), '', 1, 0, 0)",
        "auth",
        "a credential is confirmed for an unknown person",
    ),
    ("DELETE FROM auth.refresh_tokens", "auth", "a session has no token"),
    (
        "DELETE FROM auth.event_log WHERE subject = 'auth.session.created'",
        "auth",
        "a session does not have exactly one start event",
    ),
    ("DELETE FROM auth.sessions", "auth", "a created session does not exist"),
    (
        "UPDATE auth.sessions SET revoked_reason = 'admin' WHERE revoked_at IS NOT NULL",
        "auth",
        "a session and its end event differ",
    ),
    ("UPDATE auth.sessions SET revoked_at = NULL", "auth", "a live session of a user who may not log in"),
    (
        "UPDATE auth.sessions SET revoked_at = 1, revoked_reason = 'user_deleted'",
        "auth",
        "a session's end has no cause",
    ),
    (
        "UPDATE resumes.resumes SET title = 'Another' WHERE title = 'Of Dora'",
        "resumes",
        "a resume differs from its last event",
    ),
    (
        "UPDATE resumes.revisions SET tags = '[]' WHERE title = 'Of Dora'",
        "resumes",
        "a resume differs from its last revision",
    ),
    (
        "UPDATE resumes.revisions SET author_id = NULL WHERE kind = 'created'",
        "resumes",
        "a revision and its event differ, or one of them is missing",
    ),
    ("DELETE FROM resumes.documents", "resumes", "a revision has no document"),
    (
        "INSERT INTO resumes.documents SELECT resume_id, 99, media_type, body FROM resumes.documents LIMIT 1",
        "resumes",
        "a document belongs to no revision",
    ),
    ("DELETE FROM resumes.resume_tags", "resumes", "a resume differs from its searchable tags"),
    (
        "DELETE FROM resumes.owners WHERE name = 'Dora'",
        "resumes",
        "a person with a handled event is no owner",
    ),
    (
        "UPDATE resumes.owners SET name = 'Theodora' WHERE name = 'Dora'",
        "resumes",
        "an owner's name differs from the person's",
    ),
    (
        "UPDATE resumes.owners SET deletion_event = NULL",
        "resumes",
        "an owner's deletion differs from the handled event",
    ),
    ("UPDATE resumes.resumes SET deleted_at = NULL", "resumes", "a live resume of a deleted owner"),
    (
        "UPDATE resumes.resumes SET deletion_event = NULL",
        "resumes",
        "a resume names the wrong deletion event",
    ),
    ("UPDATE resumes.feed_positions SET position = 0", "resumes", "an effect has no handled event"),
    (
        "INSERT INTO resumes.event_log (event_id, subject, object_id, object_version, at, context, payload)
         SELECT randomblob(16), subject, object_id, 9, at, context, payload FROM resumes.event_log
         WHERE subject = 'resumes.resume.restored'",
        "resumes",
        "an effect happened twice",
    ),
    (
        "DELETE FROM resumes.event_log WHERE subject = 'resumes.resume.deleted' AND object_id = (
             SELECT id FROM resumes.resumes WHERE title = 'Second of Ada')",
        "resumes",
        "a deletion left a resume undeleted",
    ),
    (
        "DELETE FROM resumes.event_log WHERE subject = 'resumes.resume.deleted' AND object_id = (
             SELECT id FROM resumes.resumes WHERE title = 'Of Bob')",
        "resumes",
        "a restore restored a resume that its deletion had not deleted",
    ),
    (
        "DELETE FROM resumes.event_log WHERE subject = 'resumes.resume.restored'",
        "resumes",
        "a restore left a resume deleted",
    ),
    ("DELETE FROM audit.entries WHERE sequence = 3", "audit", "a handled event has no entry"),
    (
        "UPDATE audit.entries SET event_id = randomblob(16) WHERE sequence = 3",
        "audit",
        "an entry has no handled event",
    ),
    (
        "UPDATE audit.entries SET user_agent = 'forged' WHERE sequence = 3",
        "audit",
        "an entry differs from its event",
    ),
    (
        "UPDATE audit.entries SET sequence = 9999 WHERE event_id = (SELECT event_id FROM users.event_log LIMIT 1)",
        "audit",
        "entries are not in the order of their log",
    ),
];

async fn person(client: &Client, name: &str) -> User {
    let email = format!("{name}@example.com");
    let password = Some(PASSWORD.to_owned());
    client.users().create(&CreateUser::new(email, name).password(password)).await.unwrap()
}

async fn resume(client: &Client, owner: &User, title: &str) {
    let document = RawValue::from_string(r#"{"basics": {"name": "X"}}"#.to_owned()).unwrap();
    let tags = vec!["one".to_owned(), "two".to_owned()];
    let new = CreateResume::new(title, document).owner_id(owner.id).tags(tags);
    client.resumes().create(&new).await.unwrap();
}

/// Creates objects for every rule.
async fn history(client: &Client, url: &str) {
    let users = client.users();
    let [ada, bob, cleo, dora] = [
        person(client, "Ada").await,
        person(client, "Bob").await,
        person(client, "Cleo").await,
        person(client, "Theodora").await,
    ];
    resume(client, &ada, "First of Ada").await;
    resume(client, &ada, "Second of Ada").await;
    resume(client, &bob, "Of Bob").await;
    resume(client, &dora, "Of Dora").await;
    assert!(
        logs_in(url, cleo.email.as_str(), PASSWORD).await
            && logs_in(url, dora.email.as_str(), PASSWORD).await
    );
    users.disable(cleo.id, None).await.unwrap();
    users.delete(ada.id, None).await.unwrap();
    users.delete(bob.id, None).await.unwrap();
    users.restore(bob.id, None).await.unwrap();
    let renamed = UpdateUser::new().name("Dora".to_owned()).external_id("hr-4".to_owned());
    let renamed = renamed.label("team", "data").label("area", "Zoë \"1\"");
    users.update(dora.id, &renamed, IfMatch::Any).await.unwrap();
}

fn copy(from: &Path, to: &Path) {
    for service in SERVICES {
        std::fs::create_dir(to.join(service)).unwrap();
        for entry in std::fs::read_dir(from.join(service)).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), to.join(service).join(entry.file_name())).unwrap();
        }
    }
}

fn tamper(data: &Path, sql: &str) {
    let stores = Connection::open_in_memory().unwrap();
    stores.pragma_update(None, "foreign_keys", false).unwrap();
    for service in SERVICES {
        let file = data.join(format!("{service}/{service}.db"));
        stores.execute(&format!("ATTACH ?1 AS {service}"), [file.to_str().unwrap()]).unwrap();
    }
    assert!(stores.execute(sql, []).unwrap() > 0, "{sql} changes nothing");
}

#[tokio::test]
async fn every_rule_detects_its_violation() {
    let directory = tempfile::tempdir().unwrap();
    let server = start(directory.path()).await;
    let client = server.admin().await;
    history(&client, &server.url()).await;
    until_quiet(directory.path()).await;
    assert_eq!(public_inconsistencies(&client, directory.path()).await, [""; 0]);
    server.stop().await;
    assert_eq!(inconsistencies(directory.path()), [""; 0]);

    for (sql, store, what) in TAMPERINGS {
        let copied = tempfile::tempdir().unwrap();
        copy(directory.path(), copied.path());
        tamper(copied.path(), sql);
        let found = inconsistencies(copied.path());
        let expected = format!("{store}: {what}: ");
        assert!(
            found.iter().any(|inconsistency| inconsistency.starts_with(&expected)),
            "{sql} finds {found:#?}"
        );
    }
    for rule in rules::RULES {
        let shown = TAMPERINGS.iter().any(|(_, store, what)| (*store, *what) == (rule.store, rule.what));
        assert!(shown, "no case tests this rule: {}: {}", rule.store, rule.what);
    }
}

#[tokio::test]
async fn public_api_matches_the_stored_files() {
    let directory = tempfile::tempdir().unwrap();
    let server = start(directory.path()).await;
    let client = server.admin().await;
    history(&client, &server.url()).await;
    let (other, cases) = (
        tempfile::tempdir().unwrap(),
        [
            ("UPDATE users.users SET name = 'Another' WHERE name = 'Dora'", "GET /v1/users "),
            ("UPDATE resumes.resumes SET revision = 7 WHERE title = 'Of Bob'", "GET /v1/resumes "),
            (
                "UPDATE auth.sessions SET revoked_at = 1 WHERE revoked_at IS NULL",
                "GET /v1/users/{id}/sessions ",
            ),
            ("DELETE FROM audit.entries WHERE sequence = 3", "GET /v1/audit "),
        ],
    );
    for (number, (sql, route)) in cases.into_iter().enumerate() {
        let copied = other.path().join(number.to_string());
        std::fs::create_dir(&copied).unwrap();
        copy(directory.path(), &copied);
        tamper(&copied, sql);
        let found = public_inconsistencies(&client, &copied).await;
        assert!(found.iter().any(|inconsistency| inconsistency.starts_with(route)), "{sql} finds {found:#?}");
    }
}
