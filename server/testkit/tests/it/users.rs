//! Rules of people: unique e-mail addresses, the last administrator, passwords, deleted owners.

use serde_json::json;
use vitae_sdk::{CreateUser, IfMatch, Role, SecretString, Status, UpdateUser, UserId};
use vitae_server_testkit::{ADMIN, PASSWORD};

use crate::raw_http::{Response, request};
use crate::test_server::{Person, TestServer, error_code, eventually, new_email, new_resume, new_user};

fn role(role: Role) -> UpdateUser {
    UpdateUser::new().role(role)
}

fn email(email: &str) -> UpdateUser {
    UpdateUser::new().email(email.to_owned())
}

#[tokio::test]
async fn email_is_unique() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    let person = |email: &str| CreateUser::new(email, "Ada");
    let ada = users.create(&person("Ada@Example.com")).await.unwrap();
    let other = server.user().await;
    for taken in
        ["Ada@Example.com", "ada@example.com", "ADA@EXAMPLE.COM", "Ａda@example.com", "ada@ｅxample.com"]
    {
        assert_eq!(error_code(users.create(&person(taken)).await), "email_taken", "{taken}");
        assert_eq!(
            error_code(users.update(other.id, &email(taken), IfMatch::Any).await),
            "email_taken",
            "{taken}"
        );
    }
    let again = users.update(ada.id, &email("ADA@example.com"), IfMatch::Any).await.unwrap();
    assert_eq!((again.email.as_str(), again.version), ("ADA@example.com", 2));

    users.delete(ada.id, None).await.unwrap();
    let heir = users.create(&person("ada@example.com")).await.unwrap();
    assert_eq!(error_code(users.restore(ada.id, None).await), "email_taken");
    assert!(users.get(ada.id).await.unwrap().deleted_at.is_some());
    users.update(heir.id, &email("heir@example.com"), IfMatch::Any).await.unwrap();
    assert_eq!(users.restore(ada.id, None).await.unwrap().deleted_at, None);
}

#[tokio::test]
async fn email_is_matched_case_insensitively_at_login() {
    let server = TestServer::start().await;
    for typed in [ADMIN, "ADMIN@LOCALHOST", "  admin@localhost ", "ａdmin@localhost"] {
        server.stack.log_in(typed).await;
    }
}

#[tokio::test]
async fn last_active_administrator_cannot_be_removed() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    let me = server.admin.id;
    let check = async |when: &str| {
        assert_eq!(
            error_code(users.update(me, &role(Role::Editor), IfMatch::Any).await),
            "last_admin",
            "{when}"
        );
        assert_eq!(error_code(users.disable(me, None).await), "last_admin", "{when}");
        assert_eq!(error_code(users.delete(me, None).await), "last_admin", "{when}");
    };
    check("alone").await;
    server.person(Role::Editor).await;
    check("with an editor").await;
    let second = users.create(&new_user("Second").role(Role::Admin)).await.unwrap().id;
    users.disable(second, None).await.unwrap();
    check("with one who is disabled").await;
    users.delete(users.enable(second, None).await.unwrap().id, None).await.unwrap();
    check("with one who is deleted").await;
    let unchanged = users.get(me).await.unwrap();
    assert_eq!((unchanged.version, unchanged.status), (1, Status::Active));
    users.restore(second, None).await.unwrap();
    users.delete(me, None).await.unwrap();
}

