//! Effects of a change of a person in the other services: exactly once, also across kills.

use std::fs;
use std::path::Path;

use futures_util::future::join_all;
use rusqlite::Connection;
use vitae_contracts_core::subjects;
use vitae_sdk::{Deleted, EventId, IfMatch, ResumeId, Role, SecretString, UpdateUser, UserId};
use vitae_server_testkit::{PASSWORD, Stack};

use crate::data_files::{events, file, number, rows};
use crate::raw_http::request;
use crate::test_server::{TestServer, eventually, new_user};

/// Returns the resumes of a person, in order.
async fn resumes_of(server: &TestServer, owner: UserId, deleted: Deleted) -> Vec<ResumeId> {
    let page = server.admin.client.resumes().list().owner(owner).deleted(deleted).limit(500).send().await;
    let mut ids: Vec<_> = page.unwrap().items.into_iter().map(|resume| resume.id).collect();
    ids.sort();
    ids
}

/// Waits until exactly these resumes of a person are live.
async fn until_live(server: &TestServer, owner: UserId, live: &[ResumeId]) {
    let mut live = live.to_vec();
    live.sort();
    eventually("a deletion or a restore takes effect", async || {
        resumes_of(server, owner, Deleted::Exclude).await == live
    })
    .await;
}

/// The kinds of a resume's revisions, oldest first.
fn revisions(resumes: &Connection, id: ResumeId) -> Vec<String> {
    let sql =
        format!("SELECT kind FROM revisions WHERE resume_id = x'{}' ORDER BY revision", hex(id.as_bytes()));
    rows(resumes, &sql, |row| row.get(0))
}

/// Returns the events of an object, oldest first: the subject's verb and the version.
fn object_events(file: &Connection, object: &[u8; 16]) -> Vec<(String, i64)> {
    let of_object = events(file).into_iter().filter(|(_, id, _)| id == object);
    of_object.map(|(subject, _, version)| (verb(&subject).to_owned(), version)).collect()
}

fn verb(subject: &str) -> &str {
    subject.rsplit('.').next().unwrap_or_default()
}

fn hex(bytes: &[u8; 16]) -> String {
    EventId::from_bytes(*bytes).to_string().replace('-', "")
}

fn versions(verbs: &[&str]) -> Vec<(String, i64)> {
    verbs.iter().zip(1..).map(|(verb, version)| ((*verb).to_owned(), version)).collect()
}

#[track_caller]
fn check_story(stack: &Stack, id: ResumeId, story: &[&str]) {
    let resumes = file(stack, "resumes");
    assert_eq!(revisions(&resumes, id), story);
    assert_eq!(object_events(&resumes, id.as_bytes()), versions(story));
}

#[tokio::test]
async fn deleting_and_restoring_a_person_deletes_and_restores_their_live_resumes() {
    let server = TestServer::start().await;
    let (owner, other) = (server.user().await.id, server.user().await.id);
    let (first, second, trashed) = (
        server.resume_of(owner).await.id,
        server.resume_of(owner).await.id,
        server.resume_of(owner).await.id,
    );
    let others = server.resume_of(other).await.id;
    server.admin.client.resumes().delete(trashed, None).await.unwrap();

    server.admin.client.users().delete(owner, None).await.unwrap();
    until_live(&server, owner, &[]).await;
    assert_eq!(resumes_of(&server, owner, Deleted::Only).await.len(), 3);
    assert_eq!(resumes_of(&server, other, Deleted::Exclude).await, [others]);

    server.admin.client.users().restore(owner, None).await.unwrap();
    until_live(&server, owner, &[first, second]).await;
    assert_eq!(resumes_of(&server, owner, Deleted::Only).await, [trashed]);
    for taken in [first, second] {
        check_story(&server.stack, taken, &["created", "deleted", "restored"]);
    }
    check_story(&server.stack, trashed, &["created", "deleted"]);
    check_story(&server.stack, others, &["created"]);
}

