//! Damaged, changed, older and streamed backups, and the sessions after a restore.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use rusqlite::Connection;
use serde_json::{Value, json};
use tar::EntryType;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use vitae_contracts_core::subjects;
use vitae_sdk::ExposeSecret as _;

use crate::checker::until_quiet;
use crate::ledger::check;
use crate::raw_http::send_one;
use crate::roles::{eventually, resume};
use crate::vitaed::{TIMEOUT, Vitaed, lines, program, run, serve, start};

const MANIFEST: &str = "vitae-backup.json";
const SEAL: &str = "vitae-backup.sha256";
/// No person of these tests has a password that would have to be checked.
const NO_PASSWORDS: &str = "no such prefix";

/// A data directory with some content, not served, and its backup.
struct Sample {
    directory: TempDir,
    data: PathBuf,
    archive: PathBuf,
}

/// One member of an archive.
#[derive(Clone)]
struct Entry {
    name: String,
    kind: EntryType,
    content: Vec<u8>,
}

impl Sample {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (data, archive) = (directory.path().join("data"), directory.path().join("vitae.tar"));
        let server = start(&data).await;
        let client = server.admin().await;
        client.resumes().create(&resume("A title of its own")).await.unwrap();
        until_quiet(&data).await;
        server.stop().await;
        let output = run(program().arg("backup").arg(&archive).arg("--data").arg(&data)).await;
        assert!(output.status.success(), "{:?}", lines(&output.stderr));
        Self { directory, data, archive }
    }

    fn entries(&self) -> Vec<Entry> {
        entries(&self.archive)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

fn entries(archive: &Path) -> Vec<Entry> {
    let mut archive = tar::Archive::new(File::open(archive).unwrap());
    let read = |entry: std::io::Result<tar::Entry<'_, File>>| {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let (kind, mut content) = (entry.header().entry_type(), Vec::new());
        entry.read_to_end(&mut content).unwrap();
        Entry { name, kind, content }
    };
    archive.entries().unwrap().map(read).collect()
}

fn archive_of(entries: &[Entry]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for entry in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(entry.content.len() as u64);
        header.set_mode(0o600);
        header.set_entry_type(entry.kind);
        if entry.kind.is_symlink() || entry.kind.is_hard_link() {
            header.set_link_name("/etc/passwd").unwrap();
        }
        // By hand: the builder rejects names that lead out of a directory.
        header.as_old_mut().name[..entry.name.len()].copy_from_slice(entry.name.as_bytes());
        header.set_cksum();
        archive.append(&header, entry.content.as_slice()).unwrap();
    }
    archive.into_inner().unwrap()
}

fn find<'a>(entries: &'a mut [Entry], name: &str) -> &'a mut Entry {
    entries.iter_mut().find(|entry| entry.name == name).unwrap()
}

/// Changes the manifest.
fn edit(entries: &mut [Entry], change: impl FnOnce(&mut Value)) {
    let manifest = find(entries, MANIFEST);
    let mut value = serde_json::from_slice(&manifest.content).unwrap();
    change(&mut value);
    manifest.content = serde_json::to_vec_pretty(&value).unwrap();
}

fn sha256(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// Makes the hashes fit, as a person who changes an archive on purpose would.
fn seal(entries: &mut [Entry]) {
    let found: Vec<_> = entries
        .iter()
        .map(|entry| (entry.name.clone(), entry.content.len(), sha256(&entry.content)))
        .collect();
    edit(entries, |manifest| {
        for member in manifest["members"].as_array_mut().unwrap() {
            let (_, size, sha256) = found.iter().find(|found| found.0 == member["name"]).unwrap();
            (member["size"], member["sha256"]) = (json!(size), json!(sha256));
        }
    });
    let digest = sha256(&find(entries, MANIFEST).content);
    find(entries, SEAL).content = digest.into_bytes();
}

/// Runs SQL in a service's file of an archive, and makes the hashes fit.
fn sql(entries: &mut [Entry], service: &str, sql: &str) {
    let member = find(entries, &format!("{service}/{service}.db"));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &member.content).unwrap();
    let connection = Connection::open(file.path()).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    connection.execute_batch(sql).unwrap();
    connection.close().unwrap();
    member.content = std::fs::read(file.path()).unwrap();
    seal(entries);
}

