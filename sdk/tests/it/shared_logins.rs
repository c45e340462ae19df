//! Logins shared by several programs; here, by several independent clients.

use std::fs::{self, File};
use std::time::Duration;

use tempfile::TempDir;
use vitae_sdk::{Code, FileStore, TokenStore as _};

use crate::mock::{Reply, Server, login, tokens, user};

const REFRESH: &str = "POST /v1/auth/refresh";

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_share_a_login_make_one_refresh() {
    let server = Server::start(|request, _| match request.line().as_str() {
        REFRESH if request.json()["refresh_token"] == "refresh-0" => Reply::json(&tokens("1")),
        REFRESH => Reply::problem(Code::InvalidRefreshToken),
        _ => Reply::json(&user()),
    })
    .await;
    let home = TempDir::new().unwrap();
    let store = FileStore::new(home.path().join("login"), "ada@example.com");
    store.save(&login("0", 0)).unwrap();
    let programs: Vec<_> = (0..16)
        .map(|_| {
            let client = server.builder(store.clone()).lock_dir(home.path().join("locks")).build().unwrap();
            tokio::spawn(async move { client.me().get().await.map(drop) })
        })
        .collect();
    for program in programs {
        program.await.unwrap().unwrap();
    }
    assert_eq!(server.count(REFRESH), 1);
}

#[tokio::test]
async fn no_refresh_without_the_lock() {
    let server = Server::start(|_, before| Reply::json(&tokens(&format!("new-{before}")))).await;
    let home = TempDir::new().unwrap();
    let locks = home.path().join("locks");
    let store = FileStore::new(home.path().join("login"), "ada@example.com");
    store.save(&login("0", 0)).unwrap();
    let build = |timeout| server.builder(store.clone()).lock_dir(&locks).timeout(timeout).build().unwrap();
    let client = build(Duration::from_secs(30));
    // Find the name of the lock, then hold it like another program.
    client.auth().refresh().await.unwrap();
    let lock = fs::read_dir(&locks).unwrap().next().unwrap().unwrap();
    let file = File::options().write(true).open(lock.path()).unwrap();
    file.lock().unwrap();

    let hasty = build(Duration::from_millis(50));
    let error = hasty.auth().refresh().await.unwrap_err();
    assert!(error.is_retryable() && !error.is_unauthenticated(), "{error}");
    assert_eq!(server.count(REFRESH), 1);
    file.unlock().unwrap();
    client.auth().refresh().await.unwrap();
    assert_eq!(server.count(REFRESH), 2);
}

#[tokio::test]
async fn accounts_and_servers_have_separate_locks() {
    let server = Server::always(|| Reply::json(&tokens("1"))).await;
    let home = TempDir::new().unwrap();
    for account in ["ada@example.com", "grace@example.com"] {
        let store = FileStore::new(home.path().join(account), account);
        store.save(&login("0", 0)).unwrap();
        let builder = server.builder(store).lock_dir(home.path().join("locks"));
        builder.build().unwrap().auth().refresh().await.unwrap();
    }
    let locks = fs::read_dir(home.path().join("locks")).unwrap();
    let names: Vec<_> = locks.map(|lock| lock.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names.len(), 2);
    for name in names {
        let (hash, end) = name.split_at(64);
        assert!(hash.bytes().all(|b| b.is_ascii_hexdigit()) && end == ".lock", "{name}");
    }
}

#[tokio::test]
async fn shared_store_needs_a_lock_directory() {
    let error = vitae_sdk::Client::builder()
        .base_url("http://127.0.0.1:1")
        .token_store(FileStore::new("login", "ada@example.com"))
        .build()
        .unwrap_err();
    assert!(error.is_invalid_input());
    assert_eq!(error.next_step(), Some("set one with `lock_dir`"));
}
