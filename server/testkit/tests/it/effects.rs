//! What a change of a person does in the other services: once, whatever stops in between.

use std::fs;
use std::path::Path;

use futures_util::future::join_all;
use rusqlite::Connection;
use vitae_contracts_core::subjects;
use vitae_sdk::{Deleted, EventId, IfMatch, ResumeId, Role, SecretString, UpdateUser, UserId};
use vitae_server_testkit::{PASSWORD, Stack};

use crate::disk::{events, file, number, rows};
use crate::house::{House, eventually, new_user};
use crate::http::request;

/// The resumes of somebody, in order.
async fn resumes_of(house: &House, owner: UserId, deleted: Deleted) -> Vec<ResumeId> {
    let page = house.admin.client.resumes().list().owner(owner).deleted(deleted).limit(500).send().await;
    let mut ids: Vec<_> = page.unwrap().items.into_iter().map(|resume| resume.id).collect();
    ids.sort();
    ids
}

/// Waits until exactly these resumes of somebody are live.
async fn until_live(house: &House, owner: UserId, live: &[ResumeId]) {
    let mut live = live.to_vec();
    live.sort();
    eventually("a deletion or a restore takes effect", async || {
        resumes_of(house, owner, Deleted::Exclude).await == live
    })
    .await;
}

/// The kinds of a resume's revisions, oldest first.
fn revisions(resumes: &Connection, id: ResumeId) -> Vec<String> {
    let sql =
        format!("SELECT kind FROM revisions WHERE resume_id = x'{}' ORDER BY revision", hex(id.as_bytes()));
    rows(resumes, &sql, |row| row.get(0))
}

/// What the log says of an object, oldest first: the subject's verb and the version.
fn told(file: &Connection, object: &[u8; 16]) -> Vec<(String, i64)> {
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
    assert_eq!(told(&resumes, id.as_bytes()), versions(story));
}

#[tokio::test]
async fn a_deletion_takes_the_live_resumes_and_the_restore_brings_exactly_those_back() {
    let house = House::open().await;
    let (owner, other) = (house.user().await.id, house.user().await.id);
    let (first, second, trashed) =
        (house.resume_of(owner).await.id, house.resume_of(owner).await.id, house.resume_of(owner).await.id);
    let others = house.resume_of(other).await.id;
    house.admin.client.resumes().delete(trashed, None).await.unwrap();

    house.admin.client.users().delete(owner, None).await.unwrap();
    until_live(&house, owner, &[]).await;
    assert_eq!(resumes_of(&house, owner, Deleted::Only).await.len(), 3);
    assert_eq!(resumes_of(&house, other, Deleted::Exclude).await, [others]);

    house.admin.client.users().restore(owner, None).await.unwrap();
    until_live(&house, owner, &[first, second]).await;
    assert_eq!(resumes_of(&house, owner, Deleted::Only).await, [trashed]);
    for taken in [first, second] {
        check_story(&house.stack, taken, &["created", "deleted", "restored"]);
    }
    check_story(&house.stack, trashed, &["created", "deleted"]);
    check_story(&house.stack, others, &["created"]);
}

#[tokio::test]
async fn a_second_deletion_does_not_bring_back_what_was_trashed_in_between() {
    let house = House::open().await;
    let owner = house.user().await.id;
    let (kept, trashed) = (house.resume_of(owner).await.id, house.resume_of(owner).await.id);
    let users = house.admin.client.users();
    users.delete(owner, None).await.unwrap();
    users.restore(owner, None).await.unwrap();
    // Both events may still be under way; the second answers for both.
    eventually("the restore takes effect", async || {
        revisions(&file(&house.stack, "resumes"), trashed).len() == 3
    })
    .await;
    house.admin.client.resumes().delete(trashed, None).await.unwrap();
    users.delete(owner, None).await.unwrap();
    until_live(&house, owner, &[]).await;
    users.restore(owner, None).await.unwrap();
    until_live(&house, owner, &[kept]).await;
    assert_eq!(resumes_of(&house, owner, Deleted::Only).await, [trashed]);
}

#[tokio::test]
async fn disabling_and_deleting_end_every_session() {
    let house = House::open().await;
    let users = house.admin.client.users();
    for reason in ["user_disabled", "user_deleted"] {
        let person = house.person(Role::Viewer).await;
        let again = house.stack.log_in(&person.email).await;
        match reason {
            "user_disabled" => drop(users.disable(person.id, None).await.unwrap()),
            _ => users.delete(person.id, None).await.unwrap(),
        }
        let answer = request("GET /v1/me").bearer(&person.token).send(&house.stack).await;
        assert_eq!(answer.status, 401, "{reason}");
        let auth = file(&house.stack, "auth");
        let sql = format!(
            "SELECT count(*) FROM sessions WHERE user_id = x'{}' AND revoked_reason = '{reason}'",
            hex(person.id.as_bytes())
        );
        eventually("the sessions end", async || number(&auth, &sql) == 2).await;
        assert!(again.auth().refresh().await.unwrap_err().is_unauthenticated(), "{reason}");
    }
}

