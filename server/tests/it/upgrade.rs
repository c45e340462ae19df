//! Files that commit f83391e wrote open in this version: the data directory, and the files of the command line.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use rusqlite::Connection;
use tokio::process::Command;
use vitae_sdk::{Deleted, SecretString, Status};

use crate::readme::vitae;
use crate::vitaed::{Vitaed, client_of, serve};

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/f83391e");
const PASSWORD: &str = "Correct-Horse-7";
/// The address in the names and contents of the client's files.
const OLD_PORT: &str = "7990";

/// Starts this version on a copy of the data directory, with logins that have not expired.
async fn upgraded(directory: &Path) -> Vitaed {
    let data = directory.join("data");
    for role in ["audit", "auth", "resumes", "users"] {
        fs::create_dir_all(data.join(role)).unwrap();
        let file = format!("{role}/{role}.db");
        fs::copy(Path::new(FIXTURE).join("data").join(&file), data.join(&file)).unwrap();
    }
    let auth = Connection::open(data.join("auth/auth.db")).unwrap();
    let in_ten_years = "SELECT (unixepoch() + 10 * 365 * 86400) * 1000";
    let extend =
        ["sessions", "refresh_tokens"].map(|t| format!("UPDATE {t} SET expires_at = ({in_ten_years});"));
    auth.execute_batch(&extend.concat()).unwrap();
    drop(auth);
    Vitaed::spawn(&mut serve(&data)).await
}

#[tokio::test]
async fn data_directory_of_f83391e_opens_with_everything_in_it() {
    let directory = tempfile::tempdir().unwrap();
    let server = upgraded(directory.path()).await;
    let client = client_of(&server.url());
    client.auth().login("admin@localhost", &SecretString::from(PASSWORD)).await.unwrap();

    let users = client.users();
    let ada = &users.list().email("ada@example.com").send().await.unwrap().items[0];
    assert_eq!((ada.name.as_str(), ada.version), ("Ada Lovelace King", 2));
    assert_eq!((&ada.external_id, ada.labels.len()), (&None, 0));
    let zoe = &users.list().email("zoe@example.com").send().await.unwrap().items[0];
    assert_eq!((zoe.name.as_str(), &zoe.status), ("Zoë Ünlü", &Status::Disabled));
    let deleted = users.list().deleted(Deleted::Only).send().await.unwrap().items;
    assert_eq!(deleted.iter().map(|user| user.email.as_str()).collect::<Vec<_>>(), ["gone@example.com"]);

    let resumes = client.resumes();
    let found = resumes.list().owner(ada.id).send().await.unwrap().items;
    assert_eq!(found.len(), 1);
    let resume = resumes.get(found[0].id).await.unwrap();
    assert_eq!(
        resume.document.get(),
        r#"{ "basics": {"name": "Ada Lovelace", "x_number": 1.10}, "work": [] }"#
    );
    assert_eq!((resume.revision, resume.tags.len()), (2, 1));
    assert_eq!(resumes.revision(resume.id, 1).await.unwrap().tags.len(), 2);
    assert_eq!(resumes.list().deleted(Deleted::Only).send().await.unwrap().items.len(), 1);

    // New fields of old people, the counts that are new, and the audit record of both versions.
    let change = vitae_sdk::UpdateUser::new().external_id("E-1".to_owned()).label("team", "data");
    let changed = users.update(ada.id, &change, vitae_sdk::IfMatch::Version(2)).await.unwrap();
    assert_eq!(changed.labels["team"].as_str(), "data");
    assert_eq!(client.stats().await.unwrap().resumes.deleted, 1);
    let mut actions = Vec::new();
    for _ in 0..100 {
        let entries = client.audit().list().object(ada.id.to_string()).send().await.unwrap().items;
        actions = entries.iter().map(|entry| entry.action.clone()).collect();
        if actions.len() == 3 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(actions, ["users.user.updated", "users.user.updated", "users.user.created"]);
    server.stop().await;
}

/// Copies the client's files for a server at another port.
fn copy_client(from: &Path, to: &Path, port: &str) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().replace(OLD_PORT, port);
        let copy = to.join(name);
        if path.is_dir() {
            copy_client(&path, &copy, port);
        } else {
            fs::write(&copy, fs::read_to_string(&path).unwrap().replace(OLD_PORT, port)).unwrap();
            // Git does not keep the mode; a login that others can read is rejected.
            fs::set_permissions(&copy, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}

async fn run(config: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(vitae());
    command.args(arguments).env("VITAE_CONFIG_DIR", config).env("EDITOR", "true").current_dir(config);
    for variable in ["VITAE_SERVER", "VITAE_TOKEN", "VITAE_PROFILE"] {
        command.env_remove(variable);
    }
    command.stdin(std::process::Stdio::null()).output().await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn stored_login_and_draft_of_f83391e_continue() {
    let directory = tempfile::tempdir().unwrap();
    let server = upgraded(directory.path()).await;
    let config: PathBuf = directory.path().join("client");
    let url = server.url();
    copy_client(&Path::new(FIXTURE).join("client"), &config, url.rsplit(':').next().unwrap());

    let get = run(&config, &["users", "get", "ada@example.com", "--fields", "name", "-o", "tsv"]).await;
    assert_eq!(text(&get.stdout), "Ada Lovelace King\n", "{}", text(&get.stderr));

    let edit = run(&config, &["resumes", "edit", "Analytical Engines"]).await;
    assert!(text(&edit.stderr).contains("document.json"), "{}", text(&edit.stderr));
    let drafts = fs::read_dir(config.join("edits")).unwrap().count();
    assert_eq!(drafts, 1, "the draft is kept");
    server.stop().await;
}
