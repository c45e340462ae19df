//! Quotas of members: storage and daily limits.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use rusqlite::Connection;
use vitae_sdk::{CreateResume, IfMatch, ImportStatus, Role, UpdateUser, UserId};
use vitae_server_testkit::{PASSWORD, Quotas, Stack, StorageLimits};

use crate::data_files;
use crate::raw_http::request;
use crate::test_server::{TestServer, document, error_code, new_resume};

const UNLIMITED: StorageLimits = StorageLimits { bytes: None, resumes: None, revisions: None };

/// A server whose members have these limits and no others.
async fn server(person: StorageLimits, total: StorageLimits, daily_changes: Option<u64>) -> TestServer {
    let quotas = Quotas { person, total, daily_changes };
    TestServer::from_stack(Stack::start_configured(|config| config.quotas = quotas).await).await
}

fn of_size(bytes: usize) -> CreateResume {
    CreateResume::new("T", document(&format!(r#"{{"x":"{}"}}"#, "x".repeat(bytes - 8))))
}

/// Returns the stored usage by owner.
fn counted(file: &Connection) -> Vec<(Vec<u8>, [i64; 3])> {
    let sql = "SELECT owner_id, bytes, resumes, revisions FROM usage
               WHERE (bytes, resumes, revisions) <> (0, 0, 0) ORDER BY owner_id";
    data_files::rows(file, sql, |row| Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?])))
}

/// Returns the usage by owner, computed from the stored rows.
fn stored(file: &Connection) -> Vec<(Vec<u8>, [i64; 3])> {
    let sql = "WITH each AS (SELECT owner_id,
        (SELECT coalesce(sum(length(body)), 0) FROM documents d WHERE d.resume_id = r.id)
        + (SELECT sum(octet_length(title) + octet_length(tags) + octet_length(coalesce(reason, ''))) FROM revisions v
           WHERE v.resume_id = r.id) AS bytes,
        (SELECT count(*) FROM revisions v WHERE v.resume_id = r.id) AS revisions FROM resumes r)
      SELECT x'' AS owner, sum(bytes), count(*), sum(revisions) FROM each HAVING count(*) > 0
      UNION ALL SELECT owner_id, sum(bytes), count(*), sum(revisions) FROM each GROUP BY owner_id ORDER BY owner";
    data_files::rows(file, sql, |row| Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?])))
}

/// A server in which everything has happened that changes what is stored.
async fn eventful_house() -> TestServer {
    let server = TestServer::start().await;
    let member = server.person(Role::Member).await;
    let resumes = member.client.resumes();
    for number in 0..3 {
        let resume = resumes.create(&of_size(100 + number)).await.unwrap().id;
        let title = serde_json::json!({"title": "Ö", "tags": ["ä", "b"]});
        resumes.patch(resume, &title, IfMatch::Any).await.unwrap();
        resumes.patch(resume, &title, IfMatch::Any).await.unwrap();
        let longer = serde_json::json!({"document": {"y": "y".repeat(50)}});
        resumes.patch(resume, &longer, IfMatch::Any).await.unwrap();
        resumes.delete(resume, None).await.unwrap();
        match number {
            0 => drop(resumes.restore(resume, None).await.unwrap()),
            1 => resumes.purge(resume, None).await.unwrap(),
            _ => {}
        }
    }
    let owner = server.user().await.id;
    for _ in 0..3 {
        server.resume_of(owner).await;
    }
    server.admin.client.users().delete(owner, None).await.unwrap();
    crate::test_server::eventually("the deletion takes effect", async || {
        let live = server.admin.client.resumes().list().owner(owner).send().await.unwrap();
        live.items.is_empty()
    })
    .await;
    server
}

#[tokio::test]
async fn usage_counters_match_the_stored_data() {
    let mut server = eventful_house().await;
    server.stack.stop().await;
    let file = data_files::file(&server.stack, "resumes");
    assert_eq!(counted(&file).len(), 3);
    assert_eq!(counted(&file), stored(&file));
}

#[tokio::test]
async fn usage_of_an_earlier_data_directory_is_counted_once() {
    let mut server = eventful_house().await;
    server.stack.stop().await;
    let path = server.stack.data().join("resumes/resumes.db");
    let before = counted(&data_files::file(&server.stack, "resumes"));
    let older = "DROP TABLE usage; DROP TABLE purges; DROP TABLE effects; DROP TABLE daily_changes;
                 DROP TABLE parked_events; DROP TABLE exports; PRAGMA user_version = 5";
    Connection::open(path).unwrap().execute_batch(older).unwrap();
    server.stack.restart().await;
    assert_eq!(counted(&data_files::file(&server.stack, "resumes")), before);
    server.resume_of(server.admin.id).await;
    server.stack.stop().await;
    let file = data_files::file(&server.stack, "resumes");
    assert_eq!(counted(&file), stored(&file));
}