/// To check a password takes longer than to disable somebody.
#[tokio::test]
async fn a_login_that_is_overtaken_by_its_end_opens_no_session() {
    let house = House::open().await;
    let users = house.admin.client.users();
    for reason in ["disabled", "new password"].repeat(3) {
        let person = house.person(Role::Viewer).await;
        let password = SecretString::from(PASSWORD);
        let clients = [(); 6].map(|()| house.stack.client());
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
        let (refused, ()) = tokio::join!(logins, end);
        assert!(refused.iter().flatten().all(|code| code == "invalid_credentials"), "{refused:?}");
        let auth = file(&house.stack, "auth");
        let id = hex(person.id.as_bytes());
        let sql = format!("SELECT count(*) FROM sessions WHERE user_id = x'{id}' AND revoked_at IS NULL");
        eventually(&format!("all sessions end: {reason}"), async || number(&auth, &sql) == 0).await;
    }
}

#[tokio::test]
async fn a_new_name_arrives_in_lists_of_resumes() {
    let house = House::open().await;
    let owner = house.named("Ada Byron").await;
    let resume = house.resume_of(owner.id).await;
    assert_eq!(resume.owner.name.as_ref().unwrap().as_str(), "Ada Byron");
    let change = UpdateUser::new().name("Ada Lovelace".to_owned());
    house.admin.client.users().update(owner.id, &change, IfMatch::Any).await.unwrap();
    eventually("the name arrives", async || {
        let page = house.admin.client.resumes().list().owner(owner.id).send().await.unwrap();
        page.items[0].owner.name.as_ref().is_some_and(|name| name.as_str() == "Ada Lovelace")
    })
    .await;
    check_story(&house.stack, resume.id, &["created"]);
}

#[tokio::test]
async fn the_password_of_a_new_person_is_confirmed() {
    let house = House::open().await;
    let person = new_user("Ada").password(PASSWORD.to_owned());
    let person = house.admin.client.users().create(&person).await.unwrap();
    let auth = file(&house.stack, "auth");
    let id = hex(person.id.as_bytes());
    let sql = format!("SELECT count(*) FROM credentials WHERE confirmed = 1 AND user_id = x'{id}'");
    eventually("the credential is confirmed", async || number(&auth, &sql) == 1).await;
}

/// Unconfirmed ones are removed after a day: their person never came to exist.
#[tokio::test]
async fn a_password_that_came_later_needs_no_confirmation() {
    let house = House::open().await;
    let person = house.user().await;
    house.admin.client.users().set_password(person.id, &SecretString::from(PASSWORD)).await.unwrap();
    let auth = file(&house.stack, "auth");
    assert_eq!(number(&auth, "SELECT count(*) FROM credentials WHERE confirmed = 0"), 0);
}

#[tokio::test]
async fn a_kill_right_after_the_answer_loses_no_effect_and_repeats_none() {
    let mut house = House::open().await;
    for _ in 0..3 {
        let owner = house.user().await.id;
        let resume = house.resume_of(owner).await.id;
        house.admin.client.users().delete(owner, None).await.unwrap();
        house.stack.kill().await;
        house.stack.restart().await;
        until_live(&house, owner, &[]).await;
        check_story(&house.stack, resume, &["created", "deleted"]);
        house.admin.client.users().restore(owner, None).await.unwrap();
        house.stack.kill().await;
        house.stack.restart().await;
        until_live(&house, owner, &[resume]).await;
        check_story(&house.stack, resume, &["created", "deleted", "restored"]);
    }
}

