//! Rules of every route: hosts, transfer codings, response headers, cursors, health details.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use vitae_sdk::Role;
use vitae_server_testkit::Stack;

use crate::raw_http::{Request, Response, request, send_bytes};
use crate::test_server::TestServer;

/// A request with these lines for its head, and the host among them if there is one.
async fn with_head(server: &TestServer, line: &str, head: &str) -> Response {
    let token = &server.admin.token;
    let bytes = format!("{line}\r\n{head}connection: close\r\nauthorization: Bearer {token}\r\n\r\n");
    send_bytes(&server.stack, bytes.as_bytes()).await
}

#[tokio::test]
async fn unknown_hosts_are_rejected() {
    let vitae = "vitae.example".parse().unwrap();
    let stack = Stack::start_configured(|config| config.edge.public_hosts = vec![vitae]).await;
    let server = TestServer::from_stack(stack).await;
    let get = "GET /v1/me HTTP/1.1";
    for (line, head, status) in [
        (get, "host: localhost\r\n", 200),
        (get, "host: 127.0.0.1:1\r\n", 200),
        (get, "host: [::1]\r\n", 200),
        (get, "host: vitae.example\r\n", 200),
        (get, "host: VITAE.example:443\r\n", 200),
        (get, "", 400),
        (get, "host: localhost\r\nhost: localhost\r\n", 400),
        (get, "host: evil.example\r\n", 400),
        (get, "host: localhost:x\r\n", 400),
        (get, "host: \r\n", 400),
        ("GET http://vitae.example/v1/me HTTP/1.1", "host: localhost\r\n", 200),
        ("GET http://evil.example/v1/me HTTP/1.1", "host: localhost\r\n", 400),
        ("GET /livez HTTP/1.1", "host: evil.example\r\n", 200),
        ("GET /readyz HTTP/1.1", "host: evil.example\r\n", 400),
        ("GET /v1/me HTTP/1.0", "", 200),
        ("GET /v1/me HTTP/1.0", "host: evil.example\r\n", 400),
    ] {
        let rpcs = server.stack.rpc_count();
        let response = with_head(&server, line, head).await;
        assert_eq!(response.status, status, "{line} {head:?}: {}", response.text());
        if status == 400 {
            assert_eq!(
                (response.code(), response.error_locations()),
                ("invalid_host".to_owned(), vec!["host:".to_owned()])
            );
            assert_eq!(server.stack.rpc_count(), rpcs, "{line} {head:?}");
        }
    }
    let response = with_head(&server, get, "host: other.example\r\n").await;
    assert!(response.text().contains("--public-host other.example"), "{}", response.text());
}

#[tokio::test]
async fn chunked_is_the_only_transfer_coding() {
    let server = TestServer::start().await;
    for (codings, status) in [
        ("transfer-encoding: chunked\r\n", 201),
        ("transfer-encoding: Chunked\r\n", 201),
        ("transfer-encoding: gzip, chunked\r\n", 400),
        ("transfer-encoding: identity, chunked\r\n", 400),
        ("transfer-encoding: chunked, chunked\r\n", 400),
        ("transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n", 400),
        ("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n", 400),
        ("transfer-encoding: gzip\r\n", 400),
    ] {
        let body = r#"{"title":"A","document":{}}"#;
        let bytes = format!(
            "POST /v1/resumes HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\n{codings}\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            server.admin.token,
            body.len()
        );
        let response = send_bytes(&server.stack, bytes.as_bytes()).await;
        assert_eq!(response.status, status, "{codings:?}: {}", response.text());
    }
}

#[tokio::test]
async fn responses_are_not_cached_or_sniffed() {
    let server = TestServer::start().await;
    let get = |path: &str| request(format!("GET {path}")).bearer(&server.admin.token);
    let me = || get("/v1/me");
    let public = Some("public, max-age=300");
    for (request, status, kept) in [
        (me(), 200, None),
        (me().header("if-none-match", "\"1\""), 304, None),
        (get("/v1/users"), 200, None),
        (get("/v1/resumes/export"), 200, None),
        (get("/v1/events"), 200, None),
        (get("/v1/audit"), 200, None),
        (get("/metrics"), 200, None),
        (get("/livez"), 200, None),
        (get("/nowhere"), 404, None),
        (get("/v1/users?x"), 400, None),
        (request("GET /v1/me"), 401, None),
        (request("BREW /v1/me"), 405, None),
        (get("/openapi.json"), 200, public),
        (get("/.well-known/jwks.json"), 200, public),
    ] {
        let response = request.send(&server.stack).await;
        assert_eq!(response.status, status, "{request:?}");
        assert_eq!(response.header("cache-control"), Some(kept.unwrap_or("no-store")), "{request:?}");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{request:?}");
    }
}

#[tokio::test]
async fn health_details_are_for_operators() {
    let server = TestServer::start().await;
    let member = server.person(Role::Member).await;
    let forwarded = |request: Request| request.header("x-forwarded-for", "192.0.2.1");
    let get = |path: &str| request(format!("GET {path}"));
    for (request, status) in [
        (get("/metrics"), 200),
        (forwarded(get("/metrics")), 401),
        (forwarded(get("/metrics").bearer("nonsense")), 401),
        (forwarded(get("/metrics").bearer(&member.token)), 403),
        (forwarded(get("/metrics").bearer(&server.admin.token)), 200),
    ] {
        let response = request.send(&server.stack).await;
        assert_eq!(response.status, status, "{request:?}: {}", response.text());
    }
    for (request, is_told) in [
        (get("/readyz"), true),
        (forwarded(get("/readyz")), false),
        (forwarded(get("/readyz").bearer(&member.token)), false),
        (forwarded(get("/readyz").bearer(&server.admin.token)), true),
    ] {
        let response = request.send(&server.stack).await;
        assert_eq!(response.json()["status"], "ready", "{request:?}");
        assert_eq!(response.json().as_object().unwrap().len() > 1, is_told, "{request:?}");
    }
}

