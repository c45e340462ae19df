//! The requests that each method sends.

use serde_json::{Value, json};
use vitae_sdk::{
    Client, Code, CreateResume, CreateUser, IfMatch, RawValue, ReplaceResume, Resume, Role, UpdateUser,
    UserId, draft_of,
};

use crate::mock::{AT, RESUME, Reply, Request, SESSION, Server, USER, resume, user};

/// Responds as the routes do.
fn api(request: &Request, _: usize) -> Reply {
    let path = request.target.split('?').next().unwrap();
    let session = json!({
        "id": SESSION, "created_at": AT, "last_used_at": AT, "expires_at": AT,
        "client": "vitae", "address": "127.0.0.1", "current": true,
    });
    let revision = json!({
        "revision": 2, "kind": "imported", "author": null, "at": AT, "reason": null,
        "title": "Ada", "tags": [], "document": {"n": 1.10},
    });
    match (request.method.as_str(), path) {
        ("DELETE", _) | ("PUT", "/v1/me/password") => Reply::empty(),
        (_, path) if path.ends_with("/password") => Reply::empty(),
        (_, path) if path.ends_with("/sessions") => Reply::json(&json!({"items": [session]})),
        (_, path) if path.ends_with("/revisions") => {
            Reply::json(&json!({"items": [revision], "next_cursor": null, "prev_cursor": null}))
        }
        (_, path) if path.contains("/revisions/") => Reply::json(&revision),
        (_, path) if path.starts_with("/v1/resumes") => Reply::json(&resume(3)),
        _ => Reply::json(&user()),
    }
}

/// The last request: line, `If-Match`, media type, body.
fn last(server: &Server) -> (String, Option<String>, Option<String>, Value) {
    let request = server.requests().pop().unwrap();
    let header = |name| request.header(name).map(ToOwned::to_owned);
    let body = if request.body.is_empty() { Value::Null } else { request.json() };
    (request.line(), header("if-match"), header("content-type"), body)
}

fn check(server: &Server, line: &str, if_match: Option<&str>, media_type: Option<&str>, body: Value) {
    let found = last(server);
    let owned = |text: &str| text.to_owned();
    assert_eq!(found, (owned(line), if_match.map(owned), media_type.map(owned), body));
}

const JSON: Option<&str> = Some("application/json");

async fn start() -> (Server, Client) {
    let server = Server::start(api).await;
    let client = server.logged_in();
    (server, client)
}

#[tokio::test]
async fn requests_have_token_id_and_user_agent() {
    let (server, client) = start().await;
    client.me().get().await.unwrap();
    let request = &server.requests()[0];
    assert_eq!(request.bearer(), Some("access-0"));
    assert_eq!(request.header("accept"), Some("application/json"));
    let agent = request.header("user-agent").unwrap();
    assert_eq!(agent, concat!("vitae-sdk/", env!("CARGO_PKG_VERSION")));
    let id = request.header("x-request-id").unwrap();
    assert_eq!((id.len(), &id[14..15]), (36, "7"), "{id}");
    for header in ["cookie", "referer", "idempotency-key", "if-match"] {
        assert_eq!(request.header(header), None);
    }

    let store = vitae_sdk::MemoryStore::holding(crate::mock::login("0", 3600));
    let client = server.builder(store).user_agent("nightly/2").build().unwrap();
    client.me().get().await.unwrap();
    let agent = server.requests()[1].header("user-agent").map(ToOwned::to_owned);
    assert_eq!(agent.as_deref(), Some("nightly/2"));
}

#[tokio::test]
async fn path_prefix_of_the_address_is_kept() {
    let server = Server::always(|| Reply::json(&user())).await;
    let store = vitae_sdk::MemoryStore::holding(crate::mock::login("0", 3600));
    let url = format!("{}/vitae", server.url);
    let client = server.builder(store).base_url(url).build().unwrap();
    client.me().get().await.unwrap();
    assert_eq!(server.lines(), ["GET /vitae/v1/me"]);
}

#[tokio::test]
async fn calls_of_me_match_the_api() {
    let (server, client) = start().await;
    let me = client.me();
    me.change_password(&"old-password".to_owned().into(), &"new-password".to_owned().into()).await.unwrap();
    let body = json!({"current_password": "old-password", "password": "new-password"});
    check(&server, "PUT /v1/me/password", None, JSON, body);
    assert_eq!(me.sessions().await.unwrap().len(), 1);
    check(&server, "GET /v1/me/sessions", None, None, Value::Null);
    me.revoke_session(SESSION.parse().unwrap()).await.unwrap();
    let line = format!("DELETE /v1/me/sessions/{SESSION}");
    check(&server, &line, None, None, Value::Null);
}

