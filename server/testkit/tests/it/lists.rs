//! Lists: paging in both directions, filters, counts of visible objects.

use std::collections::BTreeSet;

use serde_json::Value;
use vitae_contracts_core::fold;
use vitae_sdk::{IfMatch, ResumeId, Role, UpdateUser, UserId};
use vitae_server_testkit::Stack;

use crate::raw_http::request;
use crate::test_server::{TestServer, new_resume, new_user};

pub(crate) async fn page(stack: &Stack, token: &str, target: &str) -> Value {
    let response = request(format!("GET {target}")).bearer(token).send(stack).await;
    assert_eq!(response.status, 200, "{target}: {response:?}");
    response.json()
}

/// Walks a list to its end and back; responses its items, which were the same both ways.
pub(crate) async fn walk(stack: &Stack, token: &str, target: &str) -> Vec<Value> {
    let at = async |cursor: &Value| {
        let cursor = cursor.as_str().unwrap();
        page(stack, token, &format!("{target}&cursor={cursor}")).await
    };
    let mut pages = vec![page(stack, token, target).await];
    assert!(pages[0]["prev_cursor"].is_null(), "{target}");
    while !pages.last().unwrap()["next_cursor"].is_null() {
        pages.push(at(&pages.last().unwrap()["next_cursor"]).await);
    }
    let mut back = pages.last().unwrap().clone();
    for forward in pages.iter().rev().skip(1) {
        back = at(&back["prev_cursor"]).await;
        assert_eq!(back["items"], forward["items"], "{target} backward");
        let again = at(&back["next_cursor"]).await;
        assert!(!again["items"].as_array().unwrap().is_empty(), "{target} and forward again");
    }
    assert!(back["prev_cursor"].is_null(), "{target}");
    pages.iter().flat_map(|page| page["items"].as_array().unwrap().clone()).collect()
}

/// Walks a list numbered from its oldest item, in the default order (newest first) and by number.
pub(crate) async fn both_ways(server: &TestServer, list: &str, key: &str, least: usize) {
    for limit in [1, 2, 5, 500] {
        let numbers = async |sort: &str| {
            let items =
                walk(&server.stack, &server.admin.token, &format!("{list}?limit={limit}{sort}")).await;
            items.iter().map(|item| item[key].as_u64().unwrap()).collect::<Vec<_>>()
        };
        let newest_first = numbers("").await;
        assert!(newest_first.is_sorted_by(|one, next| one > next), "{list}: {newest_first:?}");
        assert!(newest_first.len() >= least, "{list}: {newest_first:?}");
        assert_eq!(numbers(&format!("&sort=-{key}")).await, newest_first, "{list}");
        let oldest_first = numbers(&format!("&sort={key}")).await;
        assert!(oldest_first.iter().rev().eq(&newest_first), "{list}: {oldest_first:?}");
    }
}

/// Returns the sort key of an item: its value, folded if it is text, then its id.
fn key(item: &Value, sort: &str) -> (String, String) {
    let text = |name: &str| item[name].as_str().unwrap().to_owned();
    let key = if sort.ends_with("_at") { text(sort) } else { fold(&text(sort)) };
    (key, text("id"))
}

/// Names and titles, some of which differ in case or width alone, or not at all.
const NAMES: [&str; 11] =
    ["Ada", "ada", "Ada", "ＡＤＡ", "Émile", "emile", "Zoë", "zoe", "  spaced   out", "名前", "Ångström"];

