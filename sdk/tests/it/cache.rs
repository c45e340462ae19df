//! The cache of responses, and that no entry is used without revalidation.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use vitae_sdk::{Client, MemoryStore, Role, UpdateUser};
use vitae_server_testkit::Stack;

use crate::mock::{RESUME, Reply, Request, SESSION, Server, USER, login, resume, tokens, user};

fn tagged(tag: &str, body: &Value) -> Reply {
    Reply::with(200, &[("content-type", "application/json"), ("etag", tag)], &body.to_string())
}

fn unchanged(tag: &str) -> Reply {
    Reply::with(304, &[("etag", tag)], "")
}

fn keeping(server: &Server, bytes: usize) -> Client {
    server.builder(MemoryStore::holding(login("0", 3600))).cache(bytes).build().unwrap()
}

fn conditions(server: &Server) -> Vec<Option<String>> {
    let condition = |request: &Request| request.header("if-none-match").map(ToOwned::to_owned);
    server.requests().iter().map(condition).collect()
}

#[tokio::test]
async fn unchanged_responses_are_not_sent_again() {
    let server = Server::start(|request, _| match request.header("if-none-match") {
        Some("\"7\"") => unchanged("\"7\""),
        _ => tagged("\"7\"", &user()),
    })
    .await;
    let client = keeping(&server, 1 << 20);
    let first = client.me().get().await.unwrap();
    assert_eq!(client.me().get().await.unwrap(), first);
    assert_eq!(
        client.users().get(USER.parse().unwrap()).await.unwrap(),
        first,
        "another path is another answer"
    );
    let tag = Some("\"7\"".to_owned());
    assert_eq!(conditions(&server), [None, tag, None]);
    assert!(!format!("{client:?}").contains("Lovelace"));
}

#[tokio::test]
async fn invalid_not_modified_responses_are_requested_again() {
    let server = Server::start(|_, before| match before {
        0 => tagged("\"7\"", &user()),
        1 => unchanged("\"8\""),
        _ => tagged("\"9\"", &user()),
    })
    .await;
    let client = keeping(&server, 1 << 20);
    client.me().get().await.unwrap();
    client.me().get().await.unwrap();
    assert_eq!(conditions(&server), [None, Some("\"7\"".to_owned()), None]);

    // The request was not conditional, so this is no valid response.
    let server = Server::always(|| unchanged("\"7\"")).await;
    assert!(keeping(&server, 1 << 20).me().get().await.is_err());
    assert!(server.logged_in().me().get().await.is_err());
}

#[tokio::test]
async fn cache_is_bounded_and_off_by_default() {
    let server = Server::start(|request, _| match request.target.as_str() {
        "/v1/me" => tagged("W/\"7\"", &user()),
        _ => tagged("\"7\"", &resume(7)),
    })
    .await;
    let client = keeping(&server, 1 << 20);
    for _ in 0..2 {
        client.me().get().await.unwrap();
    }
    let (one, two) = (RESUME, SESSION);
    let small = keeping(&server, 600);
    for id in [one, two, two, one] {
        small.resumes().get(id.parse().unwrap()).await.unwrap();
    }
    server.logged_in().resumes().get(one.parse().unwrap()).await.unwrap();
    let asked: Vec<_> = conditions(&server).iter().map(Option::is_some).collect();
    assert_eq!(asked, [false, false, false, false, true, false, false]);
}

#[tokio::test]
async fn cached_responses_are_kept_per_user() {
    let server = Server::start(|request, before| match request.line().as_str() {
        "POST /v1/auth/login" => {
            let subject = [USER, SESSION][before / 2];
            let claims = BASE64_URL_SAFE_NO_PAD.encode(json!({"sub": subject}).to_string());
            let mut tokens = tokens("1");
            tokens["access_token"] = json!(format!("e30.{claims}.c2ln"));
            Reply::json(&tokens)
        }
        _ => tagged("\"7\"", &user()),
    })
    .await;
    let client = server.builder(MemoryStore::new()).cache(1 << 20).build().unwrap();
    let password = "correct horse".to_owned().into();
    for email in ["ada@example.com", "grace@example.com"] {
        client.auth().login(email, &password).await.unwrap();
        client.me().get().await.unwrap();
    }
    client.me().get().await.unwrap();
    let asked: Vec<_> = conditions(&server).iter().map(Option::is_some).collect();
    assert_eq!(asked, [false, false, false, false, true]);
}

#[tokio::test]
async fn real_server_revalidates_cached_responses() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let me = admin.me().get().await.unwrap();
    let token = vitae_sdk::StaticToken::new(admin.auth().access_token().await.unwrap());
    let client = Client::builder().base_url(stack.url()).token_store(token).cache(1 << 20).build().unwrap();
    for _ in 0..2 {
        assert_eq!(client.users().get(me.id).await.unwrap(), me);
    }
    let change = UpdateUser::new().name("Somebody Else".to_owned());
    let changed = admin.users().update(me.id, &change, vitae_sdk::IfMatch::Any).await.unwrap();
    assert_eq!(client.users().get(me.id).await.unwrap(), changed);
}
