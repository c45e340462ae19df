//! E-mail addresses as identities: spellings, confusable characters, normalization.

use std::time::Duration;

use vitae_sdk::{CreateUser, IfMatch, Role, SecretString, UpdateUser};
use vitae_server_testkit::PASSWORD;

use crate::test_server::{TestServer, error_code};

fn new(email: &str) -> CreateUser {
    CreateUser::new(email, "A")
}

#[tokio::test]
async fn taken_address_is_rejected_in_every_spelling() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    for email in ["zoe@x.com", "strasse@x.com", "a@bücher.example", "a@fass.de", "tom@x.com", "é@y.com"] {
        users.create(&new(email)).await.unwrap();
    }
    let other = users.create(&new("other@x.com")).await.unwrap();
    for email in [
        "ZOE@X.COM",
        "ｚｏｅ@x.com",
        "zoe@ｘ.com",
        "straße@x.com",
        "STRASSE@x.com",
        "a@xn--bcher-kva.example",
        "a@BU\u{308}CHER.example",
        "e\u{301}@y.com",
        // Cyrillic and Greek letters.
        "z\u{43e}e@x.com",
        "zo\u{435}@x.com",
        "zoe@\u{445}.com",
        "z\u{3bf}e@x.com",
    ] {
        assert_eq!(error_code(users.create(&new(email)).await), "email_taken", "{email}");
        let update = UpdateUser::new().email(email.to_owned());
        assert_eq!(error_code(users.update(other.id, &update, IfMatch::Any).await), "email_taken", "{email}");
    }
    for email in ["torn@x.com", "a@faß.de", "z0e@x.com", "zoe@y.com", "e@y.com"] {
        users.create(&new(email)).await.unwrap();
    }
    // A person may change the spelling of their own address.
    for email in ["OTHER@x.com", "\u{43e}ther@x.com", "other@x.com"] {
        let update = UpdateUser::new().email(email.to_owned());
        users.update(other.id, &update, IfMatch::Any).await.unwrap();
    }
}

#[tokio::test]
async fn restoring_a_person_with_a_confusable_address_is_rejected() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    let gone = users.create(&new("zoe@x.com")).await.unwrap();
    users.delete(gone.id, None).await.unwrap();
    let other = users.create(&new("z\u{43e}e@x.com")).await.unwrap();
    assert_eq!(error_code(users.restore(gone.id, None).await), "email_taken");
    users.delete(other.id, None).await.unwrap();
    users.restore(gone.id, None).await.unwrap();
}

#[tokio::test]
async fn address_that_is_invalid_after_normalization_is_rejected() {
    let server = TestServer::start().await;
    for email in [
        "a\u{ff20}b@c",
        "zoe\u{fe0f}@x.com",
        "zo\u{34f}e@x.com",
        "zo\u{200d}e@x.com",
        "علی\u{200c}رضا@x.com",
        "a\u{a8}b@x.com",
        "a@xn--a",
        "a@x\u{2488}com",
    ] {
        assert_eq!(
            error_code(server.admin.client.users().create(&new(email)).await),
            "validation_failed",
            "{email}"
        );
    }
}

#[tokio::test]
async fn login_and_lists_accept_every_spelling() {
    let server = TestServer::start().await;
    let person = new("Straße@Bücher.example").password(PASSWORD.to_owned());
    let id = server.admin.client.users().create(&person).await.unwrap().id;
    for email in ["Straße@Bücher.example", "STRASSE@xn--bcher-kva.example", "straße@bücher。example"] {
        let client = server.stack.client();
        let user = client.auth().login(email, &SecretString::from(PASSWORD)).await.unwrap();
        assert_eq!(user.id, id, "{email}");
        let found = server.admin.client.users().list().email(email).send().await.unwrap().items;
        assert_eq!(found.iter().map(|user| user.id).collect::<Vec<_>>(), [id], "{email}");
    }
    let unlike = server.stack.client().auth().login("straße@bucher.example", &PASSWORD.into()).await;
    assert_eq!(error_code(unlike), "invalid_credentials");
}

#[tokio::test]
async fn people_with_confusable_addresses_from_earlier_versions_remain_distinct() {
    let mut server = TestServer::start().await;
    let mut people = Vec::new();
    let emails =
        ["ss@x.com", "ß@x.com", "zoe@x.com", "z\u{43e}e@x.com", "a\u{ff20}b@c", "tom@x.com", "torn@x.com"];
    for email in emails {
        let person = server.person(Role::Member).await;
        people.push((person.id, email));
    }
    server.stack.stop().await;
    let file = rusqlite::Connection::open(server.stack.data().join("users/users.db")).unwrap();
    for (id, email) in &people {
        let sql =
            "UPDATE users SET email = ?2, email_key = ?3, email_canonical = NULL, email_skeleton = NULL,
                   email_is_ascii = NULL WHERE id = ?1";
        file.execute(sql, (id.as_bytes(), email, vitae_contracts_core::fold(email))).unwrap();
    }
    drop(file);
    server.stack.restart().await;
    for (id, email) in &people {
        let client = server.stack.client();
        let user = client.auth().login(email, &PASSWORD.into()).await.unwrap();
        assert_eq!(user.id, *id, "{email}");
        let found = server.admin.client.users().list().email(*email).send().await.unwrap().items;
        assert_eq!(found.iter().map(|user| user.id).collect::<Vec<_>>(), [*id], "{email}");
    }
    // "SS" is the old form of one of the two; what is the old form of neither is nobody's.
    assert!(server.stack.client().auth().login("SS@X.COM", &PASSWORD.into()).await.is_ok());
    let unclear = server.stack.client().auth().login("\u{17f}s@x.com", &PASSWORD.into()).await;
    assert!(unclear.is_ok(), "its old form is that of the first");

    let similar = server.admin.client.users().list().similar(true).sort("email").send().await.unwrap().items;
    let similar: Vec<_> = similar.iter().map(|user| user.email.as_str().to_owned()).collect();
    let mut expected = vec!["ss@x.com", "ß@x.com", "zoe@x.com", "z\u{43e}e@x.com"];
    expected.sort_unstable();
    let mut found = similar.clone();
    found.sort();
    assert_eq!(found, expected);

    // A name can be changed; an address that resembles another cannot be given again.
    let users = server.admin.client.users();
    let name = UpdateUser::new().name("B".to_owned());
    users.update(people[3].0, &name, IfMatch::Any).await.unwrap();
    assert_eq!(error_code(users.create(&new("zo\u{435}@x.com")).await), "email_taken");

    // A person gets their former address back unless another person has taken it.
    let [ss, zoe] = [people[0].0, people[2].0];
    users.delete(ss, None).await.unwrap();
    users.restore(ss, None).await.unwrap();
    users.delete(zoe, None).await.unwrap();
    server.stack.advance(Duration::from_secs(1));
    users.delete(people[3].0, None).await.unwrap();
    users.create(&new("zo\u{435}@x.com")).await.unwrap();
    assert_eq!(error_code(users.restore(zoe, None).await), "email_taken");
}
