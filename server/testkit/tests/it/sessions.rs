//! The limit of sessions for each person, also for sessions of earlier versions.

use prost::Message as _;
use rusqlite::Connection;
use vitae_contracts_core::{EventId, SessionId, Timestamp, subjects};
use vitae_contracts_services::auth::v1::AuthEvent;
use vitae_sdk::{Deleted, IfMatch, Role, UpdateUser, UserId};
use vitae_server_testkit::Stack;

use crate::audit::wait_for_events;
use crate::data_files::{file, number, rows, tamper};
use crate::raw_http::request;
use crate::test_server::{Person, TestServer, error_code, eventually, new_resume};

/// Live sessions of one person.
const LIMIT: usize = 100;
/// Session ids of one event.
const NAMED: usize = 500;
/// Bytes of payload and context of an event.
const EVENT_BYTES: i64 = 256 << 10;

/// Inserts live sessions, each a second after the one before, the last a day ago.
fn insert_sessions(auth: &Connection, user: UserId, count: usize) {
    let now = now();
    auth.execute_batch("BEGIN").unwrap();
    let sql = "INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at, client, address)
               VALUES (?1, ?2, ?3, ?3, ?4, 'an old client', '')";
    let mut insert = auth.prepare(sql).unwrap();
    for number in 0..count {
        let at = now - 86_400_000 - 1000 * i64::try_from(count - number).unwrap();
        insert.execute((SessionId::new().as_bytes(), user.as_bytes(), at, now + 86_400_000)).unwrap();
    }
    drop(insert);
    auth.execute_batch("COMMIT").unwrap();
}

fn now() -> i64 {
    Timestamp::from(std::time::SystemTime::now()).as_millis()
}

fn hex(user: UserId) -> String {
    user.to_string().replace('-', "")
}

fn live(stack: &Stack, user: UserId) -> i64 {
    let sql =
        format!("SELECT count(*) FROM sessions WHERE user_id = x'{}' AND revoked_at IS NULL", hex(user));
    number(&file(stack, "auth"), &sql)
}

/// Returns the events of revoked sessions, oldest first: the object and the payload.
fn revoked(stack: &Stack) -> Vec<([u8; 16], AuthEvent)> {
    let sql =
        "SELECT object_id, payload FROM event_log WHERE subject = 'auth.session.revoked' ORDER BY position";
    rows(&file(stack, "auth"), sql, |row| {
        Ok((row.get(0)?, AuthEvent::decode(row.get_ref(1)?.as_blob()?).unwrap()))
    })
}

#[tokio::test]
async fn login_beyond_the_limit_ends_the_least_recently_refreshed_session() {
    let mut server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    server.stack.stop().await;
    insert_sessions(&tamper(&server.stack, "auth"), person.id, LIMIT - 1);
    // The least recently refreshed one is not the oldest.
    let sql = format!(
        "UPDATE sessions SET last_used_at = 0 WHERE user_id = x'{}' AND client != 'an old client'",
        hex(person.id)
    );
    assert_eq!(tamper(&server.stack, "auth").execute(&sql, []).unwrap(), 1);
    server.stack.restart().await;
    let own = request("GET /v1/me").bearer(&person.token);
    assert_eq!(own.send(&server.stack).await.status, 200);

    let again = Person::log_in(&server.stack, &person.email).await;
    eventually("the token of the ended session is rejected", async || {
        own.send(&server.stack).await.status == 401
    })
    .await;
    assert_eq!(error_code(person.client.auth().refresh().await), "invalid_refresh_token");
    again.client.auth().refresh().await.unwrap();
    assert_eq!(live(&server.stack, person.id), i64::try_from(LIMIT).unwrap());
    let [(object, event)] = &revoked(&server.stack)[..] else { panic!("one session ended") };
    assert_eq!(event.reason, "session_limit");
    assert_eq!(event.user_id, person.id.to_string());
    assert_eq!(event.session_ids, [EventId::from_bytes(*object).to_string()]);
    wait_for_events(&server).await;
    let list = server.admin.client.audit().list().action(subjects::SESSION_REVOKED);
    let entries = list.object(EventId::from_bytes(*object)).send().await.unwrap().items;
    assert_eq!(entries.len(), 1);
    // Sessions of other people are not counted.
    assert_eq!(live(&server.stack, server.admin.id), 1);
}

#[tokio::test]
async fn sessions_of_earlier_versions_are_reduced_in_steps() {
    let mut server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    server.stack.stop().await;
    insert_sessions(&tamper(&server.stack, "auth"), person.id, LIMIT + NAMED + 20);
    server.stack.restart().await;
    eventually("maintenance ends the surplus", async || {
        live(&server.stack, person.id) == i64::try_from(LIMIT).unwrap()
    })
    .await;
    let events: Vec<_> =
        revoked(&server.stack).into_iter().map(|(_, event)| event.session_ids.len()).collect();
    // One is the login of the test itself.
    assert_eq!(events, [NAMED, 21]);
    assert!(revoked(&server.stack).iter().all(|(_, event)| event.reason == "session_limit"));
    // The most recent one is still there.
    person.client.auth().refresh().await.unwrap();
}

