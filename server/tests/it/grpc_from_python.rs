//! A gRPC client in another language (Python) that has only the `.proto` files, an access
//! token and the address of a service.
//!
//! Installs its libraries below the target folder. `VITAE_SKIP_PYTHON=1` skips these tests.
#![expect(clippy::print_stdout, reason = "a test that is left out says so")]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use vitae_sdk::{Client, CreateResume, CreateUser, ExposeSecret as _, RawValue, ResumeId, UserId};

use crate::system::System;
use crate::vitaed::{PASSWORD, TIMEOUT, Vitaed, client_of, program};

/// Timeout of the installation, for slow registries.
const INSTALLED: Duration = Duration::from_mins(5);
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/grpc");
const PROTOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../contracts/services/proto");

/// The client, while it runs.
struct Python {
    _child: Child,
    calls: ChildStdin,
    responses: Lines<BufReader<ChildStdout>>,
}

impl Python {
    /// Starts the client; none if the environment leaves it out.
    async fn start() -> Option<Self> {
        if std::env::var("VITAE_SKIP_PYTHON").is_ok_and(|skip| skip == "1") {
            println!("SKIPPED: the gRPC client in another language (VITAE_SKIP_PYTHON=1)");
            return None;
        }
        let mut command = Command::new(installed().await);
        command.arg(Path::new(FOLDER).join("client.py")).arg(PROTOS);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let calls = child.stdin.take().unwrap();
        let responses = BufReader::new(child.stdout.take().unwrap()).lines();
        Some(Self { _child: child, calls, responses })
    }

    /// Makes one call, as `vitae.users.v1.Users/GetUser` at the address of a service.
    async fn call(&mut self, url: &str, method: &str, token: Option<&str>, request: Value) -> Value {
        let (service, method) = method.split_once('/').unwrap();
        let (package, service) = service.rsplit_once('.').unwrap();
        let metadata = token.map_or(json!({}), |token| json!({ "authorization": format!("Bearer {token}") }));
        let call = json!({
            "address": url.strip_prefix("http://").unwrap(), "package": package, "service": service,
            "method": method, "request": request, "metadata": metadata,
        });
        self.calls.write_all(format!("{call}\n").as_bytes()).await.unwrap();
        let line = tokio::time::timeout(TIMEOUT, self.responses.next_line()).await.expect("an answer");
        serde_json::from_str(&line.unwrap().expect("the client runs")).unwrap()
    }
}

/// The interpreter that has the library, which is installed first if it is not there.
async fn installed() -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-grpc");
    // The tests run at once, and one of them installs.
    let lock = std::fs::File::create(place.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    let (python, wanted) = (place.join("bin/python"), Path::new(FOLDER).join("requirements.txt"));
    // Copied last, so that it tells that all of it is there.
    let done = place.join("requirements.txt");
    let text = std::fs::read_to_string(&wanted).unwrap();
    if std::fs::read_to_string(&done).is_ok_and(|there| there == text) {
        return python;
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place)).await;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&wanted)).await;
    std::fs::write(done, text).unwrap();
    python
}

async fn run(command: &mut Command) {
    let advice = "python3 with venv and the package registry are needed, else VITAE_SKIP_PYTHON=1";
    let output = tokio::time::timeout(INSTALLED, command.output()).await.expect(advice);
    let output = output.unwrap_or_else(|error| panic!("{error}: {advice}"));
    assert!(output.status.success(), "{}\n{advice}", String::from_utf8_lossy(&output.stderr));
}

/// A member with a resume, and a resume of another person.
struct Member {
    id: UserId,
    token: String,
    own: ResumeId,
    others: ResumeId,
}

