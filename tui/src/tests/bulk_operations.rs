//! Changes of one or many objects, undo and redo.

use vitae_sdk::{CreateUser, Deleted, IfMatch, Role, UpdateUser};
use vitae_server_testkit::{PASSWORD, Stack};

use super::drive::{Drive, screen};
use super::server::{person, resume};

#[tokio::test]
async fn deletion_is_confirmed_and_can_be_undone() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let ada = person(&admin, "Ada Lovelace").await;
    resume(&admin, Some(ada.id), "Analytical Engines").await;
    let mut drive = Drive::open(&stack, Some(admin.clone()), (120, 40), None);
    drive.sees("Ada Lovelace").await.goes_live().await;
    drive.press("d").sees("delete “Ada Lovelace”?").await.sees("Their resumes are deleted too").await;
    drive.press("n").until(|model| model.overlays.current.is_none(), "no question").await;
    assert!(admin.users().get(ada.id).await.unwrap().deleted_at.is_none());
    drive.press("d y").sees("deleted “Ada Lovelace” · u undoes it").await;
    drive
        .until(|model| model.screen().table().unwrap().current().unwrap().is_deleted(), "the row deleted")
        .await;
    drive.press("u").sees("restored “Ada Lovelace”").await;
    assert!(admin.users().get(ada.id).await.unwrap().deleted_at.is_none());
    // Redoing it deletes again, so it asks.
    drive.press("U").sees("delete “Ada Lovelace”?").await;
}

#[tokio::test]
async fn bulk_change_skips_objects_changed_since() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let mut people = Vec::new();
    for name in ["Ada", "Grace", "Hedy"] {
        people.push(person(&admin, name).await);
    }
    let mut drive = Drive::open(&stack, Some(admin.clone()), (120, 40), None);
    drive.sees("Hedy").await.goes_live().await;
    drive.press("space space space").sees("3 marked").await;
    // Another user changes one of the marked objects first.
    let change = UpdateUser::new().name("Grace Hopper".to_owned());
    admin.users().update(people[1].id, &change, IfMatch::Any).await.unwrap();
    drive.sees("Grace Hopper").await.press("d").sees("delete 3 people?").await;
    drive.press("y").sees("deleted 2 of 3 · . retries the failed part").await;
    let gone = admin.users().list().deleted(Deleted::Only).sort("name").send().await.unwrap().items;
    assert_eq!(gone.iter().map(|user| user.name.as_str()).collect::<Vec<_>>(), ["Ada", "Hedy"]);
    drive.press("u").sees("restore 2 people?").await.press("y").sees("restored 2 people").await;
    assert!(admin.users().list().deleted(Deleted::Only).send().await.unwrap().items.is_empty());
}

#[tokio::test]
async fn deleting_ones_own_account_warns_and_promises_no_undo() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let second =
        CreateUser::new("second@example.com", "Second").role(Role::Admin).password(PASSWORD.to_owned());
    admin.users().create(&second).await.unwrap();
    let ada = person(&admin, "Ada").await;
    let mut drive = Drive::open(&stack, Some(admin.clone()), (120, 40), None);
    drive.sees("Ada").await.goes_live().await;
    drive.press("d").sees("u undoes it").await.press("n");
    // Own account first, so that the order of the deletions matters.
    drive.press("j j space k k space").sees("2 marked").await.press("d").sees("delete 2 people?").await;
    drive.sees("This includes your own account").await;
    assert!(!screen(&drive.model).contains("undoes it"));
    drive.press("y").until(|model| model.bulk_operation.is_none(), "the end of the change").await;
    let second = stack.log_in("second@example.com").await;
    assert!(second.users().get(ada.id).await.unwrap().deleted_at.is_some());
    let deleted = second.users().list().deleted(Deleted::Only).send().await.unwrap().items;
    assert_eq!(deleted.len(), 2, "{deleted:?}");
}

#[tokio::test]
async fn protected_profile_requires_the_name_and_read_only_blocks_changes() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let ada = person(&admin, "Ada").await;
    let mut drive = Drive::open(&stack, Some(admin.clone()), (120, 40), None);
    drive.model.session.profile.is_protected = true;
    drive.sees("ada@example.com").await.press("ctrl-r d").sees("the console is read-only").await;
    drive.press("ctrl-r d").sees("Type Ada and press enter").await;
    drive.press("y enter").sees("Type Ada and press enter").await;
    drive.press("backspace A d a enter").sees("deleted “Ada”").await;
    assert!(admin.users().get(ada.id).await.unwrap().deleted_at.is_some());
}

#[tokio::test]
async fn person_is_disabled_and_enabled() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    person(&admin, "Ada").await;
    let mut drive = Drive::open(&stack, Some(admin.clone()), (120, 40), None);
    drive.sees("ada@example.com").await.goes_live().await;
    drive.press("D").sees("cannot log in").await.press("y").sees("disabled “Ada”").await;
    drive.press("j k").sees("member disabled").await;
    drive.press("D").sees("enabled “Ada”").await.press("j k").sees("member active").await;
}