#[tokio::test]
async fn resumes_deleted_by_hand_stay_deleted_after_a_restore() {
    let server = TestServer::start().await;
    let owner = server.user().await.id;
    let (kept, trashed) = (server.resume_of(owner).await.id, server.resume_of(owner).await.id);
    let users = server.admin.client.users();
    users.delete(owner, None).await.unwrap();
    users.restore(owner, None).await.unwrap();
    // Both events may still be under way; the second answers for both.
    eventually("the restore takes effect", async || {
        revisions(&file(&server.stack, "resumes"), trashed).len() == 3
    })
    .await;
    server.admin.client.resumes().delete(trashed, None).await.unwrap();
    users.delete(owner, None).await.unwrap();
    until_live(&server, owner, &[]).await;
    users.restore(owner, None).await.unwrap();
    until_live(&server, owner, &[kept]).await;
    assert_eq!(resumes_of(&server, owner, Deleted::Only).await, [trashed]);
}

#[tokio::test]
async fn disabling_and_deleting_end_every_session() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    for reason in ["user_disabled", "user_deleted"] {
        let person = server.person(Role::Viewer).await;
        let again = server.stack.log_in(&person.email).await;
        match reason {
            "user_disabled" => drop(users.disable(person.id, None).await.unwrap()),
            _ => users.delete(person.id, None).await.unwrap(),
        }
        let response = request("GET /v1/me").bearer(&person.token).send(&server.stack).await;
        assert_eq!(response.status, 401, "{reason}");
        let auth = file(&server.stack, "auth");
        let sql = format!(
            "SELECT count(*) FROM sessions WHERE user_id = x'{}' AND revoked_reason = '{reason}'",
            hex(person.id.as_bytes())
        );
        eventually("the sessions end", async || number(&auth, &sql) == 2).await;
        assert!(again.auth().refresh().await.unwrap_err().is_unauthenticated(), "{reason}");
    }
}

/// Checking a password takes longer than disabling a person.
#[tokio::test]
async fn login_that_races_with_a_revocation_opens_no_session() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    for reason in ["disabled", "new password"].repeat(3) {
        let person = server.person(Role::Viewer).await;
        let password = SecretString::from(PASSWORD);
        let clients = [(); 6].map(|()| server.stack.client());
        let logins = join_all(clients.iter().map(async |client| {
            let login = client.auth().login(&person.email, &password).await;
            login.err().map(|error| error.code().unwrap_or_default().to_owned())
        }));
        let end = async {
            match reason {
                "disabled" => drop(users.disable(person.id, None).await.unwrap()),
                _ => users.set_password(person.id, &SecretString::from("another one")).await.unwrap(),
            }
        };
        let (rejected, ()) = tokio::join!(logins, end);
        assert!(rejected.iter().flatten().all(|code| code == "invalid_credentials"), "{rejected:?}");
        let auth = file(&server.stack, "auth");
        let id = hex(person.id.as_bytes());
        let sql = format!("SELECT count(*) FROM sessions WHERE user_id = x'{id}' AND revoked_at IS NULL");
        eventually(&format!("all sessions end: {reason}"), async || number(&auth, &sql) == 0).await;
    }
}

#[tokio::test]
async fn new_name_appears_in_resume_lists() {
    let server = TestServer::start().await;
    let owner = server.user_named("Ada Byron").await;
    let resume = server.resume_of(owner.id).await;
    assert_eq!(resume.owner.name.as_ref().unwrap().as_str(), "Ada Byron");
    let change = UpdateUser::new().name("Ada Lovelace".to_owned());
    server.admin.client.users().update(owner.id, &change, IfMatch::Any).await.unwrap();
    eventually("the name arrives", async || {
        let page = server.admin.client.resumes().list().owner(owner.id).send().await.unwrap();
        page.items[0].owner.name.as_ref().is_some_and(|name| name.as_str() == "Ada Lovelace")
    })
    .await;
    check_story(&server.stack, resume.id, &["created"]);
}