#[tokio::test]
async fn member_byte_quota_is_enforced_and_freed_by_a_purge() {
    let server = server(StorageLimits { bytes: Some(20_000), ..UNLIMITED }, UNLIMITED, None).await;
    let member = server.person(Role::Member).await;
    let resumes = member.client.resumes();
    let first = resumes.create(&of_size(9000)).await.unwrap().id;
    let second = resumes.create(&of_size(9000)).await.unwrap().id;
    let error = resumes.create(&of_size(3000)).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(422), Some("quota_exceeded")));
    let words = error.to_string();
    for part in
        ["person-bytes", "limit is 20000", "18006 are used", "adds 3003", "purge", "--quota-person-bytes"]
    {
        assert!(words.contains(part), "{part}: {words}");
    }
    // Each way to write more is the same way.
    let more = vitae_sdk::ReplaceResume::new("T", of_size(3000).document);
    assert_eq!(error_code(resumes.replace(first, &more, IfMatch::Any).await), "quota_exceeded");
    let patch = serde_json::json!({"document": {"y": "y".repeat(3000)}});
    assert_eq!(error_code(resumes.patch(first, &patch, IfMatch::Any).await), "quota_exceeded");
    let lines = [r#"{"basics":{"name":"fits"}}"#.to_owned(), of_size(3000).document.get().to_owned()];
    let results = resumes.import().send(stream::iter(lines)).await.unwrap();
    let results: Vec<_> = results.map(|result| result.unwrap().status).collect().await;
    assert_eq!(results, [ImportStatus::Created, ImportStatus::Refused]);

    resumes.delete(second, None).await.unwrap();
    assert_eq!(error_code(resumes.create(&of_size(3000)).await), "quota_exceeded");
    resumes.purge(second, None).await.unwrap();
    resumes.create(&of_size(3000)).await.unwrap();

    // Who administers, and who is another person, is not bound by it.
    let other = server.person(Role::Member).await;
    other.client.resumes().create(&of_size(9000)).await.unwrap();
    for writer in [&server.admin, &server.person(Role::Editor).await] {
        let theirs = of_size(30_000).owner_id(member.id);
        writer.client.resumes().create(&theirs).await.unwrap();
    }
    assert_eq!(error_code(resumes.create(&of_size(10)).await), "quota_exceeded");
}

#[tokio::test]
async fn member_resume_and_revision_quotas_are_enforced() {
    let person = StorageLimits { resumes: Some(2), revisions: Some(6), ..UNLIMITED };
    let server = server(person, UNLIMITED, None).await;
    let member = server.person(Role::Member).await;
    let resumes = member.client.resumes();
    let first = resumes.create(&new_resume("A")).await.unwrap().id;
    let second = resumes.create(&new_resume("B")).await.unwrap().id;
    let error = resumes.create(&new_resume("C")).await.unwrap_err();
    assert!(error.to_string().contains("person-resumes"), "{error}");
    for title in ["C", "D", "E"] {
        resumes.patch(first, &serde_json::json!({"title": title}), IfMatch::Any).await.unwrap();
    }
    // A deletion is a revision too and is never rejected: the seventh of six.
    resumes.delete(first, None).await.unwrap();
    resumes.delete(second, None).await.unwrap();
    let error = resumes.restore(second, None).await.unwrap_err();
    assert!(error.to_string().contains("person-revisions"), "{error}");
    resumes.purge(first, None).await.unwrap();
    resumes.restore(second, None).await.unwrap();
    resumes.create(&new_resume("A")).await.unwrap();
}

#[tokio::test]
async fn total_quota_applies_to_every_member() {
    let server = server(UNLIMITED, StorageLimits { resumes: Some(3), ..UNLIMITED }, None).await;
    let (one, other) = (server.person(Role::Member).await, server.person(Role::Member).await);
    server.resume_of(server.admin.id).await;
    server.resume_of(server.admin.id).await;
    one.client.resumes().create(&new_resume("A")).await.unwrap();
    let error = other.client.resumes().create(&new_resume("A")).await.unwrap_err();
    assert!(error.code() == Some("quota_exceeded") && error.to_string().contains("total-resumes"), "{error}");
    server.resume_of(server.admin.id).await;
}

