//! Pages of the largest objects that people may store.

use std::fmt::Write as _;

use serde_json::{Value, json};
use vitae_sdk::{IfMatch, Role, UpdateUser};

use crate::lists::{page, walk};
use crate::raw_http::request;
use crate::test_server::{Person, TestServer, eventually, new_user};

/// As many as one request may ask for.
const MANY: usize = 500;
/// Up to so many are never cut short.
const WHOLE: usize = 100;

/// The longest title or name: 200 characters of four bytes, the last of them telling which it is.
fn longest(number: usize) -> String {
    format!("{}{number:04}", "\u{10384}".repeat(196))
}

/// The longest tags.
fn longest_tags(number: usize) -> Vec<String> {
    (0..32).map(|tag| format!("{}{number:04}{tag:02}", "\u{10384}".repeat(44))).collect()
}

/// Creates a full page of resumes with the largest titles and tags.
async fn create_many(server: &TestServer, person: &Person) {
    let mut lines = String::new();
    for number in 0..MANY {
        let line = json!({"title": longest(number), "tags": longest_tags(number), "document": {}});
        writeln!(lines, "{line}").unwrap();
    }
    let import = request("POST /v1/resumes/import").header("content-type", "application/x-ndjson");
    let response = import.body(lines).bearer(&person.token).send(&server.stack).await;
    let created = response.text().matches("\"created\"").count();
    assert_eq!(created, MANY, "{}", response.text().lines().next().unwrap_or_default());
}

/// Asserts that a list of so many objects is read with every limit, page by page, there and back.
async fn assert_readable(server: &TestServer, list: &str, key: &str, count: usize) {
    let token = &server.admin.token;
    for limit in [WHOLE, 101, MANY] {
        let target = format!("{list}limit={limit}");
        let first = page(&server.stack, token, &target).await;
        let length = first["items"].as_array().unwrap().len();
        assert!((WHOLE..=limit).contains(&length), "{target}: {length} objects");
        assert_eq!(first["next_cursor"].is_null(), length == count, "{target}");
        let items = walk(&server.stack, token, &target).await;
        let mut keys: Vec<_> = items.iter().map(|item| item[key].to_string()).collect();
        assert_eq!(keys.len(), count, "{target}");
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count, "{target}: an object came twice");
    }
}

#[tokio::test]
async fn lists_of_the_largest_resumes_are_readable() {
    let server = TestServer::start().await;
    let member = server.person(Role::Member).await;
    let name = UpdateUser::new().name(longest(0));
    server.admin.client.users().update(member.id, &name, IfMatch::Any).await.unwrap();
    create_many(&server, &member).await;
    for list in ["/v1/resumes?", "/v1/resumes?sort=title&", "/v1/resumes?count=true&sort=-updated_at&"] {
        assert_readable(&server, list, "id", MANY).await;
    }
    let skipped = page(&server.stack, &server.admin.token, "/v1/resumes?limit=500&skip=7").await;
    assert!((WHOLE..MANY - 7).contains(&skipped["items"].as_array().unwrap().len()));

    let mut all = server.admin.client.resumes().list().limit(500).stream();
    let mut count = 0;
    while let Some(resume) = all.next().await {
        resume.unwrap();
        count += 1;
    }
    assert_eq!(count, MANY);
    let mut lines = server.admin.client.resumes().export().send().await.unwrap();
    while let Some(line) = lines.next().await {
        line.unwrap();
        count -= 1;
    }
    assert_eq!(count, 0);
}

#[tokio::test]
async fn histories_of_the_largest_revisions_are_readable() {
    let server = TestServer::start().await;
    let resumes = server.admin.client.resumes();
    let resume = server.resume_of(server.admin.id).await.id;
    for number in 1..MANY + 20 {
        let patch = json!({"title": longest(number), "tags": longest_tags(number)});
        resumes.patch(resume, &patch, IfMatch::Any).await.unwrap();
    }
    assert_readable(&server, &format!("/v1/resumes/{resume}/revisions?"), "revision", MANY + 20).await;
    let entries = format!("/v1/audit?object_id={resume}&");
    eventually("audit has every event", async || {
        let target = format!("{entries}limit=1");
        let newest: Value = page(&server.stack, &server.admin.token, &target).await;
        newest["items"][0]["object"]["version"] == MANY + 20
    })
    .await;
    assert_readable(&server, &entries, "sequence", MANY + 20).await;
}

#[tokio::test]
async fn lists_of_people_with_the_longest_names_are_readable() {
    let server = TestServer::start().await;
    for number in 1..MANY {
        server.admin.client.users().create(&new_user(&longest(number))).await.unwrap();
    }
    assert_readable(&server, "/v1/users?", "id", MANY).await;
    assert_readable(&server, "/v1/users?sort=-name&", "id", MANY).await;
}