/// The archive as format 1 had it.
fn old_format(entries: &[Entry]) -> Vec<Entry> {
    let mut entries: Vec<_> = entries.iter().filter(|entry| entry.name != SEAL).cloned().collect();
    edit(&mut entries, |manifest| {
        let members = manifest["members"].as_array().unwrap().clone();
        let points = members.iter().filter(|member| !member["position"].is_null()).map(|member| {
            let source = member["name"].as_str().unwrap().split('/').next().unwrap();
            json!({ "source": source, "position": member["position"] })
        });
        *manifest = json!({ "version": 1, "made_by": "0.1.0", "points": points.collect::<Vec<_>>() });
    });
    entries
}

fn restore(file: &Path, data: &Path) -> Command {
    let mut command = program();
    command.arg("restore").arg(file).arg("--data").arg(data);
    command
}

fn verify(file: &Path) -> Command {
    let mut command = program();
    command.arg("backup").arg("--verify").arg(file);
    command
}

/// Both a restore and a check reject an archive for this reason, and nothing is left behind.
async fn check_rejected(sample: &Sample, name: &str, archive: &[u8], why: &str) {
    let (file, data) = (sample.path("tampered.tar"), sample.path("restored"));
    std::fs::write(&file, archive).unwrap();
    for mut command in [restore(&file, &data), verify(&file)] {
        let output = run(&mut command).await;
        let lines = lines(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{name}: {lines:?}");
        let [line] = lines.as_slice() else { panic!("{name}: expected one line, found {lines:?}") };
        assert!(line.contains("tampered.tar") && line.contains(why), "{name}: {why:?} is not in {line:?}");
        assert!(!String::from_utf8_lossy(&output.stdout).contains("passed"), "{name}");
        assert!(!data.exists(), "{name}");
    }
}

type Case = (&'static str, fn(&mut Vec<Entry>), &'static str);

#[tokio::test]
async fn archive_members_that_are_not_whole_regular_files_are_rejected() {
    const USERS: &str = "users/users.db";
    let cases: [Case; 14] = [
        ("zero length", |entries| find(entries, USERS).content.clear(), "users/users.db has 0 bytes, not"),
        ("one byte less", |entries| find(entries, USERS).content.truncate(4095), "bytes, not"),
        ("symbolic link", |entries| find(entries, USERS).kind = EntryType::Symlink, "not a regular file"),
        ("hard link", |entries| find(entries, USERS).kind = EntryType::Link, "not a regular file"),
        ("directory", |entries| find(entries, USERS).kind = EntryType::Directory, "not a regular file"),
        ("pipe", |entries| find(entries, USERS).kind = EntryType::Fifo, "not a regular file"),
        (
            "other path",
            |entries| find(entries, USERS).name = "../users.db".to_owned(),
            "expected users/users.db",
        ),
        (
            "absolute",
            |entries| find(entries, USERS).name = "/users/users.db".to_owned(),
            "expected users/users.db",
        ),
        ("missing", |entries| entries.retain(|entry| entry.name != USERS), "expected users/users.db"),
        ("twice", |entries| entries.insert(5, entries[4].clone()), "expected vitae-backup.sha256"),
        ("no manifest", |entries| drop(entries.remove(0)), "expected vitae-backup.json"),
        ("cut off", |entries| drop(entries.pop()), "it ends before vitae-backup.sha256"),
        (
            "one more",
            |entries| entries.push(Entry { name: "more".to_owned(), ..entries[0].clone() }),
            "\"more\"",
        ),
        (
            "manifest",
            |entries| edit(entries, |manifest| manifest["made_by"] = json!("0.1.1")),
            "does not have the hash",
        ),
    ];
    let sample = Sample::new().await;
    for (name, change, why) in cases {
        let mut entries = sample.entries();
        change(&mut entries);
        check_rejected(&sample, name, &archive_of(&entries), why).await;
    }
    let mut longer = std::fs::read(&sample.archive).unwrap();
    longer.extend_from_slice(&archive_of(&sample.entries()));
    check_rejected(&sample, "a second archive", &longer, "it has data after its end").await;
}

#[tokio::test]
async fn changed_content_is_rejected() {
    let sample = Sample::new().await;
    let mut entries = sample.entries();
    let content = &mut find(&mut entries, "resumes/resumes.db").content;
    let title = b"A title of its own";
    let at = content.windows(title.len()).position(|bytes| bytes == title).unwrap();
    content[at..at + 7].copy_from_slice(b"B title");
    check_rejected(&sample, "a title", &archive_of(&entries), "resumes/resumes.db was changed").await;

    let mut entries = sample.entries();
    edit(&mut entries, |manifest| manifest["version"] = json!(3));
    seal(&mut entries);
    check_rejected(&sample, "newer format", &archive_of(&entries), "its format is 3").await;
}

/// Changes whose hashes fit: a file's service, SQL, and what the rejection says.
const CONTENT: [(&str, &str, &str); 12] = [
    ("audit", "DROP TABLE entries", "is missing"),
    ("users", "DROP INDEX users_email", "index users_email of schema"),
    ("users", "DROP TRIGGER user_came", "trigger user_came of schema"),
    (
        "auth",
        "CREATE TRIGGER t AFTER INSERT ON sessions BEGIN DELETE FROM sessions; END",
        "trigger t does not belong",
    ),
    ("users", "ALTER TABLE users ADD COLUMN more TEXT", "table users differs"),
    ("users", "DELETE FROM users", "users/users.db has no people"),
    ("users", "PRAGMA user_version = 0", "it has no tables"),
    ("users", "PRAGMA user_version = 1", "does not belong to schema version 1"),
    ("users", "PRAGMA user_version = 1000", "made by a newer vitaed"),
    ("resumes", "DELETE FROM event_log", "the last event of resumes/resumes.db is 0, not 1"),
    ("audit", "UPDATE feed_positions SET position = 900", "whose last event is"),
    ("auth", "PRAGMA foreign_keys = OFF; DELETE FROM sessions", "a row of refresh_tokens refers to nothing"),
];

#[tokio::test]
async fn invalid_data_directory_content_is_rejected() {
    let sample = Sample::new().await;
    for (service, change, why) in CONTENT {
        let mut entries = sample.entries();
        sql(&mut entries, service, change);
        check_rejected(&sample, change, &archive_of(&entries), why).await;
    }
}

#[tokio::test]
async fn archive_without_checksums_is_restored_with_a_warning() {
    let sample = Sample::new().await;
    let (old, data) = (sample.path("old.tar"), sample.path("restored"));
    let entries = old_format(&sample.entries());
    std::fs::write(&old, archive_of(&entries)).unwrap();
    let checked = run(&mut verify(&old)).await;
    assert!(checked.status.success());
    let restored = run(&mut restore(&old, &data)).await;
    assert!(restored.status.success(), "{:?}", lines(&restored.stderr));
    for output in [checked, restored] {
        assert!(
            lines(&output.stderr)[0].contains("warning") && lines(&output.stderr)[0].contains("no checksums")
        );
    }
    check(&data, &[], NO_PASSWORDS);
    start(&data).await.admin().await;

    std::fs::remove_dir_all(&data).unwrap();
    let cases: [Case; 4] = [
        ("zero length", |entries| find(entries, "users/users.db").content.clear(), "it has no tables"),
        ("link", |entries| find(entries, "users/users.db").kind = EntryType::Symlink, "not a regular file"),
        ("cut off", |entries| drop(entries.pop()), "it ends before users/users.db"),
        (
            "position",
            |entries| edit(entries, |manifest| manifest["points"][0]["position"] = json!(900)),
            "not 900",
        ),
    ];
    for (name, change, why) in cases {
        let mut entries = entries.clone();
        change(&mut entries);
        check_rejected(&sample, name, &archive_of(&entries), why).await;
    }
}

#[tokio::test]
async fn verification_prints_the_contents_of_a_backup() {
    let sample = Sample::new().await;
    let output = run(&mut verify(&sample.archive)).await;
    assert!(output.status.success() && output.stderr.is_empty(), "{:?}", lines(&output.stderr));
    let lines = lines(&output.stdout);
    assert_eq!(lines.len(), 7, "{lines:#?}");
    assert!(lines[0].ends_with("vitae.tar"), "{lines:#?}");
    let version = env!("CARGO_PKG_VERSION");
    assert!(lines[1].starts_with(&format!("format 2, made by vitaed {version} at 2")), "{lines:#?}");
    for (line, entry) in lines[2..6].iter().zip(&sample.entries()[1..]) {
        assert!(
            line.starts_with(&format!("{}: {} bytes, schema ", entry.name, entry.content.len())),
            "{line}"
        );
        assert!(line.ends_with(&format!("sha256 {}", sha256(&entry.content))), "{line}");
    }
    assert_eq!(lines[6], "every check passed");
}

/// Runs a command with bytes on its standard input.
async fn run_with(command: &mut Command, input: &[u8]) -> Output {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(input).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    run(command.stdin(file)).await
}

#[tokio::test]
async fn backup_is_streamed_and_restored_from_a_stream() {
    let sample = Sample::new().await;
    let output = run(program().args(["backup", "-", "--data"]).arg(&sample.data)).await;
    assert!(output.status.success(), "{:?}", lines(&output.stderr));
    assert_eq!(lines(&output.stderr).len(), 1);
    let streamed = output.stdout;
    let checked = run_with(&mut verify(Path::new("-")), &streamed).await;
    assert!(checked.status.success(), "{:?}", lines(&checked.stderr));
    let data = sample.path("restored");
    let cut = run_with(&mut restore(Path::new("-"), &data), &streamed[..streamed.len() - 4096]).await;
    assert_eq!(cut.status.code(), Some(1));
    assert!(!data.exists());
    let restored = run_with(&mut restore(Path::new("-"), &data), &streamed).await;
    assert!(restored.status.success(), "{:?}", lines(&restored.stderr));
    check(&data, &[], NO_PASSWORDS);
    start(&data).await.admin().await;
}

/// The names in a directory.
fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn backup_and_restore_on_a_full_disk_fail_and_leave_nothing() {
    let sample = Sample::new().await;
    let before = (names(sample.directory.path()), names(&sample.data));
    let mut command = program();
    let full = File::options().write(true).open("/dev/full").unwrap();
    command.args(["backup", "-", "--data"]).arg(&sample.data).stdout(full).stderr(Stdio::null());
    let status = tokio::time::timeout(TIMEOUT, command.status()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(1));

    // A limit of 8 KiB a file stands for a disk that gets full.
    let limited = |arguments: &[&Path]| {
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_vitaed")]);
        command.args(arguments).stdin(Stdio::null());
        command
    };
    let (file, data) = (sample.path("second.tar"), sample.path("restored"));
    let arguments = [Path::new("backup"), &file, Path::new("--data"), &sample.data];
    assert_eq!(run(&mut limited(&arguments)).await.status.code(), Some(1));
    let arguments = [Path::new("restore"), &sample.archive, Path::new("--data"), &data];
    let output = run(&mut limited(&arguments)).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(lines(&output.stderr)[0].contains("not enough space"), "{:?}", lines(&output.stderr));
    assert_eq!((names(sample.directory.path()), names(&sample.data)), before);
}

#[tokio::test]
async fn unfinished_restore_is_neither_served_nor_overwritten() {
    let sample = Sample::new().await;
    let data = sample.path("restored");
    std::fs::create_dir_all(data.join("restore-in-progress/users")).unwrap();
    for mut command in [serve(&data), restore(&sample.archive, &data)] {
        let output = run(&mut command).await;
        assert_eq!(output.status.code(), Some(1));
        let lines = lines(&output.stderr);
        assert!(lines[0].contains("did not finish") && lines[0].contains("restore again"), "{lines:?}");
    }
    assert_eq!(names(&data), ["restore-in-progress"]);

    // So does one that was killed half-way.
    let killed = sample.path("killed");
    let mut child = restore(Path::new("-"), &killed).stdin(Stdio::piped()).spawn().unwrap();
    let (archive, mut stdin) = (std::fs::read(&sample.archive).unwrap(), child.stdin.take().unwrap());
    stdin.write_all(&archive[..archive.len() / 2]).await.unwrap();
    eventually("the restore has begun", async || killed.join("restore-in-progress").exists()).await;
    child.kill().await.unwrap();
    let output = run(&mut serve(&killed)).await;
    assert!(lines(&output.stderr)[0].contains("did not finish"), "{:?}", lines(&output.stderr));
    assert_eq!(names(&killed), ["restore-in-progress"]);

    // The log of a lost file would be taken for that of the restored one.
    std::fs::remove_dir(data.join("restore-in-progress/users")).unwrap();
    std::fs::remove_dir(data.join("restore-in-progress")).unwrap();
    std::fs::create_dir(data.join("users")).unwrap();
    std::fs::write(data.join("users/users.db-wal"), "left over").unwrap();
    let output = run(&mut restore(&sample.archive, &data)).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(lines(&output.stderr)[0].contains("users.db-wal exists"), "{:?}", lines(&output.stderr));
    assert_eq!(names(&data), ["users"]);
}

/// Starts a server where an earlier one was.
async fn start_at(data: &Path, address: &str) -> Vitaed {
    let mut command = program();
    command.arg("serve").arg("--data").arg(data).args(["--listen", address]);
    Vitaed::spawn(&mut command).await
}

#[tokio::test]
async fn restore_ends_sessions_unless_they_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let (data, file) = (directory.path().join("data"), directory.path().join("vitae.tar"));
    let server = start(&data).await;
    let address = server.address.to_string();
    let before = server.admin().await;
    let output = run(program().arg("backup").arg(&file).arg("--data").arg(&data)).await;
    assert!(output.status.success());
    let after = server.admin().await;
    let token = async |client: &vitae_sdk::Client| {
        client.auth().access_token().await.unwrap().expose_secret().to_owned()
    };
    let tokens = [token(&before).await, token(&after).await];
    server.stop().await;
    let status = async |server: &Vitaed, token: &str| {
        let head = "host: 127.0.0.1\r\nconnection: close\r\n";
        let request = format!("GET /v1/me HTTP/1.1\r\n{head}authorization: Bearer {token}\r\n\r\n");
        send_one(server.address, request.as_bytes()).await.status
    };

    let kept = directory.path().join("kept");
    let output = run(restore(&file, &kept).arg("--keep-sessions")).await;
    assert!(lines(&output.stderr)[0].contains("sessions kept"), "{:?}", lines(&output.stderr));
    let server = start_at(&kept, &address).await;
    assert_eq!(status(&server, &tokens[0]).await, 200);
    server.stop().await;

    let ended = directory.path().join("ended");
    let output = run(&mut restore(&file, &ended)).await;
    assert!(lines(&output.stderr)[0].contains("1 session ended"), "{:?}", lines(&output.stderr));
    check(&ended, &[], NO_PASSWORDS);
    let server = start_at(&ended, &address).await;
    for token in &tokens {
        // Also of the session that began after the backup, and that the restored server never knew.
        assert_eq!(status(&server, token).await, 401);
    }
    // Nor do their refresh tokens help.
    for client in [&before, &after] {
        assert!(client.me().get().await.unwrap_err().is_unauthenticated());
    }
    let admin = server.admin().await;
    until_quiet(&ended).await;
    let entries = admin.audit().list().action(subjects::SESSION_REVOKED).send().await.unwrap().items;
    assert_eq!(entries.len(), 1);
    server.stop().await;
    check(&ended, &[], NO_PASSWORDS);
}
