//! Forms: editing, saving, merging with concurrent changes, drafts and undo.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use vitae_sdk::{CreateUser, IfMatch, Role, UpdateUser, draft_of};
use vitae_server_testkit::Stack;

use super::drive::{Drive, screen};
use super::server::{person, resume};
use crate::app::effect::Effect;
use crate::app::form_opening::FormOpening;
use crate::client::ticket::Requester;
use crate::overlays::Overlay;

const SIZE: (u16, u16) = (120, 40);

fn is_idle(model: &crate::app::model::Model) -> bool {
    model.overlays.current.is_none()
}

/// Creates an editor from a shell script.
fn editor(directory: &Path, script: &str) -> String {
    let path: PathBuf = directory.join("editor");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    path.display().to_string()
}

#[tokio::test]
async fn person_is_created_edited_and_undone() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let mut drive = Drive::open(&stack, Some(admin.clone()), SIZE, None);
    drive.sees("Administrator").await.goes_live().await;
    drive.press("n").sees("New person").await;
    // What is wrong is said where it is.
    drive
        .types("Ada Lovelace")
        .press("tab")
        .types("ada")
        .press("tab")
        .sees("expected an e-mail address")
        .await;
    drive.press("up").types("@example.com").press("tab space space ctrl-s").sees("save?").await;
    drive.sees("password: not set").await.press("y").sees("saved “Ada Lovelace” · u undoes it").await;
    let users = admin.users().list().email("ada@example.com").send().await.unwrap().items;
    let [ada] = &users[..] else { panic!("{users:?}") };
    drive
        .until(|model| model.screen().table().unwrap().current().unwrap().name() == "Ada Lovelace", "her row")
        .await;
    drive.press("e").sees("Edit “Ada Lovelace”").await;
    drive.types(" King").press("ctrl-s").sees("+ Ada Lovelace King").await;
    drive.press("y").sees("saved “Ada Lovelace King”").await;
    assert_eq!(admin.users().get(ada.id).await.unwrap().name.as_str(), "Ada Lovelace King");
    drive.press("u").sees("Undo the change").await.sees("+ Ada Lovelace").await;
    drive.press("y").sees("saved “Ada Lovelace”").await;
    assert_eq!(admin.users().get(ada.id).await.unwrap().name.as_str(), "Ada Lovelace");
}

#[tokio::test]
async fn concurrent_changes_are_merged_into_the_form() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let ada = person(&admin, "Ada").await;
    let mut drive = Drive::open(&stack, Some(admin.clone()), SIZE, None);
    drive.sees("ada@example.com").await.press("e").sees("Edit “Ada”").await.types(" King");
    let change = UpdateUser::new().email("king@example.com".to_owned());
    admin.users().update(ada.id, &change, IfMatch::Any).await.unwrap();
    drive.press("ctrl-s").sees("+ Ada King").await.press("y").sees("Their changes are merged").await;
    drive.press("y").sees("saved “Ada King”").await;
    let saved = admin.users().get(ada.id).await.unwrap();
    assert_eq!((saved.name.as_str(), saved.email.as_str()), ("Ada King", "king@example.com"));
    // Both change the same: ours stays in the field, theirs is beside it.
    drive.press("e").sees("Edit “Ada King”").await.types(" Noel");
    let change = UpdateUser::new().name("Countess".to_owned());
    admin.users().update(ada.id, &change, IfMatch::Any).await.unwrap();
    drive.press("ctrl-s y").sees("saved by another user: Countess").await.sees("Ada King Noel").await;
    drive.press("ctrl-s").sees("- Countess").await.press("y").sees("saved “Ada King Noel”").await;
    assert_eq!(admin.users().get(ada.id).await.unwrap().name.as_str(), "Ada King Noel");
}

#[tokio::test]
async fn rejected_field_shows_the_error_and_keeps_the_text() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    person(&admin, "Ada").await;
    let mut drive = Drive::open(&stack, Some(admin.clone()), SIZE, None);
    drive.sees("ada@example.com").await.press("n").sees("New person").await;
    drive.types("Another Ada").press("tab").types("ADA@example.com").press("ctrl-s y");
    drive.sees("another person has this e-mail address").await.sees("Another Ada").await;
    drive.press("home").types("another.").press("ctrl-s y").sees("saved “Another Ada”").await;
}

