//! External ids of people: unique among people who are not deleted, compared exactly.

use serde_json::{Value, json};
use vitae_sdk::{Deleted, IfMatch, Patch, Role, Untrusted, UpdateUser};

use crate::audit::wait_for_events;
use crate::lists::page;
use crate::raw_http::request;
use crate::test_server::{TestServer, error_code, new_user};

fn external_id(id: &str) -> UpdateUser {
    UpdateUser::new().external_id(id.to_owned())
}

#[tokio::test]
async fn external_id_is_set_changed_and_removed() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    let user = users.create(&new_user("Ada").external_id("HR-1815".to_owned())).await.unwrap();
    assert_eq!(user.external_id.as_ref().map(Untrusted::as_str), Some("HR-1815"));
    assert_eq!(users.get(user.id).await.unwrap(), user);
    assert_eq!(users.list().sort("name").send().await.unwrap().items[0], user);

    let renamed = users.update(user.id, &UpdateUser::new().name("Ada L.".to_owned()), IfMatch::Any).await;
    assert_eq!(renamed.unwrap().external_id, user.external_id, "an absent field stays");
    let changed = users.update(user.id, &external_id("HR-1816"), IfMatch::Any).await.unwrap();
    assert_eq!((changed.version, changed.external_id.unwrap().as_str()), (3, "HR-1816"));
    let same = users.update(user.id, &external_id("HR-1816"), IfMatch::Any).await.unwrap();
    assert_eq!(same.version, 3, "a change that changes nothing makes no version");
    let remove = UpdateUser::new().external_id(Patch::Remove);
    let removed = users.update(user.id, &remove, IfMatch::Any).await.unwrap();
    assert_eq!((removed.version, removed.external_id), (4, None));

    let response =
        request(format!("GET /v1/users/{}", user.id)).bearer(&server.admin.token).send(&server.stack).await;
    assert_eq!(
        (response.json().get("external_id"), response.json()["labels"].clone()),
        (Some(&Value::Null), json!({}))
    );
    let without = json!({"email": "none@example.com", "name": "None", "external_id": null, "labels": null});
    let response = request("POST /v1/users").json(without.to_string()).bearer(&server.admin.token);
    assert_eq!(response.send(&server.stack).await.json()["external_id"], Value::Null);
}

#[tokio::test]
async fn external_id_with_outer_spaces_and_empty_filter_are_rejected() {
    let server = TestServer::start().await;
    for id in [" 7", "7 ", "7\u{a0}", " ", ""] {
        let body = json!({"email": "ada@example.com", "name": "Ada", "external_id": id}).to_string();
        let response = request("POST /v1/users").json(body).bearer(&server.admin.token);
        assert_eq!(response.send(&server.stack).await.status, 422, "{id:?}");
    }
    let response =
        request("GET /v1/users?external_id=").bearer(&server.admin.token).send(&server.stack).await;
    assert_eq!((response.status, &*response.code()), (400, "invalid_parameter"));
}

#[tokio::test]
async fn external_id_is_unique_among_people_who_are_not_deleted() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    let with = |id: &str| new_user("Ada").external_id(id.to_owned());
    let ada = users.create(&with("7")).await.unwrap();
    let other = server.user().await;
    assert_eq!(error_code(users.create(&with("7")).await), "external_id_taken");
    assert_eq!(
        error_code(users.update(other.id, &external_id("7"), IfMatch::Any).await),
        "external_id_taken"
    );
    assert_eq!(users.update(ada.id, &external_id("7"), IfMatch::Any).await.unwrap().version, 1);
    for different in ["７", "007", "7 7"] {
        users.create(&with(different)).await.unwrap();
    }

    users.disable(ada.id, None).await.unwrap();
    assert_eq!(error_code(users.create(&with("7")).await), "external_id_taken");
    users.delete(ada.id, None).await.unwrap();
    let successor = users.create(&with("7")).await.unwrap();
    let restore = request(format!("POST /v1/users/{}/restore", ada.id)).bearer(&server.admin.token);
    let response = restore.send(&server.stack).await;
    assert_eq!((response.status, response.code().as_str()), (409, "external_id_taken"));
    assert!(users.get(ada.id).await.unwrap().deleted_at.is_some());

    let found = async |deleted| {
        let page = users.list().external_id("7").deleted(deleted).count(true).send().await.unwrap();
        assert_eq!(page.total, Some(page.items.len() as u64));
        page.items.into_iter().map(|user| user.id).collect::<Vec<_>>()
    };
    assert_eq!(found(Deleted::Exclude).await, [successor.id]);
    assert_eq!(found(Deleted::Only).await, [ada.id]);
    assert_eq!(found(Deleted::Include).await, [successor.id, ada.id]);
    users.update(successor.id, &UpdateUser::new().external_id(Patch::Remove), IfMatch::Any).await.unwrap();
    let restored = users.restore(ada.id, None).await.unwrap();
    assert_eq!(restored.external_id.unwrap().as_str(), "7");
}

