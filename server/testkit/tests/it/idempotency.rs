//! Repeated requests with an `Idempotency-Key`: one effect, one answer.

use futures_util::future::join_all;
use serde_json::json;
use vitae_sdk::{CreateUser, IfMatch, Role, SecretString, UpdateUser};
use vitae_server_testkit::PASSWORD;

use crate::house::{House, Person, draft, new_email, new_user, refusal};
use crate::http::{Answer, Request, request};

/// Sends the request so many times at once; answers what everybody got.
async fn at_once(house: &House, caller: &Person, times: usize, request: Request) -> Answer {
    let request = request.bearer(&caller.token).key("once");
    let answers = join_all((0..times).map(|_| request.send(&house.stack))).await;
    let mut answers: Vec<_> = answers.into_iter().map(without_traces).collect();
    answers.dedup();
    assert_eq!(answers.len(), 1, "all answers are the same: {answers:#?}");
    answers.remove(0)
}

/// The answer without what differs between two requests of the same meaning.
fn without_traces(mut answer: Answer) -> Answer {
    answer.headers.retain(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"));
    answer
}

#[tokio::test]
async fn fifty_creations_at_once_make_one_resume() {
    let house = House::open().await;
    let create = request("POST /v1/resumes").json(r#"{"title":"A","document":{"n":1.10}}"#);
    let answer = at_once(&house, &house.admin, 50, create).await;
    assert_eq!((answer.status, answer.header("etag")), (201, Some("\"1\"")));
    let location = format!("/v1/resumes/{}", answer.json()["id"].as_str().unwrap());
    assert_eq!(answer.header("location"), Some(location.as_str()));
    let all = house.admin.client.resumes().list().count(true).send().await.unwrap();
    assert_eq!(all.total, Some(1));
}

#[tokio::test]
async fn a_person_with_a_password_is_made_once_and_can_log_in() {
    let house = House::open().await;
    let body = json!({"email": "ada@example.com", "name": "Ada", "password": PASSWORD}).to_string();
    let answer = at_once(&house, &house.admin, 12, request("POST /v1/users").json(body)).await;
    assert_eq!((answer.status, answer.header("etag")), (201, Some("\"1\"")));
    let ada = Person::log_in(&house.stack, "ada@example.com").await;
    assert_eq!(ada.id.to_string(), answer.json()["id"]);
    let all = house.admin.client.users().list().count(true).send().await.unwrap();
    assert_eq!(all.total, Some(2));
}

/// A change with the tag that it is based on: repeated, it would be refused but for its key.
#[tokio::test]
async fn a_repeat_answers_as_the_first_time_though_the_object_moved_on() {
    let house = House::open().await;
    let resume = house.resume_of(house.admin.id).await.id;
    let trashed = house.resume_of(house.admin.id).await.id;
    house.admin.client.resumes().delete(trashed, None).await.unwrap();
    let user = house.user().await.id;
    let gone = house.user().await.id;
    house.admin.client.users().delete(gone, None).await.unwrap();
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
        let mut request = request(&line).bearer(&house.admin.token).if_match(tag);
        request = if body.is_empty() { request } else { request.json(body) };
        let stale = request.clone();
        let keyed = request.key(&format!("key-{number}"));
        let first = keyed.send(&house.stack).await;
        assert_eq!(first.status, status, "{line}");
        assert_eq!(stale.send(&house.stack).await.status, 412, "{line} without a key");
        firsts.push((line, keyed, first));
    }
    for (line, keyed, first) in firsts {
        let again = keyed.send(&house.stack).await;
        assert_eq!(without_traces(again), without_traces(first), "{line}");
    }
}

#[tokio::test]
async fn a_key_serves_one_request_of_one_caller() {
    let house = House::open().await;
    let editor = house.person(Role::Editor).await;
    let resume = house.resume_of(house.admin.id).await.id;
    let create = |body: &str| request("POST /v1/resumes").json(body).key("k");
    let first = create(r#"{"title":"A","document":{}}"#);
    let first = first.bearer(&house.admin.token).send(&house.stack).await;
    assert_eq!(first.status, 201);

    for (name, other) in [
        ("title", create(r#"{"title":"B","document":{}}"#)),
        ("document", create(r#"{"title":"A","document":{"x":1}}"#)),
        ("white space in the document", create(r#"{"title":"A","document":{ }}"#)),
        ("one field more", create(r#"{"title":"A","document":{},"tags":[]}"#)),
        ("method and path", request(format!("DELETE /v1/resumes/{resume}")).key("k")),
    ] {
        let answer = other.bearer(&house.admin.token).send(&house.stack).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "idempotency_key_reused"), "{name}");
    }

    let theirs = create(r#"{"title":"A","document":{}}"#).bearer(&editor.token).send(&house.stack).await;
    assert_eq!(theirs.status, 201);
    assert_ne!(theirs.json()["id"], first.json()["id"]);
}

#[tokio::test]
async fn a_kept_digest_knows_nothing_of_the_password() {
    let house = House::open().await;
    let users = house.admin.client.users().with_idempotency_key("k");
    let email = new_email();
    let person = |password: &str| CreateUser::new(email.clone(), "Ada").password(password.to_owned());
    let first = users.create(&person(PASSWORD)).await.unwrap();
    let again = users.create(&person("another password")).await.unwrap();
    assert_eq!(first, again);
    Person::log_in(&house.stack, &email).await;
    let other = SecretString::from("another password");
    assert!(house.stack.client().auth().login(&email, &other).await.unwrap_err().is_unauthenticated());
    assert_eq!(
        refusal(users.create(&CreateUser::new(email.clone(), "Grace").password(PASSWORD.to_owned())).await),
        "idempotency_key_reused"
    );
}

#[tokio::test]
async fn setting_a_password_again_ends_no_new_login() {
    let house = House::open().await;
    let person = house.person(Role::Member).await;
    let path = format!("PUT /v1/users/{}/password", person.id);
    let set = request(path).json(json!({"password": PASSWORD}).to_string()).key("k");
    let set = set.bearer(&house.admin.token);
    assert_eq!(set.send(&house.stack).await.status, 204);
    let later = Person::log_in(&house.stack, &person.email).await;
    assert_eq!(set.send(&house.stack).await.status, 204);
    later.client.auth().refresh().await.expect("the login came after the password was set");

    let other = request(format!("PUT /v1/users/{}/password", house.user().await.id)).key("k");
    let other = other.json(json!({"password": PASSWORD}).to_string()).bearer(&house.admin.token);
    assert_eq!(other.send(&house.stack).await.code(), "idempotency_key_reused");
}

#[tokio::test]
async fn revoking_sessions_again_ends_no_new_login() {
    let house = House::open().await;
    let person = house.person(Role::Member).await;
    let path = format!("DELETE /v1/users/{}/sessions", person.id);
    let revoke = request(path).key("k").bearer(&house.admin.token);
    assert_eq!(revoke.send(&house.stack).await.status, 204);
    let later = Person::log_in(&house.stack, &person.email).await;
    assert_eq!(revoke.send(&house.stack).await.status, 204);
    later.client.auth().refresh().await.expect("the login came after the sessions were revoked");
}

#[tokio::test]
async fn keys_survive_a_restart() {
    let mut house = House::open().await;
    let resumes = house.admin.client.resumes().with_idempotency_key("k");
    let users = house.admin.client.users().with_idempotency_key("k");
    let (resume, user) = (draft("A"), new_user("Ada"));
    let (resume_id, user_id) =
        (resumes.create(&resume).await.unwrap().id, users.create(&user).await.unwrap().id);
    house.stack.restart().await;
    assert_eq!(resumes.create(&resume).await.unwrap().id, resume_id);
    assert_eq!(users.create(&user).await.unwrap().id, user_id);
}

#[tokio::test]
async fn a_refusal_does_not_use_the_key_up() {
    let house = House::open().await;
    let taken = house.user().await;
    let users = house.admin.client.users().with_idempotency_key("k");
    let person = CreateUser::new(taken.email.as_str(), "Ada");
    assert_eq!(refusal(users.create(&person).await), "email_taken");
    let free = UpdateUser::new().email(new_email());
    house.admin.client.users().update(taken.id, &free, IfMatch::Any).await.unwrap();
    assert_eq!(users.create(&person).await.unwrap().name.as_str(), "Ada");
}

#[tokio::test]
async fn keys_are_visible_ascii() {
    let house = House::open().await;
    let good = "k".repeat(255);
    let long = "k".repeat(256);
    for (key, status) in
        [("!", 201), (good.as_str(), 201), ("", 400), ("a b", 400), ("é", 400), (long.as_str(), 400)]
    {
        let create = request("POST /v1/resumes").json(r#"{"title":"A","document":{}}"#);
        let answer = create.key(key).bearer(&house.admin.token).send(&house.stack).await;
        assert_eq!(answer.status, status, "{key}");
        if status == 400 {
            assert_eq!(answer.places(), ["idempotency-key:"], "{key}");
        }
    }
    let twice = request("POST /v1/resumes").json(r#"{"title":"A","document":{}}"#).key("a").key("a");
    assert_eq!(twice.bearer(&house.admin.token).send(&house.stack).await.code(), "invalid_parameter");
}

#[tokio::test]
async fn logins_are_never_repeated() {
    let house = House::open().await;
    let body = json!({"email": house.admin.email, "password": PASSWORD}).to_string();
    let log_in = request("POST /v1/auth/login").key("k").json(body);
    let (one, two) = (log_in.send(&house.stack).await, log_in.send(&house.stack).await);
    assert_eq!((one.status, two.status), (200, 200));
    assert_ne!(one.json()["refresh_token"], two.json()["refresh_token"]);
}
