//! Throttling of password guesses: budgets, delays, and known devices.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use vitae_contracts_core::subjects;
use vitae_sdk::{Entry, Role, SecretString};
use vitae_server_testkit::PASSWORD;

use crate::data_files;
use crate::raw_http::{Response, request};
use crate::test_server::{Person, TestServer, error_code, eventually, new_email};

const WRONG: &str = "a wrong password";

async fn log_in(server: &TestServer, email: &str, password: &str) -> Response {
    send(server, json!({"email": email, "password": password})).await
}

async fn log_in_from(server: &TestServer, device: &str, email: &str, password: &str) -> Response {
    send(server, json!({"email": email, "password": password, "device_token": device})).await
}

async fn send(server: &TestServer, body: Value) -> Response {
    request("POST /v1/auth/login").json(body.to_string()).send(&server.stack).await
}

/// The device token of a successful login.
fn device(response: &Response) -> String {
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()["device_token"].as_str().unwrap().to_owned()
}

/// How long a throttled response asks to wait.
fn retry_after(response: &Response) -> Duration {
    assert_eq!((response.status, response.code().as_str()), (429, "rate_limited"), "{}", response.text());
    let seconds = response.header("retry-after").unwrap().parse().unwrap();
    assert!(seconds > 0);
    Duration::from_secs(seconds)
}

/// Fails until the account is throttled for so long that a slow machine does not matter.
async fn exhaust(server: &TestServer, email: &str) {
    exhaust_all(server, &[email]).await;
}

/// As [`exhaust`], for several; responses how many attempts were throttled on the way, for each.
async fn exhaust_all(server: &TestServer, emails: &[&str]) -> u64 {
    for throttled in 1.. {
        let (mut longest, mut shortest) = (Duration::ZERO, Duration::MAX);
        for email in emails {
            let response = loop {
                let response = log_in(server, email, WRONG).await;
                if response.status != 401 {
                    break response;
                }
            };
            longest = longest.max(retry_after(&response));
            shortest = shortest.min(retry_after(&response));
        }
        if shortest > Duration::from_mins(8) {
            return throttled;
        }
        server.stack.advance(longest);
    }
    unreachable!("waits grow")
}

/// Returns the comparable parts of a response: without request id and time.
fn seen(response: &Response) -> (u16, Vec<String>, String) {
    let names = response.headers.iter().map(|(name, _)| name.clone()).collect();
    let mut body = response.json();
    body.as_object_mut().unwrap().remove("request_id");
    (response.status, names, body.to_string().replace(|c: char| c.is_ascii_digit(), ""))
}

async fn recorded(server: &TestServer, action: &str) -> Vec<Entry> {
    server.admin.client.audit().list().action(action).limit(500).send().await.unwrap().items
}

/// The attempts that an aggregated entry stands for.
fn attempts(entry: &Entry) -> u64 {
    let attempts = entry.changes.iter().find(|change| change.field == "attempts").unwrap();
    attempts.after.as_ref().unwrap().get().parse().unwrap()
}

#[tokio::test]
async fn eight_concurrent_guessers_get_no_more_guesses_than_one() {
    let server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    let (hashes, begin) = (server.stack.hash_count(), Instant::now());
    let guess_often = async || {
        let mut guesses = 0;
        for _ in 0..12 {
            let response = log_in(&server, &person.email, WRONG).await;
            if response.status == 401 {
                guesses += 1;
            } else {
                retry_after(&response);
            }
        }
        guesses
    };
    let guesses: u64 = join_all((0..8).map(|_| guess_often())).await.into_iter().sum();
    // Ten are free; then each takes twice as long as the last, from one second on.
    let delayed = u64::from((begin.elapsed().as_secs() + 1).ilog2());
    assert!((10..=10 + delayed).contains(&guesses), "{guesses}");
    assert_eq!(server.stack.hash_count() - hashes, guesses, "what is throttled costs no hash");
}

#[tokio::test]
async fn concurrent_correct_passwords_are_all_accepted() {
    let server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    let responses = join_all((0..24).map(|_| log_in(&server, &person.email, PASSWORD))).await;
    assert!(responses.iter().all(|response| response.status == 200));
}