#[tokio::test]
async fn every_sort_order_pages_forward_and_back() {
    let server = TestServer::start().await;
    let (users, resumes) = (server.admin.client.users(), server.admin.client.resumes());
    for (number, name) in NAMES.into_iter().enumerate() {
        let user = server.user_named(name).await;
        let resume = resumes.create(&new_resume(name)).await.unwrap();
        if number % 3 == 0 {
            let role = UpdateUser::new().role(Role::Viewer);
            users.update(user.id, &role, IfMatch::Any).await.unwrap();
            resumes.patch(resume.id, &serde_json::json!({"tags": ["x"]}), IfMatch::Any).await.unwrap();
        }
    }
    for (list, sorts, count) in [
        ("/v1/users", &["created_at", "updated_at", "name", "email"][..], NAMES.len() + 1),
        ("/v1/resumes", &["updated_at", "title"], NAMES.len()),
    ] {
        for sort in sorts {
            for limit in [1, 2, 3, 5, 11, 12, 500] {
                let target = format!("{list}?sort={sort}&limit={limit}");
                let items = walk(&server.stack, &server.admin.token, &target).await;
                let keys: Vec<_> = items.iter().map(|item| key(item, sort)).collect();
                assert!(keys.is_sorted() && keys.len() == count, "{target}: {keys:#?}");
                let ids: BTreeSet<_> = keys.into_iter().map(|(_, id)| id).collect();
                assert_eq!(ids.len(), count, "{target}");
            }
            let target = format!("{list}?sort=-{sort}&limit=4");
            let items = walk(&server.stack, &server.admin.token, &target).await;
            assert!(items.iter().rev().map(|item| key(item, sort)).is_sorted(), "{target}");
        }
    }
    // Summaries do not say when they were created; their ids do.
    for (sort, newest_first) in
        [("sort=created_at", false), ("sort=-created_at", true), ("deleted=exclude", true)]
    {
        let target = format!("/v1/resumes?{sort}&limit=4");
        let mut items = walk(&server.stack, &server.admin.token, &target).await;
        if newest_first {
            items.reverse();
        }
        let titles: Vec<_> = items.iter().map(|item| item["title"].as_str().unwrap()).collect();
        assert_eq!(titles, NAMES, "{target}");
    }
    let id = resumes.list().limit(1).send().await.unwrap().items[0].id;
    for number in 0..5 {
        resumes.patch(id, &serde_json::json!({"title": format!("{number}")}), IfMatch::Any).await.unwrap();
    }
    let list = format!("/v1/resumes/{id}/revisions");
    both_ways(&server, &list, "revision", 6).await;
}

#[tokio::test]
async fn every_page_is_reachable_by_offset_in_one_request() {
    let server = TestServer::start().await;
    for name in NAMES {
        server.user_named(name).await;
        server.admin.client.resumes().create(&new_resume(name)).await.unwrap();
    }
    for list in
        ["/v1/users?sort=name", "/v1/users?sort=-created_at", "/v1/resumes?sort=-title", "/v1/resumes?q=a"]
    {
        for limit in [1, 4, 500] {
            let target = format!("{list}&limit={limit}");
            let items = walk(&server.stack, &server.admin.token, &target).await;
            for skip in [1, 3, items.len() - 1, items.len(), items.len() + 5] {
                let page = page(&server.stack, &server.admin.token, &format!("{target}&skip={skip}")).await;
                let rest = items.get(skip..).unwrap_or_default();
                assert_eq!(
                    page["items"].as_array().unwrap(),
                    &rest[..rest.len().min(limit)],
                    "{target} {skip}"
                );
                assert_eq!(page["next_cursor"].is_null(), rest.len() <= limit, "{target} {skip}");
                assert_eq!(page["prev_cursor"].is_null(), rest.is_empty(), "{target} {skip}");
            }
        }
    }
    for target in ["/v1/users?skip=-1", "/v1/users?skip=x", "/v1/resumes?skip=4294967296"] {
        let response = request(format!("GET {target}")).bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!(
            (response.status, response.json()["code"].as_str()),
            (400, Some("invalid_parameter")),
            "{target}"
        );
    }
    let first = page(&server.stack, &server.admin.token, "/v1/users?limit=1").await;
    let both = format!("GET /v1/users?limit=1&skip=1&cursor={}", first["next_cursor"].as_str().unwrap());
    let response = request(both).bearer(&server.admin.token).send(&server.stack).await;
    assert_eq!((response.status, response.json()["code"].as_str()), (400, Some("invalid_parameter")));
}

