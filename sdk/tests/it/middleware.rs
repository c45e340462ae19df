//! Middlewares see requests and responses, but no secrets.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use vitae_sdk::{Attempt, Client, Code, ExtraHeaders, MemoryStore, Middleware, Outcome};

use crate::mock::{Gate, Reply, Server, login, tokens, user};

/// Records everything it sees, as text.
#[derive(Clone, Default)]
struct Record(Arc<Mutex<Vec<String>>>);

impl Record {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn add(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

impl Middleware for Record {
    fn before(&self, attempt: &Attempt, _: &mut ExtraHeaders) {
        self.add(format!("> {attempt}"));
    }

    fn after(&self, attempt: &Attempt, outcome: &Outcome<'_>) {
        let status = outcome.status().map_or("-".to_owned(), |status| status.to_string());
        let again = if outcome.repeat_in().is_some() { ", again" } else { "" };
        let why = outcome.error().map(|error| format!(": {error}")).unwrap_or_default();
        self.add(format!("< {attempt} {status}{again}{why}"));
    }
}

/// Records all accessible values in every format.
#[derive(Clone, Default)]
struct Everything(Record);

impl Middleware for Everything {
    fn before(&self, attempt: &Attempt, headers: &mut ExtraHeaders) {
        headers.insert("x-api-key", "c4n4ry").unwrap();
        self.0.add(format!("{attempt} {attempt:?} {headers:?}"));
    }

    fn after(&self, attempt: &Attempt, outcome: &Outcome<'_>) {
        let headers: Vec<_> = attempt.headers().chain(outcome.headers()).collect();
        self.0.add(format!("{attempt} {attempt:?} {outcome} {outcome:?} {headers:?}"));
    }
}

fn watched(server: &Server, middleware: impl Middleware, seconds: u64) -> Client {
    let store = MemoryStore::holding(login("0", seconds));
    server.builder(store).middleware(middleware).build().unwrap()
}

#[tokio::test]
async fn every_attempt_is_reported_with_its_outcome_and_retry() {
    let server = Server::start(|_, before| match before {
        0 => Reply::nothing(),
        1 => Reply::problem_with(Code::Unavailable, &[("retry-after", "0")]),
        _ => Reply::json(&user()),
    })
    .await;
    let record = Record::default();
    watched(&server, record.clone(), 3600).me().get().await.unwrap();
    let cut = format!("GET /v1/me: {} closed the connection without a response", server.url);
    assert_eq!(
        record.lines(),
        [
            "> GET /v1/me".to_owned(),
            format!("< GET /v1/me -, again: {cut}"),
            "> GET /v1/me (attempt 2)".to_owned(),
            "< GET /v1/me (attempt 2) 503, again: GET /v1/me: 503 unavailable: the detail".to_owned(),
            "> GET /v1/me (attempt 3)".to_owned(),
            "< GET /v1/me (attempt 3) 200".to_owned(),
        ]
    );
}

#[tokio::test]
async fn refresh_of_the_login_is_reported() {
    let server = Server::start(|request, _| match request.line().as_str() {
        "POST /v1/auth/refresh" => Reply::json(&tokens("1")),
        _ => Reply::json(&user()),
    })
    .await;
    let record = Record::default();
    watched(&server, record.clone(), 0).me().get().await.unwrap();
    assert_eq!(
        record.lines(),
        ["> POST /v1/auth/refresh", "< POST /v1/auth/refresh 200", "> GET /v1/me", "< GET /v1/me 200"]
    );
}

#[tokio::test]
async fn dropped_call_is_reported_as_abandoned() {
    let gate = Gate::closed();
    let held = gate.clone();
    let server = Server::start(move |_, _| Reply::json(&user()).behind(&held)).await;
    let record = Record::default();
    let client = watched(&server, record.clone(), 3600);
    let call = tokio::spawn(async move { client.me().get().await });
    server.wait_for_requests(1).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(record.lines(), ["> GET /v1/me", "< GET /v1/me -"]);
}

#[tokio::test]
async fn timed_out_call_is_reported_as_a_failure() {
    let gate = Gate::closed();
    let server = Server::start(move |_, _| Reply::json(&user()).behind(&gate)).await;
    let record = Record::default();
    let client = watched(&server, record.clone(), 3600).with_timeout(Duration::from_millis(20));
    assert!(client.me().get().await.unwrap_err().is_timeout());
    let late = format!("< GET /v1/me -: GET /v1/me: no complete response from {} in time", server.url);
    assert_eq!(record.lines(), ["> GET /v1/me".to_owned(), late]);
}

#[tokio::test]
async fn middleware_adds_headers_but_replaces_none() {
    struct Adds;
    impl Middleware for Adds {
        fn before(&self, attempt: &Attempt, headers: &mut ExtraHeaders) {
            assert!(headers.insert("authorization", "Bearer other").unwrap_err().is_invalid_input());
            assert!(headers.insert("no name", "x").unwrap_err().is_invalid_input());
            assert!(headers.insert("x-a", "line\nbreak").unwrap_err().is_invalid_input());
            headers.insert("x-request-id", "other").unwrap();
            headers.insert("traceparent", &format!("00-{}", attempt.number())).unwrap();
        }
    }
    let server = Server::always(|| Reply::json(&user())).await;
    watched(&server, Adds, 3600).me().get().await.unwrap();
    let request = &server.requests()[0];
    assert_eq!(request.header("traceparent"), Some("00-1"));
    assert_ne!(request.header("x-request-id"), Some("other"));
    assert_eq!(request.bearer(), Some("access-0"));
}

#[tokio::test]
async fn no_secret_is_reported_even_if_the_server_repeats_it() {
    let server = Server::start(|request, _| {
        let token = request.bearer().unwrap_or("vr1_c4n4ry").to_owned();
        let echoes = [("x-request-id", token.as_str()), ("etag", &token), ("x-odd", &token), ("server", "s")];
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(echoes);
        match request.line().as_str() {
            "POST /v1/auth/login" => Reply::with(200, &headers, &tokens("c4n4ry").to_string()),
            "GET /v1/me" => Reply::with(200, &headers, &user().to_string()),
            _ => Reply::with(200, &headers, r#"{"items": [], "next_cursor": null, "prev_cursor": null}"#),
        }
    })
    .await;
    let everything = Everything::default();
    let builder = server.builder(MemoryStore::new()).middleware(everything.clone());
    let client = builder.build().unwrap();
    let password = "c4n4ry horse".to_owned().into();
    client.auth().login("ada@example.com", &password).await.unwrap();
    client.me().get().await.unwrap();
    client.users().list().query("c4n4ry").email("c4n4ry@example.com").limit(3).send().await.unwrap();
    let seen = everything.0.lines().join("\n");
    assert!(!seen.contains("c4n4ry"), "{seen}");
    assert!(seen.contains("GET /v1/users?q=…&email=…&limit=3"), "{seen}");
    assert!(seen.contains(r#"("authorization", "[redacted]")"#), "{seen}");
    assert!(seen.contains(r#"("server", "s")"#), "{seen}");
    assert!(!format!("{client:?}").contains("c4n4ry"));
    assert_eq!(server.requests()[1].header("x-api-key"), Some("c4n4ry"), "it was sent");
}
