//! Token stores.

use std::env;
use std::fs;
use std::path::Path;

use tempfile::TempDir;
use vitae_sdk::{ExposeSecret as _, FileStore, StaticToken, StoreErrorKind, StoredLogin, TokenStore};

use crate::mock::login;
use crate::subprocess;

fn access(store: &dyn TokenStore) -> Option<String> {
    let login = store.load().unwrap()?;
    Some(login.access_token().expose_secret().to_owned())
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn file_stores_a_login() {
    let home = TempDir::new().unwrap();
    let directory = home.path().join("not/there/yet");
    let store = FileStore::new(directory.join("login.json"), "ada@example.com");
    assert_eq!(access(&store), None);
    store.clear().unwrap();
    store.probe().unwrap();
    assert_eq!(access(&store), None, "a probe leaves nothing");
    for name in ["0", "1"] {
        store.save(&login(name, 60)).unwrap();
        assert_eq!(access(&store), Some(format!("access-{name}")));
        assert_eq!(names(&directory), ["login.json"], "nothing lies around");
    }
    let text = fs::read_to_string(store.path()).unwrap();
    assert_eq!(StoredLogin::from_text(&text).unwrap().to_text().expose_secret(), text);
    assert_eq!(store.account().as_deref(), Some("ada@example.com"));
    store.clear().unwrap();
    assert_eq!(access(&store), None);
    assert!(names(&directory).is_empty());
}

#[test]
fn device_token_outlives_the_login() {
    let home = TempDir::new().unwrap();
    let file = FileStore::new(home.path().join("logins/ada"), "ada@example.com");
    let memory = vitae_sdk::MemoryStore::new();
    for store in [&file as &dyn TokenStore, &memory] {
        let device = || store.load_device().unwrap().map(|token| token.expose_secret().to_owned());
        assert_eq!(device(), None);
        store.save(&login("0", 60)).unwrap();
        for token in ["vd1_one", "vd1_two"] {
            store.save_device(&token.to_owned().into()).unwrap();
            assert_eq!(device().as_deref(), Some(token));
        }
        assert_eq!(access(store).as_deref(), Some("access-0"));
        store.clear().unwrap();
        assert_eq!((access(store), device().as_deref()), (None, Some("vd1_two")));
    }
    assert_eq!(names(&home.path().join("logins")), ["ada.device"], "nothing else lies around");
}

#[cfg(unix)]
#[test]
fn device_token_readable_by_others_is_ignored() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = TempDir::new().unwrap();
    let store = FileStore::new(home.path().join("login"), "ada@example.com");
    store.save_device(&"vd1_x".to_owned().into()).unwrap();
    let path = home.path().join("login.device");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(store.load_device().unwrap().is_none());
    store.save_device(&"vd1_y".to_owned().into()).unwrap();
    assert_eq!(store.load_device().unwrap().unwrap().expose_secret(), "vd1_y");
}

#[cfg(unix)]
#[test]
fn file_readable_by_others_is_rejected() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = TempDir::new().unwrap();
    let store = FileStore::new(home.path().join("kept/login"), "ada@example.com");
    store.save(&login("0", 60)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(store.path()), 0o600);
    assert_eq!(mode(&home.path().join("kept")), 0o700);
    for mode in [0o640, 0o604, 0o666, 0o610] {
        fs::set_permissions(store.path(), fs::Permissions::from_mode(mode)).unwrap();
        let error = store.load().unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Exposed, "{mode:o}");
        assert!(error.next_step().contains("chmod 600"));
    }
    // A new login does not inherit the old file's mode.
    store.save(&login("1", 60)).unwrap();
    assert_eq!(access(&store).as_deref(), Some("access-1"));
}

#[test]
fn damaged_file_is_rejected_and_can_be_cleared() {
    let home = TempDir::new().unwrap();
    let store = FileStore::new(home.path().join("login"), "ada@example.com");
    let large = "x".repeat(100_000);
    for content in [&b""[..], b"{}", b"not json", b"\xff\xfe", large.as_bytes()] {
        store.save(&login("0", 60)).unwrap();
        fs::write(store.path(), content).unwrap();
        let error = store.load().unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Damaged, "{error}");
        store.clear().unwrap();
        assert_eq!(access(&store), None);
    }
}

#[test]
fn unwritable_directory_is_an_error() {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join("file"), "").unwrap();
    let store = FileStore::new(home.path().join("file/login"), "ada@example.com");
    for outcome in [store.probe(), store.save(&login("0", 60))] {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Failed);
        assert!(std::error::Error::source(&error).is_some());
    }
    // The login's path is a directory: the rename fails, and the temporary file is removed.
    fs::create_dir(home.path().join("directory")).unwrap();
    let store = FileStore::new(home.path().join("directory"), "ada@example.com");
    store.save(&login("0", 60)).unwrap_err();
    let mut left = names(home.path());
    left.sort();
    assert_eq!(left, ["directory", "file"]);
}

#[test]
fn static_token_is_read_only() {
    let store = StaticToken::new("access".to_owned().into());
    assert_eq!(access(&store).as_deref(), Some("access"));
    for outcome in [store.probe(), store.save(&login("0", 60)), store.clear()] {
        assert_eq!(outcome.unwrap_err().kind(), StoreErrorKind::ReadOnly);
    }
    for bad in ["", "two words", "line\nbreak", "é"] {
        let loaded = StaticToken::new(bad.to_owned().into()).load();
        let expected = if bad.is_empty() { None } else { Some(StoreErrorKind::Damaged) };
        assert_eq!(loaded.err().map(|error| error.kind()), expected, "{bad:?}");
    }
}

#[tokio::test]
async fn token_of_the_environment_is_used() {
    for (value, found) in [(" token-1\n", "VITAE_TOKEN token-1"), ("", "nothing"), (" ", "nothing")] {
        let mut command = subprocess::command(&[], "token_stores::inside_environment");
        command.env("VITAE_TOKEN", value).env("VITAE_SDK_TEST_FOUND", found);
        subprocess::run(command).await;
    }
}

#[test]
#[ignore = "run by the test above, with a token in its environment"]
fn inside_environment() {
    if !subprocess::is_inside() {
        return;
    }
    let found = match StaticToken::from_environment() {
        Some(store) => format!("{} {}", store.source(), access(&store).unwrap()),
        None => "nothing".to_owned(),
    };
    assert_eq!(found, env::var("VITAE_SDK_TEST_FOUND").unwrap());
}
