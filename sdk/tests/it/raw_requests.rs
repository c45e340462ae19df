//! Requests that the SDK has no method for.

use std::time::Duration;

use serde_json::{Value, json};
use vitae_sdk::{Code, MemoryStore, RawRequest};

use crate::mock::{Gate, Reply, Server, login, tokens, user};

const CHALLENGE: &str = "Bearer error=\"invalid_token\"";

async fn echo() -> Server {
    Server::always(|| Reply::json(&json!({"ok": true}))).await
}

fn assert_invalid(error: &vitae_sdk::Error) {
    assert!(error.is_invalid_input() && error.status().is_none(), "{error:?}");
}

#[tokio::test]
async fn request_is_sent_as_built() {
    let server = echo().await;
    let client = server.logged_in();
    let response = client
        .raw("patch", "/v1/users/7?a=1&b=x%20y")
        .query("a", "ü&=")
        .header("If-Match", "\"7\"")
        .header("X-Request-Id", "my-id")
        .header("Content-Type", "application/merge-patch+json")
        .body("{\"name\": 1}")
        .send()
        .await
        .unwrap();
    assert_eq!((response.status(), response.header("Content-Type")), (200, Some("application/json")));
    assert_eq!(response.headers().count(), 2);
    assert_eq!(response.json::<Value>().await.unwrap(), json!({"ok": true}));
    let request = &server.requests()[0];
    assert_eq!(request.line(), "PATCH /v1/users/7?a=1&b=x+y&a=%C3%BC%26%3D");
    assert_eq!(request.header("if-match"), Some("\"7\""));
    assert_eq!(request.header("x-request-id"), Some("my-id"));
    assert_eq!(request.header("content-type"), Some("application/merge-patch+json"));
    assert_eq!(request.header("accept"), Some("*/*"));
    assert_eq!(request.bearer(), Some("access-0"));
    assert_eq!(request.body, "{\"name\": 1}");
}

#[tokio::test]
async fn body_is_json_by_default() {
    let server = echo().await;
    let client = server.logged_in();
    let types: [fn(RawRequest) -> RawRequest; 3] = [
        |request| request.body("{}"),
        |request| request.json(&json!({})),
        |request| request.body("{}").header("content-type", "text/plain"),
    ];
    for change in types {
        change(client.raw("POST", "/v1/x")).send().await.unwrap();
    }
    let found: Vec<_> =
        server.requests().iter().map(|request| request.header("content-type").unwrap().to_owned()).collect();
    assert_eq!(found, ["application/json", "application/json", "text/plain"]);
}

#[tokio::test]
async fn request_outside_the_path_prefix_is_rejected() {
    let server = echo().await;
    let url = format!("{}/hr", server.url);
    let client = server.builder(MemoryStore::holding(login("0", 3600))).base_url(url).build().unwrap();
    for path in [
        "",
        "v1/me",
        "http://elsewhere.invalid/v1/me",
        "/../v1/me",
        "/v1/../../x",
        "/%2e%2e/x",
        "/v1/%2E%2e/..\\../x",
        "/v1/me#part",
    ] {
        assert_invalid(&client.raw("GET", path).send().await.unwrap_err());
    }
    assert!(server.requests().is_empty());
    for (path, sent) in [
        ("/v1/me", "/hr/v1/me"),
        ("//elsewhere.invalid/x", "/hr//elsewhere.invalid/x"),
        ("/v1/../x", "/hr/x"),
        ("/@elsewhere.invalid:1/", "/hr/@elsewhere.invalid:1/"),
        ("/a b", "/hr/a%20b"),
    ] {
        client.raw("GET", path).send().await.unwrap();
        assert_eq!(server.requests().last().unwrap().target, sent, "{path}");
    }
}

#[tokio::test]
async fn reserved_headers_are_rejected() {
    let server = echo().await;
    let client = server.logged_in();
    for name in ["authorization", "Host", "content-length", "Transfer-Encoding", "cookie", "no name"] {
        assert_invalid(&client.raw("GET", "/v1/me").header(name, "c4n4ry").send().await.unwrap_err());
    }
    let error = client.raw("GET", "/v1/me").header("x-a", "c4n4ry\r\nx-b: 1").send().await.unwrap_err();
    assert_invalid(&error);
    assert!(!format!("{error} {error:?}").contains("c4n4ry"));
    for method in ["", "G T", "CONNECT", "GET / HTTP/1.1\r\n"] {
        assert_invalid(&client.raw(method, "/v1/me").send().await.unwrap_err());
    }
    let request = client.raw("GET", "/v1/me").header("x-a", "c4n4ry").body("c4n4ry");
    assert!(!format!("{request:?}").contains("c4n4ry"));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn rejection_is_a_response_with_its_body() {
    let server = Server::always(|| Reply::problem_with(Code::NotFound, &[("x-more", "1")])).await;
    let client = server.logged_in();
    let response = client.raw("GET", "/v1/nothing").send().await.unwrap();
    assert_eq!((response.status(), response.header("x-more")), (404, Some("1")));
    assert!(response.error().unwrap().is_not_found());
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["code"], "not_found");

    let response = client.raw("GET", "/v1/nothing").send().await.unwrap();
    assert!(response.error_for_status().unwrap_err().is_not_found());
}

