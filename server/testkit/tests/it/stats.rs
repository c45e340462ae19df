//! `GET /v1/stats`: statistics of all people and resumes.

use std::time::Duration;

use serde_json::Value;
use vitae_sdk::{CreateUser, IfMatch, Role, Status, Untrusted};

use crate::raw_http::request;
use crate::test_server::{TestServer, new_resume, new_user};

const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn stats_count_people_by_role_and_status() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    let create = async |user: CreateUser| users.create(&user).await.unwrap().id;
    create(new_user("Viewer").role(Role::Viewer)).await;
    let disabled = create(new_user("Member")).await;
    users.disable(disabled, None).await.unwrap();
    let deleted = create(new_user("Deleted")).await;
    users.delete(deleted, None).await.unwrap();

    let stats = server.admin.client.stats().await.unwrap();
    assert_eq!((stats.users.live, stats.users.deleted), (3, 1));
    let roles: Vec<_> =
        stats.users.by_role.into_iter().map(|counted| (counted.role, counted.count)).collect();
    assert_eq!(roles, [(Role::Admin, 1), (Role::Editor, 0), (Role::Viewer, 1), (Role::Member, 1)]);
    let statuses: Vec<_> =
        stats.users.by_status.into_iter().map(|counted| (counted.status, counted.count)).collect();
    assert_eq!(statuses, [(Status::Active, 2), (Status::Disabled, 1)]);
    assert!(stats.users.storage_bytes >= 4096 && stats.resumes.storage_bytes >= 4096);
    assert_eq!(stats.version, env!("CARGO_PKG_VERSION"));
    users.restore(deleted, None).await.unwrap();
    assert_eq!(
        server.admin.client.stats().await.unwrap().users.live,
        4,
        "few people are counted with every request"
    );
}

#[tokio::test]
async fn stats_count_resumes_by_tag() {
    let server = TestServer::start().await;
    let resumes = server.admin.client.resumes();
    for number in 0..55 {
        // A resume has at most 32 tags.
        let tags: Vec<_> = (number..55).take(32).map(|tag| format!("t{tag:02}")).collect();
        resumes.create(&new_resume("Tagged").tags(tags)).await.unwrap();
    }
    let deleted =
        resumes.create(&new_resume("Deleted").tags(vec!["only-deleted".to_owned(), "t00".to_owned()])).await;
    resumes.delete(deleted.unwrap().id, None).await.unwrap();

    let mut expected = std::collections::BTreeMap::<String, u64>::new();
    let mut all = resumes.list().limit(500).stream();
    while let Some(resume) = all.next().await {
        for tag in resume.unwrap().tags {
            *expected.entry(tag.into_inner()).or_default() += 1;
        }
    }
    let mut expected: Vec<_> = expected.into_iter().collect();
    expected.sort_by(|(one, count), (other, others)| others.cmp(count).then(one.cmp(other)));
    assert!(expected.len() > 50);
    let stats = server.admin.client.stats().await.unwrap().resumes;
    assert_eq!((stats.live, stats.deleted), (55, 1));
    assert_eq!(stats.other_tags, expected.len() as u64 - 50);
    expected.truncate(50);
    let found: Vec<_> =
        stats.by_tag.into_iter().map(|counted| (counted.tag.into_inner(), counted.count)).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn stats_list_months_and_the_stalest_resumes() {
    let server = TestServer::start().await;
    let owner = server.user_named("The owner").await.id;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(server.resume_of(owner).await.id);
    }
    server.stack.advance(DAY * 62);
    // The login is older than its token.
    let admin = server.stack.log_in(vitae_server_testkit::ADMIN).await;
    let changed = ids.remove(0);
    let patch = serde_json::json!({"title": "Changed"});
    admin.resumes().patch(changed, &patch, IfMatch::Any).await.unwrap();
    for _ in 0..9 {
        admin.resumes().create(&new_resume("New")).await.unwrap();
    }
    let stats = admin.stats().await.unwrap().resumes;
    assert_eq!(stats.by_month.len(), 24);
    assert!(stats.by_month.is_sorted_by(|one, next| one.month < next.month), "{:?}", stats.by_month);
    let counted: Vec<_> = stats
        .by_month
        .iter()
        .filter(|counted| counted.created + counted.updated > 0)
        .map(|counted| (counted.created, counted.updated))
        .collect();
    assert_eq!(counted, [(3, 2), (9, 10)]);
    assert_eq!((counted.len(), stats.created_earlier, stats.updated_earlier), (2, 0, 0));
    let now = admin.resumes().get(changed).await.unwrap().updated_at.to_string();
    assert_eq!(stats.by_month[23].month, now[..7]);

    assert_eq!(stats.stalest.len(), 10);
    assert_eq!(stats.stalest[..2].iter().map(|resume| resume.id).collect::<Vec<_>>(), ids);
    assert_eq!(stats.stalest[2].id, changed);
    assert_eq!(stats.stalest[0].owner.name.as_ref().map(Untrusted::as_str), Some("The owner"));
    admin.resumes().delete(ids[0], None).await.unwrap();
    assert_eq!(admin.stats().await.unwrap().resumes.stalest[0].id, ids[1]);

    server.stack.advance(DAY * 800);
    let admin = server.stack.log_in(vitae_server_testkit::ADMIN).await;
    let stats = admin.stats().await.unwrap().resumes;
    assert_eq!((stats.created_earlier, stats.updated_earlier), (11, 11));
    assert!(stats.by_month.iter().all(|counted| counted.created + counted.updated == 0));
}

#[tokio::test]
async fn stats_are_for_everyone_but_members() {
    let server = TestServer::start().await;
    for (role, status) in [(Role::Editor, 200), (Role::Viewer, 200), (Role::Member, 403)] {
        let person = server.person(role.clone()).await;
        let response = request("GET /v1/stats").bearer(&person.token).send(&server.stack).await;
        assert_eq!(response.status, status, "{role}");
    }
    let unknown = request("GET /v1/stats?x=1").bearer(&server.admin.token).send(&server.stack).await;
    assert_eq!(unknown.code(), "unknown_parameter");
    let empty: Value = request("GET /v1/stats").bearer(&server.admin.token).send(&server.stack).await.json();
    assert_eq!(empty["resumes"]["by_tag"], Value::Array(Vec::new()));
}
