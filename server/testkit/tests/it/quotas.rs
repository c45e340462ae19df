//! What members may store, and what they may do when they have stored it.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use rusqlite::Connection;
use vitae_sdk::{CreateResume, IfMatch, ImportStatus, Role, UpdateUser, UserId};
use vitae_server_testkit::{PASSWORD, Quotas, Stack, StorageLimits};

use crate::disk;
use crate::house::{House, document, draft, refusal};
use crate::http::request;

const UNLIMITED: StorageLimits = StorageLimits { bytes: None, resumes: None, revisions: None };

/// A house whose members have these limits and no others.
async fn house(person: StorageLimits, total: StorageLimits, daily_changes: Option<u64>) -> House {
    let quotas = Quotas { person, total, daily_changes };
    House::on(Stack::start_configured(|config| config.quotas = quotas).await).await
}

fn of_size(bytes: usize) -> CreateResume {
    CreateResume::new("T", document(&format!(r#"{{"x":"{}"}}"#, "x".repeat(bytes - 8))))
}

/// What is counted, by owner.
fn counted(file: &Connection) -> Vec<(Vec<u8>, [i64; 3])> {
    let sql = "SELECT owner_id, bytes, resumes, revisions FROM usage
               WHERE (bytes, resumes, revisions) <> (0, 0, 0) ORDER BY owner_id";
    disk::rows(file, sql, |row| Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?])))
}

/// What is there, by owner, counted anew.
fn stored(file: &Connection) -> Vec<(Vec<u8>, [i64; 3])> {
    let sql = "WITH each AS (SELECT owner_id,
        (SELECT coalesce(sum(length(body)), 0) FROM documents d WHERE d.resume_id = r.id)
        + (SELECT sum(octet_length(title) + octet_length(tags) + octet_length(coalesce(reason, ''))) FROM revisions v
           WHERE v.resume_id = r.id) AS bytes,
        (SELECT count(*) FROM revisions v WHERE v.resume_id = r.id) AS revisions FROM resumes r)
      SELECT x'' AS owner, sum(bytes), count(*), sum(revisions) FROM each HAVING count(*) > 0
      UNION ALL SELECT owner_id, sum(bytes), count(*), sum(revisions) FROM each GROUP BY owner_id ORDER BY owner";
    disk::rows(file, sql, |row| Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?])))
}

/// A house in which everything has happened that changes what is stored.
async fn eventful_house() -> House {
    let house = House::open().await;
    let member = house.person(Role::Member).await;
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
    let owner = house.user().await.id;
    for _ in 0..3 {
        house.resume_of(owner).await;
    }
    house.admin.client.users().delete(owner, None).await.unwrap();
    crate::house::eventually("the deletion takes effect", async || {
        let live = house.admin.client.resumes().list().owner(owner).send().await.unwrap();
        live.items.is_empty()
    })
    .await;
    house
}

#[tokio::test]
async fn what_is_counted_is_what_is_stored() {
    let mut house = eventful_house().await;
    house.stack.stop().await;
    let file = disk::file(&house.stack, "resumes");
    assert_eq!(counted(&file).len(), 3);
    assert_eq!(counted(&file), stored(&file));
}

#[tokio::test]
async fn a_data_directory_of_before_is_counted_once() {
    let mut house = eventful_house().await;
    house.stack.stop().await;
    let path = house.stack.data().join("resumes/resumes.db");
    let before = counted(&disk::file(&house.stack, "resumes"));
    let older = "DROP TABLE usage; DROP TABLE purges; DROP TABLE effects; DROP TABLE daily_changes;
                 DROP TABLE parked_events; DROP TABLE exports; PRAGMA user_version = 5";
    Connection::open(path).unwrap().execute_batch(older).unwrap();
    house.stack.restart().await;
    assert_eq!(counted(&disk::file(&house.stack, "resumes")), before);
    house.resume_of(house.admin.id).await;
    house.stack.stop().await;
    let file = disk::file(&house.stack, "resumes");
    assert_eq!(counted(&file), stored(&file));
}

