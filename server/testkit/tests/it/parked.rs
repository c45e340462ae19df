//! Events that nobody can read, in the logs of a server: it starts, goes on, names them, and lets nobody in for them.

use prost::Message as _;
use rusqlite::Connection;
use serde_json::Value;
use vitae_contracts_core::{EventId, SessionId, Timestamp, subjects};
use vitae_contracts_services::auth::v1::AuthEvent;
use vitae_contracts_services::events::v1::Context;
use vitae_sdk::Role;
use vitae_server_stack::parked;
use vitae_server_testkit::Stack;

use crate::audit::settled;
use crate::disk::tamper;
use crate::house::{House, Person, eventually};
use crate::http::request;

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
    let answer = request("GET /readyz").send(stack).await;
    (answer.status, answer.json())
}

/// Waits until the audit service has parked so many events; `/readyz` stays 200 and names them.
async fn until_parked(house: &House, count: usize) {
    eventually("the events are parked", async || {
        let (status, body) = readyz(&house.stack).await;
        assert_eq!(status, 200, "{body}");
        let said = body["parked_events"]["audit from auth"].as_str().unwrap_or_default();
        said.starts_with(&format!("{count} event")) && said.contains("vitaed parked")
    })
    .await;
    let metrics = request("GET /metrics").send(&house.stack).await;
    let metrics = metrics.text();
    let sample = format!(r#"vitae_parked_events{{feed="audit from auth"}} {count}"#);
    assert!(metrics.contains(&sample), "{metrics}");
    assert_eq!(parked(house.stack.data()).unwrap().len(), count);
}

#[tokio::test]
async fn a_server_starts_over_an_oversized_event_and_admits_nobody_for_it() {
    let mut house = House::open().await;
    let (ended, other) = (house.person(Role::Editor).await, house.person(Role::Editor).await);
    house.stack.stop().await;
    end_sessions(&tamper(&house.stack, "auth"), &ended, ended.id.as_bytes(), &oversized(&ended));
    for _ in 0..2 {
        house.stack.restart().await;
        for line in ["GET /v1/me", "GET /v1/resumes", "POST /v1/resumes"] {
            assert_eq!(status(&house.stack, line, &ended).await, 401, "{line}");
        }
        // Nobody else is asked about.
        let calls = house.stack.rpc_count();
        assert_eq!(status(&house.stack, "GET /v1/me", &other).await, 200);
        let usual = house.stack.rpc_count() - calls;
        assert_eq!(status(&house.stack, "GET /v1/me", &house.admin).await, 200);
        assert_eq!(house.stack.rpc_count() - calls, 2 * usual);
        until_parked(&house, 1).await;
    }
    // A new login of the same person stands: the service says so.
    let again = Person::log_in(&house.stack, &ended.email).await;
    assert_eq!(status(&house.stack, "GET /v1/me", &again).await, 200);
    assert_eq!(status(&house.stack, "POST /v1/resumes", &again).await, 415);
    // The audit has the entry, and everything behind it.
    settled(&house).await;
    let list = house.admin.client.audit().list().action(subjects::SESSION_REVOKED);
    assert_eq!(list.object(ended.id).send().await.unwrap().items.len(), 1);
    let listed = parked(house.stack.data()).unwrap();
    assert_eq!((listed[0].consumer.as_str(), listed[0].source.as_str()), ("audit", "auth"));
    assert_eq!(listed[0].object_id, ended.id.to_string());
    assert!(listed[0].reason.contains("bytes"), "{listed:?}");
}

#[tokio::test]
async fn a_running_server_goes_on_behind_events_that_cannot_be_read() {
    let house = House::open().await;
    let mut people = Vec::new();
    for _ in 0..4 {
        people.push(house.person(Role::Viewer).await);
    }
    let mut stream = house.admin.client.events().watch().stream();
    stream.next().await.unwrap().unwrap();
    let auth = tamper(&house.stack, "auth");
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
    house.person(Role::Viewer).await;
    for person in &people[..3] {
        eventually("the token is rejected", async || status(&house.stack, "GET /v1/me", person).await == 401)
            .await;
    }
    assert_eq!(status(&house.stack, "GET /v1/me", &people[3]).await, 200);
    until_parked(&house, 2).await;

    // Whoever it is about cannot be known: everybody is asked about.
    let auth = tamper(&house.stack, "auth");
    end_sessions(&auth, &people[3], b"no id", &[0xff; 9]);
    drop(auth);
    let calls = house.stack.rpc_count();
    assert_eq!(status(&house.stack, "GET /v1/me", &house.admin).await, 200);
    let usual = house.stack.rpc_count() - calls;
    Person::log_in(&house.stack, &house.admin.email).await;
    eventually("the token is rejected", async || status(&house.stack, "GET /v1/me", &people[3]).await == 401)
        .await;
    let calls = house.stack.rpc_count();
    assert_eq!(status(&house.stack, "GET /v1/me", &house.admin).await, 200);
    assert_eq!(house.stack.rpc_count() - calls, usual + 1);
    until_parked(&house, 3).await;
    // The stream that was open all the time still tells the news.
    house.user().await;
    while !matches!(stream.next().await.unwrap().unwrap(),
        vitae_sdk::Event::Event { subject, .. } if subject == subjects::USER_CREATED)
    {}
}
