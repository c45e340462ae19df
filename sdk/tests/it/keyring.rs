//! Logins in a real Secret Service: gnome-keyring on a bus and in a home directory of its own.

use std::env;
use std::error::Error as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use vitae_sdk::{ExposeSecret as _, KeyringStore, MemoryStore, StoreErrorKind, TokenStore as _};

use crate::mock::{Reply, Server, login, tokens, user};
use crate::subprocess;

const SERVER: &str = "http://127.0.0.1:7878";
/// A bus with an unlocked keyring, and then the test.
pub(crate) const UNLOCKED: &str =
    "printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec \"$0\" \"$@\"";
/// A bus with a locked keyring.
const LOCKED: &str = "exec \"$0\" \"$@\"";

/// Whether the programs are installed; without them the tests fail, unless they are skipped explicitly.
fn is_possible() -> bool {
    if env::var_os("VITAE_SKIP_KEYRING").is_some_and(|value| value == "1") {
        #[expect(clippy::print_stdout, reason = "a skipped test must be reported")]
        {
            println!("SKIPPED: the keyring tests, by VITAE_SKIP_KEYRING=1");
        }
        return false;
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let is_missing = |program: &&str| !env::split_paths(&path).any(|dir| dir.join(program).exists());
    let missing: Vec<_> =
        ["dbus-run-session", "gnome-keyring-daemon"].into_iter().filter(is_missing).collect();
    assert!(
        missing.is_empty(),
        "{} not found: install dbus and gnome-keyring, or set VITAE_SKIP_KEYRING=1",
        missing.join(" and ")
    );
    true
}

/// Gives a command a home directory without a keyring.
fn at_home(command: &mut Command, home: &Path) {
    command.env("HOME", home).env("XDG_RUNTIME_DIR", home).env_remove("DBUS_SESSION_BUS_ADDRESS");
    for variable in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "DISPLAY", "WAYLAND_DISPLAY"] {
        command.env_remove(variable);
    }
}

pub(crate) async fn on_a_bus(script: &str, test: &str) {
    if !is_possible() {
        return;
    }
    let home = TempDir::new().unwrap();
    let mut command = subprocess::command(&["dbus-run-session", "--", "sh", "-c", script], test);
    at_home(&mut command, home.path());
    subprocess::run(command).await;
}

fn store(account: &str) -> KeyringStore {
    KeyringStore::new(account, SERVER).unwrap().timeout(Duration::from_secs(10))
}

#[tokio::test]
async fn unlocked_keyring_stores_logins() {
    on_a_bus(UNLOCKED, "keyring::inside_unlocked").await;
}

#[tokio::test]
#[ignore = "run by the test above, on a bus of its own"]
async fn inside_unlocked() {
    if !subprocess::is_inside() {
        return;
    }
    keyring_entries_are_separate().await;
    client_refreshes_the_login_in_the_keyring().await;
}

async fn keyring_entries_are_separate() {
    let work = || {
        let (ada, grace) = (store("ada@example.com"), store("grace@example.com"));
        assert!(ada.load().unwrap().is_none());
        ada.clear().unwrap();
        ada.probe().unwrap();
        assert!(ada.load().unwrap().is_none(), "a probe leaves nothing");
        ada.save(&login("ada", 60)).unwrap();
        grace.save(&login("grace", 60)).unwrap();
        ada.save(&login("ada-2", 60)).unwrap();
        let access = |store: &KeyringStore| {
            let login = store.load().unwrap().unwrap();
            login.access_token().expose_secret().to_owned()
        };
        // The same origin, written differently.
        let same = KeyringStore::new("ada@example.com", "HTTP://127.0.0.1:7878/").unwrap();
        assert_eq!(access(&same), "access-ada-2");
        assert!(ada.load_device().unwrap().is_none());
        ada.save_device(&"vd1_ada".to_owned().into()).unwrap();
        ada.clear().unwrap();
        assert!(ada.load().unwrap().is_none());
        assert_eq!(access(&grace), "access-grace");
        assert_eq!(same.load_device().unwrap().unwrap().expose_secret(), "vd1_ada", "it outlives the login");
        assert!(grace.load_device().unwrap().is_none());

        let large = login(&"x".repeat(600), 60);
        let error = ada.save(&large).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::TooLarge);
        assert!(ada.load().unwrap().is_none());
    };
    tokio::task::spawn_blocking(work).await.unwrap();
}

