//! Purges: permanent removal of deleted resumes.

use rusqlite::Connection;
use vitae_sdk::{Event, EventDetails, IfMatch, ResumeId, Role};

use crate::data_files;
use crate::raw_http::request;
use crate::test_server::{TestServer, error_code, eventually, new_resume};

/// How many rows of a resume there are in the tables that hold something of it.
fn left(file: &Connection, id: ResumeId) -> [i64; 5] {
    let id = vitae_sdk::EventId::from_bytes(*id.as_bytes()).to_string().replace('-', "");
    [
        "resumes WHERE id",
        "resume_tags WHERE resume_id",
        "revisions WHERE resume_id",
        "documents WHERE resume_id",
        "purges WHERE resume_id",
    ]
    .map(|rows| data_files::number(file, &format!("SELECT count(*) FROM {rows} = x'{id}'")))
}

#[tokio::test]
async fn purged_resume_is_removed_everywhere() {
    let server = TestServer::start().await;
    let member = server.person(Role::Member).await;
    let resumes = member.client.resumes();
    let tagged = new_resume("A").tags(["a"]);
    let (id, stays) = (resumes.create(&tagged).await.unwrap().id, resumes.create(&tagged).await.unwrap().id);
    assert_eq!(error_code(resumes.purge(id, None).await), "not_deleted");
    resumes.delete(id, None).await.unwrap();
    assert_eq!(error_code(resumes.purge(id, Some(IfMatch::Version(1))).await), "precondition_failed");
    let mut events = member.client.events().watch().stream();
    assert!(matches!(events.next().await, Some(Ok(Event::Ready { .. }))));
    let purge =
        request(format!("POST /v1/resumes/{id}/purge")).bearer(&member.token).if_match("\"2\"").key("k");
    for _ in 0..2 {
        let response = purge.send(&server.stack).await;
        assert_eq!((response.status, response.text()), (204, ""));
    }
    match events.next().await.unwrap().unwrap() {
        Event::Event { subject, details: EventDetails::Resume(resume), .. } => {
            assert_eq!((subject.as_str(), resume.id, resume.revision), ("resumes.resume.purged", id, 3));
        }
        other => panic!("{other:?}"),
    }
    let file = data_files::file(&server.stack, "resumes");
    assert_eq!((left(&file, id), left(&file, stays)), ([0; 5], [1, 1, 1, 1, 0]));
    assert_eq!(error_code(resumes.get(id).await), "not_found");
    assert_eq!(error_code(resumes.restore(id, None).await), "not_found");
    assert_eq!(error_code(resumes.purge(id, None).await), "not_found");
    assert_eq!(error_code(resumes.revisions(id).send().await), "not_found");
    assert_eq!(error_code(resumes.revision(id, 1).await), "not_found");
    let all = resumes.list().deleted(vitae_sdk::Deleted::Include).count(true).send().await.unwrap();
    assert_eq!(all.total, Some(1));
    eventually("the audit record tells of it", async || {
        let audit =
            server.admin.client.audit().list().object(id).action("resumes.resume.purged").send().await;
        audit.unwrap().items.len() == 1
    })
    .await;
}

/// A resume with so many revisions, deleted.
async fn with_history(server: &TestServer, revisions: u64) -> ResumeId {
    let resumes = server.admin.client.resumes();
    let id = resumes.create(&new_resume("A")).await.unwrap().id;
    for number in 2..revisions {
        let patch = serde_json::json!({"document": {"n": number}});
        resumes.patch(id, &patch, IfMatch::Any).await.unwrap();
    }
    resumes.delete(id, None).await.unwrap();
    id
}

#[tokio::test]
async fn long_history_is_purged_in_steps() {
    let mut server = TestServer::start().await;
    let id = with_history(&server, 600).await;
    let other = server.resume_of(server.admin.id).await.id;
    server.admin.client.resumes().purge(id, None).await.unwrap();
    server.stack.stop().await;
    let file = data_files::file(&server.stack, "resumes");
    assert_eq!((left(&file, id), left(&file, other)), ([0; 5], [1, 0, 1, 1, 0]));
    let used: [i64; 2] =
        data_files::rows(&file, "SELECT resumes, revisions FROM usage WHERE owner_id = x''", |row| {
            Ok([row.get(0)?, row.get(1)?])
        })[0];
    assert_eq!(used, [1, 1]);
}

#[tokio::test]
async fn interrupted_purge_is_finished_after_a_restart() {
    let mut server = TestServer::start().await;
    let id = with_history(&server, 300).await;
    server.stack.stop().await;
    // As the first transaction leaves it, if nothing came after.
    let file = Connection::open(server.stack.data().join("resumes/resumes.db")).unwrap();
    let sql = "INSERT INTO purges SELECT id, owner_id FROM resumes; DELETE FROM resumes;
               UPDATE usage SET resumes = resumes - 1;";
    file.execute_batch(sql).unwrap();
    drop(file);
    server.stack.restart().await;
    let file = data_files::file(&server.stack, "resumes");
    eventually("what is left is removed", async || left(&file, id) == [0; 5]).await;
    assert_eq!(data_files::number(&file, "SELECT sum(bytes + resumes + revisions) FROM usage"), 0);
}
