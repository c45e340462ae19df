//! `vitaed demo --headless`: a server with sample data that leaves no files behind.

use std::collections::BTreeMap;

use vitae_sdk::{Client, ResumeSummary, SecretString, User};

use crate::vitaed::{Vitaed, client_of, logs_in, program};

async fn people(client: &Client) -> Vec<User> {
    client.users().list().limit(500).send().await.unwrap().items
}

async fn resumes(client: &Client) -> Vec<ResumeSummary> {
    client.resumes().list().limit(500).send().await.unwrap().items
}

#[tokio::test]
async fn demo_has_people_and_resumes_and_leaves_no_files() {
    let temporary = tempfile::tempdir().unwrap();
    let mut demo =
        Vitaed::spawn(program().args(["demo", "--headless"]).env("TMPDIR", temporary.path())).await;
    assert_eq!(demo.greeting, [format!("vitaed ready on {}", demo.url())]);
    let login: BTreeMap<String, String> = serde_json::from_str(&demo.stdout_line().await).unwrap();
    let [email, password, server] = ["email", "password", "server"].map(|name| login[name].as_str());
    assert_eq!((login.len(), server), (3, demo.url().as_str()));

    let client = client_of(server);
    client.auth().login(email, &SecretString::from(password)).await.unwrap();
    let people = people(&client).await;
    let mut roles: BTreeMap<&str, usize> = BTreeMap::new();
    for person in &people {
        *roles.entry(person.role.as_str()).or_default() += 1;
    }
    assert_eq!(people.len(), 26, "{roles:?}");
    assert_eq!(roles.keys().copied().collect::<Vec<_>>(), ["admin", "editor", "member", "viewer"]);
    let member = people.iter().find(|person| person.role.as_str() == "member").unwrap();
    assert!(logs_in(server, member.email.as_str(), password).await);

    let resumes = resumes(&client).await;
    assert_eq!(resumes.len(), 60);
    for resume in &resumes {
        assert!(people.iter().any(|person| person.id == resume.owner.id), "{:?}", resume.owner);
    }

    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 1);
    let ended = demo.stop().await;
    assert_eq!((ended.status.code(), ended.stderr), (Some(0), Vec::new()));
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
}
