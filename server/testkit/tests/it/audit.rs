//! The audit record: every event of every log exactly once, filters, paging, no secrets.

use std::time::Duration;

use serde_json::{Value, json};
use vitae_contracts_core::subjects;
use vitae_sdk::{Entry, EventId, IfMatch, Role, Timestamp, UpdateUser};
use vitae_server_testkit::PASSWORD;

use crate::data_files::{file, number, rows};
use crate::raw_http::request;
use crate::test_server::{TestServer, error_code, eventually};

const SOURCES: [&str; 3] = ["auth", "users", "resumes"];

/// Whether an entry is one that a list should find.
type Test<'a> = Box<dyn Fn(&Entry) -> bool + 'a>;

/// All entries, oldest first.
async fn entries(server: &TestServer) -> Vec<Entry> {
    let mut list = server.admin.client.audit().list().limit(7).stream();
    let mut entries = Vec::new();
    while let Some(entry) = list.next().await {
        entries.push(entry.unwrap());
    }
    entries.reverse();
    entries
}

/// Waits until every service has handled all events, and the audit contains them.
pub(crate) async fn wait_for_events(server: &TestServer) {
    let has_handled = |consumer, source| {
        let tail = number(&file(&server.stack, source), "SELECT coalesce(max(position), 0) FROM event_log");
        let sql = format!("SELECT coalesce(max(position), 0) FROM feed_positions WHERE source = '{source}'");
        number(&file(&server.stack, consumer), &sql) >= tail
    };
    // Effects are events, too, so the audit comes last.
    eventually("the effects are handled", async || {
        has_handled("resumes", "users") && has_handled("auth", "users")
    })
    .await;
    eventually("the audit catches up", async || SOURCES.iter().all(|source| has_handled("audit", source)))
        .await;
}

/// Everything in the logs is in the audit, once, in the order of its log.
async fn check_complete(server: &TestServer) {
    wait_for_events(server).await;
    let entries = entries(server).await;
    let mut total = 0;
    for source in SOURCES {
        let event =
            |row: &rusqlite::Row<'_>| Ok((EventId::from_bytes(row.get(0)?), row.get::<_, String>(1)?));
        let log = rows(
            &file(&server.stack, source),
            "SELECT event_id, subject FROM event_log ORDER BY position",
            event,
        );
        let prefix = format!("{source}.");
        let copied: Vec<_> = entries
            .iter()
            .filter(|entry| entry.action.starts_with(&prefix))
            .map(|entry| (entry.event_id, entry.action.clone()))
            .collect();
        assert_eq!(copied, log, "{source}");
        total += log.len();
    }
    assert_eq!(entries.len(), total);
    assert!(entries.is_sorted_by(|one, next| one.sequence < next.sequence));
}

async fn changes_of_every_kind(server: &TestServer) {
    let person = server.person(Role::Member).await;
    let resume = server.resume_of(person.id).await;
    let users = server.admin.client.users();
    let change = UpdateUser::new().name("Grace".to_owned());
    users.update(person.id, &change, IfMatch::Any).await.unwrap();
    server.admin.client.resumes().delete(resume.id, None).await.unwrap();
    server.resume_of(person.id).await;
    users.disable(person.id, None).await.unwrap();
    users.enable(person.id, None).await.unwrap();
    users.delete(person.id, None).await.unwrap();
    users.restore(person.id, None).await.unwrap();
}

#[tokio::test]
async fn every_event_is_recorded_once_and_in_order_after_a_kill() {
    let mut server = TestServer::start().await;
    changes_of_every_kind(&server).await;
    check_complete(&server).await;
    for _ in 0..2 {
        changes_of_every_kind(&server).await;
        server.stack.kill().await;
        server.stack.restart().await;
        check_complete(&server).await;
    }
    changes_of_every_kind(&server).await;
    server.stack.restart().await;
    check_complete(&server).await;
}

#[tokio::test]
async fn audit_pages_in_both_directions() {
    let server = TestServer::start().await;
    changes_of_every_kind(&server).await;
    wait_for_events(&server).await;
    crate::lists::both_ways(&server, "/v1/audit", "sequence", 10).await;
}

