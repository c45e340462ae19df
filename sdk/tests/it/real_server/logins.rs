//! Logins at the real server: refreshed, shared, ended.

use std::path::Path;

use tokio::time::timeout;
use vitae_sdk::{
    Client, ExposeSecret as _, FileStore, IfMatch, MemoryStore, Role, TokenStore as _, UpdateUser,
};
use vitae_server_testkit::{ADMIN, PASSWORD, Stack};

use super::{LATER, TIMEOUT, person, retrying_client, start};

fn shared(stack: &Stack, directory: &Path) -> (Client, FileStore) {
    let store = FileStore::new(directory.join("login.json"), ADMIN);
    let builder = Client::builder().base_url(stack.url()).lock_dir(directory.join("locks"));
    (builder.token_store(store.clone()).build().unwrap(), store)
}

fn refresh_token(store: &FileStore) -> String {
    let login = store.load().unwrap().expect("there is a login");
    login.refresh_token().unwrap().expose_secret().to_owned()
}

#[tokio::test]
async fn login_and_logout() {
    let stack = Stack::start().await;
    let client = stack.client();
    assert!(client.me().get().await.unwrap_err().is_unauthenticated());
    let error = client.auth().login(ADMIN, &"wrong password".to_owned().into()).await.unwrap_err();
    assert_eq!((error.code(), error.is_unauthenticated()), (Some("invalid_credentials"), true));

    let user = client.auth().login(ADMIN, &PASSWORD.to_owned().into()).await.unwrap();
    assert_eq!(client.me().get().await.unwrap(), user);
    let state = client.auth().login_state().await.unwrap().unwrap();
    assert_eq!((state.user_id, state.renewable), (Some(user.id), true));
    let sessions = client.me().sessions().await.unwrap();
    assert_eq!(state.session_id, Some(sessions[0].id));
    assert!(sessions[0].current && sessions[0].client.as_str().starts_with("vitae-sdk/"));

    client.auth().logout().await.unwrap();
    client.auth().logout().await.unwrap();
    assert!(client.me().get().await.unwrap_err().is_unauthenticated());
}

#[tokio::test]
async fn sessions_can_be_revoked_singly_and_all_at_once() {
    let (stack, admin) = start().await;
    let user = person(&admin, "grace@example.com", Role::Viewer).await;
    let (one, two, three) = (
        stack.log_in("grace@example.com").await,
        stack.log_in("grace@example.com").await,
        stack.log_in("grace@example.com").await,
    );
    let second = two.auth().login_state().await.unwrap().unwrap().session_id.unwrap();
    one.me().revoke_session(second).await.unwrap();
    assert!(two.me().get().await.unwrap_err().is_unauthenticated(), "at once");
    assert!(two.auth().login_state().await.unwrap().is_none(), "and forgotten");
    assert_eq!(one.me().sessions().await.unwrap().len(), 2);
    assert_eq!(admin.users().sessions(user.id).await.unwrap().len(), 2);
    admin.users().revoke_sessions(user.id).await.unwrap();
    for client in [one, three] {
        assert!(client.me().get().await.unwrap_err().is_unauthenticated());
    }
}

#[tokio::test]
async fn new_password_ends_other_sessions() {
    let (stack, admin) = start().await;
    let user = person(&admin, "grace@example.com", Role::Viewer).await;
    let login = stack.log_in("grace@example.com").await;
    let new = "another horse battery staple".to_owned().into();
    admin.users().set_password(user.id, &new).await.unwrap();
    assert!(login.me().get().await.unwrap_err().is_unauthenticated());
    let old = login.auth().login("grace@example.com", &PASSWORD.to_owned().into()).await;
    assert!(old.unwrap_err().is_unauthenticated());
    login.auth().login("grace@example.com", &new).await.unwrap();

    // The session that changed the password continues.
    let other = stack.client();
    other.auth().login("grace@example.com", &new).await.unwrap();
    let wrong = login.me().change_password(&PASSWORD.to_owned().into(), &new).await.unwrap_err();
    assert!(wrong.problem().is_some_and(|problem| problem.errors.len() == 1), "{wrong:?}");
    login.me().change_password(&new, &PASSWORD.to_owned().into()).await.unwrap();
    login.me().get().await.unwrap();
    assert!(other.me().get().await.unwrap_err().is_unauthenticated());
}