#[tokio::test]
async fn two_administrators_cannot_remove_each_other() {
    let mut server = TestServer::start().await;
    for round in 0..6 {
        let other = server.person(Role::Admin).await;
        let remove = async |by: &Person, whom: UserId| -> Response {
            let line = match round % 3 {
                0 => format!("PATCH /v1/users/{whom}"),
                1 => format!("POST /v1/users/{whom}/disable"),
                _ => format!("DELETE /v1/users/{whom}"),
            };
            let request = request(line).if_match("*").bearer(&by.token);
            let request = if round % 3 == 0 { request.json(r#"{"role":"viewer"}"#) } else { request };
            request.send(&server.stack).await
        };
        let (one, two) = tokio::join!(remove(&server.admin, other.id), remove(&other, server.admin.id));
        let winners = [&one, &two].iter().filter(|response| response.status < 300).count();
        assert_eq!(winners, 1, "{one:?} {two:?}");
        let loser = if one.status < 300 { two } else { one.clone() };
        // The later one may find their own session ended.
        assert!(["last_admin", "invalid_token"].contains(&loser.code().as_str()), "{loser:?}");
        if one.status >= 300 {
            server.admin = other;
        }
    }
}

#[tokio::test]
async fn invalid_person_is_rejected_with_every_violation() {
    let server = TestServer::start().await;
    let long = "é".repeat(201);
    for (body, places) in [
        (json!({}), vec!["/email", "/name"]),
        (json!({"email": "", "name": ""}), vec!["/email", "/name"]),
        (
            json!({"email": "x", "name": "  ", "role": "root", "password": "short"}),
            vec!["/email", "/name", "/password", "/role"],
        ),
        (
            json!({"email": 1, "name": [], "role": {}, "password": true}),
            vec!["/email", "/name", "/password", "/role"],
        ),
        (json!({"email": "a@b@c", "name": "Ada"}), vec!["/email"]),
        (json!({"email": "a b@c", "name": "Ada"}), vec!["/email"]),
        (json!({"email": format!("{}@b", "a".repeat(253)), "name": "Ada"}), vec!["/email"]),
        (json!({"email": "a@b", "name": long}), vec!["/name"]),
        (json!({"email": "a@b", "name": "Ada", "role": ""}), vec!["/role"]),
        (json!({"email": "a@b", "name": "Ada", "role": "Admin"}), vec!["/role"]),
        (json!({"email": "a@b", "name": "Ada", "password": "é".repeat(257)}), vec!["/password"]),
        (json!({"email": "a@b", "name": "Ada", "password": 12_345_678}), vec!["/password"]),
    ] {
        let create = request("POST /v1/users").json(body.to_string()).bearer(&server.admin.token);
        let response = create.send(&server.stack).await;
        assert_eq!((response.status, response.code().as_str()), (422, "validation_failed"), "{body}");
        assert_eq!(response.error_locations(), places, "{body}");
        let patch =
            request(format!("PATCH /v1/users/{}", server.admin.id)).json(body.to_string()).if_match("*");
        let response = patch.bearer(&server.admin.token).send(&server.stack).await;
        // A patch may leave fields out, and knows no password.
        let expected = if body.get("password").is_some() { 400 } else { 422 };
        assert_eq!(response.status, if body == json!({}) { 200 } else { expected }, "{body}");
    }
    let all = server.admin.client.users().list().count(true).send().await.unwrap();
    assert_eq!(all.total, Some(1));
}

#[tokio::test]
async fn longest_values_are_accepted() {
    let server = TestServer::start().await;
    let person = CreateUser::new(format!("{}@b", "a".repeat(252)), "é".repeat(200)).password("p".repeat(512));
    let user = server.admin.client.users().create(&person).await.unwrap();
    assert_eq!((user.email.as_str(), user.name.as_str()), (person.email.as_str(), person.name.as_str()));
    assert_eq!((user.role, user.status, user.version), (Role::Member, Status::Active, 1));
    let password = SecretString::from("p".repeat(512));
    server.stack.client().auth().login(&person.email, &password).await.unwrap();
}

#[tokio::test]
async fn new_password_ends_every_session() {
    let server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    let new = SecretString::from("a new password");
    server.admin.client.users().set_password(person.id, &new).await.unwrap();
    let me = request("GET /v1/me").bearer(&person.token).send(&server.stack).await;
    assert_eq!(me.code(), "invalid_token");
    assert!(person.client.auth().refresh().await.unwrap_err().is_unauthenticated());
    let client = server.stack.client();
    assert!(client.auth().login(&person.email, &PASSWORD.into()).await.unwrap_err().is_unauthenticated());
    client.auth().login(&person.email, &new).await.unwrap();

    let first = server.user().await;
    server.admin.client.users().set_password(first.id, &new).await.unwrap();
    client.auth().login(first.email.as_str(), &new).await.unwrap();
}

#[tokio::test]
async fn changing_ones_password_requires_the_current_one() {
    let server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    let elsewhere = Person::log_in(&server.stack, &person.email).await;
    let change = |current: &str, new: &str| {
        let body = json!({"current_password": current, "password": new}).to_string();
        request("PUT /v1/me/password").json(body).bearer(&person.token)
    };
    for (current, new, place) in
        [("wrong", "a new password", "/current_password"), (PASSWORD, "short", "/password")]
    {
        let response = change(current, new).send(&server.stack).await;
        assert_eq!(
            (response.code().as_str(), response.error_locations()),
            ("validation_failed", vec![place.to_owned()])
        );
    }
    assert_eq!(change(PASSWORD, "a new password").send(&server.stack).await.status, 204);
    person.client.auth().refresh().await.expect("the login that made the change stays");
    let other = request("GET /v1/me").bearer(&elsewhere.token).send(&server.stack).await;
    assert_eq!(other.code(), "invalid_token");
    server.stack.client().auth().login(&person.email, &"a new password".into()).await.unwrap();
}

/// The effect of a change of a person on their tokens.
#[tokio::test]
async fn tokens_end_after_role_changes_and_revocations() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    for (change, body, token_lives, renewed) in [
        ("PATCH /v1/users/{id}", r#"{"name":"New"}"#, true, true),
        ("PATCH /v1/users/{id}", r#"{"email":"new@example.com"}"#, true, true),
        ("PATCH /v1/users/{id}", r#"{"role":"viewer"}"#, false, true),
        ("POST /v1/users/{id}/disable", "", false, false),
        ("DELETE /v1/users/{id}", "", false, false),
        ("DELETE /v1/users/{id}/sessions", "", false, false),
    ] {
        let person = server.person(Role::Editor).await;
        let line = change.replace("{id}", &person.id.to_string());
        let request_change = request(line).if_match("*").bearer(&server.admin.token);
        let request_change = if body.is_empty() { request_change } else { request_change.json(body) };
        assert!(request_change.send(&server.stack).await.status < 300, "{change}");
        let me = request("GET /v1/me").bearer(&person.token).send(&server.stack).await;
        assert_eq!(me.code(), if token_lives { "" } else { "invalid_token" }, "{change} {body}");
        assert_eq!(person.client.auth().refresh().await.is_ok(), renewed, "{change} {body}");
        if renewed {
            let role = users.get(person.id).await.unwrap().role;
            assert_eq!(person.client.me().get().await.unwrap().role, role, "{change} {body}");
        }
    }
}

#[tokio::test]
async fn reenabled_person_can_log_in() {
    let server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    let users = server.admin.client.users();
    users.disable(person.id, None).await.unwrap();
    let login = server.stack.client().auth().login(&person.email, &PASSWORD.into()).await;
    assert_eq!(error_code(login), "invalid_credentials");
    users.enable(person.id, None).await.unwrap();
    Person::log_in(&server.stack, &person.email).await;
}

#[tokio::test]
async fn resumes_are_deleted_and_restored_with_their_owner() {
    let server = TestServer::start().await;
    let (users, resumes) = (server.admin.client.users(), server.admin.client.resumes());
    let owner = server.user().await.id;
    let (taken_along, trashed_before) = (server.resume_of(owner).await.id, server.resume_of(owner).await.id);
    resumes.delete(trashed_before, None).await.unwrap();
    users.delete(owner, None).await.unwrap();
    eventually("the resume goes", async || resumes.get(taken_along).await.unwrap().deleted_at.is_some())
        .await;

    let new = new_resume("A").owner_id(owner);
    assert_eq!(error_code(resumes.create(&new).await), "owner_deleted");
    for resume in [taken_along, trashed_before] {
        let restore = request(format!("POST /v1/resumes/{resume}/restore")).bearer(&server.admin.token);
        let response = restore.send(&server.stack).await;
        assert_eq!((response.status, response.code().as_str()), (409, "owner_deleted"));
    }

    users.restore(owner, None).await.unwrap();
    eventually("the resume comes back", async || {
        resumes.get(taken_along).await.unwrap().deleted_at.is_none()
    })
    .await;
    assert!(resumes.get(trashed_before).await.unwrap().deleted_at.is_some(), "it went before its owner");
    assert_eq!(resumes.get(taken_along).await.unwrap().revision, 3);
    resumes.create(&new).await.unwrap();
}

#[tokio::test]
async fn owner_must_exist() {
    let server = TestServer::start().await;
    for owner in [UserId::new().to_string(), "x".to_owned(), String::new()] {
        let body = json!({"title": "A", "owner_id": owner, "document": {}}).to_string();
        let response =
            request("POST /v1/resumes").json(body).bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!(
            (response.status, response.error_locations()),
            (422, vec!["/owner_id".to_owned()]),
            "{owner:?}"
        );
    }
}

#[tokio::test]
async fn renamed_person_is_renamed_on_their_resumes() {
    let server = TestServer::start().await;
    let owner = server.user_named("Before").await.id;
    let resume = server.resume_of(owner).await.id;
    let renamed = UpdateUser::new().name("After".to_owned()).email(new_email());
    server.admin.client.users().update(owner, &renamed, IfMatch::Any).await.unwrap();
    let resumes = server.admin.client.resumes();
    eventually("the name arrives", async || {
        resumes.get(resume).await.unwrap().owner.name.is_some_and(|name| name.as_str() == "After")
    })
    .await;
    assert_eq!(resumes.get(resume).await.unwrap().revision, 1, "the resume itself did not change");
}
