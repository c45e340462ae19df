//! Labels of people: syntax, limits, merge patches, filters.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vitae_sdk::{IfMatch, Patch, UpdateUser, User, UserId, Users};

use crate::lists::{page, walk};
use crate::raw_http::{Response, request};
use crate::test_server::{TestServer, new_user};

async fn patch(server: &TestServer, id: UserId, labels: &Value) -> Response {
    let request = request(format!("PATCH /v1/users/{id}")).if_match("*").bearer(&server.admin.token);
    request.json(json!({ "labels": labels }).to_string()).send(&server.stack).await
}

fn labels_of(user: &User) -> String {
    serde_json::to_string(&user.labels).unwrap()
}

#[tokio::test]
async fn labels_are_patched_as_rfc_7396_says() {
    let server = TestServer::start().await;
    let user =
        server.admin.client.users().create(&new_user("Ada").label("b", "2").label("a", "1")).await.unwrap();
    assert_eq!((labels_of(&user).as_str(), user.version), (r#"{"a":"1","b":"2"}"#, 1));
    for (labels, expected, version) in [
        (json!({}), r#"{"a":"1","b":"2"}"#, 1),
        (json!({"a": "1", "none": null}), r#"{"a":"1","b":"2"}"#, 1),
        (json!({"c": "3"}), r#"{"a":"1","b":"2","c":"3"}"#, 2),
        (json!({"a": null, "b": "two"}), r#"{"b":"two","c":"3"}"#, 3),
        (json!({"example.com/Team": "Zoë =,/~"}), r#"{"b":"two","c":"3","example.com/Team":"Zoë =,/~"}"#, 4),
        (json!({"b": ""}), r#"{"b":"","c":"3","example.com/Team":"Zoë =,/~"}"#, 5),
        (Value::Null, "{}", 6),
        (Value::Null, "{}", 6),
    ] {
        let response = patch(&server, user.id, &labels).await;
        assert_eq!(response.status, 200, "{labels}: {response:?}");
        let found = (response.json()["labels"].to_string(), response.json()["version"].as_u64());
        assert_eq!(found, (expected.to_owned(), Some(version)), "{labels}");
    }
    let set = UpdateUser::new().label("x", "1").label("y", "2").without_label("z");
    let users = server.admin.client.users();
    let user = users.update(user.id, &set, IfMatch::Any).await.unwrap();
    assert_eq!(labels_of(&user), r#"{"x":"1","y":"2"}"#);
    let user = users.update(user.id, &UpdateUser::new().labels(Patch::Remove), IfMatch::Any).await.unwrap();
    assert_eq!(labels_of(&user), "{}");
}

#[tokio::test]
async fn invalid_labels_are_named_by_their_pointers() {
    let server = TestServer::start().await;
    let long_value = "é".repeat(201);
    for (labels, places) in [
        (json!([]), vec!["/labels"]),
        (json!("team=data"), vec!["/labels"]),
        (json!(7), vec!["/labels"]),
        (
            json!({"team": 7, "ok": "1", "area": [], "zone": {}}),
            vec!["/labels/team", "/labels/area", "/labels/zone"],
        ),
        (json!({"": "1"}), vec!["/labels/"]),
        (json!({"-a": "1", "a b": "1", "é": "1"}), vec!["/labels/-a", "/labels/a b", "/labels/é"]),
        (json!({"Example.com/team": "1"}), vec!["/labels/Example.com~1team"]),
        (json!({"a~b/c/d": "1"}), vec!["/labels/a~0b~1c~1d"]),
        (
            json!({"a": "line\nbreak", "b": "\u{1b}]0;x", "c": "\u{202e}"}),
            vec!["/labels/a", "/labels/b", "/labels/c"],
        ),
        (json!({"a": long_value}), vec!["/labels/a"]),
        (json!({"a".repeat(64): "1"}), vec![&*format!("/labels/{}", "a".repeat(64))]),
        (json!({"-": null}), vec!["/labels/-"]),
    ] {
        let create = json!({"email": "a@example.com", "name": "A", "labels": labels}).to_string();
        let create =
            request("POST /v1/users").json(create).bearer(&server.admin.token).send(&server.stack).await;
        let patch = patch(&server, server.admin.id, &labels).await;
        for mut response in [create, patch] {
            assert_eq!((response.status, response.code().as_str()), (422, "validation_failed"), "{labels}");
            let mut expected = places.clone();
            expected.sort_unstable();
            let mut found = response.error_locations();
            found.sort_unstable();
            assert_eq!(found, expected, "{labels}");
            response.body.clear();
        }
    }
    let null = json!({"email": "a@example.com", "name": "A", "labels": {"a": null}}).to_string();
    let response = request("POST /v1/users").json(null).bearer(&server.admin.token).send(&server.stack).await;
    assert_eq!((response.status, response.error_locations()), (422, vec!["/labels/a".to_owned()]));
}

#[tokio::test]
async fn labels_are_bounded_in_number_and_bytes_after_a_patch() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    let many = |range: std::ops::Range<u32>| range.map(|n| (format!("k{n:02}"), "v".to_owned())).collect();
    let user = users.create(&new_user("Ada").labels(many(0..64))).await.unwrap();
    assert_eq!(user.labels.len(), 64);
    let response = patch(&server, user.id, &json!({"k64": "v"})).await;
    assert_eq!((response.status, response.error_locations()), (422, vec!["/labels".to_owned()]));
    let replaced = patch(&server, user.id, &json!({"k64": "v", "k00": null, "k01": "w"})).await;
    assert_eq!(replaced.status, 200);
    assert_eq!(
        users.create(&new_user("A").labels(many(0..65))).await.unwrap_err().code(),
        Some("validation_failed")
    );

    // 20 labels of 4 + 200 bytes are 4,080; 16 bytes are left.
    let large: BTreeMap<_, _> = (0..20).map(|n| (format!("k{n:03}"), "v".repeat(200))).collect();
    let user = users.create(&new_user("Ada").labels(large)).await.unwrap();
    let response = patch(&server, user.id, &json!({"last": "v".repeat(13)})).await;
    assert_eq!((response.status, response.error_locations()), (422, vec!["/labels".to_owned()]));
    assert!(response.text().contains("4096"), "{response:?}");
    assert_eq!(patch(&server, user.id, &json!({"last": "v".repeat(12)})).await.status, 200);
    assert_eq!(users.get(user.id).await.unwrap().labels.len(), 21);
}

async fn create_labelled(users: &Users) {
    for (name, labels) in [
        ("A", &[("team", "data"), ("zone", "eu"), ("example.com/lead", "")][..]),
        ("B", &[("team", "data"), ("zone", "us")]),
        ("C", &[("team", "web"), ("zone", "eu")]),
        ("D", &[("team", "a=b")]),
        ("E", &[]),
        ("Gone", &[("team", "data")]),
    ] {
        let new = labels.iter().fold(new_user(name), |new, (key, value)| new.label(*key, *value));
        let user = users.create(&new).await.unwrap();
        if name == "Gone" {
            users.delete(user.id, None).await.unwrap();
        }
    }
}

#[tokio::test]
async fn people_are_listed_by_their_labels() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    create_labelled(&users).await;
    for (query, names) in [
        ("label=team=data", "A B"),
        ("label=team", "A B C D"),
        ("label=team%3Ddata", "A B"),
        ("label=team=data&label=zone=eu", "A"),
        ("label=zone=eu&label=team=data", "A"),
        ("label=team=data&label=team=data", "A B"),
        ("label=team=data&label=team=web", ""),
        ("label=team=data&label=team", "A B"),
        ("label=team=a=b", "D"),
        ("label=team=", ""),
        ("label=example.com/lead=", "A"),
        ("label=example.com/lead", "A"),
        ("label=lead", ""),
        ("label=team=DATA", ""),
        ("label=team=data&deleted=include", "A B Gone"),
        ("label=team&deleted=only", "Gone"),
        ("label=team&q=c", "C"),
        ("label=team&role=member&status=active", "A B C D"),
        ("label=team&role=admin", ""),
    ] {
        let target = format!("/v1/users?sort=name&count=true&{query}");
        let found = page(&server.stack, &server.admin.token, &target).await;
        // `q=c` also finds letters of e-mail addresses.
        let items: Vec<_> =
            found["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
        if query.contains("q=") {
            assert!(items.contains(&names), "{query}");
        } else {
            assert_eq!(items.join(" "), names, "{query}");
        }
        assert_eq!(found["total"], items.len(), "{query}");
        for limit in [1, 2] {
            let target = format!("{target}&limit={limit}");
            let walked = walk(&server.stack, &server.admin.token, &target).await;
            assert_eq!(&walked, found["items"].as_array().unwrap(), "{target}");
            for skip in 1..=items.len() {
                let page = page(&server.stack, &server.admin.token, &format!("{target}&skip={skip}")).await;
                let rest = walked.get(skip..).unwrap_or_default();
                assert_eq!(
                    page["items"].as_array().unwrap(),
                    &rest[..rest.len().min(limit)],
                    "{target} {skip}"
                );
            }
        }
    }
    let listed = users.list().label("team", "data").has_label("zone").sort("name").send().await.unwrap();
    assert_eq!(listed.items.iter().map(|user| user.name.as_str()).collect::<Vec<_>>(), ["A", "B"]);
    let mut streamed = users.list().has_label("team").label("zone", "eu").limit(1).stream();
    let mut count = 0;
    while let Some(user) = streamed.next().await {
        assert_eq!(user.unwrap().labels["zone"].as_str(), "eu");
        count += 1;
    }
    assert_eq!(count, 2);
}

#[tokio::test]
async fn label_filter_follows_changes_of_labels() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    let user = users.create(&new_user("Ada").label("team", "data")).await.unwrap();
    let find = async |value: &str| users.list().label("team", value).send().await.unwrap().items.len();
    assert_eq!((find("data").await, find("web").await), (1, 0));
    users.update(user.id, &UpdateUser::new().label("team", "web"), IfMatch::Any).await.unwrap();
    assert_eq!((find("data").await, find("web").await), (0, 1));
    users.delete(user.id, None).await.unwrap();
    assert_eq!(find("web").await, 0);
    users.restore(user.id, None).await.unwrap();
    assert_eq!(find("web").await, 1);
    users.update(user.id, &UpdateUser::new().without_label("team"), IfMatch::Any).await.unwrap();
    assert_eq!((find("data").await, find("web").await), (0, 0));
}

#[tokio::test]
async fn invalid_label_filters_are_rejected() {
    let server = TestServer::start().await;
    let sixteen = vec!["label=a"; 16].join("&");
    page(&server.stack, &server.admin.token, &format!("/v1/users?{sixteen}")).await;
    let seventeen = format!("{sixteen}&label=b");
    for query in ["label=", "label==x", "label=-a", "label=a%20b=c", "label=a=%0A", "label=a/b/c", &seventeen]
    {
        let response =
            request(format!("GET /v1/users?{query}")).bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!((response.status, response.code().as_str()), (400, "invalid_parameter"), "{query}");
        assert_eq!(response.error_locations(), ["?label"], "{query}");
    }
    let twice = request("GET /v1/users?external_id=a&external_id=a").bearer(&server.admin.token);
    assert_eq!(twice.send(&server.stack).await.code(), "invalid_parameter");
}

#[tokio::test]
async fn cursor_is_bound_to_the_label_filters() {
    let server = TestServer::start().await;
    for number in 0..3 {
        let new = new_user("Ada").label("team", "data").label("n", number.to_string());
        server.admin.client.users().create(&new).await.unwrap();
    }
    let first = page(&server.stack, &server.admin.token, "/v1/users?limit=1&label=team=data&label=n").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    for (query, status) in [
        ("label=team=data&label=n", 200),
        ("label=n&label=team=data&label=n", 200),
        ("label=team=data", 400),
        ("label=team&label=n", 400),
        ("label=team=web&label=n", 400),
        ("", 400),
    ] {
        let target = format!("GET /v1/users?limit=1&cursor={cursor}&{query}");
        let response =
            request(target.trim_end_matches('&')).bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!(response.status, status, "{query}");
    }
}