#[tokio::test]
async fn spent_tokens_of_one_session_are_bounded() {
    const SPENT: i64 = 13_000;
    let mut server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    server.stack.stop().await;
    let auth = tamper(&server.stack, "auth");
    let of = format!("session_id IN (SELECT id FROM sessions WHERE user_id = x'{}')", hex(person.id));
    let sql = format!(
        "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {})
         INSERT INTO refresh_tokens (hash, session_id, issued_at, expires_at, spent_at)
         SELECT randomblob(32), (SELECT session_id FROM refresh_tokens WHERE {of}), n, n, n FROM number",
        SPENT + 700
    );
    auth.execute_batch(&sql).unwrap();
    server.stack.restart().await;
    let spent = format!("SELECT count(*) FROM refresh_tokens WHERE spent_at IS NOT NULL AND {of}");
    eventually("maintenance removes the surplus", async || number(&auth, &spent) == SPENT).await;
    assert_eq!(number(&auth, "SELECT min(spent_at) FROM refresh_tokens"), 701, "the oldest are gone");
    person.client.auth().refresh().await.unwrap();
}

#[tokio::test]
async fn ending_a_hundred_thousand_sessions_keeps_the_server_ready() {
    const SESSIONS: usize = 111_000;
    let mut server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    server.stack.stop().await;
    insert_sessions(&tamper(&server.stack, "auth"), person.id, SESSIONS);
    server.stack.restart().await;
    let end_all = request(format!("DELETE /v1/users/{}/sessions", person.id)).bearer(&server.admin.token);
    // Maintenance ends some of them at the same time; a request that waits for it is repeated.
    eventually("all sessions end", async || {
        let status = end_all.send(&server.stack).await.status;
        assert!(matches!(status, 204 | 503 | 504), "{status}");
        live(&server.stack, person.id) == 0
    })
    .await;
    let own = request("GET /v1/me").bearer(&person.token);
    eventually("the token is rejected", async || own.send(&server.stack).await.status == 401).await;
    for _ in 0..2 {
        assert_eq!(request("GET /readyz").send(&server.stack).await.status, 200);
        wait_for_events(&server).await;
        let events = revoked(&server.stack);
        assert!(events.iter().all(|(_, event)| event.session_ids.len() <= NAMED));
        assert_eq!(events.iter().map(|(_, event)| event.session_ids.len()).sum::<usize>(), SESSIONS + 1);
        let sql = "SELECT count(*) FROM entries WHERE action = 'auth.session.revoked'";
        assert_eq!(usize::try_from(number(&file(&server.stack, "audit"), sql)).unwrap(), events.len());
        server.stack.restart().await;
    }
    Person::log_in(&server.stack, &person.email).await;
}

#[tokio::test]
async fn largest_input_makes_events_far_below_the_limit() {
    let server = TestServer::start().await;
    // Four bytes a character, and characters that JSON writes as two.
    let long = |first: &str| format!("{first}{}", "\u{20000}".repeat(199));
    let user = server.user_named(&long("a")).await;
    let quotes = UpdateUser::new()
        .name("\"".repeat(200))
        .email(format!("\"{}@{}", "\\".repeat(120), "\"".repeat(120)))
        .role(Role::Admin);
    server.admin.client.users().update(user.id, &quotes, IfMatch::Any).await.unwrap();
    let name = UpdateUser::new().name(long("b"));
    server.admin.client.users().update(user.id, &name, IfMatch::Any).await.unwrap();

    let tags = |first: char| -> Vec<String> {
        (0..32).map(|tag| format!("{first}{tag:02}{}", "\u{20000}".repeat(47))).collect()
    };
    let resumes = server.admin.client.resumes();
    let made = new_resume(&long("a")).owner_id(user.id).tags(tags('a'));
    let made = resumes.create(&made).await.unwrap();
    let body = serde_json::json!({"title": long("b"), "tags": tags('b')});
    resumes.patch(made.id, &body, IfMatch::Any).await.unwrap();
    let agent = "x".repeat(10_000);
    let response = request("DELETE /v1/resumes/".to_owned() + &made.id.to_string())
        .bearer(&server.admin.token)
        .header("user-agent", &agent)
        .header("x-request-id", "r".repeat(64))
        .if_match("*");
    assert_eq!(response.send(&server.stack).await.status, 204);
    assert_eq!(resumes.list().deleted(Deleted::Only).send().await.unwrap().items.len(), 1);

    for (service, least) in [("users", 1500), ("resumes", 10_000)] {
        let sql = "SELECT max(length(payload) + length(context)) FROM event_log";
        let largest = number(&file(&server.stack, service), sql);
        assert!((least..EVENT_BYTES / 4).contains(&largest), "{service}: {largest}");
    }
}