#[tokio::test]
async fn guesses_are_limited_to_a_hundred_a_day_across_restarts() {
    let mut server = TestServer::start().await;
    let email = new_email();
    let (mut guesses, mut spent) = (0, Duration::ZERO);
    loop {
        let response = log_in(&server, &email, WRONG).await;
        if response.status == 401 {
            guesses += 1;
            continue;
        }
        let wait = retry_after(&response);
        assert!(wait <= Duration::from_mins(18));
        spent += wait;
        if spent > Duration::from_hours(24) {
            break;
        }
        server.stack.advance(wait);
        if guesses % 40 == 0 {
            server.stack.restart().await;
        }
    }
    assert!((90..=100).contains(&guesses), "{guesses}");
}

#[tokio::test]
async fn known_device_logs_in_while_others_are_throttled() {
    let mut server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    exhaust(&server, &person.email).await;
    let hashes = server.stack.hash_count();
    retry_after(&log_in(&server, &person.email, PASSWORD).await);
    assert_eq!(server.stack.hash_count(), hashes, "the right password is not even looked at");

    person.client.auth().logout().await.unwrap();
    let password = SecretString::from(PASSWORD);
    person.client.auth().login(&person.email, &password).await.expect("the SDK kept the device token");
    retry_after(&log_in(&server, &person.email, PASSWORD).await);
    server.stack.restart().await;
    retry_after(&log_in(&server, &person.email, PASSWORD).await);
    person.client.auth().logout().await.unwrap();
    person.client.auth().login(&person.email, &password).await.expect("it outlives logout and restart");
}

#[tokio::test]
async fn device_token_is_bound_to_its_account_and_has_its_own_budget() {
    let server = TestServer::start().await;
    let (person, other) = (server.person(Role::Member).await, server.person(Role::Member).await);
    let mine = device(&log_in(&server, &person.email, PASSWORD).await);
    let again = log_in_from(&server, &mine, &person.email, PASSWORD).await;
    assert_eq!(device(&again), mine, "a known device keeps its token");
    let theirs = device(&log_in(&server, &other.email, PASSWORD).await);
    exhaust(&server, &person.email).await;
    for token in [theirs.as_str(), "vd1_", "", &mine[..46], &format!("{mine}x")] {
        retry_after(&log_in_from(&server, token, &person.email, PASSWORD).await);
    }

    let mut failed = 0;
    while log_in_from(&server, &mine, &person.email, WRONG).await.status == 401 {
        failed += 1;
    }
    assert!(failed >= 10, "{failed}");
    server.stack.advance(Duration::from_mins(18));
    assert_eq!(log_in_from(&server, &mine, &person.email, PASSWORD).await.status, 200);
    let third = device(&log_in(&server, &other.email, PASSWORD).await);
    assert!(third != theirs && third != mine, "each new device has a token of its own");
}

#[tokio::test]
async fn password_reset_removes_devices_and_password_change_keeps_them() {
    let server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    let (old, new) = (SecretString::from(PASSWORD), SecretString::from("another good password"));
    let token = device(&log_in(&server, &person.email, PASSWORD).await);
    person.client.me().change_password(&old, &new).await.unwrap();
    exhaust(&server, &person.email).await;
    let kept = log_in_from(&server, &token, &person.email, "another good password").await;
    assert_eq!(device(&kept), token);
    server.admin.client.users().set_password(person.id, &old).await.unwrap();
    retry_after(&log_in_from(&server, &token, &person.email, PASSWORD).await);
}

#[tokio::test]
async fn throttling_does_not_reveal_whether_an_account_exists() {
    let server = TestServer::start().await;
    let (known, unknown) = (server.person(Role::Member).await.email, new_email());
    for _ in 0..10 {
        let cost = async |email: &str| {
            let (hashes, rpcs) = (server.stack.hash_count(), server.stack.rpc_count());
            let response = log_in(&server, email, WRONG).await;
            (seen(&response), server.stack.hash_count() - hashes, server.stack.rpc_count() - rpcs)
        };
        assert_eq!(cost(&known).await, cost(&unknown).await);
    }
    exhaust_all(&server, &[&known, &unknown]).await;
    let mut throttled = Vec::new();
    for email in [&known, &unknown] {
        for password in [WRONG, PASSWORD] {
            let (hashes, rpcs) = (server.stack.hash_count(), server.stack.rpc_count());
            let response = log_in(&server, email, password).await;
            retry_after(&response);
            let cost = (server.stack.hash_count() - hashes, server.stack.rpc_count() - rpcs);
            throttled.push((seen(&response), cost));
        }
    }
    assert!(throttled.iter().all(|response| *response == throttled[0]), "{throttled:#?}");
    assert_eq!(throttled[0].1, (0, 1), "no hash, and no call but the login itself");
}