#[tokio::test]
async fn new_role_takes_effect_at_once() {
    let (stack, admin) = start().await;
    let user = person(&admin, "grace@example.com", Role::Member).await;
    let client = stack.log_in("grace@example.com").await;
    assert!(client.users().list().send().await.unwrap_err().is_forbidden());
    let promote = UpdateUser::new().role(Role::Viewer);
    admin.users().update(user.id, &promote, IfMatch::Version(1)).await.unwrap();
    assert_eq!(client.users().list().send().await.unwrap().items.len(), 2);
    assert_eq!(client.me().get().await.unwrap().role, Role::Viewer);
}

#[tokio::test]
async fn expired_token_is_refreshed_and_shared() {
    let stack = Stack::start().await;
    let directory = tempfile::tempdir().unwrap();
    let (one, store) = shared(&stack, directory.path());
    let (two, _) = shared(&stack, directory.path());
    one.auth().login(ADMIN, &PASSWORD.to_owned().into()).await.unwrap();
    two.me().get().await.unwrap();
    let mut spent = refresh_token(&store);
    for _ in 0..2 {
        stack.advance(LATER);
        one.me().get().await.unwrap();
        let newest = refresh_token(&store);
        assert_ne!(newest, spent, "one has renewed the login");
        two.me().get().await.unwrap();
        assert_eq!(refresh_token(&store), newest, "two has adopted it");
        spent = newest;
    }
    assert_eq!(one.me().sessions().await.unwrap().len(), 1);
    let state = one.auth().refresh().await.unwrap();
    assert!(state.renewable && refresh_token(&store) != spent);

    // At the same time: one refreshes, the other waits for it.
    stack.advance(LATER);
    let (first, second) = (one.me(), two.me());
    let (first, second) = tokio::join!(first.get(), second.get());
    assert_eq!(first.unwrap(), second.unwrap());
}

#[tokio::test]
async fn copied_login_is_revoked_for_both() {
    let stack = Stack::start().await;
    let store = MemoryStore::new();
    let owner = retrying_client(&stack, store.clone());
    owner.auth().login(ADMIN, &PASSWORD.to_owned().into()).await.unwrap();
    let thief = retrying_client(&stack, MemoryStore::holding(store.load().unwrap().unwrap()));
    owner.auth().refresh().await.unwrap();
    owner.me().get().await.unwrap();

    let error = thief.auth().refresh().await.unwrap_err();
    assert_eq!((error.code(), error.next_step()), (Some("invalid_refresh_token"), Some("log in again")));
    // The owner's access token is rejected as soon as the gateway receives the revocation.
    let ended = async {
        loop {
            if let Err(error) = owner.me().get().await {
                return error;
            }
        }
    };
    assert!(timeout(TIMEOUT, ended).await.unwrap().is_unauthenticated());
    assert!(store.load().unwrap().is_none(), "what has ended is forgotten");
    owner.auth().login(ADMIN, &PASSWORD.to_owned().into()).await.unwrap();
    owner.me().get().await.unwrap();
}

#[tokio::test]
async fn login_survives_a_server_restart() {
    let mut stack = Stack::start().await;
    let store = MemoryStore::new();
    let client = retrying_client(&stack, store.clone());
    client.auth().login(ADMIN, &PASSWORD.to_owned().into()).await.unwrap();
    stack.kill().await;
    stack.advance(LATER);
    let me = client.me();
    let (found, ()) = tokio::join!(me.get(), stack.restart());
    assert_eq!(found.unwrap().email.as_str(), ADMIN);
    stack.restart().await;
    client.me().get().await.unwrap();
    assert_eq!(client.me().sessions().await.unwrap().len(), 1);
}
