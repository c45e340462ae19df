//! Streams of events that the real server sends rarely or never.

use std::time::Duration;

use serde_json::{Value, json};
use vitae_sdk::{Code, Event, EventDetails, EventStream, MemoryStore};

use crate::mock::{AT, RESUME, Reply, Request, Server, USER, login, tokens, user};

const EVENTS: &str = "text/event-stream";

/// Responds to all requests in one way.
type Answer = Box<dyn Fn() -> Reply + Send + Sync>;

fn stream(frames: &[String]) -> Reply {
    let frames: Vec<_> = frames.iter().map(String::as_bytes).collect();
    Reply::chunked(EVENTS, &frames)
}

fn frame(id: &str, event: &str, data: &Value) -> String {
    format!("id: {id}\nevent: {event}\ndata: {data}\n\n")
}

fn ready(id: &str) -> String {
    frame(id, "ready", &json!({}))
}

fn data(subject: &str, kind: &str, object: &Value) -> Value {
    let mut data = json!({
        "id": RESUME, "subject": subject, "at": AT, "actor_id": USER,
        "object": {"type": kind, "id": USER, "version": 7},
    });
    data[kind] = object.clone();
    data
}

async fn next(events: &mut EventStream) -> Event {
    events.next().await.expect("the stream goes on").unwrap()
}

async fn ids(events: &mut EventStream, number: usize) -> Vec<String> {
    let mut ids = Vec::new();
    while ids.len() < number {
        ids.push(next(events).await.id().to_owned());
    }
    ids
}

/// The positions in the requests for events.
fn places(server: &Server) -> Vec<Option<String>> {
    let requests = server.requests();
    let requests = requests.iter().filter(|request| request.target.starts_with("/v1/events"));
    requests.map(|request| request.header("last-event-id").map(ToOwned::to_owned)).collect()
}

fn is_events(request: &Request) -> bool {
    request.target.starts_with("/v1/events")
}

#[tokio::test]
async fn stream_resumes_after_the_last_event_returned() {
    let named = frame("2", "users.user.updated", &data("users.user.updated", "user", &user()));
    let server = Server::start(move |_, before| match before {
        0 => stream(&[ready("1"), named.clone()]),
        // An incomplete frame is discarded.
        1 => stream(&[ready("2"), "id: 3\nevent: users.user.updated\ndata: {}\n".to_owned()]).cut(1),
        2 => Reply::nothing(),
        3 => Reply::problem(Code::Unavailable),
        4 => Reply::problem(Code::Internal),
        5 => Reply::problem(Code::RateLimited),
        _ => stream(&[ready("2"), frame("4", "users.user.updated", &json!({}))]),
    })
    .await;
    let mut events = server.logged_in().events().watch().heartbeat(Duration::from_millis(1500)).stream();
    assert_eq!(events.last_id(), None);
    assert_eq!(ids(&mut events, 5).await, ["1", "2", "2", "2", "4"]);
    let place = |id: &str| Some(id.to_owned());
    let expected = [None, place("2"), place("2"), place("2"), place("2"), place("2"), place("2")];
    assert_eq!(places(&server), expected);
    let request = &server.requests()[0];
    assert_eq!(request.line(), "GET /v1/events?heartbeat=2");
    assert_eq!(request.header("accept"), Some(EVENTS));
}

#[tokio::test]
async fn login_is_refreshed_when_its_token_ends_the_stream() {
    let server = Server::start(|request, _| match (is_events(request), request.bearer()) {
        (false, _) => Reply::json(&tokens("1")),
        (true, Some("access-1")) => stream(&[ready("1"), frame("2", "users.user.updated", &json!({}))]),
        (true, _) if request.header("last-event-id").is_none() => stream(&[ready("1")]),
        (true, _) => Reply::problem(Code::InvalidToken),
    })
    .await;
    let mut events = server.logged_in().events().watch().stream();
    assert_eq!(ids(&mut events, 3).await, ["1", "1", "2"]);
    let lines = server.lines();
    let expected = {
        let events = "GET /v1/events?heartbeat=0";
        [events, events, "POST /v1/auth/refresh", events]
    };
    assert_eq!(lines[..4], expected);
}

