//! The rules of people: unique e-mails, a last administrator, passwords, deleted owners.

use serde_json::json;
use vitae_sdk::{CreateUser, IfMatch, Role, SecretString, Status, UpdateUser, UserId};
use vitae_server_testkit::{ADMIN, PASSWORD};

use crate::house::{House, Person, draft, eventually, new_email, new_user, refusal};
use crate::http::{Answer, request};

fn role(role: Role) -> UpdateUser {
    UpdateUser::new().role(role)
}

fn email(email: &str) -> UpdateUser {
    UpdateUser::new().email(email.to_owned())
}

#[tokio::test]
async fn an_e_mail_belongs_to_one_person() {
    let house = House::open().await;
    let users = house.admin.client.users();
    let person = |email: &str| CreateUser::new(email, "Ada");
    let ada = users.create(&person("Ada@Example.com")).await.unwrap();
    let other = house.user().await;
    for taken in
        ["Ada@Example.com", "ada@example.com", "ADA@EXAMPLE.COM", "Ａda@example.com", "ada@ｅxample.com"]
    {
        assert_eq!(refusal(users.create(&person(taken)).await), "email_taken", "{taken}");
        assert_eq!(
            refusal(users.update(other.id, &email(taken), IfMatch::Any).await),
            "email_taken",
            "{taken}"
        );
    }
    let again = users.update(ada.id, &email("ADA@example.com"), IfMatch::Any).await.unwrap();
    assert_eq!((again.email.as_str(), again.version), ("ADA@example.com", 2));

    users.delete(ada.id, None).await.unwrap();
    let heir = users.create(&person("ada@example.com")).await.unwrap();
    assert_eq!(refusal(users.restore(ada.id, None).await), "email_taken");
    assert!(users.get(ada.id).await.unwrap().deleted_at.is_some());
    users.update(heir.id, &email("heir@example.com"), IfMatch::Any).await.unwrap();
    assert_eq!(users.restore(ada.id, None).await.unwrap().deleted_at, None);
}

#[tokio::test]
async fn an_e_mail_logs_in_however_it_is_typed() {
    let house = House::open().await;
    for typed in [ADMIN, "ADMIN@LOCALHOST", "  admin@localhost ", "ａdmin@localhost"] {
        house.stack.log_in(typed).await;
    }
}

#[tokio::test]
async fn the_last_active_administrator_stays() {
    let house = House::open().await;
    let users = house.admin.client.users();
    let me = house.admin.id;
    let check = async |when: &str| {
        assert_eq!(
            refusal(users.update(me, &role(Role::Editor), IfMatch::Any).await),
            "last_admin",
            "{when}"
        );
        assert_eq!(refusal(users.disable(me, None).await), "last_admin", "{when}");
        assert_eq!(refusal(users.delete(me, None).await), "last_admin", "{when}");
    };
    check("alone").await;
    house.person(Role::Editor).await;
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
    let mut house = House::open().await;
    for round in 0..6 {
        let other = house.person(Role::Admin).await;
        let remove = async |by: &Person, whom: UserId| -> Answer {
            let line = match round % 3 {
                0 => format!("PATCH /v1/users/{whom}"),
                1 => format!("POST /v1/users/{whom}/disable"),
                _ => format!("DELETE /v1/users/{whom}"),
            };
            let request = request(line).if_match("*").bearer(&by.token);
            let request = if round % 3 == 0 { request.json(r#"{"role":"viewer"}"#) } else { request };
            request.send(&house.stack).await
        };
        let (one, two) = tokio::join!(remove(&house.admin, other.id), remove(&other, house.admin.id));
        let winners = [&one, &two].iter().filter(|answer| answer.status < 300).count();
        assert_eq!(winners, 1, "{one:?} {two:?}");
        let loser = if one.status < 300 { two } else { one.clone() };
        // Whoever comes late may find their own login ended.
        assert!(["last_admin", "invalid_token"].contains(&loser.code().as_str()), "{loser:?}");
        if one.status >= 300 {
            house.admin = other;
        }
    }
}

#[tokio::test]
async fn what_is_no_person_is_refused_with_every_fault() {
    let house = House::open().await;
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
        let create = request("POST /v1/users").json(body.to_string()).bearer(&house.admin.token);
        let answer = create.send(&house.stack).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "validation_failed"), "{body}");
        assert_eq!(answer.places(), places, "{body}");
        let patch =
            request(format!("PATCH /v1/users/{}", house.admin.id)).json(body.to_string()).if_match("*");
        let answer = patch.bearer(&house.admin.token).send(&house.stack).await;
        // A patch may leave fields out, and knows no password.
        let expected = if body.get("password").is_some() { 400 } else { 422 };
        assert_eq!(answer.status, if body == json!({}) { 200 } else { expected }, "{body}");
    }
    let all = house.admin.client.users().list().count(true).send().await.unwrap();
    assert_eq!(all.total, Some(1));
}

