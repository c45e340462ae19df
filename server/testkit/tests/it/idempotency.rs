//! Repeated requests with an `Idempotency-Key`: one effect, one response.

use futures_util::future::join_all;
use serde_json::json;
use vitae_sdk::{CreateUser, IfMatch, Role, SecretString, UpdateUser};
use vitae_server_testkit::PASSWORD;

use crate::raw_http::{Request, Response, request};
use crate::test_server::{Person, TestServer, error_code, new_email, new_resume, new_user};

/// Sends the request so many times at once; answers what everybody got.
async fn at_once(server: &TestServer, caller: &Person, times: usize, request: Request) -> Response {
    let request = request.bearer(&caller.token).key("once");
    let responses = join_all((0..times).map(|_| request.send(&server.stack))).await;
    let mut responses: Vec<_> = responses.into_iter().map(without_traces).collect();
    responses.dedup();
    assert_eq!(responses.len(), 1, "all responses are the same: {responses:#?}");
    responses.remove(0)
}

/// The response without what differs between two requests of the same meaning.
fn without_traces(mut response: Response) -> Response {
    response.headers.retain(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"));
    response
}

#[tokio::test]
async fn fifty_concurrent_creations_with_one_key_make_one_resume() {
    let server = TestServer::start().await;
    let create = request("POST /v1/resumes").json(r#"{"title":"A","document":{"n":1.10}}"#);
    let response = at_once(&server, &server.admin, 50, create).await;
    assert_eq!((response.status, response.header("etag")), (201, Some("\"1\"")));
    let location = format!("/v1/resumes/{}", response.json()["id"].as_str().unwrap());
    assert_eq!(response.header("location"), Some(location.as_str()));
    let all = server.admin.client.resumes().list().count(true).send().await.unwrap();
    assert_eq!(all.total, Some(1));
}

#[tokio::test]
async fn person_created_twice_with_one_key_exists_once_and_can_log_in() {
    let server = TestServer::start().await;
    let body = json!({"email": "ada@example.com", "name": "Ada", "password": PASSWORD}).to_string();
    let response = at_once(&server, &server.admin, 12, request("POST /v1/users").json(body)).await;
    assert_eq!((response.status, response.header("etag")), (201, Some("\"1\"")));
    let ada = Person::log_in(&server.stack, "ada@example.com").await;
    assert_eq!(ada.id.to_string(), response.json()["id"]);
    let all = server.admin.client.users().list().count(true).send().await.unwrap();
    assert_eq!(all.total, Some(2));
}

/// A change with the tag that it is based on: repeated, it would be rejected but for its key.
#[tokio::test]
async fn repeat_returns_the_first_response_after_later_changes() {
    let server = TestServer::start().await;
    let resume = server.resume_of(server.admin.id).await.id;
    let trashed = server.resume_of(server.admin.id).await.id;
    server.admin.client.resumes().delete(trashed, None).await.unwrap();
    let user = server.user().await.id;
    let gone = server.user().await.id;
    server.admin.client.users().delete(gone, None).await.unwrap();
    let draft = r#"{"title":"Second","document":{}}"#;
    let cases = [
        (format!("PUT /v1/resumes/{resume}"), "\"1\"", draft, 200),
        (format!("PATCH /v1/resumes/{resume}"), "\"2\"", r#"{"tags":["x"]}"#, 200),
        (format!("DELETE /v1/resumes/{resume}"), "\"3\"", "", 204),
        (format!("POST /v1/resumes/{trashed}/restore"), "\"2\"", "", 200),
        (format!("PATCH /v1/users/{user}"), "\"1\"", r#"{"name":"Second"}"#, 200),
        (format!("POST /v1/users/{user}/disable"), "\"2\"", "", 200),
        (format!("POST /v1/users/{user}/enable"), "\"3\"", "", 200),
        (format!("DELETE /v1/users/{user}"), "\"4\"", "", 204),
        (format!("POST /v1/users/{gone}/restore"), "\"2\"", "", 200),
    ];
    let mut firsts = Vec::new();
    for (number, (line, tag, body, status)) in cases.into_iter().enumerate() {
        let mut request = request(&line).bearer(&server.admin.token).if_match(tag);
        request = if body.is_empty() { request } else { request.json(body) };
        let stale = request.clone();
        let keyed = request.key(&format!("key-{number}"));
        let first = keyed.send(&server.stack).await;
        assert_eq!(first.status, status, "{line}");
        assert_eq!(stale.send(&server.stack).await.status, 412, "{line} without a key");
        firsts.push((line, keyed, first));
    }
    for (line, keyed, first) in firsts {
        let again = keyed.send(&server.stack).await;
        assert_eq!(without_traces(again), without_traces(first), "{line}");
    }
}

#[tokio::test]
async fn key_is_bound_to_one_request_of_one_caller() {
    let server = TestServer::start().await;
    let editor = server.person(Role::Editor).await;
    let resume = server.resume_of(server.admin.id).await.id;
    let create = |body: &str| request("POST /v1/resumes").json(body).key("k");
    let first = create(r#"{"title":"A","document":{}}"#);
    let first = first.bearer(&server.admin.token).send(&server.stack).await;
    assert_eq!(first.status, 201);

    for (name, other) in [
        ("title", create(r#"{"title":"B","document":{}}"#)),
        ("document", create(r#"{"title":"A","document":{"x":1}}"#)),
        ("white space in the document", create(r#"{"title":"A","document":{ }}"#)),
        ("one field more", create(r#"{"title":"A","document":{},"tags":[]}"#)),
        ("method and path", request(format!("DELETE /v1/resumes/{resume}")).key("k")),
    ] {
        let response = other.bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!((response.status, response.code().as_str()), (422, "idempotency_key_reused"), "{name}");
    }

    let theirs = create(r#"{"title":"A","document":{}}"#).bearer(&editor.token).send(&server.stack).await;
    assert_eq!(theirs.status, 201);
    assert_ne!(theirs.json()["id"], first.json()["id"]);
}

#[tokio::test]
async fn stored_request_digest_does_not_depend_on_the_password() {
    let server = TestServer::start().await;
    let users = server.admin.client.users().with_idempotency_key("k");
    let email = new_email();
    let person = |password: &str| CreateUser::new(email.clone(), "Ada").password(password.to_owned());
    let first = users.create(&person(PASSWORD)).await.unwrap();
    let again = users.create(&person("another password")).await.unwrap();
    assert_eq!(first, again);
    Person::log_in(&server.stack, &email).await;
    let other = SecretString::from("another password");
    assert!(server.stack.client().auth().login(&email, &other).await.unwrap_err().is_unauthenticated());
    assert_eq!(
        error_code(
            users.create(&CreateUser::new(email.clone(), "Grace").password(PASSWORD.to_owned())).await
        ),
        "idempotency_key_reused"
    );
}

#[tokio::test]
async fn repeated_password_change_ends_no_new_session() {
    let server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    let path = format!("PUT /v1/users/{}/password", person.id);
    let set = request(path).json(json!({"password": PASSWORD}).to_string()).key("k");
    let set = set.bearer(&server.admin.token);
    assert_eq!(set.send(&server.stack).await.status, 204);
    let later = Person::log_in(&server.stack, &person.email).await;
    assert_eq!(set.send(&server.stack).await.status, 204);
    later.client.auth().refresh().await.expect("the login came after the password was set");

    let other = request(format!("PUT /v1/users/{}/password", server.user().await.id)).key("k");
    let other = other.json(json!({"password": PASSWORD}).to_string()).bearer(&server.admin.token);
    assert_eq!(other.send(&server.stack).await.code(), "idempotency_key_reused");
}

#[tokio::test]
async fn repeated_revocation_ends_no_new_session() {
    let server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    let path = format!("DELETE /v1/users/{}/sessions", person.id);
    let revoke = request(path).key("k").bearer(&server.admin.token);
    assert_eq!(revoke.send(&server.stack).await.status, 204);
    let later = Person::log_in(&server.stack, &person.email).await;
    assert_eq!(revoke.send(&server.stack).await.status, 204);
    later.client.auth().refresh().await.expect("the login came after the sessions were revoked");
}

#[tokio::test]
async fn keys_survive_a_restart() {
    let mut server = TestServer::start().await;
    let resumes = server.admin.client.resumes().with_idempotency_key("k");
    let users = server.admin.client.users().with_idempotency_key("k");
    let (resume, user) = (new_resume("A"), new_user("Ada"));
    let (resume_id, user_id) =
        (resumes.create(&resume).await.unwrap().id, users.create(&user).await.unwrap().id);
    server.stack.restart().await;
    assert_eq!(resumes.create(&resume).await.unwrap().id, resume_id);
    assert_eq!(users.create(&user).await.unwrap().id, user_id);
}

#[tokio::test]
async fn rejected_request_does_not_consume_its_key() {
    let server = TestServer::start().await;
    let taken = server.user().await;
    let users = server.admin.client.users().with_idempotency_key("k");
    let person = CreateUser::new(taken.email.as_str(), "Ada");
    assert_eq!(error_code(users.create(&person).await), "email_taken");
    let free = UpdateUser::new().email(new_email());
    server.admin.client.users().update(taken.id, &free, IfMatch::Any).await.unwrap();
    assert_eq!(users.create(&person).await.unwrap().name.as_str(), "Ada");
}

#[tokio::test]
async fn keys_are_visible_ascii() {
    let server = TestServer::start().await;
    let good = "k".repeat(255);
    let long = "k".repeat(256);
    for (key, status) in
        [("!", 201), (good.as_str(), 201), ("", 400), ("a b", 400), ("é", 400), (long.as_str(), 400)]
    {
        let create = request("POST /v1/resumes").json(r#"{"title":"A","document":{}}"#);
        let response = create.key(key).bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!(response.status, status, "{key}");
        if status == 400 {
            assert_eq!(response.error_locations(), ["idempotency-key:"], "{key}");
        }
    }
    let twice = request("POST /v1/resumes").json(r#"{"title":"A","document":{}}"#).key("a").key("a");
    assert_eq!(twice.bearer(&server.admin.token).send(&server.stack).await.code(), "invalid_parameter");
}

#[tokio::test]
async fn logins_ignore_idempotency_keys() {
    let server = TestServer::start().await;
    let body = json!({"email": server.admin.email, "password": PASSWORD}).to_string();
    let log_in = request("POST /v1/auth/login").key("k").json(body);
    let (one, two) = (log_in.send(&server.stack).await, log_in.send(&server.stack).await);
    assert_eq!((one.status, two.status), (200, 200));
    assert_ne!(one.json()["refresh_token"], two.json()["refresh_token"]);
}
