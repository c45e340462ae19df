//! `vitaed backup` under load and `vitaed restore`: every change confirmed before is restored.

use std::path::Path;

use futures_util::future::join_all;
use tokio::process::Command;
use tokio::sync::watch;
use vitae_contracts_core::subjects;
use vitae_sdk::{Client, CreateResume, CreateUser, RawValue};

use crate::checker::until_quiet;
use crate::ledger::{Written, check, keys};
use crate::vitaed::{TIMEOUT, lines, program, run, start};

/// Clients that write while the backup is made.
const WRITERS: usize = 8;
/// No person of these tests has a password that would have to be checked.
const NO_PASSWORDS: &str = "no such prefix";

/// `vitaed backup` or `vitaed restore`.
fn command(name: &str, file: &Path, data: &Path) -> Command {
    let mut command = program();
    command.arg(name).arg(file).arg("--data").arg(data);
    command
}

async fn succeed(mut command: Command) {
    let output = run(&mut command).await;
    assert!(output.status.success(), "{:?}", lines(&output.stderr));
}

/// Runs a command that must fail with one line that has this part.
async fn check_error(mut command: Command, part: &str) {
    let output = run(&mut command).await;
    let lines = lines(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{lines:?}");
    let [line] = lines.as_slice() else { panic!("expected one line, found {lines:?}") };
    assert!(line.starts_with("vitaed: ") && line.contains(part), "{part:?} is not in {line:?}");
}

/// One new resume, and now and then one new person.
async fn write(client: &Client, writer: usize, step: usize) -> Written {
    let label = format!("writer {writer} step {step}");
    let key = format!("writer-{writer}-step-{step}");
    if step.is_multiple_of(5) {
        let email = format!("{key}@example.com");
        let person = CreateUser::new(email, label.clone());
        let made = client.users().with_idempotency_key(&key).create(&person).await.unwrap();
        let (object, version) = (*made.id.as_bytes(), made.version);
        return Written { subject: subjects::USER_CREATED, object, version, label, key };
    }
    let document = RawValue::from_string(r#"{"basics": {"name": "Ada"}}"#.to_owned()).unwrap();
    let resume = CreateResume::new(label.clone(), document);
    let made = client.resumes().with_idempotency_key(&key).create(&resume).await.unwrap();
    let (object, version) = (*made.id.as_bytes(), made.revision);
    Written { subject: subjects::RESUME_CREATED, object, version, label, key }
}

/// Writes until stopped; the number counts the confirmed changes of all writers.
async fn work(
    client: &Client,
    writer: usize,
    confirmed: &watch::Sender<usize>,
    stop: &watch::Sender<bool>,
) -> Vec<Written> {
    let mut written = Vec::new();
    while !*stop.borrow() {
        written.push(write(client, writer, written.len()).await);
        confirmed.send_modify(|confirmed| *confirmed += 1);
    }
    written
}

async fn wait_for(confirmed: &watch::Sender<usize>, count: usize) {
    let mut confirmed = confirmed.subscribe();
    let enough = confirmed.wait_for(|confirmed| *confirmed >= count);
    tokio::time::timeout(TIMEOUT, enough).await.expect("the server serves").unwrap();
}

#[tokio::test]
async fn backup_under_load_holds_every_change_confirmed_before_it() {
    let directory = tempfile::tempdir().unwrap();
    let (data, file) = (directory.path().join("data"), directory.path().join("vitae.tar"));
    let server = start(&data).await;
    let client = server.admin().await;
    let (confirmed, stop) = (watch::Sender::new(0), watch::Sender::new(false));
    let backup = async {
        wait_for(&confirmed, 100).await;
        // The writers go on; changes confirmed until now are in the ledger.
        let before = keys(&data);
        succeed(command("backup", &file, &data)).await;
        let after = *confirmed.borrow();
        wait_for(&confirmed, after + 20).await;
        stop.send_replace(true);
        before
    };
    let writers = join_all((0..WRITERS).map(|writer| work(&client, writer, &confirmed, &stop)));
    let (written, before) = tokio::join!(writers, backup);
    let written: Vec<_> = written.into_iter().flatten().collect();
    server.stop().await;

    let restored = directory.path().join("restored");
    succeed(command("restore", &file, &restored)).await;
    let expected: Vec<_> = written.iter().filter(|change| before.contains(&change.key)).collect();
    assert!(expected.len() >= 100);
    check(&restored, &expected, NO_PASSWORDS);
    assert!(keys(&restored).len() < keys(&data).len(), "the writers went on after the backup");

    let server = start(&restored).await;
    let client = server.admin().await;
    write(&client, WRITERS, 1).await;
    until_quiet(&restored).await;
    server.stop().await;
    check(&restored, &expected, NO_PASSWORDS);
}

#[tokio::test]
async fn backup_and_restore_overwrite_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (data, file) = (directory.path().join("data"), directory.path().join("vitae.tar"));
    start(&data).await.stop().await;
    succeed(command("backup", &file, &data)).await;
    let bytes = std::fs::read(&file).unwrap();
    check_error(command("backup", &file, &data), "do not overwrite files").await;
    assert_eq!(std::fs::read(&file).unwrap(), bytes);

    let users = std::fs::read(data.join("users/users.db")).unwrap();
    check_error(command("restore", &file, &data), "do not overwrite files").await;
    assert_eq!(std::fs::read(data.join("users/users.db")).unwrap(), users);
    assert_eq!(left_in(directory.path()), ["data", "vitae.tar"]);
}

#[tokio::test]
async fn missing_files_are_named_and_nothing_is_left_behind() {
    let directory = tempfile::tempdir().unwrap();
    let (data, file) = (directory.path().join("data"), directory.path().join("vitae.tar"));
    check_error(command("backup", &file, &data), "does not exist").await;
    check_error(command("restore", &file, &data), "vitae.tar").await;
    assert!(!file.exists());
    start(&data).await.stop().await;
    std::fs::remove_dir_all(data.join("users")).unwrap();
    check_error(command("backup", &file, &data), "users.db does not exist").await;
    assert_eq!(left_in(directory.path()), ["data"]);
}

#[tokio::test]
async fn damaged_backup_is_rejected_and_leaves_no_files() {
    let directory = tempfile::tempdir().unwrap();
    let (data, file) = (directory.path().join("data"), directory.path().join("vitae.tar"));
    start(&data).await.stop().await;
    succeed(command("backup", &file, &data)).await;
    let whole = std::fs::read(&file).unwrap();

    let mut overwritten = whole.clone();
    // Pages in the middle of the files, behind their first ones.
    let middle = overwritten.len() / 2;
    overwritten[middle - 20_000..middle + 20_000].fill(0xAA);
    let cases = [
        ("half", whole[..whole.len() / 2].to_vec()),
        ("a part", whole[..5000].to_vec()),
        ("overwritten", overwritten),
        ("nothing", Vec::new()),
        ("a text", b"not a backup at all\n".repeat(100)),
    ];
    for (name, bytes) in cases {
        let damaged = directory.path().join("damaged.tar");
        std::fs::write(&damaged, bytes).unwrap();
        let restored = directory.path().join("restored");
        let output = run(&mut command("restore", &damaged, &restored)).await;
        assert_eq!(output.status.code(), Some(1), "{name}: {:?}", lines(&output.stderr));
        for service in ["users", "auth", "resumes", "audit"] {
            assert!(!restored.join(service).exists(), "{name}: {service}");
        }
        if restored.exists() {
            assert_eq!(left_in(&restored), [""; 0], "{name}");
        }
    }
    succeed(command("restore", &file, &directory.path().join("restored"))).await;
}

fn left_in(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