#[tokio::test]
async fn the_longest_values_are_taken() {
    let house = House::open().await;
    let person = CreateUser::new(format!("{}@b", "a".repeat(252)), "é".repeat(200)).password("p".repeat(512));
    let user = house.admin.client.users().create(&person).await.unwrap();
    assert_eq!((user.email.as_str(), user.name.as_str()), (person.email.as_str(), person.name.as_str()));
    assert_eq!((user.role, user.status, user.version), (Role::Member, Status::Active, 1));
    let password = SecretString::from("p".repeat(512));
    house.stack.client().auth().login(&person.email, &password).await.unwrap();
}

#[tokio::test]
async fn a_new_password_ends_every_login() {
    let house = House::open().await;
    let person = house.person(Role::Member).await;
    let new = SecretString::from("a new password");
    house.admin.client.users().set_password(person.id, &new).await.unwrap();
    let me = request("GET /v1/me").bearer(&person.token).send(&house.stack).await;
    assert_eq!(me.code(), "invalid_token");
    assert!(person.client.auth().refresh().await.unwrap_err().is_unauthenticated());
    let client = house.stack.client();
    assert!(client.auth().login(&person.email, &PASSWORD.into()).await.unwrap_err().is_unauthenticated());
    client.auth().login(&person.email, &new).await.unwrap();

    let first = house.user().await;
    house.admin.client.users().set_password(first.id, &new).await.unwrap();
    client.auth().login(first.email.as_str(), &new).await.unwrap();
}

#[tokio::test]
async fn a_person_changes_their_own_password_by_knowing_it() {
    let house = House::open().await;
    let person = house.person(Role::Member).await;
    let elsewhere = Person::log_in(&house.stack, &person.email).await;
    let change = |current: &str, new: &str| {
        let body = json!({"current_password": current, "password": new}).to_string();
        request("PUT /v1/me/password").json(body).bearer(&person.token)
    };
    for (current, new, place) in
        [("wrong", "a new password", "/current_password"), (PASSWORD, "short", "/password")]
    {
        let answer = change(current, new).send(&house.stack).await;
        assert_eq!((answer.code().as_str(), answer.places()), ("validation_failed", vec![place.to_owned()]));
    }
    assert_eq!(change(PASSWORD, "a new password").send(&house.stack).await.status, 204);
    person.client.auth().refresh().await.expect("the login that made the change stays");
    let other = request("GET /v1/me").bearer(&elsewhere.token).send(&house.stack).await;
    assert_eq!(other.code(), "invalid_token");
    house.stack.client().auth().login(&person.email, &"a new password".into()).await.unwrap();
}

