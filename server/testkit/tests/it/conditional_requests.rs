//! `If-Match` and `If-None-Match`: stale changes are rejected, changes without effect leave no trace.

use futures_util::future::join_all;
use vitae_sdk::{IfMatch, ReplaceResume, UpdateUser};

use crate::data_files;
use crate::raw_http::{Request, Response, request};
use crate::test_server::{TestServer, document, new_resume};

/// Routes that change a fresh object `{id}` at version 1: line, body, whether they need a tag.
const CHANGES: &[(&str, &str, bool)] = &[
    ("PUT /v1/resumes/{id}", r#"{"title":"New","document":{}}"#, true),
    ("PATCH /v1/resumes/{id}", r#"{"title":"New"}"#, true),
    ("PATCH /v1/users/{id}", r#"{"name":"New"}"#, true),
    ("DELETE /v1/resumes/{id}", "", false),
    ("DELETE /v1/users/{id}", "", false),
    ("POST /v1/users/{id}/disable", "", false),
];

/// The route on a new object.
async fn on_new(server: &TestServer, line: &str, body: &str) -> Request {
    let line = if line.contains("resumes") {
        line.replace("{id}", &server.resume_of(server.admin.id).await.id.to_string())
    } else {
        line.replace("{id}", &server.user().await.id.to_string())
    };
    let request = request(line).bearer(&server.admin.token);
    if body.is_empty() { request } else { request.json(body) }
}

#[tokio::test]
async fn if_match_is_required_and_checked() {
    let server = TestServer::start().await;
    for (line, body, needs_tag) in CHANGES {
        let done = if line.starts_with("DELETE") { 204 } else { 200 };
        for (tag, expected) in [
            (None, if *needs_tag { 428 } else { done }),
            (Some("\"1\""), done),
            (Some("*"), done),
            (Some("\"2\""), 412),
            (Some("\"0\""), 400),
            (Some("\"01\""), 400),
            (Some("\"x\""), 400),
            (Some("\"\""), 400),
            (Some("\"-1\""), 400),
            (Some("W/\"1\""), 412),
            (Some("1"), 400),
            (Some("\"1"), 400),
            (Some(""), 400),
        ] {
            let mut change = on_new(&server, line, body).await;
            if let Some(tag) = tag {
                change = change.if_match(tag);
            }
            let rpcs = server.stack.rpc_count();
            let response = change.send(&server.stack).await;
            assert_eq!(response.status, expected, "{line} {tag:?}");
            match expected {
                400 | 428 => {
                    assert_eq!(response.error_locations(), ["if-match:"], "{line} {tag:?}");
                    assert_eq!(server.stack.rpc_count(), rpcs, "{line} {tag:?}");
                }
                412 => {
                    let problem = response.problem();
                    assert_eq!(problem.code, "precondition_failed");
                    assert!(problem.detail.as_str().contains("\"1\""), "{:?}", problem.detail);
                    let is_weak = tag.is_some_and(|tag| tag.starts_with("W/"));
                    let tells = problem.detail.as_str().contains("weak tag");
                    assert_eq!(tells, is_weak, "{:?}", problem.detail);
                }
                200 => assert_eq!(response.header("etag"), Some("\"2\""), "{line} {tag:?}"),
                _ => {}
            }
        }
        let twice = on_new(&server, line, body).await.if_match("\"1\"").if_match("\"1\"");
        assert_eq!(twice.send(&server.stack).await.code(), "invalid_parameter", "{line}");
    }
}

#[tokio::test]
async fn current_version_is_answered_with_not_modified() {
    let server = TestServer::start().await;
    let resume = server.resume_of(server.admin.id).await.id;
    let lines = [format!("GET /v1/resumes/{resume}"), format!("GET /v1/users/{}", server.admin.id)];
    for line in lines.iter().map(String::as_str).chain(["GET /v1/me"]) {
        for (tags, expected) in [
            (&["\"1\""][..], 304),
            (&["W/\"1\""], 304),
            (&["*"], 304),
            (&["\"7\", \"1\""], 304),
            (&["\"7\"", "\"1\""], 304),
            (&["\"2\""], 200),
            (&["1"], 200),
            (&["\"11\""], 200),
            (&[], 200),
        ] {
            let mut get = request(line).bearer(&server.admin.token);
            for tag in tags {
                get = get.header("if-none-match", tag);
            }
            let response = get.send(&server.stack).await;
            assert_eq!(response.status, expected, "{line} {tags:?}");
            assert_eq!(response.header("etag"), Some("\"1\""), "{line} {tags:?}");
            assert_eq!(response.body.is_empty(), expected == 304, "{line} {tags:?}");
        }
    }
}

/// All that the server has written down.
fn traces(server: &TestServer) -> [i64; 3] {
    let count = |service, table| {
        data_files::number(
            &data_files::file(&server.stack, service),
            &format!("SELECT count(*) FROM {table}"),
        )
    };
    [count("users", "event_log"), count("resumes", "event_log"), count("resumes", "revisions")]
}

fn meaning(response: &Response) -> (u16, Option<&str>, &[u8]) {
    (response.status, response.header("etag"), &response.body)
}

#[tokio::test]
async fn change_without_effect_makes_no_version_and_no_event() {
    let server = TestServer::start().await;
    for (line, body) in [
        ("PATCH /v1/users/{id}", "{}"),
        ("PATCH /v1/users/{id}", r#"{"name":"Somebody"}"#),
        ("PATCH /v1/users/{id}", r#"{"role":"member"}"#),
        ("POST /v1/users/{id}/enable", ""),
        ("POST /v1/users/{id}/restore", ""),
        ("PUT /v1/resumes/{id}", r#"{"title":"A title","document":{"basics":{"name":"Ada"}}}"#),
        ("PATCH /v1/resumes/{id}", "{}"),
        ("PATCH /v1/resumes/{id}", r#"{"title":"A title","tags":[]}"#),
        ("PATCH /v1/resumes/{id}", r#"{"tags":null}"#),
        ("PATCH /v1/resumes/{id}", r#"{"document":{}}"#),
        ("PATCH /v1/resumes/{id}", r#"{"document":{"basics":{"name":"Ada","x":null}}}"#),
        ("POST /v1/resumes/{id}/restore", ""),
    ] {
        let change = on_new(&server, line, body).await.if_match("\"1\"");
        let before = traces(&server);
        let response = change.send(&server.stack).await;
        assert_eq!((response.status, response.header("etag")), (200, Some("\"1\"")), "{line} {body}");
        assert_eq!(traces(&server), before, "{line} {body}");
    }
}

#[tokio::test]
async fn repeated_change_has_no_effect() {
    let server = TestServer::start().await;
    for (line, body) in [
        ("DELETE /v1/users/{id}", ""),
        ("POST /v1/users/{id}/disable", ""),
        ("PATCH /v1/users/{id}", r#"{"name":"New","role":"viewer"}"#),
        ("DELETE /v1/resumes/{id}", ""),
        ("PATCH /v1/resumes/{id}", r#"{"tags":["B","a"]}"#),
        ("PUT /v1/resumes/{id}", r#"{"title":"New","tags":["x"],"document":{"n":1.0}}"#),
    ] {
        let change = on_new(&server, line, body).await.if_match("*");
        let first = change.send(&server.stack).await;
        let before = traces(&server);
        let second = change.send(&server.stack).await;
        assert_eq!(meaning(&second), meaning(&first), "{line}");
        assert_eq!(traces(&server), before, "{line}");
    }
}

#[tokio::test]
async fn reformatted_document_is_a_change() {
    let server = TestServer::start().await;
    let resumes = server.admin.client.resumes();
    let id = resumes.create(&new_resume("A")).await.unwrap().id;
    for (revision, text) in
        [(2, r#"{"n":1}"#), (3, r#"{"n":1.0}"#), (4, r#"{"n": 1.0}"#), (4, r#"{"n": 1.0}"#)]
    {
        let draft = ReplaceResume::new("A", document(text));
        assert_eq!(resumes.replace(id, &draft, IfMatch::Any).await.unwrap().revision, revision, "{text}");
    }
}

#[tokio::test]
async fn deleted_objects_are_readable_and_immutable() {
    let server = TestServer::start().await;
    let (user, resume) = (server.user().await.id, server.resume_of(server.admin.id).await.id);
    server.admin.client.users().delete(user, None).await.unwrap();
    server.admin.client.resumes().delete(resume, None).await.unwrap();
    for (line, body) in [
        (format!("PUT /v1/resumes/{resume}"), r#"{"title":"New","document":{}}"#),
        (format!("PATCH /v1/resumes/{resume}"), r#"{"title":"New"}"#),
        (format!("PATCH /v1/users/{user}"), r#"{"name":"New"}"#),
        (format!("POST /v1/users/{user}/disable"), ""),
        (format!("POST /v1/users/{user}/enable"), ""),
        (format!("PUT /v1/users/{user}/password"), r#"{"password":"long enough"}"#),
    ] {
        let change = request(&line).if_match("\"2\"").bearer(&server.admin.token);
        let change = if body.is_empty() { change } else { change.json(body) };
        let response = change.send(&server.stack).await;
        assert_eq!((response.status, response.code().as_str()), (409, "deleted"), "{line}");
    }
    for line in [format!("GET /v1/resumes/{resume}"), format!("GET /v1/users/{user}")] {
        let response = request(&line).bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!((response.status, response.header("etag")), (200, Some("\"2\"")), "{line}");
        assert!(response.json()["deleted_at"].is_string(), "{line}");
    }
    for line in [format!("POST /v1/resumes/{resume}/restore"), format!("POST /v1/users/{user}/restore")] {
        let response = request(&line).bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!((response.status, response.header("etag")), (200, Some("\"3\"")), "{line}");
        assert!(response.json()["deleted_at"].is_null(), "{line}");
    }
    let kinds = server.admin.client.resumes().revisions(resume).send().await.unwrap().items;
    let kinds: Vec<_> = kinds.iter().map(|revision| format!("{:?}", revision.kind)).collect();
    assert_eq!(kinds, ["Restored", "Deleted", "Created"]);
}

#[tokio::test]
async fn one_of_many_concurrent_writers_wins() {
    let server = TestServer::start().await;
    let client = &server.admin.client;
    for _ in 0..5 {
        let resume = server.resume_of(server.admin.id).await.id;
        let user = server.user().await.id;
        let (resumes, users) = (client.resumes(), client.users());
        let writes = (0..8).map(async |writer| {
            let name = format!("Writer {writer}");
            let draft = ReplaceResume::new(name.clone(), document("{}"));
            let change = UpdateUser::new().name(name);
            let one = resumes.replace(resume, &draft, IfMatch::Version(1)).await;
            let two = users.update(user, &change, IfMatch::Version(1)).await;
            assert!(one.as_ref().err().is_none_or(vitae_sdk::Error::is_precondition_failed));
            assert!(two.as_ref().err().is_none_or(vitae_sdk::Error::is_precondition_failed));
            (one.ok().map(|resume| resume.title), two.ok().map(|user| user.name))
        });
        let (titles, names): (Vec<_>, Vec<_>) = join_all(writes).await.into_iter().unzip();
        let resume = resumes.get(resume).await.unwrap();
        let user = users.get(user).await.unwrap();
        assert_eq!((resume.revision, titles.into_iter().flatten().collect()), (2, vec![resume.title]));
        assert_eq!((user.version, names.into_iter().flatten().collect()), (2, vec![user.name]));
    }
}
