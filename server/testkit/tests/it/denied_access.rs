//! Denied requests are in the audit record and cause no RPC.

use serde_json::Value;
use vitae_contracts_core::subjects;
use vitae_sdk::{Entry, Role};

use crate::audit::wait_for_events;
use crate::data_files::{file, number};
use crate::raw_http::request;
use crate::test_server::{Person, TestServer, eventually};

/// Returns the contents of the entries: user, route, count.
fn said(entries: &[Entry]) -> Vec<(Option<vitae_sdk::UserId>, String, u64)> {
    let said = entries.iter().map(|entry| {
        let change = |field: &str| -> Value {
            let change = entry.changes.iter().find(|change| change.field == field).unwrap();
            serde_json::from_str(change.after.as_ref().unwrap().get()).unwrap()
        };
        let route = change("route").as_str().unwrap().to_owned();
        (entry.actor.id, route, change("count").as_u64().unwrap())
    });
    let mut said: Vec<_> = said.collect();
    said.sort();
    said
}

async fn denied(server: &TestServer) -> Vec<Entry> {
    server.admin.client.audit().list().action(subjects::ACCESS_DENIED).send().await.unwrap().items
}

async fn status(server: &TestServer, line: &str, person: &Person) -> u16 {
    request(line).bearer(&person.token).send(&server.stack).await.status
}

#[tokio::test]
async fn denials_are_counted_without_an_rpc_and_reported_at_shutdown() {
    let mut server = TestServer::start().await;
    let (member, viewer) = (server.person(Role::Member).await, server.person(Role::Viewer).await);
    let rpcs = server.stack.rpc_count();
    for _ in 0..5 {
        assert_eq!(status(&server, "GET /v1/audit?actor_id=secret", &member).await, 403);
    }
    assert_eq!(status(&server, "GET /v1/users", &member).await, 403);
    assert_eq!(status(&server, "GET /v1/audit", &viewer).await, 403);
    assert_eq!(request("GET /v1/audit").bearer("nonsense").send(&server.stack).await.status, 401);
    assert_eq!(server.stack.rpc_count(), rpcs, "a rejected request makes no call");
    // Here the service decides, and says no.
    let patch = request(format!("PATCH /v1/users/{}", viewer.id)).json(r#"{"role":"admin"}"#).if_match("*");
    assert_eq!(patch.bearer(&viewer.token).send(&server.stack).await.status, 403);

    server.stack.restart().await;
    wait_for_events(&server).await;
    let entries = denied(&server).await;
    let mut expected = vec![
        (Some(member.id), "GET /v1/audit".to_owned(), 5),
        (Some(member.id), "GET /v1/users".to_owned(), 1),
        (Some(viewer.id), "GET /v1/audit".to_owned(), 1),
        (Some(viewer.id), "PATCH /v1/users/{id}".to_owned(), 1),
    ];
    expected.sort();
    assert_eq!(said(&entries), expected);
    for entry in &entries {
        assert_eq!((entry.actor.kind.as_str(), entry.object.kind.as_str()), ("user", "access"));
        assert!(entry.actor.session_id.is_some() && entry.client_address.is_some());
        assert_eq!(entry.actor.id.map(|id| *id.as_bytes()), Some(*entry.object.id.as_bytes()));
        assert!(!serde_json::to_string(entry).unwrap().contains("secret"));
    }
    // Reported once.
    server.stack.restart().await;
    wait_for_events(&server).await;
    assert_eq!(denied(&server).await.len(), entries.len());
}

#[tokio::test]
async fn denials_are_reported_while_the_server_runs() {
    let server = TestServer::start().await;
    let member = server.person(Role::Member).await;
    assert_eq!(status(&server, "GET /v1/audit", &member).await, 403);
    let sql = "SELECT count(*) FROM event_log WHERE subject = 'auth.access.denied'";
    eventually("the denial is reported", async || number(&file(&server.stack, "auth"), sql) == 1).await;
    wait_for_events(&server).await;
    assert_eq!(said(&denied(&server).await), [(Some(member.id), "GET /v1/audit".to_owned(), 1)]);
    let shown = server.admin.client.audit().list().object(member.id).since(denied(&server).await[0].at);
    assert!(shown.send().await.unwrap().items.iter().any(|entry| entry.action == subjects::ACCESS_DENIED));
}
