//! A login that fails says nothing about why, not even by the time it takes.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vitae_sdk::Role;
use vitae_server_testkit::PASSWORD;

use crate::house::{House, new_email, new_user};
use crate::http::{Answer, request};

/// E-mail and password of everybody who may not log in, by why.
async fn refused(house: &House) -> Vec<(&'static str, String, &'static str)> {
    let users = house.admin.client.users();
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
        ("no password yet", house.user().await.email.into_inner(), PASSWORD),
    ]
}

async fn log_in(house: &House, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password}).to_string();
    request("POST /v1/auth/login").json(body).send(&house.stack).await
}

/// All of an answer but what names the request and the second.
fn seen(answer: &Answer) -> (u16, Vec<String>, Value) {
    let mut body = answer.json();
    body.as_object_mut().unwrap().remove("request_id");
    let traces = ["x-request-id", "date"];
    let headers = answer.headers.iter().filter(|(name, _)| !traces.contains(&name.as_str()));
    (answer.status, headers.map(|(name, value)| format!("{name}: {value}")).collect(), body)
}

#[tokio::test]
async fn every_failed_login_looks_and_costs_the_same() {
    let house = House::open().await;
    let mut answers = Vec::new();
    for (why, email, password) in refused(&house).await {
        let (hashes, rpcs) = (house.stack.hash_count(), house.stack.rpc_count());
        let answer = log_in(&house, &email, password).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "invalid_credentials"), "{why}");
        let cost = (house.stack.hash_count() - hashes, house.stack.rpc_count() - rpcs);
        answers.push((why, seen(&answer), cost));
    }
    let (_, first, cost) = answers[0].clone();
    for (why, answer, its_cost) in answers {
        assert_eq!(answer, first, "{why}");
        assert_eq!(its_cost, cost, "{why}");
    }
    assert_eq!(cost.0, 1, "one hash");
}

#[tokio::test]
async fn a_good_login_costs_one_hash_and_shows_no_secret() {
    let house = House::open().await;
    let person = house.person(Role::Viewer).await;
    let hashes = house.stack.hash_count();
    let answer = log_in(&house, &person.email, PASSWORD).await;
    assert_eq!((answer.status, house.stack.hash_count() - hashes), (200, 1));
    assert_eq!(answer.json()["user"]["id"], person.id.to_string());
    assert!(!answer.text().contains(PASSWORD));
    assert!(!answer.text().contains("argon2"));
}

/// All kinds are timed in turn, and the fastest of each compared: whatever else this machine
/// does only ever adds time. A login that skips its hash takes a small part of the time of one
/// that does not; the bounds are far from both.
#[tokio::test]
async fn the_time_of_a_failed_login_tells_nothing() {
    let house = House::open().await;
    let refused = refused(&house).await;
    let mut fastest = vec![Duration::MAX; refused.len()];
    for round in 0..25 {
        // Else the accounts would be throttled.
        house.stack.advance(Duration::from_hours(6));
        for turn in 0..refused.len() {
            let at = (turn + round) % refused.len();
            let (_, email, password) = &refused[at];
            let begin = Instant::now();
            let answer = log_in(&house, email, password).await;
            fastest[at] = fastest[at].min(begin.elapsed());
            assert_eq!(answer.status, 401);
        }
    }
    for ((why, ..), time) in refused.iter().zip(&fastest) {
        let ratio = time.as_secs_f64() / fastest[0].as_secs_f64();
        assert!((0.67..1.5).contains(&ratio), "{why} takes {ratio:.2} of a wrong password: {fastest:?}");
    }
}
