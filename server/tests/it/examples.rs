//! The examples of the SDK, run against the demo.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;
use vitae_sdk::{Client, CreateResume, RawValue, ResumeId, Role};

use crate::vitaed::{TIMEOUT, Vitaed, client_of, lines, program, run};

/// A running demo and its login.
struct Demo {
    _process: Vitaed,
    login: BTreeMap<String, String>,
    client: Client,
    home: tempfile::TempDir,
}

impl Demo {
    async fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut process =
            Vitaed::spawn(program().args(["demo", "--headless"]).env("TMPDIR", home.path())).await;
        let login: BTreeMap<String, String> = serde_json::from_str(&process.stdout_line().await).unwrap();
        let client = client_of(&login["server"]);
        client.auth().login(&login["email"], &login["password"].clone().into()).await.unwrap();
        Self { _process: process, login, client, home }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn example(&self, name: &str, arguments: &[&Path]) -> Command {
        let mut command = Command::new(built(name));
        command.args(arguments).stdin(Stdio::null()).kill_on_drop(true).env_remove("VITAE_TOKEN");
        for (variable, field) in
            [("VITAE_SERVER", "server"), ("VITAE_EMAIL", "email"), ("VITAE_PASSWORD", "password")]
        {
            command.env(variable, &self.login[field]);
        }
        command
    }

    async fn create(&self, title: &str) -> ResumeId {
        let document =
            RawValue::from_string(format!("{{\"basics\": {{\"name\": \"{title}\"}}, \"x\": 1.10}}"));
        let (title, document) = (title.to_owned(), document.unwrap());
        let new = CreateResume::new(title, document);
        self.client.resumes().create(&new).await.unwrap().id
    }
}

/// An example's program; a test of the whole workspace has built it already.
fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let program = profile.join("examples").join(name);
    if !program.exists() {
        let mut cargo = std::process::Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--locked", "--package", "vitae-sdk", "--example", name]);
        cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        assert!(cargo.status().unwrap().success(), "{name} can be built");
    }
    program
}

fn succeeded(output: &Output) -> Vec<String> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    lines(&output.stdout)
}

#[tokio::test]
async fn report_example_prints_each_new_resume_once() {
    let demo = Demo::start().await;
    let state = demo.path("last");
    let report = || async { succeeded(&run(&mut demo.example("new_resumes", &[&state])).await) };
    // The record is a moment behind: what was there before may take a second report.
    let mut samples = Vec::new();
    while samples.len() < 60 {
        samples.extend(report().await);
    }
    assert_eq!(samples.len(), 60, "the samples of the demo");
    let created = [demo.create("One").await, demo.create("Two").await];
    let mut news = Vec::new();
    while news.len() < 2 {
        news.extend(report().await);
    }
    for (line, id) in news.iter().zip(created) {
        assert!(line.contains(&id.to_string()), "{line}");
    }
    assert_eq!((news.len(), report().await.len()), (2, 0));

    fs::write(&state, "rubbish").unwrap();
    assert!(!run(&mut demo.example("new_resumes", &[&state])).await.status.success());
}

#[tokio::test]
async fn csv_example_can_be_repeated() {
    let demo = Demo::start().await;
    let file = demo.path("people.csv");
    let text =
        "Email,Name,Role\nnew@example.com,\"Lovelace, Ada\",editor\nother@example.com,Grace,\nnobody,,\n";
    fs::write(&file, text).unwrap();
    let outcomes = || async {
        let output = run(&mut demo.example("people_from_csv", &[&file])).await;
        let rejected = lines(&output.stderr);
        assert_eq!((output.status.code(), rejected.len()), (Some(1), 1), "{rejected:?}");
        assert!(rejected[0].starts_with("line 4: POST /v1/users: 422 validation_failed"), "{rejected:?}");
        lines(&output.stdout)
    };
    assert_eq!(outcomes().await, ["created new@example.com", "created other@example.com"]);
    assert_eq!(outcomes().await, ["unchanged new@example.com", "unchanged other@example.com"]);
    fs::write(&file, text.replace(",editor", ",viewer")).unwrap();
    assert_eq!(outcomes().await, ["changed new@example.com", "unchanged other@example.com"]);
    let page = demo.client.users().list().email("new@example.com").send().await.unwrap();
    assert_eq!((page.items[0].name.as_str(), &page.items[0].role), ("Lovelace, Ada", &Role::Viewer));
}

#[tokio::test]
async fn mirror_example_updates_changed_files_with_the_exact_text() {
    let demo = Demo::start().await;
    let folder = demo.path("copies");
    let mirror = || async { succeeded(&run(&mut demo.example("mirror", &[&folder])).await) };
    assert_eq!(mirror().await.len(), 60);
    assert_eq!(mirror().await, Vec::<String>::new());

    let id = demo.create("Ada").await;
    let page = demo.client.resumes().list().sort("created_at").limit(1).send().await.unwrap();
    let gone = page.items[0].id;
    demo.client.resumes().delete(gone, None).await.unwrap();
    let known = folder.join(format!("{}.json", demo.create("Lost").await));
    mirror().await;
    fs::remove_file(&known).unwrap();
    fs::write(folder.join("of-others.txt"), "mine").unwrap();
    assert_eq!(mirror().await.len(), 1, "what was removed by hand comes back");
    let text = fs::read_to_string(folder.join(format!("{id}.json"))).unwrap();
    assert_eq!(text, r#"{"basics": {"name": "Ada"}, "x": 1.10}"#);
    assert!(!folder.join(format!("{gone}.json")).exists() && folder.join("of-others.txt").exists());

    // A line that was cut while it was written is as good as none.
    assert_eq!(mirror().await, Vec::<String>::new());
    let index = folder.join("mirror.index");
    let whole = fs::read_to_string(&index).unwrap();
    fs::write(&index, &whole[..whole.len() - 3]).unwrap();
    assert_eq!(mirror().await.len(), 1);
}

#[tokio::test]
async fn mirror_example_follows_changes() {
    let demo = Demo::start().await;
    let folder = demo.path("copies");
    let mut command = demo.example("mirror", &[&folder, Path::new("--follow")]);
    let mut following = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(following.stdout.take().unwrap()).lines();
    let mut next = async || timeout(TIMEOUT, said.next_line()).await.unwrap().unwrap().unwrap();
    for _ in 0..60 {
        next().await;
    }
    let id = demo.create("Ada").await;
    assert_eq!(next().await, format!("{id} revision 1"));
    demo.client.resumes().delete(id, None).await.unwrap();
    assert_eq!(next().await, format!("{id} removed"));
    assert!(!folder.join(format!("{id}.json")).exists());
    following.kill().await.unwrap();
}