#[tokio::test]
async fn cursor_of_another_list_is_rejected() {
    let server = TestServer::start().await;
    let mut resumes = Vec::new();
    for _ in 0..2 {
        server.user().await;
        resumes.push(server.resume_of(server.admin.id).await.id);
    }
    for id in &resumes {
        let change = request(format!("PATCH /v1/resumes/{id}")).if_match("*").json(r#"{"title":"B"}"#);
        assert_eq!(change.bearer(&server.admin.token).send(&server.stack).await.status, 200);
    }
    let mut lists = vec![
        "/v1/users?".to_owned(),
        "/v1/users?deleted=include&".to_owned(),
        "/v1/users?sort=created_at&".to_owned(),
        "/v1/resumes?".to_owned(),
        "/v1/resumes?deleted=include&".to_owned(),
        "/v1/resumes?sort=created_at&".to_owned(),
        "/v1/audit?".to_owned(),
        "/v1/audit?sort=sequence&".to_owned(),
    ];
    lists.extend(resumes.iter().map(|id| format!("/v1/resumes/{id}/revisions?")));
    let get = |target: String| request(format!("GET {target}")).bearer(&server.admin.token);
    for own in &lists {
        let page = get(format!("{own}limit=1")).send(&server.stack).await.json();
        let cursor = page["next_cursor"].as_str().unwrap_or_else(|| panic!("{own}: {page}")).to_owned();
        for list in &lists {
            let response = get(format!("{list}limit=1&cursor={cursor}")).send(&server.stack).await;
            let expected = if list == own { "" } else { "invalid_cursor" };
            assert_eq!(response.code(), expected, "a cursor of {own} at {list}");
        }
    }
}

#[tokio::test]
async fn times_accept_any_offset_and_plain_dates() {
    let server = TestServer::start().await;
    let count = async |query: &str| {
        let response = request(format!("GET /v1/audit?{query}")).bearer(&server.admin.token);
        let response = response.send(&server.stack).await;
        assert_eq!(response.status, 200, "{query}: {}", response.text());
        response.json()["items"].as_array().unwrap().len()
    };
    crate::test_server::eventually("the audit has the login", async || count("").await > 0).await;
    for (query, expected) in [
        ("since=2020-01-01", true),
        ("until=2020-01-01", false),
        ("since=2020-01-01T00:00:00%2B02:00&until=9999-12-31T00:00:00-11:30", true),
        // A `+` that was not encoded.
        ("since=2020-01-01T00:00:00+02:00", true),
        ("since=9999-12-31", false),
    ] {
        assert_eq!(count(query).await > 0, expected, "{query}");
    }
    let response = request("GET /v1/audit?since=x").bearer(&server.admin.token).send(&server.stack).await;
    let message = response.problem().errors[0].message.escaped().to_string();
    let expected = "invalid value for \"since\": expected an RFC 3339 time such as 2026-11-30T10:00:00Z";
    assert!(message.starts_with(expected), "{message}");
}

/// A stream of events, and what it has said so far.
struct Watched {
    stream: TcpStream,
    received: String,
}

impl Watched {
    async fn open(server: &TestServer, target: &str) -> Self {
        let mut stream = TcpStream::connect(server.stack.url().trim_start_matches("http://")).await.unwrap();
        let token = &server.admin.token;
        let head =
            format!("GET {target} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        Self { stream, received: String::new() }
    }

    /// Reads until a text has come.
    async fn until(&mut self, text: &str) {
        let mut piece = [0; 4096];
        while !self.received.contains(text) {
            let read = tokio::time::timeout(Duration::from_secs(30), self.stream.read(&mut piece)).await;
            let count = read.expect("the stream says something").unwrap();
            assert!(count > 0, "the stream has ended: {}", self.received);
            self.received.push_str(std::str::from_utf8(&piece[..count]).unwrap());
        }
    }
}

const COMMENT: &str = "\n:\n\n";

#[tokio::test]
async fn event_streams_send_heartbeats_unless_turned_off() {
    let often = Some(Duration::from_millis(10));
    let server =
        TestServer::from_stack(Stack::start_configured(|config| config.edge.heartbeat = often).await).await;
    let mut quiet = Watched::open(&server, "/v1/events?heartbeat=0").await;
    quiet.until("event: ready").await;
    Watched::open(&server, "/v1/events").await.until(COMMENT).await;
    server.user().await;
    quiet.until("users.user.created").await;
    assert!(!quiet.received.contains(COMMENT), "{}", quiet.received);
    for (value, status) in [("0", 200), ("300", 200), ("301", 400), ("-1", 400), ("x", 400), ("", 400)] {
        let target = format!("GET /v1/events?heartbeat={value}");
        let response = request(target).bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!(response.status, status, "{value}");
    }
}