#[tokio::test]
async fn calls_of_users_match_the_api() {
    let (server, client) = start().await;
    let (users, id) = (client.users(), USER.parse().unwrap());
    let path = format!("/v1/users/{USER}");

    users.get(id).await.unwrap();
    check(&server, &format!("GET {path}"), None, None, Value::Null);
    let new =
        CreateUser::new("grace@example.com", "Grace").role(Role::Editor).password("long enough".to_owned());
    users.create(&new).await.unwrap();
    let body =
        json!({"email": "grace@example.com", "name": "Grace", "role": "editor", "password": "long enough"});
    check(&server, "POST /v1/users", None, JSON, body);
    let change = UpdateUser::new().name("Ada".to_owned());
    users.update(id, &change, IfMatch::Version(7)).await.unwrap();
    check(&server, &format!("PATCH {path}"), Some("\"7\""), JSON, json!({"name": "Ada"}));
    users.disable(id, Some(IfMatch::Any)).await.unwrap();
    check(&server, &format!("POST {path}/disable"), Some("*"), None, Value::Null);
    users.enable(id, None).await.unwrap();
    check(&server, &format!("POST {path}/enable"), None, None, Value::Null);
    users.restore(id, Some(IfMatch::Version(8))).await.unwrap();
    check(&server, &format!("POST {path}/restore"), Some("\"8\""), None, Value::Null);
    users.delete(id, Some(IfMatch::Version(9))).await.unwrap();
    check(&server, &format!("DELETE {path}"), Some("\"9\""), None, Value::Null);
    users.set_password(id, &"long enough".to_owned().into()).await.unwrap();
    check(&server, &format!("PUT {path}/password"), None, JSON, json!({"password": "long enough"}));
    users.sessions(id).await.unwrap();
    check(&server, &format!("GET {path}/sessions"), None, None, Value::Null);
    users.revoke_sessions(id).await.unwrap();
    check(&server, &format!("DELETE {path}/sessions"), None, None, Value::Null);

    for request in server.requests() {
        let keyed = request.header("idempotency-key").is_some();
        assert_eq!(keyed, request.method != "GET", "{}", request.line());
    }
}

#[tokio::test]
async fn calls_of_resumes_match_the_api() {
    let (server, client) = start().await;
    let (resumes, id) = (client.resumes(), RESUME.parse().unwrap());
    let path = format!("/v1/resumes/{RESUME}");

    let read = resumes.get(id).await.unwrap();
    check(&server, &format!("GET {path}"), None, None, Value::Null);
    let document = RawValue::from_string("{\"n\": 1.10}".to_owned()).unwrap();
    let new = CreateResume::new("Ada", document).owner_id(USER.parse::<UserId>().unwrap()).tags(["x"]);
    resumes.create(&new).await.unwrap();
    let body = json!({"title": "Ada", "owner_id": USER, "tags": ["x"], "document": {"n": 1.10}});
    check(&server, "POST /v1/resumes", None, JSON, body);
    let sent = server.requests().pop().unwrap().body;
    assert!(sent.contains("\"document\":{\"n\": 1.10}"), "the exact text: {sent}");

    resumes.replace(id, &draft_of(&read), IfMatch::Version(3)).await.unwrap();
    let body = json!({"title": "Ada", "tags": ["london"], "document": {"basics": {"name": "Ada"}}});
    check(&server, &format!("PUT {path}"), Some("\"3\""), JSON, body);
    let change = json!({"title": "B", "document": {"basics": null}});
    resumes.patch(id, &change, IfMatch::Any).await.unwrap();
    let media_type = Some("application/merge-patch+json");
    check(&server, &format!("PATCH {path}"), Some("*"), media_type, change);
    resumes.restore(id, None).await.unwrap();
    check(&server, &format!("POST {path}/restore"), None, None, Value::Null);
    resumes.delete(id, None).await.unwrap();
    check(&server, &format!("DELETE {path}"), None, None, Value::Null);
    for request in server.requests() {
        let keyed = request.header("idempotency-key").is_some();
        assert_eq!(keyed, request.method != "GET", "{}", request.line());
    }

    let error = resumes.patch(id, &"title", IfMatch::Any).await.unwrap_err();
    assert!(error.is_invalid_input(), "a text is no patch");
}

