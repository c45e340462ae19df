//! No text contains a token or password.

use std::fmt::Debug;

use serde_json::{Value, json};
use vitae_sdk::{
    Client, Code, CreateUser, Error, FileStore, MemoryStore, Problem, ProblemEntry, ProblemLocation,
    StaticToken, StoreError, StoredLogin, TokenStore as _,
};

use crate::mock::{Reply, Request, Server, causes, tokens};

const CANARY: &str = "c4n4ry";

fn clean(what: &impl Debug) {
    for text in [format!("{what:?}"), format!("{what:#?}")] {
        assert!(!text.contains(CANARY), "{text}");
    }
}

fn clean_error(error: &Error) {
    clean(error);
    let links = causes(error).into_iter().map(ToString::to_string);
    for text in links.chain([error.to_string()]) {
        assert!(!text.contains(CANARY), "{text}");
    }
    assert!(!error.next_step().unwrap_or_default().contains(CANARY));
}

fn login(expired: bool) -> StoredLogin {
    let year = if expired { 2000 } else { 9999 };
    let text = json!({
        "v": 1, "refresh_token": format!("vr1_{CANARY}"), "access_token": format!("a.{CANARY}.c"),
        "expires_at": format!("{year}-01-01T00:00:00.000Z"),
    });
    StoredLogin::from_text(&text.to_string()).unwrap()
}

#[test]
fn debug_shows_no_secret() {
    let stores =
        (MemoryStore::holding(login(false)), StaticToken::new(CANARY.to_owned().into()), login(false));
    clean(&stores);
    let builder = Client::builder()
        .base_url("http://127.0.0.1:1")
        .token_store(StaticToken::new(CANARY.to_owned().into()));
    clean(&builder);
    let client = builder.build().unwrap();
    clean(&client);
    clean(&(client.auth(), client.me(), client.users(), client.resumes()));
    clean(&client.users().list().stream());
}

#[tokio::test]
async fn no_error_shows_a_sent_secret() {
    let faults: [fn() -> Reply; 8] = [
        || Reply::problem(Code::InvalidToken),
        || Reply::problem(Code::InvalidRefreshToken),
        || Reply::problem(Code::InvalidCredentials),
        || Reply::problem(Code::Internal),
        || Reply::text(200, "text/html", "<html>"),
        || Reply::text(200, "application/json", "[]"),
        || Reply::raw(vec![b"garbage\r\n\r\n".to_vec()]),
        Reply::nothing,
    ];
    let secret = CANARY.to_owned().into();
    for fault in faults {
        let server = Server::always(fault).await;
        for expired in [true, false] {
            let client = server.client(MemoryStore::holding(login(expired)));
            let new = CreateUser::new("ada@example.com", "Ada").password(CANARY.to_owned());
            for outcome in [
                client.auth().login("ada@example.com", &secret).await.map(drop),
                client.users().create(&new).await.map(drop),
                client.me().change_password(&secret, &secret).await,
                client.auth().refresh().await.map(drop),
            ] {
                if let Err(error) = outcome {
                    clean_error(&error);
                }
            }
        }
    }
}

#[tokio::test]
async fn invalid_response_with_tokens_is_not_quoted() {
    let broken: [fn() -> Value; 3] = [
        || json!(CANARY),
        || json!({"access_token": CANARY, "expires_in": CANARY}),
        || {
            let mut tokens = tokens("1");
            tokens["user"] = json!(CANARY);
            tokens
        },
    ];
    for answer in broken {
        let server = Server::always(move || Reply::json(&answer())).await;
        let client = server.client(MemoryStore::holding(login(true)));
        let password = "correct horse".to_owned().into();
        clean_error(&client.auth().login("ada@example.com", &password).await.unwrap_err());
        clean_error(&client.me().get().await.unwrap_err());
    }
}

#[tokio::test]
async fn no_error_shows_a_secret_repeated_by_the_server() {
    let echo = |request: &Request, _: usize| {
        let said = format!("you sent {} {}", request.bearer().unwrap_or_default(), request.body);
        let id = request.bearer().unwrap_or_default();
        let media_type = format!("text/{id}");
        let mut problem = Problem::new(Code::ValidationFailed, said.clone(), id.to_owned());
        problem.errors.push(ProblemEntry {
            location: ProblemLocation::Pointer(said.clone()),
            message: said.as_str().into(),
        });
        let problem = serde_json::to_string(&problem).unwrap();
        match request.header("x-request-id") {
            Some(_) if request.method == "GET" => Reply::text(500, &media_type, &said),
            _ => Reply::with(
                422,
                &[("content-type", "application/problem+json"), ("x-request-id", id)],
                &problem,
            ),
        }
    };
    let server = Server::start(echo).await;
    let secret = format!("{CANARY} \"quoted\" \\ ü").into();
    for expired in [true, false] {
        let client = server.client(MemoryStore::holding(login(expired)));
        let id = crate::mock::USER.parse().unwrap();
        let new = CreateUser::new("ada@example.com", "Ada").password(format!("{CANARY} \"quoted\""));
        for outcome in [
            client.auth().login("ada@example.com", &secret).await.map(drop),
            client.auth().refresh().await.map(drop),
            client.users().create(&new).await.map(drop),
            client.users().set_password(id, &secret).await,
            client.me().change_password(&secret, &secret).await,
            client.me().get().await.map(drop),
        ] {
            clean_error(&outcome.unwrap_err());
        }
    }
}

#[tokio::test]
async fn invalid_token_is_not_shown() {
    let server = Server::always(Reply::nothing).await;
    let token = format!("{CANARY}\r\nx-evil: 1");
    let stores: [StaticToken; 2] =
        [StaticToken::new(token.clone().into()), StaticToken::new(format!("{CANARY} é").into())];
    for store in stores {
        let error = server.client(store).me().get().await.unwrap_err();
        clean_error(&error);
    }
    let damaged = StoredLogin::from_access_token(token.into());
    let client = server.client(MemoryStore::holding(damaged));
    let error = client.me().get().await.unwrap_err();
    assert!(error.is_unauthenticated());
    clean_error(&error);
    assert!(server.requests().is_empty());
}

#[test]
fn damaged_store_is_not_quoted() -> Result<(), StoreError> {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(home.path().join("login"), "ada@example.com");
    store.save(&login(false))?;
    std::fs::write(store.path(), format!("{{\"v\":1,\"access_token\":7,\"{CANARY}")).unwrap();
    let error = store.load().unwrap_err();
    clean(&error);
    assert!(!error.to_string().contains(CANARY));
    Ok(())
}