#[tokio::test]
async fn audit_filters_match_exactly() {
    let server = TestServer::start().await;
    let before = entries(&server).await.len();
    let editor = server.person(Role::Editor).await;
    let target = server.user().await;
    let first = server.resume_of(target.id).await;
    // Times have milliseconds; what comes now is later for sure.
    server.stack.advance(Duration::from_mins(1));
    let title = json!({"title": "By the editor"});
    editor.client.resumes().patch(first.id, &title, IfMatch::Any).await.unwrap();
    wait_for_events(&server).await;
    let all = entries(&server).await;
    assert!(all.len() > before);

    let list = || server.admin.client.audit().list().limit(500);
    let patched = all.iter().find(|entry| entry.action == subjects::RESUME_UPDATED).unwrap();
    assert_eq!(patched.actor.kind, "user");
    assert_eq!(patched.actor.id, Some(editor.id));
    assert!(patched.actor.session_id.is_some());
    assert_eq!((patched.object.kind.as_str(), patched.object.version), ("resume", 2));

    let at = patched.at;
    let cases: Vec<(&str, vitae_sdk::ListEntries, Test<'_>)> = vec![
        ("actor", list().actor(editor.id), Box::new(|entry| entry.actor.id == Some(editor.id))),
        (
            "action",
            list().action("users.user.created"),
            Box::new(|entry| entry.action == subjects::USER_CREATED),
        ),
        ("prefix", list().action("users."), Box::new(|entry| entry.action.starts_with("users."))),
        ("a word without its dot", list().action("users"), Box::new(|_| false)),
        ("a pattern", list().action("users.%."), Box::new(|_| false)),
        (
            "object",
            list().object(first.id),
            Box::new(|entry| entry.object.id.as_bytes() == first.id.as_bytes()),
        ),
        ("since", list().since(at), Box::new(|entry| entry.at >= at)),
        ("until", list().until(at), Box::new(|entry| entry.at < at)),
        (
            "all at once",
            list().actor(editor.id).action("resumes.resume.").object(first.id).since(at),
            Box::new(|entry| entry.event_id == patched.event_id),
        ),
    ];
    for (name, list, test) in cases {
        let found: Vec<_> = list.send().await.unwrap().items.iter().map(|entry| entry.event_id).collect();
        let expected: Vec<_> =
            all.iter().rev().filter(|entry| test(entry)).map(|entry| entry.event_id).collect();
        assert_eq!(found, expected, "{name}");
        assert!(name.starts_with('a') || !expected.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn audit_cursors_work_both_ways_and_only_in_their_list() {
    let server = TestServer::start().await;
    for _ in 0..9 {
        server.user().await;
    }
    wait_for_events(&server).await;
    let list = || server.admin.client.audit().list().action("users.").limit(4);
    let first = list().send().await.unwrap();
    let second = list().cursor(first.next_cursor.clone().unwrap()).send().await.unwrap();
    let back = list().cursor(second.prev_cursor.clone().unwrap()).send().await.unwrap();
    let ids = |entries: &[Entry]| entries.iter().map(|entry| entry.event_id).collect::<Vec<_>>();
    assert_eq!((first.items.len(), second.items.len()), (4, 4));
    assert_eq!(ids(&back.items), ids(&first.items));
    assert!(first.items[3].sequence > second.items[0].sequence);
    // Entries added during the walk belong before the first page.
    server.user().await;
    wait_for_events(&server).await;
    let again = list().cursor(first.next_cursor.clone().unwrap()).send().await.unwrap();
    assert_eq!(ids(&again.items), ids(&second.items));

    let foreign = server.admin.client.audit().list().action("auth.").cursor(first.next_cursor.unwrap());
    assert_eq!(error_code(foreign.send().await), "invalid_cursor");
    assert_eq!(error_code(list().cursor("garbage").send().await), "invalid_cursor");
}

#[tokio::test]
async fn entries_hold_old_and_new_values() {
    let server = TestServer::start().await;
    let user = server.user_named("Ada Byron").await;
    let change = UpdateUser::new().name("Ada Lovelace".to_owned()).role(Role::Editor);
    server.admin.client.users().update(user.id, &change, IfMatch::Any).await.unwrap();
    wait_for_events(&server).await;
    let list = server.admin.client.audit().list().object(user.id).action(subjects::USER_UPDATED);
    let page = list.send().await.unwrap();
    let [entry] = page.items.as_slice() else { panic!("{page:?}") };
    let value = |raw: &Option<Box<vitae_sdk::RawValue>>| -> Value {
        raw.as_ref().map_or(Value::Null, |raw| serde_json::from_str(raw.get()).unwrap())
    };
    let mut changes: Vec<_> = entry
        .changes
        .iter()
        .map(|change| (change.field.as_str(), value(&change.before), value(&change.after)))
        .collect();
    changes.sort_by_key(|(field, ..)| *field);
    let before_role = user.role.as_str();
    assert_eq!(
        changes,
        [("name", json!("Ada Byron"), json!("Ada Lovelace")), ("role", json!(before_role), json!("editor")),]
    );
}

#[tokio::test]
async fn no_entry_holds_a_secret_or_the_input_of_a_failed_login() {
    let server = TestServer::start().await;
    let person = server.person(Role::Viewer).await;
    let typed =
        [("typed-by-mistake@example.com", "a secret typed in vain"), (&person.email, "another one in vain")];
    for (email, password) in typed {
        let body = json!({"email": email, "password": password}).to_string();
        let response = request("POST /v1/auth/login").json(body).send(&server.stack).await;
        assert_eq!(response.status, 401);
    }
    // A password where the e-mail belongs.
    let body = json!({"email": PASSWORD, "password": PASSWORD}).to_string();
    assert!(request("POST /v1/auth/login").json(body).send(&server.stack).await.status >= 400);
    person.client.auth().refresh().await.unwrap();
    wait_for_events(&server).await;

    let failed = server.admin.client.audit().list().action(subjects::LOGIN_FAILED).send().await.unwrap();
    assert!(failed.items.len() >= 2);
    assert!(failed.items.iter().all(|entry| entry.actor.id.is_none() && entry.actor.kind == "anonymous"));
    let shown = serde_json::to_string(&entries(&server).await).unwrap();
    let secrets = [
        PASSWORD,
        "typed-by-mistake",
        "a secret typed in vain",
        "another one in vain",
        person.token.as_str(),
        "argon2",
    ];
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn only_administrators_read_the_audit_and_invalid_queries_are_rejected() {
    let server = TestServer::start().await;
    for role in [Role::Editor, Role::Viewer, Role::Member] {
        let person = server.person(role).await;
        assert_eq!(error_code(person.client.audit().list().send().await), "forbidden");
    }
    let admin = &server.admin;
    for query in ["since=yesterday", "actor_id=me", "object_id=x", "limit=0", "limit=501", "until=", "what=1"]
    {
        let response =
            request(format!("GET /v1/audit?{query}")).bearer(&admin.token).send(&server.stack).await;
        assert_eq!(response.status, 400, "{query}: {}", response.text());
    }
    let nothing = admin.client.audit().list().until(Timestamp::from_millis(1)).send().await.unwrap();
    assert!(nothing.items.is_empty() && nothing.next_cursor.is_none());
}

#[tokio::test]
async fn logins_logouts_and_failures_are_filtered_by_account() {
    let server = TestServer::start().await;
    let person = server.person(Role::Viewer).await;
    let others = server.person(Role::Viewer).await;
    let failed = async |email: &str| {
        let body = json!({"email": email, "password": "not the password"}).to_string();
        let response = request("POST /v1/auth/login").json(body).send(&server.stack).await;
        assert_eq!(response.status, 401);
    };
    failed(&person.email).await;
    failed("nobody-has-this@example.com").await;
    let me = person.client.users().sessions(person.id).await.unwrap();
    let session = me[0].id;
    person.client.auth().logout().await.unwrap();
    let list = || server.admin.client.audit().list().limit(500);
    let found = async |list: vitae_sdk::ListEntries| list.send().await.unwrap().items;
    eventually("the failed login is recorded", async || {
        !found(list().object(person.id).action(subjects::LOGIN_FAILED)).await.is_empty()
    })
    .await;
    wait_for_events(&server).await;

    let by = found(list().actor(person.id)).await;
    let actions: Vec<_> = by.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, [subjects::SESSION_REVOKED, subjects::SESSION_CREATED]);
    for entry in &by {
        assert_eq!((entry.actor.kind.as_str(), entry.actor.session_id), ("user", Some(session)));
        assert_eq!((entry.object.kind.as_str(), entry.object.id.as_bytes()), ("session", session.as_bytes()));
        assert!(entry.client_address.is_some());
    }
    // As the object, the account finds its sessions as well as itself; newest first, on pages of any size.
    let about = found(list().object(person.id)).await;
    let actions: Vec<_> = about.iter().map(|entry| entry.action.as_str()).collect();
    for action in [
        subjects::SESSION_REVOKED,
        subjects::LOGIN_FAILED,
        subjects::SESSION_CREATED,
        subjects::USER_CREATED,
        subjects::CREDENTIAL_CREATED,
    ] {
        assert_eq!(actions.iter().filter(|found| **found == action).count(), 1, "{actions:?}");
    }
    assert!(about.is_sorted_by(|one, next| one.sequence > next.sequence));
    let mut pages = server.admin.client.audit().list().object(person.id).limit(2).stream();
    for entry in &about {
        assert_eq!(pages.next().await.unwrap().unwrap().event_id, entry.event_id);
    }
    assert!(pages.next().await.is_none());
    assert!(!about.iter().any(|entry| found_by(entry, &others)));
    assert_eq!(found(list().object(session)).await.len(), 2);
}

fn found_by(entry: &Entry, person: &crate::test_server::Person) -> bool {
    entry.actor.id == Some(person.id) || entry.object.id.as_bytes() == person.id.as_bytes()
}

#[tokio::test]
async fn exports_are_recorded_with_actor_and_selection() {
    let server = TestServer::start().await;
    let (viewer, member) = (server.person(Role::Viewer).await, server.person(Role::Member).await);
    let resume = server.resume_of(member.id).await;
    let export = async |person: &crate::test_server::Person, query: &str| {
        let line = format!("GET /v1/resumes/export{query}");
        request(line).bearer(&person.token).send(&server.stack).await.status
    };
    assert_eq!(export(&viewer, &format!("?owner_id={}&q=a%20title&deleted=include", member.id)).await, 200);
    assert_eq!(export(&viewer, "").await, 200);
    // A rejected export reads nothing.
    assert_eq!(export(&viewer, "?nonsense=1").await, 400);
    // One's own resumes: once a minute.
    for _ in 0..3 {
        assert_eq!(export(&member, "").await, 200);
    }
    server.stack.advance(Duration::from_mins(1));
    assert_eq!(export(&member, "").await, 200);
    // Neither is the reading of one document, or of none.
    viewer.client.resumes().get(resume.id).await.unwrap();
    viewer.client.resumes().list().send().await.unwrap();
    wait_for_events(&server).await;

    let exports = server.admin.client.audit().list().action(subjects::EXPORT_STARTED).send().await.unwrap();
    let said: Vec<_> = exports.items.iter().rev().map(|entry| (entry.actor.id, &entry.changes)).collect();
    let actors: Vec<_> = said.iter().map(|(actor, _)| actor.unwrap()).collect();
    assert_eq!(actors, [viewer.id, viewer.id, member.id, member.id]);
    let filter = |changes: &[vitae_sdk::FieldChange]| -> Vec<(String, String)> {
        let text = |change: &vitae_sdk::FieldChange| change.after.as_ref().unwrap().get().to_owned();
        changes.iter().map(|change| (change.field.clone(), text(change))).collect()
    };
    let expected =
        [("q", json!("a title")), ("owner_id", json!(member.id.to_string())), ("deleted", json!("include"))];
    assert_eq!(filter(said[0].1), expected.map(|(name, value)| (name.to_owned(), value.to_string())));
    assert!(said[1..].iter().all(|(_, changes)| changes.is_empty()));
    assert!(exports.items.iter().all(|entry| entry.object.kind == "export" && entry.request_id.is_some()));
}