#[tokio::test]
async fn password_of_a_new_person_is_confirmed() {
    let server = TestServer::start().await;
    let person = new_user("Ada").password(PASSWORD.to_owned());
    let person = server.admin.client.users().create(&person).await.unwrap();
    let auth = file(&server.stack, "auth");
    let id = hex(person.id.as_bytes());
    let sql = format!("SELECT count(*) FROM credentials WHERE confirmed = 1 AND user_id = x'{id}'");
    eventually("the credential is confirmed", async || number(&auth, &sql) == 1).await;
}

/// Unconfirmed ones are removed after a day: their person never came to exist.
#[tokio::test]
async fn password_set_later_needs_no_confirmation() {
    let server = TestServer::start().await;
    let person = server.user().await;
    server.admin.client.users().set_password(person.id, &SecretString::from(PASSWORD)).await.unwrap();
    let auth = file(&server.stack, "auth");
    assert_eq!(number(&auth, "SELECT count(*) FROM credentials WHERE confirmed = 0"), 0);
}

#[tokio::test]
async fn kill_after_the_response_neither_loses_nor_repeats_effects() {
    let mut server = TestServer::start().await;
    for _ in 0..3 {
        let owner = server.user().await.id;
        let resume = server.resume_of(owner).await.id;
        server.admin.client.users().delete(owner, None).await.unwrap();
        server.stack.kill().await;
        server.stack.restart().await;
        until_live(&server, owner, &[]).await;
        check_story(&server.stack, resume, &["created", "deleted"]);
        server.admin.client.users().restore(owner, None).await.unwrap();
        server.stack.kill().await;
        server.stack.restart().await;
        until_live(&server, owner, &[resume]).await;
        check_story(&server.stack, resume, &["created", "deleted", "restored"]);
    }
}