#[tokio::test]
async fn spellings_of_an_email_share_one_budget() {
    let server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    exhaust(&server, &person.email).await;
    let full_stop = person.email.replace('.', "\u{3002}");
    assert_ne!(full_stop, person.email);
    let padded = format!("{}{}", " ".repeat(300), person.email);
    for spelling in [person.email.to_uppercase(), format!("  {} ", person.email), padded, full_stop] {
        retry_after(&log_in(&server, &spelling, PASSWORD).await);
    }
}

#[tokio::test]
async fn address_that_tries_many_accounts_is_throttled_except_for_known_devices() {
    for kind in ["3", "5"] {
        let mut server = TestServer::start().await;
        let person = server.person(Role::Member).await;
        let token = device(&log_in(&server, &person.email, PASSWORD).await);
        assert_eq!(log_in(&server, &new_email(), WRONG).await.status, 401);
        // As thousands of hashes would leave it, with a clock that is set back by half an hour afterwards: so it
        // stays as it is until the clock is there again.
        server.stack.stop().await;
        let path = server.stack.data().join("auth/auth.db");
        let sql = format!(
            "UPDATE throttles SET failed_at = failed_at + 1800000, full_at = failed_at + 5500000
             WHERE kind = {kind}"
        );
        assert_eq!(rusqlite::Connection::open(path).unwrap().execute(&sql, []).unwrap(), 1);
        server.stack.restart().await;

        retry_after(&log_in(&server, &new_email(), WRONG).await);
        retry_after(&log_in(&server, &person.email, PASSWORD).await);
        assert_eq!(log_in_from(&server, &token, &person.email, PASSWORD).await.status, 200);
        server.stack.advance(Duration::from_hours(2));
        assert_eq!(log_in(&server, &person.email, PASSWORD).await.status, 200, "{kind}");
    }
}

#[tokio::test]
async fn guesses_by_password_change_are_throttled() {
    let server = TestServer::start().await;
    let (person, other) = (server.person(Role::Member).await, server.person(Role::Member).await);
    let change = async |person: &Person, current: &str| {
        let body = json!({"current_password": current, "password": "another good password"}).to_string();
        request("PUT /v1/me/password").json(body).bearer(&person.token).send(&server.stack).await
    };
    let begin = Instant::now();
    let responses = join_all((0..30).map(|_| change(&person, WRONG))).await;
    let (wrong, throttled): (Vec<_>, Vec<_>) =
        responses.into_iter().partition(|response| response.status == 422);
    let delayed = (begin.elapsed().as_secs() + 1).ilog2() as usize;
    assert!((10..=10 + delayed).contains(&wrong.len()), "{}", wrong.len());
    for response in &throttled {
        retry_after(response);
    }

    eventually("each is recorded", async || {
        recorded(&server, subjects::PASSWORD_CHANGE_FAILED).await.len() == wrong.len()
    })
    .await;
    let entries = recorded(&server, subjects::PASSWORD_CHANGE_FAILED).await;
    assert!(entries.iter().all(|entry| entry.actor.id == Some(person.id)));
    assert_eq!(change(&other, PASSWORD).await.status, 204);
    assert_eq!(log_in(&server, &person.email, PASSWORD).await.status, 200, "logins have their own budget");
    // Nor do failed logins keep anybody from changing the password.
    exhaust(&server, &other.email).await;
    assert_eq!(change(&other, "another good password").await.status, 204);
}

