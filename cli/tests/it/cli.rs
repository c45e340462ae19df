//! The binary with its own configuration directory, and assertions on its output.

use std::fs;
use std::future::Future;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use vitae_sdk::{Client, Role};
use vitae_server_testkit::{ADMIN, PASSWORD, Stack};

/// The binary under test.
pub(crate) const VITAE: &str = env!("CARGO_BIN_EXE_vitae");

/// A home and configuration directory, isolated from the real ones.
pub(crate) struct Cli {
    pub(crate) url: String,
    home: TempDir,
}

/// The exit code and output of a command.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a future of the test to completion.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

pub(crate) fn stack() -> Stack {
    wait(Stack::start())
}

/// A server stack with its administrator logged in.
pub(crate) fn admin() -> (Stack, Cli) {
    let stack = stack();
    let cli = Cli::new(&stack.url());
    cli.log_in(ADMIN);
    (stack, cli)
}

/// A new person with this role, logged in.
pub(crate) fn person(stack: &Stack, role: Role) -> Cli {
    let email = format!("{}@example.com", role.as_str());
    let _: Client = wait(stack.client_as(role));
    let cli = Cli::new(&stack.url());
    cli.log_in(&email);
    cli
}

impl Cli {
    pub(crate) fn new(url: &str) -> Self {
        Self { url: url.to_owned(), home: TempDir::new().unwrap() }
    }

    /// The working directory for files of the test.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.home().join("config")
    }

    /// Writes a file below the home.
    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn log_in(&self, email: &str) {
        let login =
            self.input(&["login", "--email", email, "--password-stdin", "--insecure-storage"], PASSWORD);
        login.ends(0);
    }

    /// The command with an isolated environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(VITAE);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home())
            .env("VITAE_CONFIG_DIR", self.config())
            .env("VITAE_SERVER", &self.url)
            .current_dir(self.home())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.finish(self.command(arguments), "")
    }

    /// Runs with this text on standard input.
    pub(crate) fn input(&self, arguments: &[&str], input: &str) -> Outcome {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped());
        self.finish(command, input)
    }

    /// Runs with one more variable in the environment.
    pub(crate) fn with(&self, name: &str, value: &str, arguments: &[&str]) -> Outcome {
        let mut command = self.command(arguments);
        command.env(name, value);
        self.finish(command, "")
    }

    /// Runs a command that must succeed, and reads its JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["-o", "json"]].concat();
        self.run(&arguments).ends(0).json()
    }

    /// The id of a new resume with this document.
    pub(crate) fn resume(&self, title: &str, document: &str) -> String {
        let created =
            self.input(&["resumes", "create", "--title", title, "--file", "-", "-o", "json"], document);
        created.ends(0).json()["id"].as_str().unwrap().to_owned()
    }

    /// The access token of the login.
    pub(crate) fn token(&self) -> String {
        let login: Value = serde_json::from_str(&self.stored_login().unwrap()).unwrap();
        login["access_token"].as_str().unwrap().to_owned()
    }

    /// Makes the stored access token look expired.
    pub(crate) fn age_login(&self) {
        let path = self.login_file().unwrap();
        let mut login: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        login["expires_at"] = "2020-01-01T00:00:00.000Z".into();
        fs::write(&path, login.to_string()).unwrap();
    }

    /// Waits for the end, and asserts that the output has no secret and no active terminal escape.
    pub(crate) fn finish(&self, mut command: Command, input: &str) -> Outcome {
        let secrets = self.secrets();
        let mut child = command.spawn().unwrap();
        if let Some(mut stdin) = child.stdin.take() {
            // A command may end without reading its whole input.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let outcome =
            Outcome { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
        for written in [&outcome.stdout, &outcome.stderr] {
            assert!(!written.contains(PASSWORD), "the password was written: {written}");
            for secret in secrets.iter().chain(&self.secrets()) {
                assert!(!written.contains(secret), "a token was written: {written}");
            }
        }
        if let Ok(config) = fs::read_to_string(self.config().join("config.toml")) {
            assert!(
                !config.contains(PASSWORD) && !config.contains("vr1_") && !config.contains("eyJ"),
                "{config}"
            );
        }
        outcome.is_inert();
        outcome
    }

    fn secrets(&self) -> Vec<String> {
        let Some(login) = self.stored_login() else { return Vec::new() };
        let login: Value = serde_json::from_str(&login).unwrap();
        ["access_token", "refresh_token"]
            .iter()
            .filter_map(|key| login[key].as_str().map(str::to_owned))
            .collect()
    }

    fn stored_login(&self) -> Option<String> {
        Some(fs::read_to_string(self.login_file()?).unwrap())
    }

    fn login_file(&self) -> Option<PathBuf> {
        let servers = fs::read_dir(self.config().join("logins")).ok()?;
        let mut files = servers.flat_map(|server| fs::read_dir(server.unwrap().path()).unwrap());
        files.next().map(|file| file.unwrap().path())
    }
}

impl Outcome {
    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn ends(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// Asserts a part of standard error.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "no {text:?} in: {}", self.stderr);
        self
    }

    /// Asserts the whole standard output.
    #[track_caller]
    pub(crate) fn prints(&self, text: &str) -> &Self {
        assert_eq!(self.stdout, text, "stderr: {}", self.stderr);
        self
    }

    /// Asserts that standard output contains a text.
    #[track_caller]
    pub(crate) fn contains(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text), "no {text:?} in: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}", self.stdout))
    }

    /// The first cell of each line.
    pub(crate) fn ids(&self) -> Vec<&str> {
        self.stdout.lines().filter_map(|line| line.split('\t').next()).collect()
    }

    /// The cells of the only line.
    #[track_caller]
    pub(crate) fn cells(&self) -> Vec<&str> {
        assert_eq!(self.stdout.lines().count(), 1, "{}", self.stdout);
        self.stdout.trim_end().split('\t').collect()
    }

    /// Asserts that a text has no active terminal escape.
    #[track_caller]
    pub(crate) fn is_inert(&self) {
        for written in [&self.stdout, &self.stderr] {
            // CSV ends lines with CRLF, which is harmless.
            let written = written.replace("\r\n", "\n");
            let acts = vitae_contracts_core::unprintable(&written).any(|(_, c)| !matches!(c, '\n' | '\t'));
            assert!(!acts, "acts on a terminal: {written:?}");
        }
    }
}
