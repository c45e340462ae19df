//! Lists: pages and streams.

use std::collections::BTreeMap;

use serde_json::json;
use vitae_sdk::{Code, Deleted, Role, Status};

use crate::mock::{Reply, Request, Server, USER, user};

/// The query parameters as sent, sorted by name.
fn parameters(request: &Request) -> BTreeMap<String, String> {
    let (_, query) = request.target.split_once('?').unwrap_or_default();
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn page(users: usize, next: Option<&str>) -> Reply {
    let items = vec![user(); users];
    Reply::json(&json!({"items": items, "next_cursor": next, "prev_cursor": null}))
}

fn by_cursor(request: &Request) -> Option<String> {
    parameters(request).get("cursor").cloned()
}

#[tokio::test]
async fn stream_reads_every_page_once() {
    let server = Server::start(|request, _| match by_cursor(request).as_deref() {
        None => page(2, Some("b")),
        // An empty page is not necessarily the last one.
        Some("b") => page(0, Some("c")),
        Some("c") => page(1, None),
        other => panic!("no page {other:?}"),
    })
    .await;
    let mut users = server.logged_in().users().list().limit(2).stream();
    let mut count = 0;
    while let Some(user) = users.next().await {
        user.unwrap();
        count += 1;
    }
    assert!(users.next().await.is_none());
    assert_eq!(count, 3);
    assert_eq!(
        server.lines(),
        ["GET /v1/users?limit=2", "GET /v1/users?limit=2&cursor=b", "GET /v1/users?limit=2&cursor=c",]
    );
}

#[tokio::test]
async fn stream_reads_pages_lazily() {
    let server = Server::always(|| page(2, Some("b"))).await;
    let mut users = server.logged_in().users().list().stream();
    users.next().await.unwrap().unwrap();
    users.next().await.unwrap().unwrap();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn stream_ends_after_an_error() {
    let server = Server::start(|_, before| match before {
        0 => page(1, Some("b")),
        _ => Reply::problem(Code::Forbidden),
    })
    .await;
    let mut users = server.logged_in().users().list().stream();
    users.next().await.unwrap().unwrap();
    assert!(users.next().await.unwrap().unwrap_err().is_forbidden());
    assert!(users.next().await.is_none());
}

#[tokio::test]
async fn repeated_cursor_is_an_error() {
    let server = Server::always(|| page(1, Some("b"))).await;
    let mut users = server.logged_in().users().list().stream();
    users.next().await.unwrap().unwrap();
    let error = users.next().await.unwrap().unwrap_err();
    assert!(error.to_string().contains("leads to the same page"), "{error}");
    assert!(users.next().await.is_none());
}

#[tokio::test]
async fn user_filters_are_sent() {
    let server = Server::always(|| page(0, None)).await;
    let list = server.logged_in().users().list();
    let page = list
        .limit(1)
        .limit(7)
        .cursor("c=&d")
        .query("ada l")
        .role(Role::Editor)
        .status(Status::Disabled)
        .sort("-name")
        .deleted(Deleted::Include)
        .email("ada+x@example.com")
        .count(true)
        .send()
        .await
        .unwrap();
    assert_eq!(page.total, None);
    let sent = parameters(&server.requests()[0]);
    let sent: Vec<_> = sent.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(
        sent,
        [
            ("count", "true"),
            ("cursor", "c%3D%26d"),
            ("deleted", "include"),
            ("email", "ada%2Bx%40example.com"),
            ("limit", "7"),
            ("q", "ada+l"),
            ("role", "editor"),
            ("sort", "-name"),
            ("status", "disabled"),
        ]
    );
}

#[tokio::test]
async fn resume_filters_are_sent_for_lists_and_exports() {
    let server = Server::start(|request, _| {
        if request.target.starts_with("/v1/resumes/export") {
            Reply::text(200, "application/x-ndjson", "")
        } else {
            page(0, None)
        }
    })
    .await;
    let resumes = server.logged_in().resumes();
    let owner = USER.parse().unwrap();
    let list = resumes.list().owner(owner).tag("rust").title("A").query("q");
    let list = list.sort("title").deleted(Deleted::Only).limit(3).count(false);
    list.send().await.unwrap();
    let export = resumes.export().owner(owner).tag("rust").title("A").query("q");
    let export = export.sort("title").deleted(Deleted::Only);
    assert!(export.send().await.unwrap().next().await.is_none());

    let filters = format!("owner_id={USER}&tag=rust&title=A&q=q&sort=title&deleted=only");
    assert_eq!(
        server.lines(),
        [
            format!("GET /v1/resumes?{filters}&limit=3&count=false"),
            format!("GET /v1/resumes/export?{filters}"),
        ]
    );
}