#[tokio::test]
async fn calls_of_revisions_match_the_api() {
    let (server, client) = start().await;
    let (resumes, id) = (client.resumes(), RESUME.parse().unwrap());
    let revision = resumes.revision(id, 2).await.unwrap();
    assert_eq!(revision.document.get(), "{\"n\":1.1}");
    let mut revisions = resumes.revisions(id).limit(9).cursor("c").stream();
    assert_eq!(revisions.next().await.unwrap().unwrap().revision, 2);
    assert!(revisions.next().await.is_none());
    resumes.revisions(id).send().await.unwrap();
    resumes.revisions(id).sort("revision").send().await.unwrap();
    let path = format!("GET /v1/resumes/{RESUME}/revisions");
    assert_eq!(
        server.lines(),
        [
            format!("{path}/2"),
            format!("{path}?limit=9&cursor=c"),
            path.clone(),
            format!("{path}?sort=revision")
        ]
    );
}

#[tokio::test]
async fn modify_writes_against_the_version_read() {
    // Another client writes twice in between.
    let server = Server::start(|request, before| match request.method.as_str() {
        "GET" => Reply::json(&resume(before as u64)),
        _ if before < 5 => Reply::problem(Code::PreconditionFailed),
        _ => Reply::json(&resume(9)),
    })
    .await;
    let resumes = server.logged_in().resumes();
    let mut seen = Vec::new();
    let changed = resumes
        .modify(RESUME.parse().unwrap(), |resume| {
            seen.push(resume.revision);
            let mut draft = draft_of(resume);
            draft.tags.push("rust".to_owned());
            Some(draft)
        })
        .await
        .unwrap();
    assert_eq!((changed.revision, seen), (9, vec![0, 2, 4]));
    let requests = server.requests();
    let writes = requests.iter().filter(|request| request.method == "PATCH");
    let (tags, keys): (Vec<_>, Vec<_>) =
        writes.map(|w| (w.header("if-match").unwrap(), w.header("idempotency-key").unwrap())).unzip();
    assert_eq!(tags, ["\"0\"", "\"2\"", "\"4\""]);
    assert!(keys[0] != keys[1] && keys[1] != keys[2], "each try is another request");
}

#[tokio::test]
async fn modify_sends_only_changed_parts() {
    let (server, client) = start().await;
    let changes: [fn(&mut ReplaceResume); 4] = [
        |draft| draft.title.push('!'),
        |draft| draft.tags.clear(),
        |draft| draft.document = RawValue::from_string("{\"a\": 1.10}".to_owned()).unwrap(),
        |_| {},
    ];
    for change in changes {
        let edit = |resume: &Resume| {
            let mut draft = draft_of(resume);
            change(&mut draft);
            Some(draft)
        };
        client.resumes().modify(RESUME.parse().unwrap(), edit).await.unwrap();
    }
    let requests = server.requests();
    let writes = requests.iter().filter(|request| request.method != "GET");
    let sent: Vec<_> = writes.map(|write| (write.method.as_str(), write.body.as_str())).collect();
    let whole = r#"{"title":"Ada","tags":["london"],"document":{"a": 1.10}}"#;
    assert_eq!(sent, [("PATCH", r#"{"title":"Ada!"}"#), ("PATCH", r#"{"tags":[]}"#), ("PUT", whole)]);
}

#[tokio::test]
async fn modify_gives_up_after_ten_conflicts() {
    let server = Server::start(|request, _| match request.method.as_str() {
        "GET" => Reply::json(&user()),
        _ => Reply::problem(Code::PreconditionFailed),
    })
    .await;
    let users = server.logged_in().users();
    let change = users.modify(USER.parse().unwrap(), |_| Some(UpdateUser::default()));
    let error = change.await.unwrap_err();
    assert!(error.is_precondition_failed() && error.is_conflict());
    assert_eq!(server.requests().len(), 20);
}

#[tokio::test]
async fn modify_without_change_writes_nothing() {
    let (server, client) = start().await;
    let id = RESUME.parse().unwrap();
    let resume = client.resumes().modify(id, |_| None).await.unwrap();
    assert_eq!(resume.revision, 3);
    let user = client.users().modify(USER.parse().unwrap(), |_| None).await.unwrap();
    assert_eq!(user.version, 7);
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

/// Programs spawn calls, so their futures must be `Send`.
#[test]
fn futures_are_send() {
    fn check<T: Send>(_: T) {}
    let client = Client::builder().base_url("http://127.0.0.1:1").build().unwrap();
    let id = RESUME.parse().unwrap();
    check(client.me().get());
    check(client.auth().logout());
    check(client.resumes().modify(id, |_| None));
    check(client.users().list().stream());
    check(client.resumes().import().send(futures_util::stream::empty::<String>()));
    check(async move {
        let mut lines = client.resumes().export().send().await.unwrap();
        lines.next().await.is_some()
    });
}