#[tokio::test]
async fn throttled_attempts_are_recorded_in_one_entry() {
    let server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    let unknown = new_email();
    let before = exhaust_all(&server, &[&person.email, &unknown]).await;
    let (theirs, unknowns) = (before + 200, before + 100);
    join_all((0..200).map(|_| log_in(&server, &person.email, WRONG))).await;
    join_all((0..100).map(|_| log_in(&server, &unknown, WRONG))).await;
    server.stack.advance(Duration::from_mins(5));
    let is_theirs = |entry: &Entry| entry.object.id.to_string() == person.id.to_string();
    eventually("all of them are recorded", async || {
        let entries = recorded(&server, subjects::LOGIN_THROTTLED).await;
        let (person, unknown): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| is_theirs(entry));
        let sum = |entries: Vec<&Entry>| entries.into_iter().map(attempts).sum::<u64>();
        (sum(person), sum(unknown)) == (theirs, unknowns)
    })
    .await;
    let entries = recorded(&server, subjects::LOGIN_THROTTLED).await;
    assert!(entries.len() < 20, "{}", entries.len());
    let shown = serde_json::to_string(&entries).unwrap();
    assert!(shown.contains("127.0.0.1") && !shown.contains(&unknown));
}

#[tokio::test]
async fn last_attempts_are_recorded_when_the_server_stops() {
    let mut server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    exhaust(&server, &person.email).await;
    server.stack.stop().await;
    let subjects: Vec<_> =
        data_files::events(&data_files::file(&server.stack, "auth")).into_iter().map(|e| e.0).collect();
    assert!(subjects.contains(&subjects::LOGIN_THROTTLED.to_owned()), "{subjects:?}");
}

#[tokio::test]
async fn disconnected_client_is_charged_for_its_guess() {
    let server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    let hashes = server.stack.hash_count();
    let body = json!({"email": person.email, "password": WRONG}).to_string();
    let guess = request("POST /v1/auth/login").json(&body);
    for _ in 0..8 {
        let gone = server.stack.hash_count();
        let sending = guess.send(&server.stack);
        let started = eventually("the hash is made", async || server.stack.hash_count() > gone);
        // Whichever is first: the response, or the client's going away.
        futures_util::future::select(std::pin::pin!(sending), std::pin::pin!(started)).await;
    }
    eventually("each guess is recorded", async || {
        let failed = recorded(&server, subjects::LOGIN_FAILED).await.len() as u64;
        failed == server.stack.hash_count() - hashes && failed == 8
    })
    .await;
}

#[tokio::test]
async fn known_device_is_served_before_waiting_clients() {
    let server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    let token = device(&log_in(&server, &person.email, PASSWORD).await);
    let begun = server.stack.hash_count();
    let strangers = join_all((0..32).map(async |_| log_in(&server, &new_email(), WRONG).await));
    let known = async {
        eventually("strangers are served", async || server.stack.hash_count() >= begun + 4).await;
        let before = server.stack.hash_count();
        assert_eq!(log_in_from(&server, &token, &person.email, PASSWORD).await.status, 200);
        server.stack.hash_count() - before
    };
    let (_, hashes) = tokio::join!(strangers, known);
    assert!(hashes < 20, "{hashes} hashes came before");
}

#[tokio::test]
async fn operator_unlocks_one_login_while_the_server_runs() {
    let server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    exhaust(&server, &person.email).await;
    let unlock = |address: Option<&str>| {
        let now = std::time::SystemTime::now().into();
        vitae_server_stack::unlock(server.stack.data(), &person.email.to_uppercase(), address, now).unwrap();
    };
    // The stack's clock is ahead of the operator's by less than an hour.
    unlock(Some("203.0.113.7"));
    retry_after(&log_in(&server, &person.email, PASSWORD).await);
    unlock(None);
    assert_eq!(log_in(&server, &person.email, WRONG).await.status, 401);
    assert_eq!(log_in(&server, &person.email, PASSWORD).await.status, 200);
    retry_after(&log_in(&server, &person.email, PASSWORD).await);
    eventually("it is recorded", async || recorded(&server, subjects::LOGIN_UNLOCKED).await.len() == 1).await;

    unlock(None);
    let wrong = join_all((0..40).map(|_| log_in(&server, &person.email, WRONG))).await;
    assert_eq!(wrong.iter().filter(|response| response.status == 401).count(), 30, "it is no open door");
    let rejected = server.stack.client().auth().login(&person.email, &PASSWORD.into()).await;
    assert_eq!(error_code(rejected), "rate_limited");
}
