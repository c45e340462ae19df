//! Errors: texts and predicates.

use serde_json::json;
use vitae_sdk::{Code, Error, ProblemLocation};

use crate::mock::{Reply, Server};

async fn error_of(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Error {
    let server = Server::always(reply).await;
    server.logged_in().me().get().await.unwrap_err()
}

/// The names of the predicates that are true.
fn true_of(error: &Error) -> Vec<&'static str> {
    [
        ("not_found", error.is_not_found()),
        ("conflict", error.is_conflict()),
        ("precondition_failed", error.is_precondition_failed()),
        ("unauthenticated", error.is_unauthenticated()),
        ("forbidden", error.is_forbidden()),
        ("invalid_input", error.is_invalid_input()),
        ("rate_limited", error.is_rate_limited()),
        ("unavailable", error.is_unavailable()),
        ("retryable", error.is_retryable()),
        ("timeout", error.is_timeout()),
    ]
    .into_iter()
    .filter_map(|(name, is)| is.then_some(name))
    .collect()
}

/// The predicates that an exit code's class implies.
fn expected(code: Code) -> &'static [&'static str] {
    match code {
        Code::PreconditionFailed => &["conflict", "precondition_failed"],
        Code::Timeout => &["unavailable", "retryable", "timeout"],
        // The method of a call is never the caller's error.
        Code::MethodNotAllowed => &[],
        _ => match code.exit_code() {
            3 => &["not_found"],
            4 => &["unauthenticated"],
            5 => &["forbidden"],
            6 => &["conflict"],
            7 => &["invalid_input"],
            8 => &["rate_limited", "retryable"],
            9 => &["unavailable", "retryable"],
            _ => &[],
        },
    }
}

#[tokio::test]
async fn every_error_code_is_decoded() {
    for code in Code::ALL.iter().copied() {
        // A rejected access token is first refreshed; on another route it arrives like any other error.
        let server = Server::start(move |request, _| match request.target.as_str() {
            "/v1/auth/refresh" => Reply::json(&crate::mock::tokens("1")),
            _ => Reply::problem(code),
        })
        .await;
        let error = server.logged_in().me().get().await.unwrap_err();
        assert_eq!(error.known_code(), Some(code));
        assert_eq!(error.code(), Some(code.as_str()));
        assert_eq!(error.status(), Some(code.http_status()));
        assert_eq!(error.request_id(), Some("the-request"));
        assert_eq!(error.problem().unwrap().detail.as_str(), "the detail");
        assert_eq!(true_of(&error), expected(code), "{code}");
        let line = format!("GET /v1/me: {} {code}: the detail", code.http_status());
        assert_eq!(error.to_string(), line);
    }
}

#[tokio::test]
async fn violations_are_kept_with_their_locations() {
    let error = error_of(|| {
        let body = json!({
            "type": "urn:vitae:problem:document_invalid", "title": "t", "status": 422,
            "code": "document_invalid", "detail": "2 errors", "request_id": "r",
            "errors": [
                {"pointer": "/document/work/0/startDate", "message": "expected a date"},
                {"parameter": "limit", "message": "expected a number"},
            ],
        });
        Reply::text(422, "application/problem+json", &body.to_string())
    })
    .await;
    assert_eq!(
        error.to_string(),
        "GET /v1/me: 422 document_invalid: 2 errors \
         (/document/work/0/startDate: expected a date, and 1 more)"
    );
    let errors = &error.problem().unwrap().errors;
    assert_eq!(errors[1].location, ProblemLocation::Parameter("limit".to_owned()));
}

#[tokio::test]
async fn unknown_error_code_is_kept() {
    let error = error_of(|| {
        let body = json!({
            "type": "urn:vitae:problem:quota", "title": "over quota", "status": 409,
            "code": "quota", "detail": "", "request_id": "r", "limit": 17,
        });
        Reply::text(409, "application/problem+json", &body.to_string())
    })
    .await;
    assert_eq!((error.code(), error.known_code()), (Some("quota"), None));
    assert!(error.is_conflict());
    assert_eq!(error.to_string(), "GET /v1/me: 409 quota: over quota");
}

#[tokio::test]
async fn rejections_without_a_problem_document_keep_their_status() {
    for (status, media_type, body, line) in [
        (500, "text/html", "<h1>oops</h1>", "500 with text/html instead of a problem document"),
        (404, "application/json", "{}", "404 with application/json instead of a problem document"),
        (
            403,
            "application/problem+json",
            "{\"type\": 1",
            "403 with application/problem+json instead of a problem document",
        ),
        (
            403,
            "application/problem+json",
            "",
            "403 with application/problem+json instead of a problem document",
        ),
    ] {
        let error = error_of(move || Reply::text(status, media_type, body)).await;
        assert_eq!(error.status(), Some(status));
        assert_eq!(error.to_string(), format!("GET /v1/me: {line}"));
        assert!(error.problem().is_none() && error.code().is_none());
        assert!(error.request_id().is_some(), "the client's own");
    }
    let error = error_of(|| Reply::with(500, &[("x-request-id", "theirs")], "")).await;
    assert_eq!(error.to_string(), "GET /v1/me: 500 without a problem document");
    assert_eq!(error.request_id(), Some("theirs"));
}

#[tokio::test]
async fn server_text_in_errors_is_escaped() {
    let error = error_of(|| {
        let bad = "\u{1b}[2J\u{202e}\n";
        let body = json!({
            "type": bad, "title": bad, "status": 422, "code": bad, "detail": bad, "request_id": bad,
            "errors": [{"pointer": bad, "message": bad}],
        });
        Reply::text(422, "application/problem+json", &body.to_string())
    })
    .await;
    let texts = [error.to_string(), format!("{error:?}"), error.request_id().unwrap().to_owned()];
    for text in texts {
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\n']), "{text}");
    }
    let error = error_of(|| Reply::text(500, "text/\u{9b}31m", "")).await;
    assert!(!error.to_string().contains('\u{9b}'));
}

#[tokio::test]
async fn long_detail_is_truncated() {
    let error = error_of(|| {
        let body = json!({
            "type": "t", "title": "t", "status": 400, "code": "unknown_field",
            "detail": "é".repeat(100_000), "request_id": "r",
        });
        Reply::text(400, "application/problem+json", &body.to_string())
    })
    .await;
    assert!(error.to_string().chars().count() < 600);
    assert_eq!(error.problem().unwrap().detail.as_str().chars().count(), 100_000);
}