/// Whether the kill beats the effect is luck; files from before the change are not.
#[tokio::test]
async fn consumers_catch_up_after_a_restart() {
    let mut server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    let resume = server.resume_of(person.id).await.id;
    server.stack.stop().await;
    let kept = tempfile::tempdir().unwrap();
    for consumer in ["resumes", "auth", "audit"] {
        copy(&server.stack.data().join(consumer), &kept.path().join(consumer));
    }
    server.stack.restart().await;
    server.admin.client.users().delete(person.id, None).await.unwrap();
    until_live(&server, person.id, &[]).await;
    server.stack.stop().await;
    for consumer in ["resumes", "auth", "audit"] {
        let directory = server.stack.data().join(consumer);
        fs::remove_dir_all(&directory).unwrap();
        copy(&kept.path().join(consumer), &directory);
    }
    assert_eq!(revisions(&file(&server.stack, "resumes"), resume), ["created"]);

    server.stack.restart().await;
    until_live(&server, person.id, &[]).await;
    check_story(&server.stack, resume, &["created", "deleted"]);
    let sql = format!(
        "SELECT count(*) FROM sessions WHERE user_id = x'{}' AND revoked_reason = 'user_deleted'",
        hex(person.id.as_bytes())
    );
    let auth = file(&server.stack, "auth");
    eventually("the session ends", async || number(&auth, &sql) == 1).await;
    let revoked = events(&auth).into_iter().filter(|(subject, ..)| subject == subjects::SESSION_REVOKED);
    assert_eq!(revoked.count(), 1);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[tokio::test]
async fn concurrent_deletions_delete_each_resume_once() {
    let server = TestServer::start().await;
    let mut people = Vec::new();
    for _ in 0..40 {
        let owner = server.user().await.id;
        people.push((owner, [server.resume_of(owner).await.id, server.resume_of(owner).await.id]));
    }
    let users = server.admin.client.users();
    let deleted = join_all(people.iter().map(async |(owner, _)| users.delete(*owner, None).await)).await;
    assert!(deleted.iter().all(Result::is_ok));
    let restored =
        join_all(people[..20].iter().map(async |(owner, _)| users.restore(*owner, None).await)).await;
    assert!(restored.iter().all(Result::is_ok));
    for (number, (_, ids)) in people.iter().enumerate() {
        let verbs: &[_] =
            if number < 20 { &["created", "deleted", "restored"] } else { &["created", "deleted"] };
        eventually("all that happened has arrived", async || {
            let resumes = file(&server.stack, "resumes");
            ids.iter().all(|id| object_events(&resumes, id.as_bytes()).len() >= verbs.len())
        })
        .await;
        for id in ids {
            check_story(&server.stack, *id, verbs);
        }
    }
}

/// Creates this many resumes of a person in one request.
async fn import_for(server: &TestServer, owner: UserId, count: usize) {
    let lines = futures_util::stream::iter((0..count).map(|n| format!(r#"{{"basics":{{"name":"{n}"}}}}"#)));
    let mut results = server.admin.client.resumes().import().owner(owner).send(lines).await.unwrap();
    while let Some(result) = results.next().await {
        result.unwrap().id.unwrap();
    }
}

/// Returns the number of a person's resumes that are not deleted.
fn live(file: &Connection, owner: UserId) -> i64 {
    let id = hex(owner.as_bytes());
    number(file, &format!("SELECT count(*) FROM resumes WHERE owner_id = x'{id}' AND deleted_at IS NULL"))
}

/// Each step is killed or not as it happens; each resume is taken along and brought back once.
#[tokio::test]
async fn deleting_thousands_of_resumes_does_not_block_writers_and_survives_kills() {
    const COUNT: i64 = 2000;
    let mut server = TestServer::start().await;
    let (owner, other) = (server.user().await.id, server.user().await.id);
    import_for(&server, owner, usize::try_from(COUNT).unwrap()).await;
    let trashed = server.resume_of(owner).await.id;
    server.admin.client.resumes().delete(trashed, None).await.unwrap();
    let users = server.admin.client.users();
    for (is_deletion, end) in [(true, 0), (false, COUNT)] {
        let file = file(&server.stack, "resumes");
        let before = live(&file, owner);
        if is_deletion {
            users.delete(owner, None).await.unwrap();
        } else {
            users.restore(owner, None).await.unwrap();
        }
        // Creations of others run between the steps.
        let mut between = 0;
        while live(&file, owner) != end && between < 3 {
            server.resume_of(other).await;
            between += i32::from(![before, end].contains(&live(&file, owner)));
        }
        assert!(between > 0, "no creation was answered while the effect was under way");
        server.stack.kill().await;
        server.stack.restart().await;
        eventually("the effect is complete", async || live(&file, owner) == end).await;
    }
    let file = file(&server.stack, "resumes");
    let id = hex(owner.as_bytes());
    let kinds = format!(
        "SELECT count(*) FROM resumes r WHERE owner_id = x'{id}' AND deleted_at IS NULL AND revision = 3
         AND (SELECT group_concat(kind, ' ' ORDER BY revision) FROM revisions v WHERE v.resume_id = r.id) = 'created deleted restored'
         AND (SELECT count(*) FROM event_log e WHERE e.object_id = r.id) = 3"
    );
    assert_eq!(number(&file, &kinds), COUNT);
    check_story(&server.stack, trashed, &["created", "deleted"]);
    assert_eq!(number(&file, "SELECT count(*) FROM effects"), 0);
}

#[tokio::test]
async fn no_resume_is_created_or_restored_for_an_owner_being_deleted() {
    let server = TestServer::start().await;
    let owner = server.user().await.id;
    let trashed = server.resume_of(owner).await.id;
    server.admin.client.resumes().delete(trashed, None).await.unwrap();
    import_for(&server, owner, 1000).await;
    server.admin.client.users().delete(owner, None).await.unwrap();
    let draft = crate::test_server::new_resume("A title").owner_id(owner);
    let file = file(&server.stack, "resumes");
    loop {
        let created = server.admin.client.resumes().create(&draft).await;
        assert_eq!(crate::test_server::error_code(created), "owner_deleted");
        let restored = server.admin.client.resumes().restore(trashed, None).await;
        assert_eq!(crate::test_server::error_code(restored), "owner_deleted");
        if live(&file, owner) == 0 {
            break;
        }
    }
    check_story(&server.stack, trashed, &["created", "deleted"]);
}