#[tokio::test]
async fn people_are_filtered() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    for (name, email, role) in [
        ("Ada Lovelace", "ada@example.com", Role::Editor),
        ("Grace Hopper", "grace@navy.example", Role::Viewer),
        ("École Ada", "ecole@example.com", Role::Member),
        ("100%_sure", "sure@example.com", Role::Member),
    ] {
        let mut person = new_user(name);
        (person.email, person.role) = (email.to_owned(), Some(role));
        users.create(&person).await.unwrap();
    }
    let id = async |email: &str| users.list().email(email).send().await.unwrap().items[0].id;
    users.disable(id("grace@navy.example").await, None).await.unwrap();
    users.delete(id("ecole@example.com").await, None).await.unwrap();
    for (query, names) in [
        ("q=ada", "Ada Lovelace"),
        ("q=LOVE", "Ada Lovelace"),
        ("q=lace+ADA", "Ada Lovelace"),
        ("q=%20%20ada%20%20example.com%20", "Ada Lovelace"),
        ("q=ada+navy", ""),
        ("q=navy+grace", "Grace Hopper"),
        ("q=ＧＲＡＣＥ", "Grace Hopper"),
        ("q=%25", "100%_sure"),
        ("q=_", "100%_sure"),
        ("q=%5C", ""),
        ("q=", "100%_sure, Ada Lovelace, Administrator, Grace Hopper"),
        ("q=ada&deleted=include", "Ada Lovelace, École Ada"),
        ("q=e%CC%81cole&deleted=only", "École Ada"),
        ("deleted=only", "École Ada"),
        ("deleted=exclude", "100%_sure, Ada Lovelace, Administrator, Grace Hopper"),
        ("role=editor", "Ada Lovelace"),
        ("role=admin", "Administrator"),
        ("status=disabled", "Grace Hopper"),
        ("status=active&role=viewer", ""),
        ("email=ADA@example.com", "Ada Lovelace"),
        ("email=ada", ""),
        ("email=ecole@example.com&deleted=include", "École Ada"),
    ] {
        // Query strings are ASCII; these are typed as they are meant.
        let query = escaped(query);
        let page =
            page(&server.stack, &server.admin.token, &format!("/v1/users?sort=name&count=true&{query}"))
                .await;
        let items = page["items"].as_array().unwrap();
        let found: Vec<_> = items.iter().map(|item| item["name"].as_str().unwrap()).collect();
        assert_eq!(found.join(", "), names, "{query}");
        assert_eq!(page["total"], items.len(), "{query}");
    }
}

#[tokio::test]
async fn resumes_are_filtered() {
    let server = TestServer::start().await;
    let resumes = server.admin.client.resumes();
    let ada = server.user_named("Ada Lovelace").await.id;
    for (title, owner, tags) in [
        ("Engineer", Some(ada), vec!["Rust", "senior"]),
        ("Mathematician", Some(ada), vec!["math"]),
        ("Rust engineer", None, vec!["rust"]),
        ("Gone", None, vec!["rust"]),
    ] {
        resumes.create(&new_resume(title).owner_id(owner).tags(tags)).await.unwrap();
    }
    let gone = resumes.list().title("gone").send().await.unwrap().items[0].id;
    resumes.delete(gone, None).await.unwrap();
    for (query, titles) in [
        ("", "Engineer, Mathematician, Rust engineer"),
        ("tag=rust", "Engineer, Rust engineer"),
        ("tag=RUST", "Engineer, Rust engineer"),
        ("tag=rus", ""),
        ("tag=rust&q=love", "Engineer"),
        ("title=ENGINEER", "Engineer"),
        ("q=engineer", "Engineer, Rust engineer"),
        ("q=engineer+ada", "Engineer"),
        ("q=lovelace", "Engineer, Mathematician"),
        ("q=administrator", "Rust engineer"),
        ("tag=rust&deleted=include", "Engineer, Gone, Rust engineer"),
        ("deleted=only", "Gone"),
        (&format!("owner_id={ada}"), "Engineer, Mathematician"),
        (&format!("owner_id={ada}&tag=math"), "Mathematician"),
        (&format!("owner_id={}", UserId::new()), ""),
    ] {
        let target = format!("/v1/resumes?sort=title&count=true&{query}");
        let page = page(&server.stack, &server.admin.token, target.trim_end_matches('&')).await;
        let items = page["items"].as_array().unwrap();
        let found: Vec<_> = items.iter().map(|item| item["title"].as_str().unwrap()).collect();
        assert_eq!(found.join(", "), titles, "{query}");
        assert_eq!(page["total"], items.len(), "{query}");
    }
}