#[tokio::test]
async fn not_modified_is_a_success_for_conditional_requests() {
    let server = Server::always(|| Reply::with(304, &[("etag", "\"7\"")], "")).await;
    let client = server.logged_in();
    let asked = client.raw("GET", "/v1/me").header("if-none-match", "\"7\"").send().await.unwrap();
    assert!(asked.status() == 304 && asked.error().is_none());
    let unasked = client.raw("GET", "/v1/me").send().await.unwrap();
    assert!(unasked.error().is_some());
}

#[tokio::test]
async fn login_is_refreshed_and_safe_requests_are_retried() {
    for (method, path, sent) in [
        ("GET", "/v1/me", 3),
        ("HEAD", "/v1/me", 3),
        ("POST", "/v1/users", 3),
        ("PATCH", "/v1/resumes/1", 3),
        ("DELETE", "/v1/me/sessions/1", 3),
        ("POST", "/v1/resumes/import", 1),
        ("POST", "/v1/usersandmore", 1),
        ("PUT", "/v1/me/password", 1),
    ] {
        let server = Server::start(|request, _| match request.bearer() {
            None => Reply::json(&tokens("1")),
            Some("access-1") => Reply::problem(Code::Unavailable),
            Some(_) => Reply::problem_with(Code::InvalidToken, &[("www-authenticate", CHALLENGE)]),
        })
        .await;
        let response = server.logged_in().raw(method, path).body("{}").send().await.unwrap();
        assert_eq!(response.status(), 503);
        let later = |request: &&crate::mock::Request| request.bearer() == Some("access-1");
        let requests = server.requests();
        let attempts: Vec<_> = requests.iter().filter(later).collect();
        assert_eq!(attempts.len(), sent, "{method} {path}");
        let keys = attempts.iter().filter(|request| request.header("idempotency-key").is_some());
        let keyed = method != "GET" && (path == "/v1/users" || path == "/v1/resumes/1");
        assert_eq!(keys.count() > 0, keyed, "{method} {path}");
        assert!(attempts.iter().all(|request| request.body == "{}"));
    }
}

#[tokio::test]
async fn idempotency_key_of_the_caller_is_sent() {
    let server = echo().await;
    let client = server.logged_in();
    client.raw("POST", "/v1/users").header("Idempotency-Key", "row-17").send().await.unwrap();
    assert_eq!(server.requests()[0].header("idempotency-key"), Some("row-17"));
}

#[tokio::test]
async fn anonymous_request_has_no_token() {
    let server = echo().await;
    let client = server.client(MemoryStore::new());
    assert!(client.raw("GET", "/livez").send().await.unwrap_err().is_unauthenticated());
    client.raw("GET", "/livez").anonymous().send().await.unwrap();
    assert_eq!(server.lines(), ["GET /livez"]);
    assert_eq!(server.requests()[0].bearer(), None);
}

#[tokio::test]
async fn body_is_streamed_and_a_truncated_one_is_an_error() {
    let server = Server::always(|| Reply::chunked("text/plain", &[b"one", b"two"]).cut(1)).await;
    let client = server.logged_in();
    let mut response = client.raw("GET", "/v1/x").send().await.unwrap();
    let mut text = Vec::new();
    let error = loop {
        match response.chunk().await.unwrap() {
            Ok(chunk) => text.extend_from_slice(&chunk),
            Err(error) => break error,
        }
    };
    assert_eq!(text, b"onetwo");
    assert!(error.is_retryable() && error.to_string().starts_with("GET /v1/x: "), "{error}");
    assert!(response.chunk().await.is_none());
    assert!(client.raw("GET", "/v1/x").send().await.unwrap().bytes().await.unwrap_err().is_retryable());
}

#[tokio::test]
async fn silent_server_times_out() {
    let server = Server::always(|| Reply::chunked("text/plain", &[b"one"]).left_open()).await;
    let request = server.logged_in().raw("GET", "/v1/x").timeout(Duration::from_millis(200));
    let error = request.send().await.unwrap().bytes().await.unwrap_err();
    assert!(error.is_timeout(), "{error}");

    let gate = Gate::closed();
    let server = Server::start(move |_, _| Reply::json(&user()).behind(&gate)).await;
    let request = server.logged_in().raw("GET", "/v1/x").timeout(Duration::from_millis(20));
    assert!(request.send().await.unwrap_err().is_timeout());
}
