//! Password rules, normalization, replacement of outdated hashes.

use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use futures_util::future::join_all;
use rusqlite::Connection;
use serde_json::json;
use vitae_sdk::{Role, SecretString, UserId};
use vitae_server_testkit::{ADMIN, PASSWORD, Stack};

use crate::raw_http::{Response, request};
use crate::test_server::{Person, TestServer, new_user};

/// `école buissonnière`, composed and decomposed.
const COMPOSED: &str = "école buissonnière";
const DECOMPOSED: &str = "e\u{301}cole buissonnie\u{300}re";

/// The hash of a password as typed, as earlier versions made it.
fn old_hash(password: &str, params: Params) -> String {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash: PasswordHash = argon2.hash_password_with_salt(password.as_bytes(), &[7; 16]).unwrap();
    hash.to_string()
}

/// The responses of every door to one new password for Ada Lovelace; each is a person of their own.
async fn doors(server: &TestServer, password: &str) -> Vec<(&'static str, Response)> {
    let email = format!("ada.lovelace@{}.example", UserId::new());
    let person = json!({"email": email, "name": "Ada Lovelace", "role": "member", "password": password});
    let create = request("POST /v1/users").json(person.to_string()).bearer(&server.admin.token);
    let created = create.send(&server.stack).await;

    let mut ada = new_user("Ada Lovelace");
    ada.email = format!("ada.lovelace@{}.example", UserId::new());
    ada.password = Some(PASSWORD.to_owned());
    let id = server.admin.client.users().create(&ada).await.unwrap().id;
    let login = Person::log_in(&server.stack, &ada.email).await;
    let body = json!({"current_password": PASSWORD, "password": password}).to_string();
    let changed = request("PUT /v1/me/password").json(body).bearer(&login.token).send(&server.stack).await;
    let body = json!({"password": password}).to_string();
    let set = request(format!("PUT /v1/users/{id}/password")).json(body).bearer(&server.admin.token);
    vec![("create", created), ("change", changed), ("set", set.send(&server.stack).await)]
}

#[tokio::test]
async fn guessable_passwords_are_rejected_by_every_route() {
    let server = TestServer::start().await;
    for (password, word) in [
        ("Password1", "several unrelated words"),
        ("12345678", "several unrelated words"),
        ("QWERTYuiop", "several unrelated words"),
        ("ada.lovelace", "several unrelated words"),
        ("LovelaceAda1815", "several unrelated words"),
        ("vitae2026", "several unrelated words"),
        ("        ", "only blank ones"),
        ("\u{3000}\u{3000}\u{3000}", "only blank ones"),
        ("short", "8 to 512 bytes"),
    ] {
        for (door, response) in doors(&server, password).await {
            let found = (response.status, response.code(), response.error_locations());
            let expected = (422, "validation_failed".to_owned(), vec!["/password".to_owned()]);
            assert_eq!(found, expected, "{door} {password:?}");
            let text = response.json().to_string();
            assert!(text.contains(word) && !text.contains(password), "{door} {password:?}: {text}");
        }
    }
    for password in [PASSWORD, COMPOSED, "ada and the analytical engine", "x7!kQ2 p"] {
        for (door, response) in doors(&server, password).await {
            assert!(response.status < 300, "{door} {password:?}: {}", response.status);
        }
    }
}

#[tokio::test]
async fn composed_and_decomposed_passwords_are_equal() {
    let server = TestServer::start().await;
    for (set, typed) in
        [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED), (COMPOSED, "école\u{a0}buissonnière")]
    {
        let person = server.person(Role::Member).await;
        let (set, typed) = (SecretString::from(set), SecretString::from(typed));
        person.client.me().change_password(&PASSWORD.into(), &set).await.unwrap();
        server.stack.client().auth().login(&person.email, &typed).await.unwrap();
        person.client.me().change_password(&typed, &PASSWORD.into()).await.unwrap();
    }
}

fn hash_of_administrator(stack: &Stack) -> String {
    let auth = Connection::open(stack.data().join("auth/auth.db")).unwrap();
    auth.query_row("SELECT phc FROM credentials", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn outdated_hashes_are_replaced_at_the_next_login() {
    for (password, params) in
        [(DECOMPOSED, Params::default()), (PASSWORD, Params::new(1024, 1, 1, None).unwrap())]
    {
        let hash = old_hash(password, params);
        let mut stack = Stack::start().await;
        stack.stop().await;
        let auth = Connection::open(stack.data().join("auth/auth.db")).unwrap();
        auth.execute("UPDATE credentials SET phc = ?1", [&hash]).unwrap();
        drop(auth);
        stack.restart().await;

        let log_in = async |password: &str| {
            let client = stack.client();
            client.auth().login(ADMIN, &SecretString::from(password)).await.map(|_| client)
        };
        log_in("another password").await.unwrap_err();
        assert_eq!(hash_of_administrator(&stack), hash, "a wrong password replaces nothing");
        // At once, so that one replaces the hash which another has just been compared with.
        for outcome in join_all((0..4).map(|_| log_in(password))).await {
            outcome.unwrap();
        }
        let replaced = hash_of_administrator(&stack);
        assert!(replaced != hash && replaced.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{replaced}");
        let composed = if password == DECOMPOSED { COMPOSED } else { password };
        let client = log_in(composed).await.unwrap();
        assert_eq!(hash_of_administrator(&stack), replaced, "a current hash stays");
        assert_eq!(client.me().sessions().await.unwrap().len(), 5, "no login was ended");
    }
}