async fn client_refreshes_the_login_in_the_keyring() {
    let server = Server::start(|request, _| match request.target.as_str() {
        "/v1/auth/login" => {
            let mut tokens = tokens("1");
            tokens["expires_in"] = 0.into();
            Reply::json(&tokens)
        }
        "/v1/auth/refresh" => Reply::json(&tokens("2")),
        "/v1/auth/logout" => Reply::empty(),
        _ => Reply::json(&user()),
    })
    .await;
    let locks = TempDir::new().unwrap();
    let store = KeyringStore::new("ada@example.com", &server.url).unwrap();
    let client = server.builder(store.clone()).lock_dir(locks.path()).build().unwrap();
    let password = "correct horse".to_owned().into();
    client.auth().login("ada@example.com", &password).await.unwrap();
    client.me().get().await.unwrap();
    assert_eq!(server.requests().pop().unwrap().bearer(), Some("access-2"));
    let state = client.auth().login_state().await.unwrap().unwrap();
    assert_eq!((state.source.as_str(), state.account.as_deref()), ("keyring", Some("ada@example.com")));
    client.auth().logout().await.unwrap();
    assert!(client.auth().login_state().await.unwrap().is_none());
}

#[tokio::test]
async fn locked_keyring_fails_before_the_password_is_sent() {
    on_a_bus(LOCKED, "keyring::inside_locked").await;
}

#[tokio::test]
#[ignore = "run by the test above, on a bus of its own"]
async fn inside_locked() {
    if !subprocess::is_inside() {
        return;
    }
    let server = Server::always(|| Reply::json(&tokens("1"))).await;
    let locks = TempDir::new().unwrap();
    let builder = server.builder(store("ada@example.com"));
    let client = builder.lock_dir(locks.path()).build().unwrap();
    let password = "correct horse".to_owned().into();
    let error = client.auth().login("ada@example.com", &password).await.unwrap_err();
    assert_eq!(error.store_error().map(vitae_sdk::StoreError::kind), Some(StoreErrorKind::Locked));
    assert_eq!(error.next_step(), Some("unlock the keyring, then repeat the command"));
    assert!(error.source().is_some());
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn missing_keyring_is_an_error() {
    let home = TempDir::new().unwrap();
    let mut command = subprocess::command(&[], "keyring::inside_without_keyring");
    at_home(&mut command, home.path());
    subprocess::run(command).await;
}

#[tokio::test]
#[ignore = "run by the test above, without a bus"]
async fn inside_without_keyring() {
    if !subprocess::is_inside() {
        return;
    }
    let store = store("ada@example.com");
    for outcome in [store.load().map(drop), store.probe(), store.save(&login("0", 60)), store.clear()] {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Absent, "{error:?}");
        assert!(error.next_step().contains("--insecure-storage"));
        assert!(error.source().is_some(), "why there is none");
    }
}

#[tokio::test]
async fn hanging_keyring_is_an_error() {
    let home = TempDir::new().unwrap();
    let socket = home.path().join("bus");
    // Accepts connections and never responds.
    let _bus = UnixListener::bind(&socket).unwrap();
    let mut command = subprocess::command(&[], "keyring::inside_hanging");
    at_home(&mut command, home.path());
    command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", socket.display()));
    subprocess::run(command).await;
}

#[tokio::test]
#[ignore = "run by the test above, with a bus that does not respond"]
async fn inside_hanging() {
    if !subprocess::is_inside() {
        return;
    }
    let store = store("ada@example.com").timeout(Duration::from_millis(50));
    let error = store.load().unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout, "{error:?}");
    // The thread that still waits blocks neither the program nor another store.
    let server = Server::always(|| Reply::json(&user())).await;
    server.client(MemoryStore::holding(login("0", 3600))).me().get().await.unwrap();
}
