//! The console connected to a real server in this process.

use vitae_sdk::{Client, CreateResume, CreateUser, RawValue, Role};
use vitae_server_testkit::{ADMIN, PASSWORD, Stack};

use super::drive::Drive;

pub(super) async fn person(client: &Client, name: &str) -> vitae_sdk::User {
    let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
    let new = CreateUser::new(email, name);
    client.users().create(&new).await.unwrap()
}

pub(super) async fn resume(
    client: &Client,
    owner: Option<vitae_sdk::UserId>,
    title: &str,
) -> vitae_sdk::Resume {
    let document = format!(r#"{{"basics":{{"name":"{title}","label":"Engineer"}}}}"#);
    let document = RawValue::from_string(document).unwrap();
    let new = CreateResume::new(title, document).owner_id(owner).tags(["rust"]);
    client.resumes().create(&new).await.unwrap()
}

#[tokio::test]
async fn people_resumes_and_audit_entries_are_found_by_keys() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let ada = person(&admin, "Ada Lovelace").await;
    let paper = resume(&admin, Some(ada.id), "Analytical Engines").await;
    let mut drive = Drive::open(&stack, Some(admin.clone()), (120, 40), None);
    drive.sees("Ada Lovelace").await.sees("admin@localhost · admin").await;
    drive.press("/").types("lovelace").sees("1 of 1").await;
    drive.press("enter enter").sees("ada.lovelace@example.com · member · active").await;
    drive.sees("Analytical Engines").await.sees("Engineer").await;
    drive.press("enter h").sees("created").await.sees("did not exist before").await;
    drive.press("[ [ tab tab").sees("users.user.created").await;
    drive.press("esc").sees("/lovelace").await;
    // What changes meanwhile changes on the screen.
    admin.users().delete(ada.id, None).await.unwrap();
    drive.sees("deleted").await;
    drive.press("5").sees("Analytical Engines").await;
    drive.press("i").sees(&format!("copied: {}", paper.id)).await;
}

#[tokio::test]
async fn revoked_session_asks_for_a_login_over_the_screen() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let mut drive = Drive::open(&stack, Some(stack.log_in(ADMIN).await), (120, 40), None);
    drive.sees("Administrator").await;
    drive.goes_live().await;
    let me = admin.me().get().await.unwrap();
    admin.users().revoke_sessions(me.id).await.unwrap();
    drive.sees("Your session was ended").await.sees("Administrator").await;
    drive.types("wrong password").press("enter").sees("E-mail or password is wrong").await;
    drive.types(PASSWORD).press("enter").sees("logged in as Administrator").await;
    drive.press("2").sees("There are no resumes here").await;
    drive.goes_live().await;
}

#[tokio::test]
async fn lost_connection_is_shown_and_restored() {
    let mut stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let mut drive = Drive::open(&stack, Some(admin), (120, 40), None);
    drive.sees("Administrator").await;
    drive.goes_live().await;
    stack.kill().await;
    drive.sees("connection lost").await;
    drive.press("2").sees("The server cannot be reached").await.sees("retried automatically").await;
    stack.restart().await;
    drive.sees("There are no resumes here").await;
    drive.goes_live().await;
}

#[tokio::test]
async fn member_starts_with_their_own_resumes() {
    let stack = Stack::start().await;
    let member = stack.client_as(Role::Member).await;
    resume(&member, None, "Mine").await;
    let mut drive = Drive::open(&stack, Some(member), (120, 40), None);
    drive.sees("Mine").await;
    drive.press("1").sees("requires the role viewer, editor or admin").await;
}

#[tokio::test]
async fn copied_address_opens_the_same_screen() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let ada = person(&admin, "Ada Lovelace").await;
    resume(&admin, Some(ada.id), "Analytical Engines").await;
    let mut drive = Drive::open(&stack, Some(admin.clone()), (120, 40), Some("users ada sort=-name"));
    drive.sees("Ada Lovelace").await.press("Y").sees("copied: vitae://users?q=ada&sort=-name&at=").await;
    drive
        .press(":")
        .types("resumes owner=ada.lovelace@example.com")
        .press("enter")
        .sees("Analytical Engines")
        .await;
    drive
        .press(":")
        .types("user nobody@example.com")
        .press("enter")
        .sees("no person has the e-mail address")
        .await;
}

#[tokio::test]
async fn audit_record_shows_names() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let ada = person(&admin, "Ada Lovelace").await;
    // The record hears of it a moment later.
    while admin.audit().list().object(ada.id).send().await.unwrap().items.is_empty() {}
    let mut drive = Drive::open(&stack, Some(admin.clone()), (120, 40), Some("audit users."));
    drive.sees("user Ada Lovelace").await.sees("Administrator").await;
}