#[tokio::test]
async fn one_of_many_concurrent_creates_gets_the_external_id() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    let create = async |_| users.create(&new_user("Ada").external_id("the-same".to_owned())).await;
    let outcomes = futures_util::future::join_all((0..20).map(create)).await;
    let created = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(created, 1);
    for outcome in outcomes.into_iter().filter(Result::is_err) {
        assert_eq!(error_code(outcome), "external_id_taken");
    }
    assert_eq!(users.list().external_id("the-same").send().await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn repeated_create_returns_the_first_response() {
    let server = TestServer::start().await;
    let body =
        json!({"email": "a@example.com", "name": "A", "external_id": "1", "labels": {"b": "2", "a": "1"}});
    let create = request("POST /v1/users").key("k").json(body.to_string()).bearer(&server.admin.token);
    let first = create.send(&server.stack).await;
    assert_eq!(first.status, 201);
    let again = create.send(&server.stack).await;
    assert_eq!((again.status, again.json()), (201, first.json()));
    assert_eq!(first.json()["labels"].to_string(), r#"{"a":"1","b":"2"}"#);
}

#[tokio::test]
async fn invalid_external_ids_are_rejected() {
    let server = TestServer::start().await;
    let longest = "\u{10384}".repeat(200);
    server.admin.client.users().create(&new_user("A").external_id(longest)).await.unwrap();
    for value in [
        json!(""),
        json!("  "),
        json!("x".repeat(201)),
        json!("a\nb"),
        json!("\u{1b}[2J"),
        json!("a\u{202e}b"),
        json!(7),
        json!([]),
        json!({}),
        json!(true),
    ] {
        let create = json!({"email": "b@example.com", "name": "B", "external_id": value});
        let patch = json!({"external_id": value});
        for request in [
            request("POST /v1/users").json(create.to_string()),
            request(format!("PATCH /v1/users/{}", server.admin.id)).if_match("*").json(patch.to_string()),
        ] {
            let response = request.bearer(&server.admin.token).send(&server.stack).await;
            assert_eq!((response.status, response.code().as_str()), (422, "validation_failed"), "{value}");
            assert_eq!(response.error_locations(), ["/external_id"], "{value}");
        }
    }
}

#[tokio::test]
async fn external_ids_and_labels_are_changed_by_administrators_alone() {
    let server = TestServer::start().await;
    for role in [Role::Editor, Role::Viewer, Role::Member] {
        let person = server.person(role).await;
        for body in
            [r#"{"external_id":"1"}"#, r#"{"external_id":null}"#, r#"{"labels":{}}"#, r#"{"labels":null}"#]
        {
            let patch = request(format!("PATCH /v1/users/{}", person.id)).if_match("*").json(body);
            let response = patch.bearer(&person.token).send(&server.stack).await;
            assert_eq!((response.status, response.code().as_str()), (403, "forbidden"), "{body}");
        }
        let change = external_id(&format!("of-{}", person.id)).label("team", "data");
        server.admin.client.users().update(person.id, &change, IfMatch::Any).await.unwrap();
        let me = person.client.me().get().await.unwrap();
        assert_eq!(me.external_id.unwrap().as_str(), format!("of-{}", person.id));
        assert_eq!(me.labels["team"].as_str(), "data");
    }
}

#[tokio::test]
async fn external_id_and_labels_are_in_the_audit_record() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    let user = users.create(&new_user("Ada").label("team", "data")).await.unwrap();
    let change = external_id("7").label("zone", "b").label("area", "a").without_label("team");
    users.update(user.id, &change, IfMatch::Any).await.unwrap();
    users.update(user.id, &UpdateUser::new().external_id(Patch::Remove), IfMatch::Any).await.unwrap();
    wait_for_events(&server).await;
    let target = format!("/v1/audit?object_id={}&sort=sequence", user.id);
    let entries = page(&server.stack, &server.admin.token, &target).await;
    let changes: Vec<_> =
        entries["items"].as_array().unwrap().iter().map(|entry| &entry["changes"]).collect();
    let external_id =
        |before: Value, after: Value| json!({"field": "external_id", "before": before, "after": after});
    let labels = json!({"field": "labels", "before": {"team": "data"}, "after": {"area": "a", "zone": "b"}});
    assert_eq!(
        changes[1..],
        [
            &json!([external_id(Value::Null, json!("7")), labels]),
            &json!([external_id(json!("7"), Value::Null)]),
        ]
    );
    assert!(
        changes[1].to_string().contains(r#""after":{"area":"a","zone":"b"}"#),
        "labels are sorted by key"
    );
}

#[tokio::test]
async fn cursor_is_bound_to_the_external_id() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    for number in 0..3 {
        let user =
            users.create(&new_user("Ada").external_id("7".to_owned()).label("n", number.to_string())).await;
        users.delete(user.unwrap().id, None).await.unwrap();
    }
    let target = "/v1/users?deleted=only&limit=1&external_id=7";
    let first = page(&server.stack, &server.admin.token, target).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    page(&server.stack, &server.admin.token, &format!("{target}&cursor={cursor}")).await;
    for other in
        ["/v1/users?deleted=only&external_id=8", "/v1/users?deleted=only", "/v1/users?deleted=only&label=n"]
    {
        let sign = if other.contains('?') { '&' } else { '?' };
        let response = request(format!("GET {other}{sign}cursor={cursor}")).bearer(&server.admin.token);
        assert_eq!(response.send(&server.stack).await.code(), "invalid_cursor", "{other}");
    }
    let long = request(format!("GET /v1/users?external_id={}", "a".repeat(2001))).bearer(&server.admin.token);
    let response = long.send(&server.stack).await;
    assert_eq!((response.status, response.error_locations()), (400, vec!["?external_id".to_owned()]));
}