/// Events and stored responses grow with each change, whether or not it stores anything.
#[tokio::test]
async fn daily_change_quota_is_enforced() {
    let server = server(UNLIMITED, UNLIMITED, Some(4)).await;
    let member = server.person(Role::Member).await;
    let resumes = member.client.resumes();
    let resume = resumes.create(&new_resume("A")).await.unwrap().id;
    for _ in 0..3 {
        resumes.patch(resume, &serde_json::json!({"title": "A"}), IfMatch::Any).await.unwrap();
    }
    let file = data_files::file(&server.stack, "resumes");
    let stored_responses = || data_files::number(&file, "SELECT count(*) FROM idempotency");
    let before = stored_responses();
    let error = resumes.patch(resume, &serde_json::json!({"title": "A"}), IfMatch::Any).await.unwrap_err();
    assert!(
        error.code() == Some("quota_exceeded") && error.to_string().contains("person-changes"),
        "{error}"
    );
    assert_eq!(stored_responses(), before);
    // Each service has its own count.
    for name in ["B", "C", "D", "E"] {
        let name = UpdateUser::new().name(name.to_owned());
        member.client.users().update(member.id, &name, IfMatch::Any).await.unwrap();
    }
    let name = UpdateUser::new().name("F".to_owned());
    assert_eq!(
        error_code(member.client.users().update(member.id, &name, IfMatch::Any).await),
        "quota_exceeded"
    );
    // What removes goes on, and a new day begins.
    resumes.delete(resume, None).await.unwrap();
    resumes.purge(resume, None).await.unwrap();
    server.stack.advance(Duration::from_hours(24));
    member.client.auth().refresh().await.unwrap();
    resumes.create(&new_resume("A")).await.unwrap();
}

/// Sets what was counted today in the auth service.
async fn set_counts_of_auth(server: &mut TestServer, changes: u32) {
    server.stack.stop().await;
    let file = Connection::open(server.stack.data().join("auth/auth.db")).unwrap();
    assert!(file.execute("UPDATE daily_changes SET changes = ?1", [changes]).unwrap() > 0);
    drop(file);
    server.stack.restart().await;
}

/// Each refresh stores the token that it spent.
#[tokio::test]
async fn daily_refresh_quota_is_enforced() {
    let mut server = TestServer::start().await;
    let member = server.person(Role::Member).await;
    member.client.auth().refresh().await.unwrap();
    set_counts_of_auth(&mut server, 1999).await;
    member.client.auth().refresh().await.unwrap();
    assert_eq!(error_code(member.client.auth().refresh().await), "rate_limited");
    server.stack.advance(Duration::from_hours(24));
    member.client.auth().refresh().await.unwrap();
}

/// Each login stores a session.
#[tokio::test]
async fn daily_login_quota_is_enforced() {
    let mut server = TestServer::start().await;
    let member = server.person(Role::Member).await;
    set_counts_of_auth(&mut server, 19_999).await;
    let log_in = || async {
        let body = serde_json::json!({"email": member.email, "password": PASSWORD}).to_string();
        request("POST /v1/auth/login").json(body).send(&server.stack).await
    };
    assert_eq!(log_in().await.status, 200);
    let response = log_in().await;
    assert_eq!((response.status, response.code().as_str()), (429, "rate_limited"));
    assert!(response.header("retry-after").is_some());
    server.stack.advance(Duration::from_hours(24));
    assert_eq!(log_in().await.status, 200);
}

#[tokio::test]
async fn stored_response_holds_no_document_and_is_repeated_with_it() {
    let server = TestServer::start().await;
    let member = server.person(Role::Member).await;
    let create = request("POST /v1/resumes").bearer(&member.token).key("k");
    let create = create.json(r#"{"title":"A","document":{ "secret" : "of the document"}}"#);
    let first = create.send(&server.stack).await;
    assert_eq!(first.status, 201, "{first:?}");
    let file = data_files::file(&server.stack, "resumes");
    let sql = "SELECT count(*) FROM idempotency WHERE instr(answer, CAST('of the document' AS BLOB)) > 0";
    assert_eq!(data_files::number(&file, sql), 0);
    let id = first.json()["id"].as_str().unwrap().parse().unwrap();
    let resumes = member.client.resumes();
    resumes.patch(id, &serde_json::json!({"document": {"secret": "other"}}), IfMatch::Any).await.unwrap();
    let again = create.send(&server.stack).await;
    assert_eq!((again.status, again.text()), (201, first.text()));
    resumes.delete(id, None).await.unwrap();
    resumes.purge(id, None).await.unwrap();
    let gone = create.send(&server.stack).await;
    assert_eq!((gone.status, gone.code().as_str()), (404, "not_found"));
}

/// The owner of nothing is counted for nothing.
#[tokio::test]
async fn rejected_write_is_not_counted() {
    let server = server(StorageLimits { bytes: Some(1000), ..UNLIMITED }, UNLIMITED, None).await;
    let member = server.person(Role::Member).await;
    assert_eq!(error_code(member.client.resumes().create(&of_size(2000)).await), "quota_exceeded");
    let unknown = new_resume("A").owner_id(UserId::new());
    assert_eq!(error_code(server.admin.client.resumes().create(&unknown).await), "validation_failed");
    assert_eq!(counted(&data_files::file(&server.stack, "resumes")), []);
}