#[tokio::test]
async fn a_member_writes_so_many_bytes_and_goes_on_after_a_purge() {
    let house = house(StorageLimits { bytes: Some(20_000), ..UNLIMITED }, UNLIMITED, None).await;
    let member = house.person(Role::Member).await;
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
    assert_eq!(refusal(resumes.replace(first, &more, IfMatch::Any).await), "quota_exceeded");
    let patch = serde_json::json!({"document": {"y": "y".repeat(3000)}});
    assert_eq!(refusal(resumes.patch(first, &patch, IfMatch::Any).await), "quota_exceeded");
    let lines = [r#"{"basics":{"name":"fits"}}"#.to_owned(), of_size(3000).document.get().to_owned()];
    let results = resumes.import().send(stream::iter(lines)).await.unwrap();
    let results: Vec<_> = results.map(|result| result.unwrap().status).collect().await;
    assert_eq!(results, [ImportStatus::Created, ImportStatus::Refused]);

    resumes.delete(second, None).await.unwrap();
    assert_eq!(refusal(resumes.create(&of_size(3000)).await), "quota_exceeded");
    resumes.purge(second, None).await.unwrap();
    resumes.create(&of_size(3000)).await.unwrap();

    // Who administers, and who is another person, is not bound by it.
    let other = house.person(Role::Member).await;
    other.client.resumes().create(&of_size(9000)).await.unwrap();
    for writer in [&house.admin, &house.person(Role::Editor).await] {
        let theirs = of_size(30_000).owner_id(member.id);
        writer.client.resumes().create(&theirs).await.unwrap();
    }
    assert_eq!(refusal(resumes.create(&of_size(10)).await), "quota_exceeded");
}

#[tokio::test]
async fn a_member_has_so_many_resumes_and_revisions() {
    let person = StorageLimits { resumes: Some(2), revisions: Some(6), ..UNLIMITED };
    let house = house(person, UNLIMITED, None).await;
    let member = house.person(Role::Member).await;
    let resumes = member.client.resumes();
    let first = resumes.create(&draft("A")).await.unwrap().id;
    let second = resumes.create(&draft("B")).await.unwrap().id;
    let error = resumes.create(&draft("C")).await.unwrap_err();
    assert!(error.to_string().contains("person-resumes"), "{error}");
    for title in ["C", "D", "E"] {
        resumes.patch(first, &serde_json::json!({"title": title}), IfMatch::Any).await.unwrap();
    }
    // Deletions are revisions, too, and are never refused: the seventh of six.
    resumes.delete(first, None).await.unwrap();
    resumes.delete(second, None).await.unwrap();
    let error = resumes.restore(second, None).await.unwrap_err();
    assert!(error.to_string().contains("person-revisions"), "{error}");
    resumes.purge(first, None).await.unwrap();
    resumes.restore(second, None).await.unwrap();
    resumes.create(&draft("A")).await.unwrap();
}

#[tokio::test]
async fn what_all_store_together_binds_every_member() {
    let house = house(UNLIMITED, StorageLimits { resumes: Some(3), ..UNLIMITED }, None).await;
    let (one, other) = (house.person(Role::Member).await, house.person(Role::Member).await);
    house.resume_of(house.admin.id).await;
    house.resume_of(house.admin.id).await;
    one.client.resumes().create(&draft("A")).await.unwrap();
    let error = other.client.resumes().create(&draft("A")).await.unwrap_err();
    assert!(error.code() == Some("quota_exceeded") && error.to_string().contains("total-resumes"), "{error}");
    house.resume_of(house.admin.id).await;
}

/// Events and kept answers grow with each change, whether or not it stores anything.
#[tokio::test]
async fn a_member_makes_so_many_changes_in_a_day() {
    let house = house(UNLIMITED, UNLIMITED, Some(4)).await;
    let member = house.person(Role::Member).await;
    let resumes = member.client.resumes();
    let resume = resumes.create(&draft("A")).await.unwrap().id;
    for _ in 0..3 {
        resumes.patch(resume, &serde_json::json!({"title": "A"}), IfMatch::Any).await.unwrap();
    }
    let file = disk::file(&house.stack, "resumes");
    let kept = || disk::number(&file, "SELECT count(*) FROM idempotency");
    let before = kept();
    let error = resumes.patch(resume, &serde_json::json!({"title": "A"}), IfMatch::Any).await.unwrap_err();
    assert!(
        error.code() == Some("quota_exceeded") && error.to_string().contains("person-changes"),
        "{error}"
    );
    assert_eq!(kept(), before);
    // Each service has its own count.
    for name in ["B", "C", "D", "E"] {
        let name = UpdateUser::new().name(name.to_owned());
        member.client.users().update(member.id, &name, IfMatch::Any).await.unwrap();
    }
    let name = UpdateUser::new().name("F".to_owned());
    assert_eq!(refusal(member.client.users().update(member.id, &name, IfMatch::Any).await), "quota_exceeded");
    // What removes goes on, and a new day begins.
    resumes.delete(resume, None).await.unwrap();
    resumes.purge(resume, None).await.unwrap();
    house.stack.advance(Duration::from_hours(24));
    member.client.auth().refresh().await.unwrap();
    resumes.create(&draft("A")).await.unwrap();
}

/// Sets what was counted today in the auth service.
async fn set_counts_of_auth(house: &mut House, changes: u32) {
    house.stack.stop().await;
    let file = Connection::open(house.stack.data().join("auth/auth.db")).unwrap();
    assert!(file.execute("UPDATE daily_changes SET changes = ?1", [changes]).unwrap() > 0);
    drop(file);
    house.stack.restart().await;
}

/// Each refresh keeps the token that it spent.
#[tokio::test]
async fn a_login_is_continued_so_often_in_a_day() {
    let mut house = House::open().await;
    let member = house.person(Role::Member).await;
    member.client.auth().refresh().await.unwrap();
    set_counts_of_auth(&mut house, 1999).await;
    member.client.auth().refresh().await.unwrap();
    assert_eq!(refusal(member.client.auth().refresh().await), "rate_limited");
    house.stack.advance(Duration::from_hours(24));
    member.client.auth().refresh().await.unwrap();
}

/// Each login keeps a session.
#[tokio::test]
async fn an_account_logs_in_so_often_in_a_day() {
    let mut house = House::open().await;
    let member = house.person(Role::Member).await;
    set_counts_of_auth(&mut house, 19_999).await;
    let log_in = || async {
        let body = serde_json::json!({"email": member.email, "password": PASSWORD}).to_string();
        request("POST /v1/auth/login").json(body).send(&house.stack).await
    };
    assert_eq!(log_in().await.status, 200);
    let answer = log_in().await;
    assert_eq!((answer.status, answer.code().as_str()), (429, "rate_limited"));
    assert!(answer.header("retry-after").is_some());
    house.stack.advance(Duration::from_hours(24));
    assert_eq!(log_in().await.status, 200);
}

#[tokio::test]
async fn a_kept_answer_holds_no_document_and_is_repeated_with_it() {
    let house = House::open().await;
    let member = house.person(Role::Member).await;
    let create = request("POST /v1/resumes").bearer(&member.token).key("k");
    let create = create.json(r#"{"title":"A","document":{ "secret" : "of the document"}}"#);
    let first = create.send(&house.stack).await;
    assert_eq!(first.status, 201, "{first:?}");
    let file = disk::file(&house.stack, "resumes");
    let sql = "SELECT count(*) FROM idempotency WHERE instr(answer, CAST('of the document' AS BLOB)) > 0";
    assert_eq!(disk::number(&file, sql), 0);
    let id = first.json()["id"].as_str().unwrap().parse().unwrap();
    let resumes = member.client.resumes();
    resumes.patch(id, &serde_json::json!({"document": {"secret": "other"}}), IfMatch::Any).await.unwrap();
    let again = create.send(&house.stack).await;
    assert_eq!((again.status, again.text()), (201, first.text()));
    resumes.delete(id, None).await.unwrap();
    resumes.purge(id, None).await.unwrap();
    let gone = create.send(&house.stack).await;
    assert_eq!((gone.status, gone.code().as_str()), (404, "not_found"));
}

/// The owner of nothing is counted for nothing.
#[tokio::test]
async fn a_refused_write_counts_for_nothing() {
    let house = house(StorageLimits { bytes: Some(1000), ..UNLIMITED }, UNLIMITED, None).await;
    let member = house.person(Role::Member).await;
    assert_eq!(refusal(member.client.resumes().create(&of_size(2000)).await), "quota_exceeded");
    let unknown = draft("A").owner_id(UserId::new());
    assert_eq!(refusal(house.admin.client.resumes().create(&unknown).await), "validation_failed");
    assert_eq!(counted(&disk::file(&house.stack, "resumes")), []);
}