#[tokio::test]
async fn document_is_edited_checked_and_merged() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let paper = resume(&admin, None, "Engines").await;
    let home = tempfile::tempdir().unwrap();
    // First a fault, which the second round mends; the notes above the text tell what it was.
    let script = r#"
if grep -q '^// line' "$1"; then sed -i 's/"basics": 7/"basics": {"label": "Analyst"}/' "$1"
else printf '{\n  "basics": 7\n}\n' > "$1"; fi"#;
    let command = editor(home.path(), script);
    let mut drive =
        Drive::open_in(&stack, Some(admin.clone()), SIZE, Some("resumes"), Some(home.path()), &command);
    drive.sees("Engines").await.press("E").sees("The document of “Engines” has errors").await;
    drive.sees("line 2 column 13").await;
    let mut draft = draft_of(&paper);
    draft.tags.push("maths".to_owned());
    admin.resumes().replace(paper.id, &draft, IfMatch::Version(1)).await.unwrap();
    drive.press("e").sees("save?").await.sees("/basics/label").await;
    drive.press("y").sees("Their changes are merged").await.press("y").sees("saved “Engines”").await;
    let saved = admin.resumes().get(paper.id).await.unwrap();
    assert_eq!(saved.document.get(), "{\n  \"basics\": {\"label\": \"Analyst\"}\n}");
    assert_eq!(saved.tags.len(), 2);
    assert_eq!(std::fs::read_dir(drafts_in(home.path())).unwrap().count(), 0, "what is saved is no draft");
    // Taking it back is a change of its own, with the other's tag left in.
    drive.press("u").sees("Undo the change").await.press("y").sees("saved “Engines”").await;
    let back = admin.resumes().get(paper.id).await.unwrap();
    assert!(back.document.get().contains("Engineer"), "{}", back.document.get());
    assert_eq!((back.revision, back.tags.len()), (4, 2));
}

#[tokio::test]
async fn basics_of_a_resume_are_form_fields() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let paper = resume(&admin, None, "Engines").await;
    let mut drive = Drive::open(&stack, Some(admin.clone()), SIZE, Some("resumes"));
    drive.sees("Engines").await.press("e").sees("Edit “Engines”").await;
    drive.press("tab tab tab ctrl-u").types("Countess").press("tab").types("ada@example.com");
    drive.press("ctrl-s").sees("/basics/label").await.sees("/basics/email").await.press("y");
    drive.sees("saved “Engines”").await;
    let saved = admin.resumes().get(paper.id).await.unwrap();
    assert!(saved.document.get().contains(r#""label": "Countess""#), "{}", saved.document.get());
    // A new one is called as its document says.
    drive.press("n").sees("New resume").await.press("tab tab").types("Grace").press("ctrl-s");
    drive.sees("+ Grace").await.press("y").sees("saved “Grace”").await;
}

#[tokio::test]
async fn drafts_and_undo_steps_survive_a_restart() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let (ada, grace) = (person(&admin, "Ada").await, person(&admin, "Grace").await);
    let home = tempfile::tempdir().unwrap();
    let open = || {
        Drive::open_in(&stack, Some(admin.clone()), SIZE, Some("users sort=name"), Some(home.path()), "true")
    };
    let mut drive = open();
    drive.sees("Grace").await.press("e").sees("Edit “Ada”").await.types(" King").press("ctrl-s y");
    drive.sees("saved “Ada King”").await.press("j j d").sees("delete “Grace”?").await.press("y");
    drive.sees("deleted “Grace”").await.press("g e").sees("Edit “Ada King”").await.types(" Noel");
    // The console dies while a form is open.
    drop(drive);
    let mut drive = open();
    drive
        .sees("1 unsaved draft from an earlier run · w lists drafts")
        .await
        .sees("1 of 2")
        .await
        .press("w")
        .sees("“Ada King”")
        .await;
    drive.press("enter").sees("Ada King Noel").await.sees("This continues your unsaved draft").await;
    drive.press("esc").sees("kept as a draft").await.press("e").sees("Ada King Noel").await;
    drive.press("esc w d").sees("Discard this draft?").await.press("n").sees("1 part changed").await;
    drive.press("d").sees("cannot be restored").await.press("y").until(is_idle, "no draft").await;
    assert!(std::fs::read_dir(drafts_in(home.path())).unwrap().next().is_none());
    drive.press("u").sees("restored “Grace”").await;
    assert!(admin.users().get(grace.id).await.unwrap().deleted_at.is_none());
    // What has moved on since is not taken back, and it says so.
    let mut other = open();
    other.until(|model| model.history.undo.len() == 1, "the step that is left").await;
    other.sees("Grace").await;
    let change = UpdateUser::new().name("Countess".to_owned());
    admin.users().update(ada.id, &change, IfMatch::Any).await.unwrap();
    other.press("u").sees("“Ada King” was changed since").await;
    assert_eq!(admin.users().get(ada.id).await.unwrap().name.as_str(), "Countess");
}

