//! Errors at startup: one line with the next step, and no files left behind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::vitaed::{lines, program, run, serve, start};

/// Runs a start that must fail; its one line on stderr has these parts.
async fn check_startup_error(command: &mut Command, parts: &[&str]) {
    let output = run(command).await;
    let lines = lines(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{lines:?}");
    assert!(output.stdout.is_empty());
    let [line] = lines.as_slice() else { panic!("expected one line, found {lines:?}") };
    assert!(line.starts_with("vitaed: "), "{line}");
    for part in parts {
        assert!(line.contains(part), "{part:?} is not in {line:?}");
    }
}

/// Every file below a directory with its bytes; the log and its index of SQLite left out.
fn snapshot(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_str().unwrap();
            if path.is_dir() {
                open.push(path);
            } else if !name.ends_with("-wal") && !name.ends_with("-shm") {
                files.insert(path.clone(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[tokio::test]
async fn unusable_listen_address_creates_no_files() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().to_string();

    for (address, parts) in [
        (taken.as_str(), ["in use", "--listen"]),
        ("0.0.0.0:0", ["not a loopback address", "127.0.0.1"]),
        ("[::]:0", ["not a loopback address", "127.0.0.1"]),
        ("192.0.2.1:7878", ["not a loopback address", "TLS proxy"]),
    ] {
        let mut command = program();
        command.arg("serve").arg("--data").arg(&data).args(["--listen", address]);
        check_startup_error(&mut command, &[address, parts[0], parts[1]]).await;
        assert!(!data.exists(), "{address}");
    }
}

#[tokio::test]
async fn directory_in_use_is_rejected() {
    let directory = tempfile::tempdir().unwrap();
    let first = start(directory.path()).await;
    let before = snapshot(directory.path());

    let data = directory.path().join("users");
    let parts = [data.to_str().unwrap(), "in use by another vitaed", "--data"];
    check_startup_error(&mut serve(directory.path()), &parts).await;
    assert_eq!(snapshot(directory.path()), before);
    first.admin().await;

    // A killed one leaves the directory free.
    first.kill().await;
    start(directory.path()).await;
}

#[tokio::test]
async fn directory_that_cannot_be_created_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "another program's").unwrap();

    // Not by permissions: those do not hold for root.
    for data in [file.clone(), file.join("below"), PathBuf::from("/proc/vitae")] {
        let parts = [data.to_str().unwrap(), "cannot be used", "writable", "--data"];
        check_startup_error(&mut serve(&data), &parts).await;
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "another program's");
    assert_eq!(snapshot(directory.path()).len(), 1);
}

#[tokio::test]
async fn file_that_is_not_a_database_is_not_changed() {
    for service in ["users", "auth", "resumes", "audit"] {
        let directory = tempfile::tempdir().unwrap();
        start(directory.path()).await.stop().await;
        let file = directory.path().join(format!("{service}/{service}.db"));
        std::fs::write(&file, "this is no database, and long enough to have a header. ".repeat(100)).unwrap();
        let before = snapshot(directory.path());

        let parts = [file.to_str().unwrap(), "cannot be opened as a database", "backup", "--data"];
        check_startup_error(&mut serve(directory.path()), &parts).await;
        assert_eq!(snapshot(directory.path()), before, "{service}");
    }
}

#[tokio::test]
async fn file_of_a_newer_version_is_not_changed() {
    for service in ["users", "auth", "resumes", "audit"] {
        let directory = tempfile::tempdir().unwrap();
        start(directory.path()).await.stop().await;
        let file = directory.path().join(format!("{service}/{service}.db"));
        let connection = rusqlite::Connection::open(&file).unwrap();
        connection.pragma_update(None, "user_version", 1000).unwrap();
        connection.close().unwrap();
        let before = snapshot(directory.path());

        let parts = [file.to_str().unwrap(), "newer vitaed", "1000", "use that version"];
        check_startup_error(&mut serve(directory.path()), &parts).await;
        assert_eq!(snapshot(directory.path()), before, "{service}");
    }
}

#[tokio::test]
async fn usage_error_exits_with_2() {
    let cases: [(&[&str], &str); 6] = [
        (&[], "Usage: vitaed"),
        (&["frobnicate"], "frobnicate"),
        (&["serve", "--frobnicate"], "--frobnicate"),
        (&["serve", "--listen", "here"], "--listen"),
        (&["serve", "--listen", "127.0.0.1:99999"], "--listen"),
        (&["serve", "--data"], "--data"),
    ];
    for (arguments, part) in cases {
        let output = run(program().args(arguments)).await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(lines(&output.stderr).concat().contains(part), "{arguments:?}");
    }
}

#[tokio::test]
async fn help_and_version_go_to_stdout() {
    let cases: [(&[&str], &[&str]); 4] = [
        (&["--help"], &["serve", "demo", "--version"]),
        (&["serve", "--help"], &["--data", "--listen", "127.0.0.1:7878", "VITAE_ADMIN_PASSWORD_FILE"]),
        (&["demo", "--help"], &["--headless"]),
        (&["--version"], &[concat!("vitaed ", env!("CARGO_PKG_VERSION"))]),
    ];
    for (arguments, parts) in cases {
        let output = run(program().args(arguments)).await;
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(output.stderr.is_empty(), "{arguments:?}");
        let text = lines(&output.stdout).join("\n");
        for part in parts {
            assert!(text.contains(part), "{part:?} is not in {text}");
        }
    }
}