impl Member {
    async fn make(admin: &Client, url: &str) -> Self {
        let person = CreateUser::new("member@example.com", "Ada").password(PASSWORD.to_owned());
        let id = admin.users().create(&person).await.unwrap().id;
        let client = client_of(url);
        client.auth().login("member@example.com", &PASSWORD.to_owned().into()).await.unwrap();
        let resume = |title: &str| {
            CreateResume::new(
                title.to_owned(),
                RawValue::from_string(r#"{"basics": {"name": "Ada"}, "n": 1.10}"#.to_owned()).unwrap(),
            )
        };
        let own = client.resumes().create(&resume("Of Ada")).await.unwrap().id;
        let others = admin.resumes().create(&resume("Of the administrator")).await.unwrap().id;
        Self { id, token: token(&client).await, own, others }
    }
}

async fn token(client: &Client) -> String {
    client.auth().access_token().await.unwrap().expose_secret().to_owned()
}

/// The ids in a list of a response.
fn ids(response: &Value, list: &str) -> Vec<String> {
    let items = response["response"][list].as_array().unwrap_or_else(|| panic!("{response}"));
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

const GET_RESUME: &str = "vitae.resumes.v1.Resumes/GetResume";
const LIST_RESUMES: &str = "vitae.resumes.v1.Resumes/ListResumes";
const GET_USER: &str = "vitae.users.v1.Users/GetUser";
const LIST_USERS: &str = "vitae.users.v1.Users/ListUsers";
const LIST_ENTRIES: &str = "vitae.audit.v1.Audit/ListEntries";

#[tokio::test]
async fn python_client_has_the_access_of_its_token() {
    let Some(mut python) = Python::start().await else { return };
    let system = System::start().await;
    let admin = system.admin().await;
    let member = Member::make(&admin, &system.urls[4]).await;
    let [users, auth, resumes, audit, _] = &system.urls;
    let (all, me) = (token(&admin).await, admin.me().get().await.unwrap());
    let page = || json!({ "page_size": 50 });

    let listed = python.call(users, LIST_USERS, Some(&all), page()).await;
    assert_eq!(ids(&listed, "users"), [member.id.to_string(), me.id.to_string()]);
    let listed = python.call(resumes, LIST_RESUMES, Some(&all), page()).await;
    assert_eq!(ids(&listed, "resumes"), [member.others.to_string(), member.own.to_string()]);
    let read = python.call(resumes, GET_RESUME, Some(&all), json!({ "id": member.own.to_string() })).await;
    assert_eq!(read["response"]["summary"]["owner"]["name"], "Ada");
    // Bytes are base64 in the JSON form of a message.
    assert_eq!(read["response"]["document"], "eyJiYXNpY3MiOiB7Im5hbWUiOiAiQWRhIn0sICJuIjogMS4xMH0=");
    let sessions = json!({ "user_id": member.id.to_string() });
    let listed = python.call(auth, "vitae.auth.v1.Auth/ListSessions", Some(&all), sessions).await;
    assert_eq!(ids(&listed, "sessions").len(), 1);
    crate::checker::until_quiet(&system.data()).await;
    let listed = python.call(audit, LIST_ENTRIES, Some(&all), page()).await;
    assert_eq!(listed["response"]["entries"][0]["objectId"], member.others.to_string());

    let mine = Some(member.token.as_str());
    let listed = python.call(resumes, LIST_RESUMES, mine, page()).await;
    assert_eq!(ids(&listed, "resumes"), [member.own.to_string()]);
    let of = |id: String| json!({ "id": id });
    for (url, method, request, code) in [
        (resumes, GET_RESUME, of(member.own.to_string()), "OK"),
        (resumes, GET_RESUME, of(member.others.to_string()), "NOT_FOUND"),
        (users, GET_USER, of(member.id.to_string()), "OK"),
        (users, GET_USER, of(me.id.to_string()), "NOT_FOUND"),
        (users, LIST_USERS, page(), "PERMISSION_DENIED"),
        (audit, LIST_ENTRIES, page(), "PERMISSION_DENIED"),
        (users, "vitae.users.v1.Users/DeleteUser", of(me.id.to_string()), "PERMISSION_DENIED"),
        (users, "vitae.users.v1.Users/ResolveAccount", json!({ "email": "a@b.c" }), "PERMISSION_DENIED"),
    ] {
        assert_eq!(python.call(url, method, mine, request).await["code"], code, "{method}");
    }
    for (url, method, request) in [
        (users, LIST_USERS, page()),
        (users, GET_USER, of(member.id.to_string())),
        (resumes, LIST_RESUMES, page()),
        (resumes, GET_RESUME, of(member.own.to_string())),
        (audit, LIST_ENTRIES, page()),
        (auth, "vitae.auth.v1.Auth/ListSessions", json!({ "user_id": member.id.to_string() })),
    ] {
        for token in [None, Some("nonsense"), Some(&all[..all.len() - 4])] {
            let rejected = python.call(url, method, token, request.clone()).await;
            assert_eq!(rejected["code"], "UNAUTHENTICATED", "{method} with {token:?}");
        }
    }
    let log = json!({ "source": "users" });
    for token in [None, mine, Some(all.as_str())] {
        let rejected = python.call(users, "vitae.events.v1.Feed/ReadEvents", token, log.clone()).await;
        let code = if token.is_none() { "UNAUTHENTICATED" } else { "PERMISSION_DENIED" };
        assert_eq!(rejected["code"], code, "the log is for services only");
    }
    system.stop().await;
}

#[tokio::test]
async fn every_role_answers_grpc_health_checks() {
    let Some(mut python) = Python::start().await else { return };
    let system = System::start().await;
    for url in &system.urls[..4] {
        let response = python.call(url, "grpc.health.v1.Health/Check", None, json!({})).await;
        assert_eq!(response["response"]["status"], "SERVING", "{response}");
        let unknown = json!({ "service": "vitae.unknown.v1.Unknown" });
        assert_eq!(python.call(url, "grpc.health.v1.Health/Check", None, unknown).await["code"], "NOT_FOUND");
    }
    system.stop().await;
}

#[tokio::test]
async fn reflection_needs_its_flag() {
    let Some(mut python) = Python::start().await else { return };
    for flags in [&[][..], &["--reflection"]] {
        let directory = tempfile::tempdir().unwrap();
        let mut command = program();
        command.args(["users", "--listen", "127.0.0.1:0", "--data"]).arg(directory.path()).args(flags);
        let users = Vitaed::spawn(&mut command).await;
        let reflected =
            python.call(&users.url(), "grpc.reflection.v1.Reflection/reflect", None, json!({})).await;
        if flags.is_empty() {
            assert_eq!(reflected["code"], "UNIMPLEMENTED", "{reflected}");
            continue;
        }
        let services = reflected["response"].as_array().unwrap_or_else(|| panic!("{reflected}"));
        assert!(services.contains(&json!("vitae.users.v1.Users")), "{reflected}");
    }
}