#[tokio::test]
async fn counts_include_only_visible_objects() {
    let server = TestServer::start().await;
    let member = server.person(Role::Member).await;
    for (owner, count) in [(member.id, 3), (server.admin.id, 4)] {
        for _ in 0..count {
            server.resume_of(owner).await;
        }
    }
    let others = format!("owner_id={}", server.admin.id);
    let own = format!("owner_id={}", member.id);
    for (token, query, total) in [
        (&server.admin.token, "", 7),
        (&member.token, "", 3),
        (&member.token, "q=title", 3),
        (&member.token, "q=administrator", 0),
        (&member.token, &own, 3),
        (&member.token, &others, 0),
        (&server.admin.token, &others, 4),
    ] {
        let counted = page(&server.stack, token, &format!("/v1/resumes?limit=2&count=true&{query}")).await;
        assert_eq!(counted["total"], total, "{query}");
        let uncounted = page(&server.stack, token, &format!("/v1/resumes?limit=2&{query}")).await;
        assert_eq!(uncounted.get("total"), None, "not requested: {query}");
        let all = walk(&server.stack, token, &format!("/v1/resumes?limit=2&{query}")).await;
        assert_eq!(all.len(), total, "{query}");
        let mut exported =
            request(format!("GET /v1/resumes/export?{query}")).bearer(token).send(&server.stack).await;
        exported.body.retain(|byte| *byte == b'\n');
        assert_eq!(exported.body.len(), total, "{query}");
    }
}

#[tokio::test]
async fn list_cursor_is_bound_to_its_query() {
    let server = TestServer::start().await;
    let member = server.person(Role::Member).await;
    for _ in 0..4 {
        server.resume_of(member.id).await;
    }
    let first = page(&server.stack, &server.admin.token, "/v1/resumes?limit=2&q=title").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    for (target, expected) in [
        (format!("/v1/resumes?limit=2&q=title&cursor={cursor}"), 200),
        (format!("/v1/resumes?limit=1&q=title&cursor={cursor}"), 200),
        (format!("/v1/resumes?q=title&sort=-created_at&cursor={cursor}"), 200),
        (format!("/v1/resumes?q=other&cursor={cursor}"), 400),
        (format!("/v1/resumes?cursor={cursor}"), 400),
        (format!("/v1/resumes?q=title&sort=title&cursor={cursor}"), 400),
        (format!("/v1/resumes?q=title&sort=created_at&cursor={cursor}"), 400),
        (format!("/v1/resumes?q=title&deleted=include&cursor={cursor}"), 400),
        (format!("/v1/users?cursor={cursor}"), 400),
        (format!("/v1/resumes?q=title&cursor={}", &cursor[1..]), 400),
        (format!("/v1/resumes?q=title&cursor={cursor}A"), 400),
        ("/v1/resumes?cursor=x".to_owned(), 400),
        ("/v1/resumes?cursor=%00".to_owned(), 400),
        (format!("/v1/resumes?cursor={}", "A".repeat(3000)), 400),
    ] {
        let response = request(format!("GET {target}")).bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!(response.status, expected, "{target}");
        if expected == 400 {
            assert_eq!(response.code(), "invalid_cursor", "{target}");
        }
    }
    // A cursor is no key: what it leads to is what its bearer may see.
    let theirs = request(format!("GET /v1/resumes?limit=2&q=title&cursor={cursor}")).bearer(&member.token);
    assert_eq!(theirs.send(&server.stack).await.code(), "invalid_cursor");
}