#[tokio::test]
async fn expired_login_is_renewed_over_the_form() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let ada = person(&admin, "Ada").await;
    let mut drive = Drive::open(&stack, Some(stack.log_in(vitae_server_testkit::ADMIN).await), SIZE, None);
    drive.sees("ada@example.com").await.goes_live().await;
    drive.press("e").sees("Edit “Ada”").await.types(" King");
    let me = admin.me().get().await.unwrap();
    admin.users().revoke_sessions(me.id).await.unwrap();
    drive.sees("Your session was ended").await.types(vitae_server_testkit::PASSWORD).press("enter");
    drive.sees("Edit “Ada”").await.press("ctrl-s y").sees("saved “Ada King”").await;
    let admin = stack.log_in(vitae_server_testkit::ADMIN).await;
    assert_eq!(admin.users().get(ada.id).await.unwrap().name.as_str(), "Ada King");
}

#[tokio::test]
async fn passwords_are_set_and_never_shown_or_stored() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    person(&admin, "Ada").await;
    let home = tempfile::tempdir().unwrap();
    let mut drive = Drive::open_in(&stack, Some(admin.clone()), SIZE, None, Some(home.path()), "true");
    drive.sees("ada@example.com").await.press("P").sees("Password of Ada").await;
    drive.types("canary-secret").press("tab").types("canary-secre").press("enter").sees("do not match").await;
    assert!(!screen(&drive.model).contains("canary"));
    drive.types("t").press("enter").sees("the password was changed").await;
    let theirs = stack.client();
    theirs.auth().login("ada@example.com", &"canary-secret".into()).await.unwrap();
    // One's own wants the one that there is now.
    drive.press("6").sees("current").await.press("P").sees("Your own password").await;
    drive.types("canary-wrong").press("tab").types("canary-newest").press("tab").types("canary-newest");
    drive.press("enter").sees("expected the current password").await;
    drive.press("ctrl-u").types(vitae_server_testkit::PASSWORD).press("ctrl-s");
    drive.sees("your password was changed").await;
    assert!(!format!("{:?}", drive.model).contains("canary"));
    let files = std::process::Command::new("grep").args(["-r", "canary"]).arg(home.path()).output().unwrap();
    assert!(files.stdout.is_empty(), "{files:?}");
}

#[tokio::test]
async fn generated_password_must_be_changed_first() {
    const NEW: &str = "another horse battery staple";
    let stack = Stack::start_with_generated_password().await;
    let mut drive = Drive::open(&stack, None, SIZE, None);
    drive.sees("Log in").await.types(vitae_server_testkit::ADMIN).press("enter");
    drive
        .types(vitae_server_testkit::PASSWORD)
        .press("enter")
        .sees("This account has a generated password")
        .await;
    drive.sees("esc quit").await;
    // Keys that do something elsewhere are typed here.
    drive.press("q : ?").sees("•••").await.press("ctrl-u");
    drive.types(vitae_server_testkit::PASSWORD).press("tab").types("administrator").press("tab");
    drive.types("administrator").press("enter").sees("several unrelated words").await;
    drive.press("ctrl-u").types(NEW).press("tab ctrl-u").types(NEW).press("enter");
    drive.sees("your password was changed").await.sees("Administrator").await;
    drive.goes_live().await;
    drive.press("2").sees("There are no resumes here").await;
    assert!(drive.outside.iter().all(|effect| !matches!(effect, Effect::Quit)));
    stack.client().auth().login(vitae_server_testkit::ADMIN, &NEW.into()).await.unwrap();
}