#[tokio::test]
async fn viewer_cannot_change_anything() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    resume(&admin, None, "Not theirs").await;
    let viewer = stack.client_as(Role::Viewer).await;
    let mut drive = Drive::open(&stack, Some(viewer), (120, 40), Some("resumes"));
    drive.sees("Not theirs").await.sees("viewer").await;
    drive.press("d").sees("requires the role editor or admin").await;
    drive.press("1").sees("Administrator").await.press("d").sees("requires the role admin").await;
}

#[tokio::test]
async fn repeated_undo_goes_further_back_and_redo_has_its_own_key() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let ada = person(&admin, "Ada").await;
    let mut drive = Drive::open(&stack, Some(admin.clone()), (120, 40), None);
    drive.sees("ada@example.com").await.goes_live().await;
    for suffix in [" King", " Noel"] {
        drive.press("e").sees("Edit “").await.types(suffix).press("ctrl-s y").sees("saved “Ada").await;
        drive.until(|model| model.overlays.current.is_none(), "the form is closed").await;
    }
    let name = async || admin.users().get(ada.id).await.unwrap().name.as_str().to_owned();
    assert_eq!(name().await, "Ada King Noel");
    drive.press("u").sees("+ Ada King").await.press("y").sees("saved “Ada King” · U redoes it").await;
    drive.press("u").sees("- Ada King").await.press("y").sees("saved “Ada” · U redoes it").await;
    assert_eq!(name().await, "Ada");
    drive.press("U").sees("+ Ada King").await.press("y").sees("saved “Ada King” · u undoes it").await;
    drive.press("U").sees("+ Ada King Noel").await.press("y").sees("saved “Ada King Noel” · u undoes").await;
    assert_eq!(name().await, "Ada King Noel");
    // A deletion in between, too: restored, she is as the edits left her.
    drive
        .press("d y")
        .sees("deleted “Ada King Noel”")
        .await
        .press("u")
        .sees("restored “Ada King Noel”")
        .await;
    drive.press("u").sees("+ Ada King").await.press("y").sees("saved “Ada King”").await;
    // A new change ends what could be redone.
    drive.press("D y").sees("disabled “Ada King”").await;
    assert!(drive.model.history.redo.is_empty());
}

#[tokio::test]
async fn interrupted_bulk_change_can_be_undone_for_changed_objects() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    for number in 0..30 {
        person(&admin, &format!("Person {number:02}")).await;
    }
    let deleted = async || {
        let list = admin.users().list().deleted(Deleted::Only).count(true).send().await.unwrap();
        list.total.unwrap()
    };
    let home = tempfile::tempdir().unwrap();
    let open = || {
        let place = Some("users person");
        Drive::open_in(&stack, Some(admin.clone()), (120, 40), place, Some(home.path()), "true")
    };
    // An older change, whose step must not be the one that is offered.
    let mut drive = open();
    drive
        .sees("Person 29")
        .await
        .press("D y")
        .sees("disabled “Person 29”")
        .await
        .press("u")
        .sees("enabled")
        .await;
    drive.press("A").sees("30 marked").await.press("d").sees("delete 30 people?").await.press("y");
    let is_half_done = |model: &crate::app::model::Model| {
        model.bulk_operation.as_ref().is_some_and(|work| work.done.len() == 10)
    };
    drive.until(is_half_done, "ten are deleted").await;
    // Quitting asks, and goes on while it does.
    drive.press("q").sees("Quit now?").await.press("n");
    assert!(drive.model.bulk_operation.is_some() && drive.outside.is_empty());
    drive.press("ctrl-c ctrl-c");
    assert!(matches!(drive.outside[..], [crate::app::effect::Effect::Quit]));
    drop(drive);
    let gone = deleted().await;
    assert!((10..30).contains(&gone), "{gone}");
    let mut drive = open();
    drive.until(|model| !model.history.undo.is_empty(), "the step").await;
    // The one that was on its way when it was killed counts, whether it was deleted or not.
    drive.sees("Person").await.press("u").sees("restore 1").await.press("y");
    drive.until(|model| model.bulk_operation.is_none() && model.history.undo.is_empty(), "the end").await;
    assert_eq!(deleted().await, 0);
}

#[tokio::test]
async fn pane_never_shows_the_text_of_another_row() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    for title in ["First", "Second"] {
        resume(&admin, None, title).await;
    }
    let mut drive = Drive::open(&stack, Some(admin.clone()), (140, 40), Some("resumes sort=title"));
    drive.sees("Engineer").await;
    let first = drive.model.screen().table().unwrap().current().unwrap().name();
    drive.press("j");
    // The response is not there yet: nothing was read since the key.
    let shown = super::drive::screen(&drive.model);
    assert!(shown.contains("loading …") && !shown.contains("Engineer"), "after {first}:\n{shown}");
    drive.sees("Engineer").await;
}
