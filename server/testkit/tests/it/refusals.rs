//! Bad input costs little: its length is checked before it is worked on, and answers repeat little of it.

use std::fmt::Write as _;

use serde_json::json;
use vitae_contracts_core::limits::{QUERY_WORDS, TEXT_BYTES, VIOLATIONS, VIOLATIONS_BYTES};

use crate::house::House;
use crate::http::{Answer, request};

/// One character that Unicode normalization writes as 18.
const LIGATURE: &str = "\u{fdfa}";

/// Bytes of an error that repeats as much of its input as errors may.
const LARGEST: usize = 2 * VIOLATIONS_BYTES;

/// The last entry of an error that leaves entries out.
fn rest(answer: &Answer) -> String {
    let problem = answer.problem();
    assert!(problem.errors.len() <= VIOLATIONS + 1, "{}", answer.text());
    problem.errors.last().map(|entry| entry.message.escaped().to_string()).unwrap_or_default()
}

#[tokio::test]
async fn errors_repeat_little_of_their_input() {
    let house = House::open().await;
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
        let answer = request(line).json(body).bearer(&house.admin.token).send(&house.stack).await;
        assert_eq!(answer.code(), code, "{name}: {}", answer.text());
        assert!(answer.body.len() < LARGEST, "{name}: {} bytes", answer.body.len());
        if !last.is_empty() {
            assert_eq!(rest(&answer), last, "{name}");
        }
    }
    let many = "a&".repeat(1_500);
    for target in [format!("/v1/users?{many}"), format!("/v1/users/{}", "x".repeat(4_000))] {
        let answer = request(format!("GET {target}")).bearer(&house.admin.token).send(&house.stack).await;
        assert!(answer.body.len() < LARGEST, "{} bytes", answer.body.len());
        rest(&answer);
    }
    let media_type = "x".repeat(10_000);
    let answer = request("POST /v1/auth/login").header("content-type", media_type).body("{}");
    assert!(answer.send(&house.stack).await.body.len() < 1_000);
}

#[tokio::test]
async fn length_is_checked_before_anything_else() {
    let house = House::open().await;
    let long = LIGATURE.repeat(340_000);
    let (hashes, rpcs) = (house.stack.hash_count(), house.stack.rpc_count());
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
        let answer = request(line).json(body.to_string()).bearer(&house.admin.token).send(&house.stack).await;
        assert_eq!((answer.status, answer.places()), (422, vec![pointer.to_owned()]), "{line}");
    }
    assert_eq!((house.stack.hash_count(), house.stack.rpc_count()), (hashes, rpcs));
    let body = json!({"title": "A", "document": {}, "tags": [long]}).to_string();
    let answer = request("POST /v1/resumes").json(body).bearer(&house.admin.token).send(&house.stack).await;
    assert_eq!((answer.status, answer.places()), (422, vec!["/tags/0".to_owned()]));
    // A text this long is no token, so it is not hashed.
    let body = json!({"refresh_token": long}).to_string();
    let answer = request("POST /v1/auth/refresh").json(body).send(&house.stack).await;
    assert_eq!(answer.code(), "invalid_refresh_token");
}

#[tokio::test]
async fn searches_are_bounded() {
    let house = House::open().await;
    let words = |count: usize| vec!["w"; count].join("+");
    for path in ["/v1/users", "/v1/resumes", "/v1/resumes/export"] {
        for (query, status) in [
            (format!("q={}", words(QUERY_WORDS)), 200),
            (format!("q={}", words(QUERY_WORDS + 1)), 400),
            (format!("q={}", words(999)), 400),
        ] {
            let answer = request(format!("GET {path}?{query}")).bearer(&house.admin.token);
            let answer = answer.send(&house.stack).await;
            assert_eq!(answer.status, status, "{path} {}: {}", query.len(), answer.text());
            if status == 400 {
                assert_eq!(
                    (answer.code(), answer.places()),
                    ("invalid_parameter".to_owned(), vec!["?q".to_owned()])
                );
            }
        }
    }
    for filter in ["tag", "title"] {
        let target = format!("GET /v1/resumes?{filter}={}", "w".repeat(TEXT_BYTES + 1));
        let answer = request(target).bearer(&house.admin.token).send(&house.stack).await;
        assert_eq!(
            (answer.code(), answer.places()),
            ("invalid_parameter".to_owned(), vec![format!("?{filter}")])
        );
    }
}
