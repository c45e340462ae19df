//! Storage: acknowledged writes, their events, full disks.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use rusqlite::Connection;
use vitae_sdk::{Client, CreateResume, IfMatch, ResumeId, Role, SecretString, UpdateUser};
use vitae_server_testkit::{ADMIN, PASSWORD, Stack};

use crate::data_files;
use crate::raw_http::request;
use crate::test_server::{Person, TestServer, document, error_code, eventually, new_resume, new_user};

/// Enough pages of 4 KiB to start and log in, and few enough to be full soon.
const FEW_PAGES: u32 = 120;

fn large(title: &str) -> CreateResume {
    CreateResume::new(title, document(&format!(r#"{{"x":"{}"}}"#, "x".repeat(6000))))
}

/// Holds a file of the resumes service to its own rules.
fn assert_whole(file: &Connection) {
    assert_eq!(file.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0)).unwrap(), "ok");
    for (what, sql) in [
        (
            "a resume without each of its revisions",
            "SELECT count(*) FROM resumes r WHERE revision <>
             (SELECT count(*) FROM revisions WHERE resume_id = r.id AND revision <= r.revision)",
        ),
        (
            "a revision without exactly one event",
            "SELECT count(*) FROM revisions v WHERE 1 <>
             (SELECT count(*) FROM event_log WHERE object_id = v.resume_id AND object_version = v.revision)",
        ),
        (
            "an event without its revision",
            "SELECT count(*) FROM event_log e WHERE NOT EXISTS
             (SELECT 1 FROM revisions WHERE resume_id = e.object_id AND revision = e.object_version)",
        ),
        (
            "a revision without its document",
            "SELECT count(*) FROM revisions v WHERE NOT EXISTS
             (SELECT 1 FROM documents WHERE resume_id = v.resume_id AND revision = v.document_revision)",
        ),
        (
            "a document without its revision",
            "SELECT count(*) FROM documents d WHERE NOT EXISTS
             (SELECT 1 FROM revisions WHERE resume_id = d.resume_id AND document_revision = d.revision)",
        ),
    ] {
        assert_eq!(data_files::number(file, sql), 0, "{what}");
    }
}

/// How often each resume stands in the file.
fn stored(file: &Connection) -> Vec<ResumeId> {
    data_files::rows(file, "SELECT id FROM resumes", |row| row.get(0).map(ResumeId::from_bytes))
}

#[tokio::test]
async fn full_disk_rejects_writes_and_serves_reads() {
    let mut server = TestServer::from_stack(Stack::start_with(Some(FEW_PAGES)).await).await;
    let resumes = server.admin.client.resumes();
    let mut kept = Vec::new();
    // Many at once, so that the one that finds the disk full shares its commit with others.
    let full = loop {
        let writes = (0..16).map(async |_| resumes.create(&large("A")).await);
        let (good, bad): (Vec<_>, Vec<_>) = join_all(writes).await.into_iter().partition(Result::is_ok);
        kept.extend(good.into_iter().map(|resume| resume.unwrap().id));
        if let Some(error) = bad.into_iter().next() {
            break error.unwrap_err();
        }
    };
    assert_eq!((full.status(), full.code()), (Some(507), Some("storage_full")));
    assert!(!full.is_retryable());
    assert!(kept.len() > 10, "there was room for some");

    let patch = format!(r#"{{"document":{{"y":"{}"}}}}"#, "y".repeat(9000));
    let patch = request(format!("PATCH /v1/resumes/{}", kept[0])).json(patch).if_match("*");
    let patched = patch.bearer(&server.admin.token).send(&server.stack).await;
    assert_eq!((patched.status, patched.code().as_str()), (507, "storage_full"));
    for id in &kept {
        assert_eq!(resumes.get(*id).await.unwrap().revision, 1);
    }
    let all = resumes.list().limit(500).count(true).send().await.unwrap();
    assert_eq!(all.total, Some(kept.len() as u64));
    assert_eq!(request("GET /livez").send(&server.stack).await.status, 200);

    server.stack.stop().await;
    let file = data_files::file(&server.stack, "resumes");
    assert_whole(&file);
    let mut stored = stored(&file);
    stored.sort();
    kept.sort();
    assert_eq!(stored, kept);
}

#[tokio::test]
async fn full_disk_creates_no_partial_person() {
    let mut server = TestServer::from_stack(Stack::start_with(Some(FEW_PAGES)).await).await;
    let users = server.admin.client.users();
    let name = "n".repeat(200);
    let mut kept = 1;
    let full = loop {
        let writes = (0..16).map(async |_| users.create(&new_user(&name)).await);
        let (good, bad): (Vec<_>, Vec<_>) = join_all(writes).await.into_iter().partition(Result::is_ok);
        kept += good.len();
        if let Some(error) = bad.into_iter().next() {
            break error.unwrap_err();
        }
    };
    assert_eq!(full.code(), Some("storage_full"));
    server.stack.stop().await;
    let file = data_files::file(&server.stack, "users");
    let events = data_files::events(&file);
    assert_eq!(events.len(), kept);
    assert_eq!(usize::try_from(data_files::number(&file, "SELECT count(*) FROM users")).unwrap(), kept);
}

/// Fills a service's file as far as ordinary writes may.
fn fill(stack: &Stack, service: &str) {
    let file = Connection::open(stack.data().join(service).join(format!("{service}.db"))).unwrap();
    file.execute_batch("CREATE TABLE filler (bytes BLOB)").unwrap();
    // One page each, with the index of the table above them.
    while data_files::number(&file, "PRAGMA page_count") < i64::from(FEW_PAGES - FEW_PAGES / 8) {
        file.execute("INSERT INTO filler VALUES (zeroblob(4000))", []).unwrap();
    }
}

#[tokio::test]
async fn access_can_be_granted_and_revoked_while_the_disk_is_full() {
    let mut server = TestServer::from_stack(Stack::start_with(Some(FEW_PAGES)).await).await;
    let (member, disabled, deleted) = (
        server.person(Role::Member).await,
        server.person(Role::Member).await,
        server.person(Role::Member).await,
    );
    let resume = member.client.resumes().create(&large("A")).await.unwrap().id;
    server.stack.stop().await;
    for service in ["auth", "users", "resumes", "audit"] {
        fill(&server.stack, service);
    }
    server.stack.restart().await;

    let (admin, users) = (&server.admin.client, server.admin.client.users());
    assert_eq!(error_code(member.client.resumes().create(&large("B")).await), "storage_full");
    // The last pages have some room.
    let full = loop {
        if let Err(error) = users.create(&new_user(&"n".repeat(200))).await {
            break error;
        }
    };
    assert_eq!(full.code(), Some("storage_full"));
    let again = server.stack.log_in(&member.email).await;
    again.auth().refresh().await.unwrap();
    member.client.auth().refresh().await.unwrap();
    again.auth().logout().await.unwrap();
    users.disable(disabled.id, None).await.unwrap();
    users.delete(deleted.id, None).await.unwrap();
    admin.users().revoke_sessions(member.id).await.unwrap();
    let member = Person::log_in(&server.stack, &member.email).await;
    member.client.resumes().delete(resume, None).await.unwrap();
    member.client.resumes().purge(resume, None).await.unwrap();
    // The effects of all that arrive, and the record of it.
    for gone in [&disabled, &deleted] {
        let response = request("GET /v1/me").bearer(&gone.token).send(&server.stack).await;
        assert_eq!(response.status, 401);
    }
    eventually("audit has the event", async || {
        let purges = admin.audit().list().action("resumes.resume.purged").send().await.unwrap();
        purges.items.len() == 1
    })
    .await;
    server.stack.stop().await;
    assert_eq!(
        data_files::number(
            &data_files::file(&server.stack, "auth"),
            "SELECT count(*) FROM sessions WHERE revoked_reason = 'user_disabled'"
        ),
        1
    );
}

#[tokio::test]
async fn purging_on_a_full_disk_frees_space_for_writes() {
    let server = TestServer::from_stack(Stack::start_with(Some(FEW_PAGES)).await).await;
    let resumes = server.admin.client.resumes();
    let mut kept = Vec::new();
    for round in 0..3 {
        let before = kept.len();
        let full = loop {
            match resumes.create(&large("A")).await {
                Ok(resume) => kept.push(resume.id),
                Err(error) => break error,
            }
        };
        assert_eq!(full.code(), Some("storage_full"));
        assert!(kept.len() > before + 5, "round {round}: {before} and then {}", kept.len());
        for id in kept.drain(2..) {
            resumes.delete(id, None).await.unwrap();
            resumes.purge(id, None).await.unwrap();
        }
    }
}

/// Writes until the server is gone; answers what was acknowledged.
async fn write_until_gone(client: &Client, first: usize) -> BTreeMap<ResumeId, u64> {
    let mut acknowledged = BTreeMap::new();
    for number in first.. {
        let Ok(resume) = client.resumes().create(&new_resume(&format!("Number {number}"))).await else {
            break;
        };
        acknowledged.insert(resume.id, 1);
        let title = serde_json::json!({"title": format!("Changed {number}")});
        let Ok(resume) = client.resumes().patch(resume.id, &title, IfMatch::Version(1)).await else { break };
        acknowledged.insert(resume.id, resume.revision);
    }
    acknowledged
}

#[tokio::test]
async fn acknowledged_writes_survive_a_kill() {
    let mut stack = Stack::start().await;
    let mut acknowledged = BTreeMap::new();
    for round in 0..6 {
        // Without repeats: what is sent again after the restart is another matter.
        let client = vitae_sdk::Client::builder()
            .base_url(stack.url())
            .token_store(vitae_sdk::MemoryStore::new())
            .retry(vitae_sdk::Retry::never())
            .build()
            .unwrap();
        client.auth().login(ADMIN, &SecretString::from(PASSWORD)).await.unwrap();
        let enough = 20 * (round + 1);
        let rpcs = stack.rpc_count();
        let writers = (0..8).map(|writer| {
            let client = client.clone();
            tokio::spawn(async move { write_until_gone(&client, writer * 1_000_000).await })
        });
        let writers: Vec<_> = writers.collect();
        while stack.rpc_count() < rpcs + enough {
            tokio::task::yield_now().await;
        }
        stack.kill().await;
        for writer in join_all(writers).await {
            acknowledged.extend(writer.unwrap());
        }
        stack.restart().await;
    }
    assert!(acknowledged.len() > 10, "only {} were acknowledged", acknowledged.len());
    let client = stack.log_in(ADMIN).await;
    for (id, revision) in &acknowledged {
        let found = client.resumes().get(*id).await.unwrap();
        // What was not acknowledged any more may be there or not.
        assert!(found.revision >= *revision, "{id} is at {}, not {revision}", found.revision);
    }
    stack.stop().await;
    assert_whole(&data_files::file(&stack, "resumes"));
}

#[tokio::test]
async fn restart_keeps_all_data() {
    let mut server = TestServer::start().await;
    let member = server.person(Role::Member).await;
    let resume = member.client.resumes().create(&new_resume("A")).await.unwrap();
    for graceful in [true, false] {
        if graceful {
            server.stack.stop().await;
        } else {
            server.stack.kill().await;
        }
        server.stack.restart().await;
        // Keys and sessions are kept, too.
        assert_eq!(
            member.client.resumes().get(resume.id).await.unwrap().document.get(),
            resume.document.get()
        );
        member.client.auth().refresh().await.unwrap();
    }
}

/// Changes of every kind, including rejected ones and ones without effect.
///
/// Answers the one resume, which is at revision 4 then.
async fn make_history(server: &TestServer) -> ResumeId {
    let (users, resumes) = (server.admin.client.users(), server.admin.client.resumes());
    let member = server.person(Role::Member).await;
    let wrong = SecretString::from("wrong password");
    server.stack.client().auth().login(&member.email, &wrong).await.unwrap_err();
    server.stack.client().auth().login("nobody@example.com", &wrong).await.unwrap_err();

    let title = |title: &str| serde_json::json!({ "title": title });
    let resume = resumes.create(&new_resume("A")).await.unwrap().id;
    resumes.patch(resume, &title("B"), IfMatch::Version(1)).await.unwrap();
    resumes.patch(resume, &title("B"), IfMatch::Version(2)).await.unwrap();
    resumes.patch(resume, &title("C"), IfMatch::Version(1)).await.unwrap_err();
    resumes.delete(resume, None).await.unwrap();
    resumes.delete(resume, None).await.unwrap();
    resumes.restore(resume, None).await.unwrap();

    let renamed = UpdateUser::new().name("New".to_owned());
    users.update(member.id, &renamed, IfMatch::Any).await.unwrap();
    users.update(member.id, &renamed, IfMatch::Any).await.unwrap();
    users.set_password(member.id, &SecretString::from(PASSWORD)).await.unwrap();
    users.disable(member.id, None).await.unwrap();
    users.enable(member.id, None).await.unwrap();
    users.delete(member.id, None).await.unwrap();
    users.restore(member.id, None).await.unwrap();
    server.stack.log_in(&member.email).await.auth().logout().await.unwrap();
    resume
}

#[tokio::test]
async fn each_change_writes_one_event() {
    let mut server = TestServer::start().await;
    let resume = make_history(&server).await;
    server.stack.stop().await;

    let subjects = |service: &str| -> Vec<_> {
        let events = data_files::events(&data_files::file(&server.stack, service));
        let prefix = format!("{service}.");
        let subject = |(subject, _, _): data_files::Event| subject.strip_prefix(&prefix).unwrap().to_owned();
        events.into_iter().map(subject).collect()
    };
    assert_eq!(
        subjects("users"),
        [
            "user.created", // the administrator
            "user.created",
            "user.updated",
            "user.disabled",
            "user.enabled",
            "user.deleted",
            "user.restored",
        ]
    );
    assert_eq!(
        subjects("auth"),
        [
            "credential.created", // the administrator
            "session.created",
            "credential.created",
            "session.created",
            "login.failed",
            "login.failed",
            "credential.changed",
            "session.revoked", // by the new password
            "session.created",
            "session.revoked", // by the logout
        ]
    );
    assert_eq!(
        subjects("resumes"),
        ["resume.created", "resume.updated", "resume.deleted", "resume.restored"]
    );
    let file = data_files::file(&server.stack, "resumes");
    let versions: Vec<_> =
        data_files::events(&file).into_iter().map(|(_, id, version)| (id, version)).collect();
    assert_eq!(versions, [1, 2, 3, 4].map(|version| (*resume.as_bytes(), version)));
    assert_whole(&file);
}

#[tokio::test]
async fn input_of_a_failed_login_is_not_stored() {
    let mut server = TestServer::start().await;
    let typed = "my-secret-password-in-the-wrong-field";
    let wrong = SecretString::from("another-secret-password");
    server.stack.client().auth().login(typed, &wrong).await.unwrap_err();
    server.stack.stop().await;
    for service in ["auth", "users", "resumes"] {
        for entry in std::fs::read_dir(server.stack.data().join(service)).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            for secret in [typed, "another-secret-password", PASSWORD, &server.admin.token] {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{secret} stands in a file of {service}");
            }
        }
    }
}