#[tokio::test]
async fn list_parameters_are_validated() {
    let server = TestServer::start().await;
    let member = server.person(Role::Member).await;
    let others = UserId::new();
    let resume = server.resume_of(member.id).await;
    for (target, places) in [
        ("/v1/users?limit=0", "?limit"),
        ("/v1/users?limit=501", "?limit"),
        ("/v1/users?limit=-1", "?limit"),
        ("/v1/users?limit=ten", "?limit"),
        ("/v1/users?limit=", "?limit"),
        ("/v1/users?limit=99999999999999999999", "?limit"),
        ("/v1/users?deleted=maybe", "?deleted"),
        ("/v1/users?count=yes", "?count"),
        ("/v1/users?role=root", "?role"),
        ("/v1/users?role=Admin", "?role"),
        ("/v1/users?status=gone", "?status"),
        ("/v1/users?sort=id", "?sort"),
        ("/v1/users?sort=--name", "?sort"),
        ("/v1/users?limit=0&count=x&deleted=x", "?count ?deleted ?limit"),
        ("/v1/resumes?owner_id=x", "?owner_id"),
        ("/v1/resumes?sort=name", "?sort"),
        (&format!("/v1/resumes?sort=name&owner_id={others}"), "?sort"),
        ("/v1/resumes/export?sort=name", "?sort"),
        (&format!("/v1/resumes/{}/revisions?limit=0", ResumeId::new()), "?limit"),
        (&format!("/v1/resumes/{}/revisions?sort=at", resume.id), "?sort"),
        ("/v1/audit?sort=at", "?sort"),
        ("/v1/audit?sort=--sequence", "?sort"),
    ] {
        let tokens = if target.starts_with("/v1/users") || target.starts_with("/v1/audit") {
            &[&server.admin.token][..]
        } else {
            &[&server.admin.token, &member.token]
        };
        for token in tokens {
            let response = request(format!("GET {target}")).bearer(token).send(&server.stack).await;
            assert_eq!((response.status, response.code().as_str()), (400, "invalid_parameter"), "{target}");
            assert_eq!(response.error_locations().join(" "), places, "{target}");
        }
    }
    for target in ["/v1/users?limit=1", "/v1/users?limit=500", "/v1/users?sort=", "/v1/users?cursor="] {
        page(&server.stack, &server.admin.token, target).await;
    }
}

#[tokio::test]
async fn paging_during_writes_neither_skips_nor_repeats() {
    let server = TestServer::start().await;
    let resumes = server.admin.client.resumes();
    let mut there = BTreeSet::new();
    for number in 0..12 {
        there
            .insert(resumes.create(&new_resume(&format!("Title {number:02}"))).await.unwrap().id.to_string());
    }
    for sort in ["created_at", "-created_at", "title", "-title"] {
        let mut seen = Vec::new();
        let mut target = format!("/v1/resumes?limit=3&sort={sort}");
        for step in 0.. {
            let page = page(&server.stack, &server.admin.token, &target).await;
            seen.extend(
                page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()),
            );
            // Before, behind and within the range; only in the first steps, because a reader never
            // catches up with faster writers.
            for title in ["Title", "Title 99", "Title 05"].into_iter().filter(|_| step < 4) {
                resumes.create(&new_resume(title)).await.unwrap();
            }
            let extra = resumes.create(&new_resume("Title 00a")).await.unwrap().id;
            resumes.delete(extra, None).await.unwrap();
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            target = format!("/v1/resumes?limit=3&sort={sort}&cursor={cursor}");
        }
        let distinct: BTreeSet<_> = seen.iter().cloned().collect();
        assert_eq!(distinct.len(), seen.len(), "{sort} repeats");
        assert!(there.is_subset(&distinct), "{sort} skips");
    }
}

/// Percent-encodes what is not ASCII.
fn escaped(text: &str) -> String {
    let escape =
        |byte: u8| if byte.is_ascii() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(escape).collect()
}
