//! The SDK against the real server: whether both agree on the API.

mod events;
mod logins;

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use futures_util::stream;
use vitae_sdk::{
    Client, CreateResume, CreateUser, Deleted, Entry, IfMatch, ImportStatus, MemoryStore, RawValue, Resume,
    Retry, RevisionKind, Role, Status, Timestamp, Untrusted, UpdateUser, User, draft_of,
};
use vitae_server_testkit::{PASSWORD, Stack};

/// A time limit that only a failure exceeds.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Longer than the lifetime of an access token.
const LATER: Duration = Duration::from_mins(11);

fn text(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

fn draft(title: &str) -> CreateResume {
    let document = text(r#"{"basics":{"name":"Ada"}}"#);
    CreateResume::new(title, document)
}

async fn resume(client: &Client, title: &str) -> Resume {
    client.resumes().create(&draft(title)).await.unwrap()
}

async fn person(admin: &Client, email: &str, role: Role) -> User {
    let new = CreateUser::new(email, "Grace Hopper").role(role).password(PASSWORD.to_owned());
    admin.users().create(&new).await.unwrap()
}

/// A client with many retries.
fn retrying_client(stack: &Stack, store: MemoryStore) -> Client {
    let retry = Retry::new()
        .attempts(10_000)
        .first_wait(Duration::from_millis(1))
        .longest_wait(Duration::from_millis(20));
    Client::builder().base_url(stack.url()).token_store(store).retry(retry).build().unwrap()
}

async fn start() -> (Stack, Client) {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    (stack, admin)
}

#[tokio::test]
async fn stream_returns_every_object_once() {
    let (_stack, admin) = start().await;
    let made: BTreeSet<_> =
        join_all((0..23).map(|_| resume(&admin, "Walked"))).await.iter().map(|r| r.id).collect();
    let mut walk = admin.resumes().list().limit(5).stream();
    let mut seen = Vec::new();
    while let Some(found) = walk.next().await {
        seen.push(found.unwrap());
    }
    assert_eq!(seen.len(), 23);
    assert_eq!(seen.iter().map(|r| r.id).collect::<BTreeSet<_>>(), made);
    assert!(seen.is_sorted_by(|a, b| a.updated_at >= b.updated_at), "newest first");

    let page = admin.resumes().list().limit(5).count(true).send().await.unwrap();
    assert_eq!((page.items.len(), page.total), (5, Some(23)));
    let error = admin.resumes().list().cursor("rubbish").send().await.unwrap_err();
    assert_eq!((error.code(), error.is_invalid_input()), (Some("invalid_cursor"), true));
}

#[tokio::test]
async fn list_filters_match_the_server() {
    let (_stack, admin) = start().await;
    let me = admin.me().get().await.unwrap();
    let tagged = draft("Chief Analyst").tags(["Rust"]);
    let tagged = admin.resumes().create(&tagged).await.unwrap();
    resume(&admin, "Other").await;
    let list = admin.resumes().list().query("analyst chief").owner(me.id).tag("rust").title("chief analyst");
    let page = list.deleted(Deleted::Include).sort("-title").send().await.unwrap();
    assert_eq!(page.items.iter().map(|found| found.id).collect::<Vec<_>>(), [tagged.id]);

    let list = admin.users().list().query("local").role(Role::Admin).status(Status::Active);
    let page = list.email("ADMIN@localhost").deleted(Deleted::Exclude).sort("email").send().await.unwrap();
    assert_eq!(page.items, [me]);
}

#[tokio::test]
async fn document_keeps_its_exact_text() {
    let (_stack, admin) = start().await;
    let exact = r#"{"z": 1.10, "basics": {"name": "Ada",  "label": "Analyst"}, "a": 1e2}"#;
    let new = CreateResume::new("Ada", text(exact)).tags(["B", "a"]);
    let first = admin.resumes().create(&new).await.unwrap();
    assert_eq!((first.revision, first.document.get()), (1, exact));
    assert_eq!(first.tags.iter().map(Untrusted::as_str).collect::<Vec<_>>(), ["a", "b"]);

    let patch = text(r#"{"document": {"basics": {"label": "Programmer"}}}"#);
    let based_on = IfMatch::Version(first.revision);
    let second = admin.resumes().patch(first.id, &patch, based_on).await.unwrap();
    assert_eq!(second.revision, 2);
    assert!(second.document.get().contains("1.10") && second.document.get().contains("1e2"));
    let error = admin.resumes().patch(first.id, &patch, based_on).await.unwrap_err();
    assert!(error.is_precondition_failed(), "{error:?}");

    let mut draft = draft_of(&second);
    draft.title = "Ada King".to_owned();
    let third = admin.resumes().replace(first.id, &draft, IfMatch::Any).await.unwrap();
    assert_eq!((third.revision, third.document.get()), (3, second.document.get()));
    // A change without an effect makes no revision.
    let same = admin.resumes().replace(first.id, &draft_of(&third), IfMatch::Version(3)).await.unwrap();
    assert_eq!(same.revision, 3);

    let mut kinds = Vec::new();
    let mut revisions = admin.resumes().revisions(first.id).limit(2).stream();
    while let Some(revision) = revisions.next().await {
        let revision = revision.unwrap();
        kinds.push((revision.revision, revision.kind));
    }
    assert_eq!(kinds, [(3, RevisionKind::Updated), (2, RevisionKind::Updated), (1, RevisionKind::Created)]);
    let oldest = admin.resumes().revision(first.id, 1).await.unwrap();
    assert_eq!(oldest.document.get(), exact);
    assert!(admin.resumes().revision(first.id, 9).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn concurrent_modify_loses_no_change() {
    let (stack, admin) = start().await;
    let other = stack.client_as(Role::Editor).await;
    let id = resume(&admin, "Raced").await.id;
    let tag = async |client: &Client, name: &str| {
        for number in 0..5 {
            let add = |current: &Resume| {
                let mut draft = draft_of(current);
                draft.tags.push(format!("{name}{number}"));
                Some(draft)
            };
            client.resumes().modify(id, add).await.unwrap();
        }
    };
    tokio::join!(tag(&admin, "a"), tag(&other, "b"));
    let found = admin.resumes().get(id).await.unwrap();
    let tags: Vec<_> = found.tags.iter().map(Untrusted::as_str).collect();
    assert_eq!(tags, ["a0", "a1", "a2", "a3", "a4", "b0", "b1", "b2", "b3", "b4"]);
    assert_eq!(found.revision, 11);
}

#[tokio::test]
async fn deleted_objects_can_be_restored() {
    let (_stack, admin) = start().await;
    let first = resume(&admin, "Kept").await;
    admin.resumes().delete(first.id, Some(IfMatch::Version(1))).await.unwrap();
    admin.resumes().delete(first.id, None).await.unwrap();
    assert!(admin.resumes().get(first.id).await.unwrap().deleted_at.is_some());
    let error = admin.resumes().replace(first.id, &draft_of(&first), IfMatch::Any).await.unwrap_err();
    assert_eq!((error.code(), error.is_conflict()), (Some("deleted"), true));
    let only = admin.resumes().list().deleted(Deleted::Only).send().await.unwrap();
    assert_eq!(only.items.len(), 1);

    let back = admin.resumes().restore(first.id, Some(IfMatch::Version(2))).await.unwrap();
    assert_eq!((back.id, back.revision, back.deleted_at), (first.id, 3, None));

    let user = person(&admin, "grace@example.com", Role::Member).await;
    admin.users().delete(user.id, Some(IfMatch::Version(user.version))).await.unwrap();
    let back = admin.users().restore(user.id, None).await.unwrap();
    assert_eq!((back.id, back.version, back.deleted_at), (user.id, 3, None));
}

#[tokio::test]
async fn people_can_be_changed() {
    let (_stack, admin) = start().await;
    let user = person(&admin, "grace@example.com", Role::Member).await;
    let rename = |name: &str| UpdateUser::new().name(name.to_owned());
    let changed = admin.users().update(user.id, &rename("G. Hopper"), IfMatch::Version(1)).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.version), ("G. Hopper", 2));
    let changed = admin.users().modify(user.id, |_| Some(rename("Grace"))).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.version), ("Grace", 3));
    let disabled = admin.users().disable(user.id, Some(IfMatch::Version(3))).await.unwrap();
    assert_eq!(disabled.status, Status::Disabled);
    assert_eq!(admin.users().enable(user.id, None).await.unwrap().status, Status::Active);

    let again = CreateUser::new("GRACE@example.com", "Other");
    let error = admin.users().create(&again).await.unwrap_err();
    assert_eq!((error.code(), error.is_conflict()), (Some("email_taken"), true));
    let invalid = CreateUser::new("nobody", "Other");
    let error = admin.users().create(&invalid).await.unwrap_err();
    assert_eq!((error.code(), error.problem().unwrap().errors.len()), (Some("validation_failed"), 1));
}

#[tokio::test]
async fn export_can_be_imported() {
    let (_stack, admin) = start().await;
    let exact = "{\n  \"n\": 1.10,\n  \"basics\": {\"name\": \"Ada\"}\n}";
    for title in ["One", "Two", "Three"] {
        let new = CreateResume::new(title, text(exact)).tags(["out"]);
        admin.resumes().create(&new).await.unwrap();
    }
    let mut lines = admin.resumes().export().tag("out").sort("title").send().await.unwrap();
    let mut texts = Vec::new();
    while let Some(line) = lines.next().await {
        texts.push(serde_json::to_string(&line.unwrap()).unwrap());
    }
    assert_eq!(texts.len(), 3);
    texts.push("{\"basics\": 7}".to_owned());

    let import = || admin.resumes().with_idempotency_key("once").import().tag("in");
    let mut ids = Vec::new();
    for _ in 0..2 {
        let mut results = import().send(stream::iter(texts.clone())).await.unwrap();
        let mut outcome = Vec::new();
        while let Some(result) = results.next().await {
            outcome.push(result.unwrap());
        }
        let rejected = outcome.pop().unwrap();
        assert_eq!((rejected.line, rejected.status), (4, ImportStatus::Refused));
        assert_eq!(rejected.problem.unwrap().code, "document_invalid");
        assert!(outcome.iter().all(|result| result.status == ImportStatus::Created));
        ids.push(outcome.iter().map(|result| result.id.unwrap()).collect::<Vec<_>>());
    }
    assert_eq!(ids[0], ids[1], "the same key makes nothing twice");
    let copy = admin.resumes().get(ids[0][0]).await.unwrap();
    assert_eq!(copy.title.as_str(), "One");
    assert_eq!(copy.tags.iter().map(Untrusted::as_str).collect::<Vec<_>>(), ["in", "out"]);
    assert!(copy.document.get().contains("1.10"));
}

#[tokio::test]
async fn restarted_server_is_retried_and_changes_happen_once() {
    let mut stack = Stack::start().await;
    let store = MemoryStore::new();
    let client = retrying_client(&stack, store);
    client.auth().login("admin@localhost", &PASSWORD.to_owned().into()).await.unwrap();
    let before = resume(&client, "Before").await;
    for round in 1..=2 {
        stack.kill().await;
        let new = draft("After");
        let resumes = client.resumes();
        let (made, read, ()) = tokio::join!(resumes.create(&new), resumes.get(before.id), stack.restart());
        assert_eq!(read.unwrap().revision, 1);
        let made = made.unwrap();
        let found = client.resumes().list().title("after").send().await.unwrap();
        assert_eq!((found.items.len(), found.items[0].id), (round, made.id));
    }
}

/// Waits until a list has this many entries: the audit record is a copy that is updated later.
async fn entries(list: impl Fn() -> vitae_sdk::ListEntries, number: usize) -> Vec<Entry> {
    let polling = async {
        loop {
            let page = list().send().await.unwrap();
            if page.items.len() >= number {
                return page.items;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, polling).await.expect("the entries are copied")
}

#[tokio::test]
async fn audit_record_names_actor_and_action() {
    let (stack, admin) = start().await;
    let me = admin.me().get().await.unwrap();
    let begun = Timestamp::from(SystemTime::now());
    let made = resume(&admin, "On record").await;
    stack.advance(Duration::from_mins(1));
    admin.resumes().delete(made.id, None).await.unwrap();

    let list = || admin.audit().list();
    let found = entries(|| list().object(made.id), 2).await;
    let actions: Vec<_> = found.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["resumes.resume.deleted", "resumes.resume.created"], "newest first");
    assert_eq!(found[0].actor.id, Some(me.id));
    assert_eq!((found[1].object.kind.as_str(), found[1].object.version), ("resume", 1));
    assert!(found[0].user_agent.as_ref().unwrap().as_str().starts_with("vitae-sdk/"));

    let middle = begun.plus(Duration::from_secs(30));
    for (name, list, expected) in [
        ("action", list().action("resumes.resume.created"), 1),
        ("prefix", list().action("resumes."), 2),
        ("actor", list().actor(me.id).action("resumes."), 2),
        ("another actor", list().actor(vitae_sdk::UserId::new()), 0),
        ("since", list().action("resumes.").since(middle), 1),
        ("until", list().action("resumes.").until(middle), 1),
        ("since and until", list().object(made.id).since(begun).until(begun), 0),
    ] {
        assert_eq!(list.send().await.unwrap().items.len(), expected, "{name}");
    }

    let mut walk = list().limit(1).object(made.id).stream();
    let mut sequences = Vec::new();
    while let Some(entry) = walk.next().await {
        sequences.push(entry.unwrap().sequence);
    }
    assert_eq!(sequences, [found[0].sequence, found[1].sequence]);
    let oldest = list().limit(1).object(made.id).sort("sequence").send().await.unwrap();
    assert_eq!(oldest.items[0].sequence, found[1].sequence);
    let first = list().limit(1).object(made.id).send().await.unwrap();
    let second = list().limit(1).object(made.id).cursor(first.next_cursor.unwrap()).send().await.unwrap();
    assert_eq!(second.items[0].sequence, found[1].sequence);

    let editor = stack.client_as(Role::Editor).await;
    assert!(editor.audit().list().send().await.unwrap_err().is_forbidden());
}
