//! Strict input: rejected requests and their responses.

use vitae_sdk::{ResumeId, UserId};

use crate::raw_http::{Request, request};
use crate::test_server::TestServer;

const RESUME: &str = r#"{"title":"A","document":{}}"#;

/// A rejected request of the administrator: name, request, status, code, error locations.
type Case = (&'static str, Request, u16, &'static str, &'static str);

async fn check(server: &TestServer, cases: Vec<Case>) {
    for (name, request, status, code, places) in cases {
        let rpcs = server.stack.rpc_count();
        let response = request.bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!(
            (response.status, response.code().as_str()),
            (status, code),
            "{name}: {}",
            response.text()
        );
        assert_eq!(response.error_locations().join(" "), places, "{name}: {}", response.text());
        assert_eq!(server.stack.rpc_count(), rpcs, "{name}: a service was asked");
    }
}

#[tokio::test]
async fn unknown_fields_and_parameters_are_named() {
    let server = TestServer::start().await;
    let me = format!("PATCH /v1/users/{}", server.admin.id);
    let resume = format!("PUT /v1/resumes/{}", ResumeId::new());
    let post = |line: &str, body: &str| request(line).json(body).if_match("*");
    let get = |line: &str| request(line);
    check(
        &server,
        vec![
            (
                "two",
                post("POST /v1/users", r#"{"email":"a@b","name":"A","x":1,"y/z":2}"#),
                400,
                "unknown_field",
                "/x /y~1z",
            ),
            ("before other errors", post("POST /v1/users", r#"{"x":1}"#), 400, "unknown_field", "/x"),
            ("case", post("POST /v1/users", r#"{"Email":"a@b","name":"A"}"#), 400, "unknown_field", "/Email"),
            ("of the answer", post(&me, r#"{"status":"disabled"}"#), 400, "unknown_field", "/status"),
            ("a password", post(&me, r#"{"password":"long enough"}"#), 400, "unknown_field", "/password"),
            (
                "a resume",
                post("POST /v1/resumes", r#"{"title":"A","document":{},"id":"x"}"#),
                400,
                "unknown_field",
                "/id",
            ),
            (
                "an owner",
                post(&resume, r#"{"title":"A","document":{},"owner_id":"x"}"#),
                400,
                "unknown_field",
                "/owner_id",
            ),
            (
                "a login",
                post("POST /v1/auth/login", r#"{"email":"a","password":"b","otp":1}"#),
                400,
                "unknown_field",
                "/otp",
            ),
            ("where nothing is taken", post("DELETE /v1/users/x", "{}"), 404, "not_found", ""),
            ("two parameters", get("GET /v1/users?x=1&y=2"), 400, "unknown_parameter", "?x ?y"),
            ("twice", get("GET /v1/users?limit=1&limit=1"), 400, "invalid_parameter", "?limit"),
            ("without a value", get("GET /v1/users?x"), 400, "unknown_parameter", "?x"),
            ("of another list", get("GET /v1/users?tag=x"), 400, "unknown_parameter", "?tag"),
            ("of a list", get("GET /v1/resumes/export?limit=1"), 400, "unknown_parameter", "?limit"),
            ("none is known", get("GET /v1/me?fields=id"), 400, "unknown_parameter", "?fields"),
            ("of an open route", get("GET /livez?x=1"), 400, "unknown_parameter", "?x"),
            (
                "of a change",
                post("POST /v1/resumes?dry_run=true", RESUME),
                400,
                "unknown_parameter",
                "?dry_run",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn every_field_with_a_wrong_type_is_named() {
    let server = TestServer::start().await;
    let post = |line: &str, body: &str| request(line).json(body).if_match("*");
    let put = format!("PUT /v1/resumes/{}", ResumeId::new());
    let failed = "validation_failed";
    check(
        &server,
        vec![
            ("no object", post("POST /v1/users", "[]"), 422, failed, ""),
            ("a text", post("POST /v1/users", r#""x""#), 422, failed, ""),
            (
                "a resume",
                post("POST /v1/resumes", r#"{"title":1,"tags":"x","owner_id":2}"#),
                422,
                failed,
                "/document /owner_id /tags /title",
            ),
            (
                "tags",
                post("POST /v1/resumes", r#"{"title":"A","tags":["x",1,null],"document":{}}"#),
                422,
                failed,
                "/tags/1 /tags/2",
            ),
            ("nothing", post(&put, "{}"), 422, failed, "/document /title"),
            ("a login", post("POST /v1/auth/login", r#"{"email":1}"#), 422, failed, "/email /password"),
            (
                "a refresh",
                post("POST /v1/auth/refresh", r#"{"refresh_token":null}"#),
                422,
                failed,
                "/refresh_token",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn invalid_bodies_and_content_types_are_rejected() {
    let server = TestServer::start().await;
    let post = |media_type: &str| request("POST /v1/resumes").header("content-type", media_type).body(RESUME);
    let patch = format!("PATCH /v1/resumes/{}", ResumeId::new());
    let unsupported = "unsupported_media_type";
    check(
        &server,
        vec![
            ("text", post("text/plain"), 415, unsupported, "content-type:"),
            ("form", post("application/x-www-form-urlencoded"), 415, unsupported, "content-type:"),
            ("nearly", post("application/jsonx"), 415, unsupported, "content-type:"),
            ("a patch", post("application/merge-patch+json"), 415, unsupported, "content-type:"),
            ("a list", post("application/x-ndjson"), 415, unsupported, "content-type:"),
            ("nothing", request("POST /v1/resumes").body(RESUME), 415, unsupported, "content-type:"),
            (
                "another patch",
                request(&patch)
                    .header("content-type", "application/json-patch+json")
                    .body("[]")
                    .if_match("*"),
                415,
                unsupported,
                "content-type:",
            ),
            (
                "JSON as an import",
                request("POST /v1/resumes/import").json("{}"),
                415,
                unsupported,
                "content-type:",
            ),
            (
                "gzip",
                post("application/json").header("content-encoding", "gzip"),
                415,
                unsupported,
                "content-encoding:",
            ),
            (
                "gzip import",
                request("POST /v1/resumes/import")
                    .header("content-type", "application/x-ndjson")
                    .header("content-encoding", "gzip")
                    .body("{}"),
                415,
                unsupported,
                "content-encoding:",
            ),
        ],
    )
    .await;
    for media_type in ["application/json; charset=utf-8", "APPLICATION/JSON", " application/json "] {
        let response = post(media_type).bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!(response.status, 201, "{media_type}");
    }
    let identity =
        post("application/json").header("content-encoding", "identity").bearer(&server.admin.token);
    assert_eq!(identity.send(&server.stack).await.status, 201);
}

#[tokio::test]
async fn unknown_routes_and_methods_are_rejected() {
    let server = TestServer::start().await;
    let id = UserId::new();
    let missing = |line: &str| request(line);
    check(
        &server,
        vec![
            ("nothing", missing("GET /v1/nothing"), 404, "not_found", ""),
            ("the root", missing("GET /"), 404, "not_found", ""),
            ("a slash more", missing("GET /v1/users/"), 404, "not_found", ""),
            ("a slash less", missing("GET /v1users"), 404, "not_found", ""),
            ("two slashes", missing("GET //v1/users"), 404, "not_found", ""),
            ("another case", missing("GET /V1/users"), 404, "not_found", ""),
            ("below an object", missing(&format!("GET /v1/users/{id}/nothing")), 404, "not_found", ""),
            ("no id", missing("GET /v1/users/x"), 404, "not_found", ""),
            (
                "an id cut short",
                missing(&format!("GET /v1/users/{}", &id.to_string()[1..])),
                404,
                "not_found",
                "",
            ),
            ("an id and more", missing(&format!("GET /v1/users/{id}%00")), 404, "not_found", ""),
            ("no text", missing("GET /v1/users/%ff"), 404, "not_found", ""),
            ("dots", missing("GET /v1/users/%2e%2e"), 404, "not_found", ""),
            ("revision 0", missing(&format!("GET /v1/resumes/{id}/revisions/0")), 404, "not_found", ""),
            ("revision -1", missing(&format!("GET /v1/resumes/{id}/revisions/-1")), 404, "not_found", ""),
            ("revision x", missing(&format!("GET /v1/resumes/{id}/revisions/x")), 404, "not_found", ""),
            (
                "a great revision",
                missing(&format!("GET /v1/resumes/{id}/revisions/99999999999999999999")),
                404,
                "not_found",
                "",
            ),
        ],
    )
    .await;
    let unknown = request("GET /v1/users/%ff").send(&server.stack).await;
    assert_eq!(unknown.code(), "unauthenticated");
    for (line, methods) in [
        ("DELETE /v1/users", "GET POST"),
        ("PATCH /v1/me", "GET"),
        ("GET /v1/auth/login", "POST"),
        ("POST /livez", "GET"),
        ("OPTIONS /v1/users", "GET POST"),
        ("BREW /v1/me", "GET"),
    ] {
        let response = request(line).bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!((response.status, response.code().as_str()), (405, "method_not_allowed"), "{line}");
        let allow = response.header("allow").unwrap();
        for method in methods.split(' ') {
            assert!(allow.split(',').any(|allowed| allowed.trim() == method), "{line}: {allow}");
        }
    }
    let head = request("HEAD /v1/me").bearer(&server.admin.token).send(&server.stack).await;
    assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, Some("\"1\"")));
}

#[tokio::test]
async fn every_response_has_a_request_id() {
    let server = TestServer::start().await;
    let long = "x".repeat(65);
    let longest = "x".repeat(64);
    for (id, kept) in [
        ("my-Request_1.2", true),
        (longest.as_str(), true),
        (long.as_str(), false),
        ("", false),
        ("a b", false),
        ("a/b", false),
        ("é", false),
        ("<script>", false),
    ] {
        for line in ["GET /v1/me", "GET /v1/nothing", "GET /v1/me?x=1", "DELETE /v1/me", "GET /livez"] {
            let request = request(line).header("x-request-id", id).bearer(&server.admin.token);
            let response = request.send(&server.stack).await;
            let named = response.header("x-request-id").unwrap();
            if kept {
                assert_eq!(named, id, "{line}");
            } else {
                named.parse::<UserId>().unwrap_or_else(|_| panic!("{line}: {named:?} is no id"));
            }
            if response.status >= 400 {
                assert_eq!(response.problem().request_id, named);
            }
        }
    }
}
