//! Failed logins do not reveal their reason, neither by the response nor by its time.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vitae_sdk::Role;
use vitae_server_testkit::PASSWORD;

use crate::raw_http::{Response, request};
use crate::test_server::{TestServer, new_email, new_user};

/// E-mail and password of everybody who may not log in, by why.
async fn rejected(server: &TestServer) -> Vec<(&'static str, String, &'static str)> {
    let users = server.admin.client.users();
    let known = async || {
        let person = new_user("Ada").password(PASSWORD.to_owned());
        users.create(&person).await.unwrap()
    };
    let (disabled, deleted) = (known().await, known().await);
    users.disable(disabled.id, None).await.unwrap();
    users.delete(deleted.id, None).await.unwrap();
    vec![
        ("wrong password", known().await.email.into_inner(), "a wrong password"),
        ("unknown e-mail", new_email(), PASSWORD),
        ("disabled", disabled.email.into_inner(), PASSWORD),
        ("deleted", deleted.email.into_inner(), PASSWORD),
        ("no password yet", server.user().await.email.into_inner(), PASSWORD),
    ]
}

async fn log_in(server: &TestServer, email: &str, password: &str) -> Response {
    let body = json!({"email": email, "password": password}).to_string();
    request("POST /v1/auth/login").json(body).send(&server.stack).await
}

/// All of a response but what names the request and the second.
fn seen(response: &Response) -> (u16, Vec<String>, Value) {
    let mut body = response.json();
    body.as_object_mut().unwrap().remove("request_id");
    let traces = ["x-request-id", "date"];
    let headers = response.headers.iter().filter(|(name, _)| !traces.contains(&name.as_str()));
    (response.status, headers.map(|(name, value)| format!("{name}: {value}")).collect(), body)
}

#[tokio::test]
async fn failed_logins_are_indistinguishable() {
    let server = TestServer::start().await;
    let mut responses = Vec::new();
    for (why, email, password) in rejected(&server).await {
        let (hashes, rpcs) = (server.stack.hash_count(), server.stack.rpc_count());
        let response = log_in(&server, &email, password).await;
        assert_eq!((response.status, response.code().as_str()), (401, "invalid_credentials"), "{why}");
        let cost = (server.stack.hash_count() - hashes, server.stack.rpc_count() - rpcs);
        responses.push((why, seen(&response), cost));
    }
    let (_, first, cost) = responses[0].clone();
    for (why, response, its_cost) in responses {
        assert_eq!(response, first, "{why}");
        assert_eq!(its_cost, cost, "{why}");
    }
    assert_eq!(cost.0, 1, "one hash");
}

#[tokio::test]
async fn successful_login_costs_one_hash_and_shows_no_secret() {
    let server = TestServer::start().await;
    let person = server.person(Role::Viewer).await;
    let hashes = server.stack.hash_count();
    let response = log_in(&server, &person.email, PASSWORD).await;
    assert_eq!((response.status, server.stack.hash_count() - hashes), (200, 1));
    assert_eq!(response.json()["user"]["id"], person.id.to_string());
    assert!(!response.text().contains(PASSWORD));
    assert!(!response.text().contains("argon2"));
}

/// All kinds are timed in turn, and the fastest of each compared: other load on this machine
/// can only add time. A login that skips its hash takes a small part of the time of one
/// that does not; the bounds are far from both.
#[tokio::test]
async fn failed_logins_take_equal_time() {
    let server = TestServer::start().await;
    let rejected = rejected(&server).await;
    let mut fastest = vec![Duration::MAX; rejected.len()];
    for round in 0..25 {
        // Otherwise the accounts would be throttled.
        server.stack.advance(Duration::from_hours(6));
        for turn in 0..rejected.len() {
            let at = (turn + round) % rejected.len();
            let (_, email, password) = &rejected[at];
            let begin = Instant::now();
            let response = log_in(&server, email, password).await;
            fastest[at] = fastest[at].min(begin.elapsed());
            assert_eq!(response.status, 401);
        }
    }
    for ((why, ..), time) in rejected.iter().zip(&fastest) {
        let ratio = time.as_secs_f64() / fastest[0].as_secs_f64();
        assert!((0.67..1.5).contains(&ratio), "{why} takes {ratio:.2} of a wrong password: {fastest:?}");
    }
}