/// What becomes of the tokens of somebody who is changed.
#[tokio::test]
async fn tokens_end_with_what_they_stand_for() {
    let house = House::open().await;
    let users = house.admin.client.users();
    for (change, body, token_lives, renewed) in [
        ("PATCH /v1/users/{id}", r#"{"name":"New"}"#, true, true),
        ("PATCH /v1/users/{id}", r#"{"email":"new@example.com"}"#, true, true),
        ("PATCH /v1/users/{id}", r#"{"role":"viewer"}"#, false, true),
        ("POST /v1/users/{id}/disable", "", false, false),
        ("DELETE /v1/users/{id}", "", false, false),
        ("DELETE /v1/users/{id}/sessions", "", false, false),
    ] {
        let person = house.person(Role::Editor).await;
        let line = change.replace("{id}", &person.id.to_string());
        let request_change = request(line).if_match("*").bearer(&house.admin.token);
        let request_change = if body.is_empty() { request_change } else { request_change.json(body) };
        assert!(request_change.send(&house.stack).await.status < 300, "{change}");
        let me = request("GET /v1/me").bearer(&person.token).send(&house.stack).await;
        assert_eq!(me.code(), if token_lives { "" } else { "invalid_token" }, "{change} {body}");
        assert_eq!(person.client.auth().refresh().await.is_ok(), renewed, "{change} {body}");
        if renewed {
            let role = users.get(person.id).await.unwrap().role;
            assert_eq!(person.client.me().get().await.unwrap().role, role, "{change} {body}");
        }
    }
}

#[tokio::test]
async fn who_is_disabled_logs_in_again_once_enabled() {
    let house = House::open().await;
    let person = house.person(Role::Member).await;
    let users = house.admin.client.users();
    users.disable(person.id, None).await.unwrap();
    let login = house.stack.client().auth().login(&person.email, &PASSWORD.into()).await;
    assert_eq!(refusal(login), "invalid_credentials");
    users.enable(person.id, None).await.unwrap();
    Person::log_in(&house.stack, &person.email).await;
}

#[tokio::test]
async fn resumes_go_and_come_back_with_their_owner() {
    let house = House::open().await;
    let (users, resumes) = (house.admin.client.users(), house.admin.client.resumes());
    let owner = house.user().await.id;
    let (taken_along, trashed_before) = (house.resume_of(owner).await.id, house.resume_of(owner).await.id);
    resumes.delete(trashed_before, None).await.unwrap();
    users.delete(owner, None).await.unwrap();
    eventually("the resume goes", async || resumes.get(taken_along).await.unwrap().deleted_at.is_some())
        .await;

    let new = draft("A").owner_id(owner);
    assert_eq!(refusal(resumes.create(&new).await), "owner_deleted");
    for resume in [taken_along, trashed_before] {
        let restore = request(format!("POST /v1/resumes/{resume}/restore")).bearer(&house.admin.token);
        let answer = restore.send(&house.stack).await;
        assert_eq!((answer.status, answer.code().as_str()), (409, "owner_deleted"));
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
async fn an_owner_must_exist() {
    let house = House::open().await;
    for owner in [UserId::new().to_string(), "x".to_owned(), String::new()] {
        let body = json!({"title": "A", "owner_id": owner, "document": {}}).to_string();
        let answer =
            request("POST /v1/resumes").json(body).bearer(&house.admin.token).send(&house.stack).await;
        assert_eq!((answer.status, answer.places()), (422, vec!["/owner_id".to_owned()]), "{owner:?}");
    }
}

#[tokio::test]
async fn a_person_is_renamed_on_their_resumes() {
    let house = House::open().await;
    let owner = house.named("Before").await.id;
    let resume = house.resume_of(owner).await.id;
    let renamed = UpdateUser::new().name("After".to_owned()).email(new_email());
    house.admin.client.users().update(owner, &renamed, IfMatch::Any).await.unwrap();
    let resumes = house.admin.client.resumes();
    eventually("the name arrives", async || {
        resumes.get(resume).await.unwrap().owner.name.is_some_and(|name| name.as_str() == "After")
    })
    .await;
    assert_eq!(resumes.get(resume).await.unwrap().revision, 1, "the resume itself did not change");
}