/// Whether the kill beats the effect is luck; files from before the change are not.
#[tokio::test]
async fn consumers_that_have_not_heard_of_a_change_catch_up_after_the_start() {
    let mut house = House::open().await;
    let person = house.person(Role::Member).await;
    let resume = house.resume_of(person.id).await.id;
    house.stack.stop().await;
    let kept = tempfile::tempdir().unwrap();
    for consumer in ["resumes", "auth", "audit"] {
        copy(&house.stack.data().join(consumer), &kept.path().join(consumer));
    }
    house.stack.restart().await;
    house.admin.client.users().delete(person.id, None).await.unwrap();
    until_live(&house, person.id, &[]).await;
    house.stack.stop().await;
    for consumer in ["resumes", "auth", "audit"] {
        let directory = house.stack.data().join(consumer);
        fs::remove_dir_all(&directory).unwrap();
        copy(&kept.path().join(consumer), &directory);
    }
    assert_eq!(revisions(&file(&house.stack, "resumes"), resume), ["created"]);

    house.stack.restart().await;
    until_live(&house, person.id, &[]).await;
    check_story(&house.stack, resume, &["created", "deleted"]);
    let sql = format!(
        "SELECT count(*) FROM sessions WHERE user_id = x'{}' AND revoked_reason = 'user_deleted'",
        hex(person.id.as_bytes())
    );
    let auth = file(&house.stack, "auth");
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
async fn many_deletions_at_once_take_each_resume_once() {
    let house = House::open().await;
    let mut people = Vec::new();
    for _ in 0..40 {
        let owner = house.user().await.id;
        people.push((owner, [house.resume_of(owner).await.id, house.resume_of(owner).await.id]));
    }
    let users = house.admin.client.users();
    let deleted = join_all(people.iter().map(async |(owner, _)| users.delete(*owner, None).await)).await;
    assert!(deleted.iter().all(Result::is_ok));
    let restored =
        join_all(people[..20].iter().map(async |(owner, _)| users.restore(*owner, None).await)).await;
    assert!(restored.iter().all(Result::is_ok));
    for (number, (_, ids)) in people.iter().enumerate() {
        let verbs: &[_] =
            if number < 20 { &["created", "deleted", "restored"] } else { &["created", "deleted"] };
        eventually("all that happened has arrived", async || {
            let resumes = file(&house.stack, "resumes");
            ids.iter().all(|id| told(&resumes, id.as_bytes()).len() >= verbs.len())
        })
        .await;
        for id in ids {
            check_story(&house.stack, *id, verbs);
        }
    }
}

/// Creates so many resumes of somebody in one request.
async fn import_for(house: &House, owner: UserId, count: usize) {
    let lines = futures_util::stream::iter((0..count).map(|n| format!(r#"{{"basics":{{"name":"{n}"}}}}"#)));
    let mut results = house.admin.client.resumes().import().owner(owner).send(lines).await.unwrap();
    while let Some(result) = results.next().await {
        result.unwrap().id.unwrap();
    }
}

/// The number of somebody's resumes that are not deleted.
fn live(file: &Connection, owner: UserId) -> i64 {
    let id = hex(owner.as_bytes());
    number(file, &format!("SELECT count(*) FROM resumes WHERE owner_id = x'{id}' AND deleted_at IS NULL"))
}

/// Each step is killed or not as it happens; each resume is taken along and brought back once.
#[tokio::test]
async fn a_deletion_of_thousands_of_resumes_lets_others_write_and_survives_kills() {
    const COUNT: i64 = 2000;
    let mut house = House::open().await;
    let (owner, other) = (house.user().await.id, house.user().await.id);
    import_for(&house, owner, usize::try_from(COUNT).unwrap()).await;
    let trashed = house.resume_of(owner).await.id;
    house.admin.client.resumes().delete(trashed, None).await.unwrap();
    let users = house.admin.client.users();
    for (is_deletion, end) in [(true, 0), (false, COUNT)] {
        let file = file(&house.stack, "resumes");
        let before = live(&file, owner);
        if is_deletion {
            users.delete(owner, None).await.unwrap();
        } else {
            users.restore(owner, None).await.unwrap();
        }
        // Creations of others run between the steps.
        let mut between = 0;
        while live(&file, owner) != end && between < 3 {
            house.resume_of(other).await;
            between += i32::from(![before, end].contains(&live(&file, owner)));
        }
        assert!(between > 0, "no creation was answered while the effect was under way");
        house.stack.kill().await;
        house.stack.restart().await;
        eventually("the effect is complete", async || live(&file, owner) == end).await;
    }
    let file = file(&house.stack, "resumes");
    let id = hex(owner.as_bytes());
    let kinds = format!(
        "SELECT count(*) FROM resumes r WHERE owner_id = x'{id}' AND deleted_at IS NULL AND revision = 3
         AND (SELECT group_concat(kind, ' ' ORDER BY revision) FROM revisions v WHERE v.resume_id = r.id) = 'created deleted restored'
         AND (SELECT count(*) FROM event_log e WHERE e.object_id = r.id) = 3"
    );
    assert_eq!(number(&file, &kinds), COUNT);
    check_story(&house.stack, trashed, &["created", "deleted"]);
    assert_eq!(number(&file, "SELECT count(*) FROM effects"), 0);
}

#[tokio::test]
async fn while_resumes_are_taken_along_none_comes_or_returns() {
    let house = House::open().await;
    let owner = house.user().await.id;
    let trashed = house.resume_of(owner).await.id;
    house.admin.client.resumes().delete(trashed, None).await.unwrap();
    import_for(&house, owner, 1000).await;
    house.admin.client.users().delete(owner, None).await.unwrap();
    let draft = crate::house::draft("A title").owner_id(owner);
    let file = file(&house.stack, "resumes");
    loop {
        let created = house.admin.client.resumes().create(&draft).await;
        assert_eq!(crate::house::refusal(created), "owner_deleted");
        let restored = house.admin.client.resumes().restore(trashed, None).await;
        assert_eq!(crate::house::refusal(restored), "owner_deleted");
        if live(&file, owner) == 0 {
            break;
        }
    }
    check_story(&house.stack, trashed, &["created", "deleted"]);
}