#[tokio::test]
async fn failed_refresh_ends_the_stream() {
    let server = Server::start(|request, _| match is_events(request) {
        true if request.header("last-event-id").is_none() => stream(&[ready("1")]),
        true => Reply::problem(Code::InvalidToken),
        false => Reply::problem(Code::InvalidRefreshToken),
    })
    .await;
    let mut events = server.logged_in().events().watch().stream();
    next(&mut events).await;
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!(error.known_code(), Some(Code::InvalidRefreshToken));
    assert_eq!(error.to_string(), "POST /v1/auth/refresh: 401 invalid_refresh_token: the detail");
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn permanent_errors_end_the_stream() {
    let long = "x".repeat(2 << 20);
    let cases: [(&str, Answer, &str); 4] = [
        ("forbidden", Box::new(|| Reply::problem(Code::Forbidden)), "403 forbidden: the detail"),
        (
            "another form",
            Box::new(|| Reply::text(200, "text/html", "<p>")),
            "expected a response of type text/event-stream, found text/html",
        ),
        (
            "a redirect",
            Box::new(|| Reply::with(302, &[("location", "/")], "")),
            "302 without a problem document",
        ),
        (
            "a line without end",
            Box::new(move || stream(std::slice::from_ref(&long))),
            "an event is larger than this version supports",
        ),
    ];
    for (name, reply, expected) in cases {
        let server = Server::always(reply).await;
        let mut events = server.logged_in().events().watch().stream();
        let error = events.next().await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), format!("GET /v1/events: {expected}"), "{name}");
        assert!(events.next().await.is_none(), "{name}");
    }
}

#[tokio::test]
async fn unknown_events_are_kept() {
    let mut newer = user();
    newer["role"] = json!("owner");
    newer["shoe_size"] = json!(38);
    let mut strange = data("users.user.moved", "user", &json!("now a text"));
    strange["desk"] = json!("3.14");
    let frames = [
        ready("1"),
        ": a comment\n\n".to_owned(),
        frame("2", "users.user.promoted", &data("users.user.promoted", "user", &newer)),
        frame("3", "teams.team.created", &data("teams.team.created", "team", &json!({"name": 1.50}))),
        frame("4", "users.user.moved", &strange),
        frame("5", "weather", &json!({"sun": true})),
        "id: 6\ndata: no JSON\n\n".to_owned(),
    ];
    let server = Server::always(move || stream(&frames)).await;
    let mut events = server.logged_in().events().watch().stream();
    next(&mut events).await;

    let Event::Event { details: EventDetails::User(user), .. } = next(&mut events).await else { panic!() };
    assert_eq!(user.role.as_str(), "owner");
    for kind in ["team", "user"] {
        let Event::Event { object, details: EventDetails::Other(data), .. } = next(&mut events).await else {
            panic!("{kind}")
        };
        assert_eq!(object.kind, kind);
        assert!(data.get().contains(["1.5", "\"desk\""][usize::from(kind == "user")]), "{data}");
    }
    for (expected_name, expected_data) in [("weather", "{\"sun\":true}"), ("message", "no JSON")] {
        let Event::Other { name, data, .. } = next(&mut events).await else { panic!("{expected_name}") };
        assert_eq!((name.as_str(), data.as_str()), (expected_name, expected_data));
    }
}

#[tokio::test]
async fn silent_connection_is_replaced() {
    let server = Server::start(|_, before| match before {
        // No further byte and no end.
        0 => Reply::chunked(EVENTS, &[ready("1").as_bytes()]).left_open(),
        _ => stream(&[ready("2")]),
    })
    .await;
    let store = MemoryStore::holding(login("0", 3600));
    let client = server.builder(store).timeout(Duration::from_millis(50)).build().unwrap();
    let mut events = client.events().watch().heartbeat(Duration::from_millis(50)).stream();
    assert_eq!(ids(&mut events, 2).await, ["1", "2"]);
}

#[tokio::test]
async fn no_heartbeats_are_requested_on_loopback() {
    let server = Server::start(|request, _| {
        let is_new = request.line().ends_with("?heartbeat=0");
        if is_new { Reply::problem(Code::InvalidParameter) } else { stream(&[ready("1")]) }
    })
    .await;
    let mut events = server.logged_in().events().watch().stream();
    assert_eq!(ids(&mut events, 2).await, ["1", "1"]);
    let lines = server.lines();
    assert_eq!(lines[..3], ["GET /v1/events?heartbeat=0", "GET /v1/events", "GET /v1/events"]);

    // Errors unrelated to heartbeats are returned.
    let server = Server::always(|| Reply::problem(Code::InvalidParameter)).await;
    let mut events = server.logged_in().events().watch().stream();
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!(error.known_code(), Some(Code::InvalidParameter));
}
