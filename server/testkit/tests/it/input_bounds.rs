//! Invalid input costs little: its length is checked first, and responses quote little of it.

use std::fmt::Write as _;

use serde_json::json;
use vitae_contracts_core::limits::{QUERY_WORDS, TEXT_BYTES, VIOLATIONS, VIOLATIONS_BYTES};

use crate::raw_http::{Response, request};
use crate::test_server::TestServer;

/// One character that Unicode normalization writes as 18.
const LIGATURE: &str = "\u{fdfa}";

/// Bytes of an error that repeats as much of its input as errors may.
const LARGEST: usize = 2 * VIOLATIONS_BYTES;

/// The last entry of an error that leaves entries out.
fn rest(response: &Response) -> String {
    let problem = response.problem();
    assert!(problem.errors.len() <= VIOLATIONS + 1, "{}", response.text());
    problem.errors.last().map(|entry| entry.message.escaped().to_string()).unwrap_or_default()
}

#[tokio::test]
async fn errors_quote_little_of_their_input() {
    let server = TestServer::start().await;
    let mut unknown = r#"{"email":"a@b","password":"x""#.to_owned();
    for number in 0..90_000 {
        write!(unknown, ",\"f{number}\":1").unwrap();
    }
    unknown.push('}');
    let long = "k".repeat(500_000);
    let tags = format!(r#"{{"title":"A","document":{{}},"tags":[{}1]}}"#, "1,".repeat(300_000));
    let commas = json!({"title": "A", "document": {}, "tags": vec!["\u{1f642},".repeat(9); 32]});
    let work = format!(r#"{{"title":"A","document":{{"work":[{}1]}}}}"#, "1,".repeat(300_000));
    for (name, line, body, code, last) in [
        ("unknown fields", "POST /v1/auth/login", unknown, "unknown_field", "89980 more errors"),
        ("one long unknown field", "POST /v1/auth/login", format!(r#"{{"{long}":1}}"#), "unknown_field", ""),
        ("elements", "POST /v1/resumes", tags, "validation_failed", "299981 more errors"),
        ("tags", "POST /v1/resumes", commas.to_string(), "validation_failed", "12 more errors"),
        ("a document", "POST /v1/resumes", work, "document_invalid", "299981 more errors"),
        (
            "a duplicate key",
            "POST /v1/resumes",
            format!(r#"{{"{long}":{{"a":1,"a":1}}}}"#),
            "malformed_json",
            "",
        ),
    ] {
        let response = request(line).json(body).bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!(response.code(), code, "{name}: {}", response.text());
        assert!(response.body.len() < LARGEST, "{name}: {} bytes", response.body.len());
        if !last.is_empty() {
            assert_eq!(rest(&response), last, "{name}");
        }
    }
    let many = "a&".repeat(1_500);
    for target in [format!("/v1/users?{many}"), format!("/v1/users/{}", "x".repeat(4_000))] {
        let response = request(format!("GET {target}")).bearer(&server.admin.token).send(&server.stack).await;
        assert!(response.body.len() < LARGEST, "{} bytes", response.body.len());
        rest(&response);
    }
    let media_type = "x".repeat(10_000);
    let response = request("POST /v1/auth/login").header("content-type", media_type).body("{}");
    assert!(response.send(&server.stack).await.body.len() < 1_000);
}

#[tokio::test]
async fn length_is_checked_first() {
    let server = TestServer::start().await;
    let long = LIGATURE.repeat(340_000);
    let (hashes, rpcs) = (server.stack.hash_count(), server.stack.rpc_count());
    for (line, body, pointer) in [
        ("POST /v1/auth/login", json!({"email": long, "password": "x"}), "/email"),
        ("POST /v1/auth/login", json!({"email": "a@b", "password": long}), "/password"),
        (
            "PUT /v1/me/password",
            json!({"current_password": long, "password": "long enough"}),
            "/current_password",
        ),
        ("POST /v1/users", json!({"email": long, "name": "A"}), "/email"),
        ("POST /v1/users", json!({"email": "a@b", "name": long}), "/name"),
        ("POST /v1/users", json!({"email": "a@b", "name": LIGATURE.repeat(200)}), "/name"),
        ("POST /v1/resumes", json!({"title": long, "document": {}}), "/title"),
    ] {
        let response =
            request(line).json(body.to_string()).bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!((response.status, response.error_locations()), (422, vec![pointer.to_owned()]), "{line}");
    }
    assert_eq!((server.stack.hash_count(), server.stack.rpc_count()), (hashes, rpcs));
    let body = json!({"title": "A", "document": {}, "tags": [long]}).to_string();
    let response =
        request("POST /v1/resumes").json(body).bearer(&server.admin.token).send(&server.stack).await;
    assert_eq!((response.status, response.error_locations()), (422, vec!["/tags/0".to_owned()]));
    // A text this long is no token, so it is not hashed.
    let body = json!({"refresh_token": long}).to_string();
    let response = request("POST /v1/auth/refresh").json(body).send(&server.stack).await;
    assert_eq!(response.code(), "invalid_refresh_token");
}

#[tokio::test]
async fn searches_are_bounded() {
    let server = TestServer::start().await;
    let words = |count: usize| vec!["w"; count].join("+");
    for path in ["/v1/users", "/v1/resumes", "/v1/resumes/export"] {
        for (query, status) in [
            (format!("q={}", words(QUERY_WORDS)), 200),
            (format!("q={}", words(QUERY_WORDS + 1)), 400),
            (format!("q={}", words(999)), 400),
        ] {
            let response = request(format!("GET {path}?{query}")).bearer(&server.admin.token);
            let response = response.send(&server.stack).await;
            assert_eq!(response.status, status, "{path} {}: {}", query.len(), response.text());
            if status == 400 {
                assert_eq!(
                    (response.code(), response.error_locations()),
                    ("invalid_parameter".to_owned(), vec!["?q".to_owned()])
                );
            }
        }
    }
    for filter in ["tag", "title"] {
        let target = format!("GET /v1/resumes?{filter}={}", "w".repeat(TEXT_BYTES + 1));
        let response = request(target).bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!(
            (response.code(), response.error_locations()),
            ("invalid_parameter".to_owned(), vec![format!("?{filter}")])
        );
    }
}