#[tokio::test]
async fn required_password_form_can_only_be_left_by_quitting() {
    let stack = Stack::start_with_generated_password().await;
    let admin = stack.log_in(vitae_server_testkit::ADMIN).await;
    let mut drive = Drive::open(&stack, Some(admin), SIZE, Some("resumes"));
    drive.sees("This account has a generated password").await;
    drive.press("esc").sees("This account has a generated password").await;
    assert!(drive.outside.iter().any(|effect| matches!(effect, Effect::Quit)), "{:?}", drive.outside);
}

#[tokio::test]
async fn all_rows_are_marked_and_failed_changes_are_retried() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    for number in 0..130 {
        person(&admin, &format!("Person {number:03}")).await;
    }
    let mut drive = Drive::open(&stack, Some(admin.clone()), SIZE, Some("users person"));
    drive.sees("Person 129").await.press("A").sees("130 marked").await;
    drive.press("D").sees("disable 130 people?").await.sees("and 122 more").await.press("y");
    drive.sees("disabled 130 people").await;
    let left = admin.users().list().query("person").status(vitae_sdk::Status::Active).send().await.unwrap();
    assert!(left.items.is_empty());
}

#[tokio::test]
async fn member_can_edit_only_their_own_resumes() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    resume(&admin, None, "Not theirs").await;
    let member = stack.client_as(Role::Member).await;
    let mut drive = Drive::open(&stack, Some(member), SIZE, None);
    drive.sees("There are no resumes here").await.press("n").sees("New resume").await;
    drive.types("Mine").press("ctrl-s y").sees("saved “Mine”").await;
    let viewer = stack.client_as(Role::Viewer).await;
    let mut drive = Drive::open(&stack, Some(viewer), SIZE, Some("resumes"));
    drive
        .sees("Not theirs")
        .await
        .sees("viewer")
        .await
        .press("e")
        .sees("requires the role editor or admin")
        .await;
    drive.press("1").sees("Administrator").await.press("n").sees("requires the role admin").await;
}

fn drafts_in(home: &Path) -> PathBuf {
    let inner = |path: PathBuf| {
        let mut entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        entries.find(|path| path.is_dir()).unwrap()
    };
    inner(inner(home.to_owned())).join("drafts")
}

#[tokio::test]
async fn save_with_lost_response_is_not_repeated_with_other_content() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let mut drive = Drive::open(&stack, Some(admin.clone()), SIZE, None);
    drive.sees("Administrator").await.press("n").sees("New person").await;
    drive.types("Ada").press("tab").types("ada@example.com");
    let Some(Overlay::Form(form)) = &drive.model.overlays.current else { panic!("no form") };
    // The first response was lost, and the user typed on.
    let (email, name) = ("ada@example.com".to_owned(), "Ada".to_owned());
    let first = CreateUser::new(email, name).role(Role::Member);
    let ada = admin.users().with_idempotency_key(&form.draft.key).create(&first).await.unwrap();
    drive
        .press("up")
        .types(" King")
        .press("ctrl-s y")
        .sees("an earlier version of this form is already saved")
        .await;
    drive.press("e backspace backspace backspace backspace backspace ctrl-s y").sees("saved “Ada”").await;
    let all = admin.users().list().query("ada").send().await.unwrap().items;
    assert_eq!(all.iter().map(|user| user.id).collect::<Vec<_>>(), [ada.id]);
}

#[tokio::test]
async fn requests_of_the_previous_account_are_dropped_after_a_login() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let new = CreateUser::new("grace@example.com", "Grace").password("grace's own words".to_owned());
    admin.users().create(&new).await.unwrap();
    let mut drive = Drive::open(&stack, Some(admin), SIZE, None);
    drive.sees("grace@example.com").await.until(|model| model.session.me.is_some(), "who it is").await;
    let pending = drive.model.tickets.issuer(Requester::FormOpening).next();
    drive.model.form_opening = Some((pending, FormOpening::Form));
    drive.press("L").sees("Log in").await.press("up ctrl-u").types("grace@example.com").press("tab");
    drive.types("grace's own words").press("enter").sees("logged in as Grace").await;
    assert!(drive.model.form_opening.is_none());
}
