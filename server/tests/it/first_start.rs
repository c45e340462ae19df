//! The first start creates the administrator, once.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use vitae_sdk::Client;

use crate::vitaed::{PASSWORD, TIMEOUT, Vitaed, client_of, lines, logs_in, run, serve};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn ready_line(server: &Vitaed) -> String {
    format!("vitaed ready on {}", server.url())
}

#[tokio::test]
async fn first_start_writes_the_administrator_password_to_a_private_file() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("deep/data");
    let file = data.join("initial-admin-password");

    let server = Vitaed::spawn(&mut serve(&data)).await;
    let note = format!("vitaed administrator admin@localhost password in {}", file.display());
    assert_eq!(server.greeting, [note, ready_line(&server)]);
    for private in ["", "auth", "users", "resumes", "audit"] {
        assert_eq!(mode(&data.join(private)), 0o700, "{private:?}");
    }
    assert_eq!(mode(&file), 0o600);
    let written = std::fs::read_to_string(&file).unwrap();
    let password = written.trim_end();
    assert_eq!(password.len(), 24);
    assert!(logs_in(&server.url(), "admin@localhost", password).await);
    let ended = server.stop().await;
    assert_eq!((ended.status.code(), ended.stderr.len()), (Some(0), 0), "{:?}", ended.stderr);

    let again = Vitaed::spawn(&mut serve(&data)).await;
    assert_eq!(again.greeting, [ready_line(&again)]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);
    assert!(logs_in(&again.url(), "admin@localhost", password).await);
}

/// A client of the administrator with this password.
async fn administrator(url: &str, password: &str) -> Client {
    let client = client_of(url);
    client.auth().login("admin@localhost", &password.to_owned().into()).await.unwrap();
    client
}

async fn until_gone(file: &Path) {
    let gone = async {
        while file.exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, gone).await.expect("the file is removed");
}

#[tokio::test]
async fn changing_the_generated_password_removes_its_file() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let file = data.join("initial-admin-password");
    let server = Vitaed::spawn(&mut serve(&data)).await;
    let password = std::fs::read_to_string(&file).unwrap().trim_end().to_owned();
    let client = administrator(&server.url(), &password).await;
    let denied = client.users().list().send().await.unwrap_err();
    assert_eq!(denied.code(), Some("password_change_required"));
    assert!(file.exists(), "a login alone changes nothing");
    client.me().change_password(&password.clone().into(), &PASSWORD.to_owned().into()).await.unwrap();
    client.users().list().send().await.unwrap();
    until_gone(&file).await;
    server.stop().await;

    // A server that was killed before it could remove the file does it at its next start.
    std::fs::write(&file, &password).unwrap();
    let again = Vitaed::spawn(&mut serve(&data)).await;
    until_gone(&file).await;
    administrator(&again.url(), PASSWORD).await.users().list().send().await.unwrap();
}

#[tokio::test]
async fn password_file_of_an_earlier_version_remains_valid() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let file = data.join("initial-admin-password");
    Vitaed::spawn(&mut serve(&data)).await.stop().await;
    // As the migration leaves the credential of an earlier version.
    let auth = rusqlite::Connection::open(data.join("auth/auth.db")).unwrap();
    auth.execute("UPDATE credentials SET generated = 0", []).unwrap();
    drop(auth);

    let server = Vitaed::spawn(&mut serve(&data)).await;
    let password = std::fs::read_to_string(&file).unwrap().trim_end().to_owned();
    let client = administrator(&server.url(), &password).await;
    client.users().list().send().await.unwrap();
    client.me().change_password(&password.into(), &PASSWORD.to_owned().into()).await.unwrap();
    server.stop().await;
    Vitaed::spawn(&mut serve(&data)).await.stop().await;
    assert!(file.exists());
}

#[tokio::test]
async fn environment_sets_the_administrator() {
    let directory = tempfile::tempdir().unwrap();
    let (data, file) = (directory.path().join("data"), directory.path().join("password"));
    std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let mut command = serve(&data);
    command.env("VITAE_ADMIN_EMAIL", "root@example.com").env("VITAE_ADMIN_PASSWORD_FILE", &file);

    let server = Vitaed::spawn(&mut command).await;
    let note = format!("vitaed administrator root@example.com password from {}", file.display());
    assert_eq!(server.greeting, [note, ready_line(&server)]);
    assert!(!data.join("initial-admin-password").exists());
    assert!(logs_in(&server.url(), "root@example.com", PASSWORD).await);
    assert!(!logs_in(&server.url(), "admin@localhost", PASSWORD).await);
    server.stop().await;

    let again = Vitaed::spawn(&mut command).await;
    assert_eq!(again.greeting, [ready_line(&again)]);
}

