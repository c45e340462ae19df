//! Unreadable events: the server starts and goes on, reports them, and grants no access because of them.

use prost::Message as _;
use rusqlite::Connection;
use serde_json::Value;
use vitae_contracts_core::{EventId, SessionId, Timestamp, subjects};
use vitae_contracts_services::auth::v1::AuthEvent;
use vitae_contracts_services::events::v1::Context;
use vitae_sdk::Role;
use vitae_server_stack::parked;
use vitae_server_testkit::Stack;

use crate::audit::wait_for_events;
use crate::data_files::tamper;
use crate::raw_http::request;
use crate::test_server::{Person, TestServer, eventually};

/// Session ids that make a payload larger than any message.
const MANY: usize = 111_000;

/// Ends every session of a person as an earlier version did, with an event of this payload and object.
fn end_sessions(auth: &Connection, person: &Person, object: &[u8], payload: &[u8]) {
    let now = Timestamp::from(std::time::SystemTime::now()).as_millis();
    let context = Context { actor_kind: "system".to_owned(), ..Context::default() }.encode_to_vec();
    let sql = "UPDATE sessions SET revoked_at = ?2, revoked_reason = 'admin' WHERE user_id = ?1";
    assert!(auth.execute(sql, (person.id.as_bytes(), now)).unwrap() > 0);
    let sql = "INSERT INTO event_log (event_id, subject, object_id, object_version, at, context, payload)
               VALUES (?1, ?2, ?3, 2, ?4, ?5, ?6)";
    let id = EventId::new();
    auth.execute(sql, (id.as_bytes(), subjects::SESSION_REVOKED, object, now, context, payload)).unwrap();
}

fn oversized(person: &Person) -> Vec<u8> {
    let session_ids = (0..MANY).map(|_| SessionId::new().to_string()).collect();
    let event = AuthEvent { user_id: person.id.to_string(), session_ids, ..AuthEvent::default() };
    let payload = event.encode_to_vec();
    assert!(payload.len() > 4 << 20);
    payload
}

async fn status(stack: &Stack, line: &str, person: &Person) -> u16 {
    request(line).bearer(&person.token).send(stack).await.status
}

async fn readyz(stack: &Stack) -> (u16, Value) {
    let response = request("GET /readyz").send(stack).await;
    (response.status, response.json())
}

/// Waits until the audit service has parked so many events; `/readyz` stays 200 and names them.
async fn until_parked(server: &TestServer, count: usize) {
    eventually("the events are parked", async || {
        let (status, body) = readyz(&server.stack).await;
        assert_eq!(status, 200, "{body}");
        let said = body["parked_events"]["audit from auth"].as_str().unwrap_or_default();
        said.starts_with(&format!("{count} event")) && said.contains("vitaed parked")
    })
    .await;
    let metrics = request("GET /metrics").send(&server.stack).await;
    let metrics = metrics.text();
    let sample = format!(r#"vitae_parked_events{{feed="audit from auth"}} {count}"#);
    assert!(metrics.contains(&sample), "{metrics}");
    assert_eq!(parked(server.stack.data()).unwrap().len(), count);
}

#[tokio::test]
async fn oversized_event_is_parked_at_startup_and_grants_no_access() {
    let mut server = TestServer::start().await;
    let (ended, other) = (server.person(Role::Editor).await, server.person(Role::Editor).await);
    server.stack.stop().await;
    end_sessions(&tamper(&server.stack, "auth"), &ended, ended.id.as_bytes(), &oversized(&ended));
    for _ in 0..2 {
        server.stack.restart().await;
        for line in ["GET /v1/me", "GET /v1/resumes", "POST /v1/resumes"] {
            assert_eq!(status(&server.stack, line, &ended).await, 401, "{line}");
        }
        // No other person is requested.
        let calls = server.stack.rpc_count();
        assert_eq!(status(&server.stack, "GET /v1/me", &other).await, 200);
        let usual = server.stack.rpc_count() - calls;
        assert_eq!(status(&server.stack, "GET /v1/me", &server.admin).await, 200);
        assert_eq!(server.stack.rpc_count() - calls, 2 * usual);
        until_parked(&server, 1).await;
    }
    // A new login of the same person stands: the service says so.
    let again = Person::log_in(&server.stack, &ended.email).await;
    assert_eq!(status(&server.stack, "GET /v1/me", &again).await, 200);
    assert_eq!(status(&server.stack, "POST /v1/resumes", &again).await, 415);
    // The audit has the entry, and everything behind it.
    wait_for_events(&server).await;
    let list = server.admin.client.audit().list().action(subjects::SESSION_REVOKED);
    assert_eq!(list.object(ended.id).send().await.unwrap().items.len(), 1);
    let listed = parked(server.stack.data()).unwrap();
    assert_eq!((listed[0].consumer.as_str(), listed[0].source.as_str()), ("audit", "auth"));
    assert_eq!(listed[0].object_id, ended.id.to_string());
    assert!(listed[0].reason.contains("bytes"), "{listed:?}");
}

#[tokio::test]
async fn unreadable_events_are_parked_while_the_server_runs() {
    let server = TestServer::start().await;
    let mut people = Vec::new();
    for _ in 0..4 {
        people.push(server.person(Role::Viewer).await);
    }
    let mut stream = server.admin.client.events().watch().stream();
    stream.next().await.unwrap().unwrap();
    let auth = tamper(&server.stack, "auth");
    let one = &people[1];
    let session: [u8; 16] = auth
        .query_row("SELECT id FROM sessions WHERE user_id = ?1", [one.id.as_bytes()], |row| row.get(0))
        .unwrap();
    end_sessions(&auth, &people[0], people[0].id.as_bytes(), &oversized(&people[0]));
    // No protobuf at all; the object is the session.
    end_sessions(&auth, one, &session, &[0xff; 9]);
    let ids = AuthEvent { session_ids: vec!["no id".to_owned()], ..AuthEvent::default() };
    end_sessions(&auth, &people[2], people[2].id.as_bytes(), &ids.encode_to_vec());
    drop(auth);
    // A commit of the server's own makes it look at its log.
    server.person(Role::Viewer).await;
    for person in &people[..3] {
        eventually("the token is rejected", async || {
            status(&server.stack, "GET /v1/me", person).await == 401
        })
        .await;
    }
    assert_eq!(status(&server.stack, "GET /v1/me", &people[3]).await, 200);
    until_parked(&server, 2).await;

    // The person it concerns is unknown, so every person is checked.
    let auth = tamper(&server.stack, "auth");
    end_sessions(&auth, &people[3], b"no id", &[0xff; 9]);
    drop(auth);
    let calls = server.stack.rpc_count();
    assert_eq!(status(&server.stack, "GET /v1/me", &server.admin).await, 200);
    let usual = server.stack.rpc_count() - calls;
    Person::log_in(&server.stack, &server.admin.email).await;
    eventually("the token is rejected", async || {
        status(&server.stack, "GET /v1/me", &people[3]).await == 401
    })
    .await;
    let calls = server.stack.rpc_count();
    assert_eq!(status(&server.stack, "GET /v1/me", &server.admin).await, 200);
    assert_eq!(server.stack.rpc_count() - calls, usual + 1);
    until_parked(&server, 3).await;
    // The stream that was open all the time still tells the news.
    server.user().await;
    while !matches!(stream.next().await.unwrap().unwrap(),
        vitae_sdk::Event::Event { subject, .. } if subject == subjects::USER_CREATED)
    {}
}
