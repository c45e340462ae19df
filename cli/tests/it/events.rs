//! `events watch` while other commands cause events.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, ChildStdout, Command};

use serde_json::Value;
use vitae_sdk::Role;

use crate::cli::{Cli, Outcome, admin, person};

/// A running `events watch`; every wait ends with a line or the end of the process.
struct Watch {
    child: Child,
    stdout: Option<BufReader<ChildStdout>>,
    stderr: BufReader<ChildStderr>,
}

impl Watch {
    /// Starts the watch and waits until it is connected.
    fn start(cli: &Cli, arguments: &[&str]) -> Self {
        let mut watch = Self::spawn(cli.command(&[&["events", "watch"], arguments].concat()));
        let line = watch.stderr_line();
        assert!(line.starts_with("watching http://") || line.contains("missed"), "{line}");
        watch
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().map(BufReader::new);
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { child, stdout, stderr }
    }

    /// Returns the next line of stderr.
    fn stderr_line(&mut self) -> String {
        let mut line = String::new();
        self.stderr.read_line(&mut line).unwrap();
        line
    }

    /// Returns the cells of the next line of stdout.
    fn cells(&mut self) -> Vec<String> {
        let mut line = String::new();
        self.stdout.as_mut().unwrap().read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "ended: {line:?}");
        line.trim_end_matches('\n').split('\t').map(str::to_owned).collect()
    }

    fn json(&mut self) -> Value {
        serde_json::from_str(&self.cells().concat()).unwrap()
    }

    fn interrupt(self) -> Outcome {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        self.end()
    }

    /// Waits for the end and returns the unread output.
    fn end(mut self) -> Outcome {
        let mut outcome = Outcome { code: None, stdout: String::new(), stderr: String::new() };
        if let Some(stdout) = &mut self.stdout {
            stdout.read_to_string(&mut outcome.stdout).unwrap();
        }
        self.stderr.read_to_string(&mut outcome.stderr).unwrap();
        outcome.code = self.child.wait().unwrap().code();
        outcome.is_inert();
        outcome
    }
}

impl Drop for Watch {
    /// Kills the process when a test fails.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn watch_prints_changes_of_other_commands() {
    let (_stack, cli) = admin();
    let admin_id = cli.json(&["users", "get", "admin@localhost"])["id"].as_str().unwrap().to_owned();
    let mut table = Watch::start(&cli, &["--heartbeat", "1"]);
    let mut json = Watch::start(&cli, &["-o", "json"]);
    // With --quiet no notice says that it is connected; starting from the first event misses nothing.
    let mut ids = Watch::spawn(cli.command(&["events", "watch", "--quiet", "--after", "a0.u0.r0"]));

    let id = cli.resume("Ada", r#"{"basics": {"name": "Ada"}}"#);
    let created = table.cells();
    assert_eq!(created[1..], ["resumes.resume.created", &id, &admin_id]);
    let event = json.json();
    assert_eq!(
        (&event["subject"], &event["object"]["id"]),
        (&"resumes.resume.created".into(), &id.as_str().into())
    );
    assert_eq!(event["resume"]["title"], "Ada");
    assert_eq!(event["at"], created[0].as_str());

    cli.run(&["resumes", "delete", &id, "--yes"]).ends(0);
    assert_eq!(table.cells()[1..], ["resumes.resume.deleted", &id, &admin_id]);
    let deleted = json.json();
    assert_eq!(deleted["subject"], "resumes.resume.deleted");
    while ids.cells() != [deleted["last_event_id"].as_str().unwrap()] {}
    for watch in [table, json, ids] {
        watch.interrupt().ends(130).prints("");
    }
}

#[test]
fn watch_resumes_after_an_event() {
    let (_stack, cli) = admin();
    let mut before = Watch::start(&cli, &["-o", "ndjson"]);
    cli.resume("One", "{}");
    let last = before.json()["last_event_id"].as_str().unwrap().to_owned();
    before.interrupt().ends(130);
    let missed = cli.resume("Two", "{}");
    let mut after = Watch::start(&cli, &["--after", &last]);
    assert_eq!(after.cells()[2], missed);
    after.interrupt().ends(130);

    let mut reset = Watch::spawn(cli.command(&["events", "watch", "--after", "a0.u0.r999999"]));
    let line = reset.stderr_line();
    assert!(line.contains("were missed"), "{line}");
    let next = cli.resume("Three", "{}");
    assert_eq!(reset.cells()[2], next);
    reset.interrupt().ends(130);
}

#[test]
fn watch_ends_when_its_pipe_closes() {
    let (_stack, cli) = admin();
    let mut watch = Watch::start(&cli, &[]);
    watch.stdout = None;
    watch.end().ends(0);
}

#[test]
fn watch_ends_with_its_session() {
    let (stack, cli) = admin();
    let member = person(&stack, Role::Member);
    let theirs = Watch::start(&member, &[]);
    let mut all = Watch::start(&cli, &[]);
    cli.run(&["users", "disable", "member@example.com"]).ends(0);
    theirs.end().ends(4).says("next: run `vitae login`");
    while all.cells()[1] != "users.user.disabled" {}
    cli.run(&["logout"]).ends(0);
    all.end().ends(4).says("vitae login");
    cli.run(&["events", "watch"]).ends(4).says("vitae login");
}

#[test]
fn member_sees_only_their_own_events() {
    let (stack, cli) = admin();
    let member = person(&stack, Role::Member);
    let mut watch = Watch::start(&member, &["-o", "ndjson"]);
    cli.resume("Not theirs", "{}");
    let id = member.resume("Theirs", "{}");
    assert_eq!(watch.json()["object"]["id"], id.as_str());
    watch.interrupt().ends(130).prints("");
}

#[test]
fn watch_reports_errors_at_once() {
    let (_stack, cli) = admin();
    cli.run(&["events", "watch", "--after", "yesterday"]).ends(7).says("a12.u5.r88");
    for seconds in ["0", "301", "soon"] {
        cli.run(&["events", "watch", "--heartbeat", seconds]).ends(2);
    }
    let nowhere = Cli::new("http://127.0.0.1:1");
    nowhere.with("VITAE_TOKEN", "a.b.c", &["events", "watch"]).ends(9).says("vitaed serve");
}