#[tokio::test]
async fn invalid_administrator_settings_are_explained_and_can_be_corrected() {
    let directory = tempfile::tempdir().unwrap();
    let (data, file) = (directory.path().join("data"), directory.path().join("password"));
    let attempt = async |email: &str, password: Option<&str>| {
        match password {
            Some(password) => std::fs::write(&file, password).unwrap(),
            None => drop(std::fs::remove_file(&file)),
        }
        let mut command = serve(&data);
        command.env("VITAE_ADMIN_EMAIL", email).env("VITAE_ADMIN_PASSWORD_FILE", &file);
        let output = run(&mut command).await;
        assert_eq!(output.status.code(), Some(1));
        let lines = lines(&output.stderr);
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines[0].clone()
    };

    let line = attempt("root@example.com", Some("short\n")).await;
    assert!(line.contains(file.to_str().unwrap()) && line.contains("8 to 512 bytes"), "{line}");
    assert!(line.contains("start again") && !line.contains("short"), "{line}");
    for (email, password) in
        [("root@example.com", "password1\n"), ("ada.lovelace@example.com", "Ada-Lovelace\n")]
    {
        let line = attempt(email, Some(password)).await;
        assert!(line.contains(file.to_str().unwrap()) && line.contains("several unrelated words"), "{line}");
        assert!(line.contains("start again") && !line.contains(password.trim_end()), "{line}");
    }
    let line = attempt("root@example.com", None).await;
    assert!(line.contains(file.to_str().unwrap()) && line.contains("cannot be read"), "{line}");
    let line = attempt("root.example.com", Some(PASSWORD)).await;
    assert!(line.contains("VITAE_ADMIN_EMAIL") && line.contains('@'), "{line}");

    std::fs::write(&file, PASSWORD).unwrap();
    let server = Vitaed::spawn(serve(&data).env("VITAE_ADMIN_PASSWORD_FILE", &file)).await;
    assert!(logs_in(&server.url(), "admin@localhost", PASSWORD).await);
}

#[tokio::test]
async fn password_is_shown_once_on_a_terminal() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");

    let first = OnTerminal::start(&data);
    let [note, ready] = first.lines.as_slice() else { panic!("{:?}", first.lines) };
    let password = note
        .strip_prefix("vitaed administrator admin@localhost password ")
        .and_then(|rest| rest.strip_suffix(" (shown once)"))
        .unwrap_or_else(|| panic!("{note}"));
    assert_eq!(password.len(), 24);
    let url = ready.strip_prefix("vitaed ready on ").unwrap();
    assert!(logs_in(url, "admin@localhost", password).await);
    assert!(!data.join("initial-admin-password").exists());
    drop(first);

    let second = OnTerminal::start(&data);
    assert_eq!(second.lines.len(), 1, "{:?}", second.lines);
}

/// A server on a pseudo-terminal; killed when it is dropped.
struct OnTerminal {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    /// The output of the terminal up to the ready line.
    lines: Vec<String>,
    /// The terminal; dropping it would hang up.
    _terminal: portable_pty::PtyPair,
}

impl OnTerminal {
    fn start(data: &Path) -> Self {
        let terminal =
            native_pty_system().openpty(PtySize { rows: 24, cols: 200, ..PtySize::default() }).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_vitaed"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
        command.arg(data);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("VITAE_")) {
            command.env_remove(name);
        }
        let child = terminal.slave.spawn_command(command).unwrap();
        let mut lines = Vec::new();
        for line in BufReader::new(terminal.master.try_clone_reader().unwrap()).lines() {
            let line = line.unwrap().trim_end().to_owned();
            let ready = line.starts_with("vitaed ready on ");
            lines.push(line);
            if ready {
                break;
            }
        }
        Self { child, lines, _terminal: terminal }
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
