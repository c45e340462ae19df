//! The five roles as five processes, also while one of them is killed.

use tonic::transport::Endpoint;
use tonic::{Code, Request};
use vitae_contracts_core::{names, subjects};
use vitae_contracts_services::events::v1::ReadEventsRequest;
use vitae_contracts_services::events::v1::feed_client::FeedClient;
use vitae_contracts_services::resumes::v1::resumes_client::ResumesClient;
use vitae_contracts_services::resumes::v1::{CreateResumeRequest, GetResumeRequest, ListResumesRequest};
use vitae_sdk::{
    Client, CreateResume, CreateUser, Deleted, ExposeSecret as _, RawValue, ResumeId, SecretString,
};

use crate::checker::until_quiet;
use crate::ledger::{Written, check};
use crate::system::{ROLES, System, write_key};
use crate::vitaed::{PASSWORD, TIMEOUT, client_of, lines, program, run};

/// No person of these tests has a password that would have to be checked.
const NO_PASSWORDS: &str = "no such prefix";

/// Waits until something that takes its time has happened.
pub(crate) async fn eventually(what: &str, mut happened: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !happened().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, asking).await.unwrap_or_else(|_| panic!("it never happened: {what}"));
}

fn person(name: &str) -> CreateUser {
    CreateUser::new(format!("{}@example.com", name.replace(' ', "-")), name)
}

pub(crate) fn resume(title: &str) -> CreateResume {
    let document = RawValue::from_string("{}".to_owned()).unwrap();
    CreateResume::new(title, document)
}

async fn is_trashed(client: &Client, id: ResumeId) -> bool {
    client.resumes().get(id).await.is_ok_and(|resume| resume.deleted_at.is_some())
}

#[tokio::test]
async fn five_processes_behave_as_one_server() {
    let system = System::start().await;
    let client = system.admin().await;
    let owner = client.users().create(&person("Ada")).await.unwrap();
    let draft = resume("Of Ada").owner_id(owner.id);
    let made = client.resumes().create(&draft).await.unwrap();
    client.users().delete(owner.id, None).await.unwrap();
    eventually("the resume is trashed", async || {
        let list = client.resumes().list().owner(owner.id).deleted(Deleted::Only);
        list.send().await.unwrap().items.iter().any(|resume| resume.id == made.id)
    })
    .await;
    eventually("the audit has it", async || {
        let list = client.audit().list().object(made.id).action(subjects::RESUME_DELETED);
        list.send().await.unwrap().items.len() == 1
    })
    .await;
    until_quiet(&system.data()).await;
    let directory = system.stop().await;
    check(&directory.path().join("data"), &[], NO_PASSWORDS);
}

/// Writes until stopped; failed writes are not confirmed.
async fn writes(client: &Client, name: &str, enough: &tokio::sync::watch::Sender<bool>) -> Vec<Written> {
    let mut written = Vec::new();
    for step in 0.. {
        if *enough.borrow() {
            break;
        }
        let (label, key) = (format!("{name} {step}"), format!("{name}-{step}").replace(' ', "-"));
        if let Ok(made) = client.resumes().with_idempotency_key(&key).create(&resume(&label)).await {
            let (object, version) = (*made.id.as_bytes(), made.revision);
            let (label, key) = (label.clone(), key.clone());
            written.push(Written { subject: subjects::RESUME_CREATED, object, version, label, key });
        }
        let users = client.users().with_idempotency_key(&key);
        if let Ok(made) = users.create(&person(&label)).await {
            let (object, version) = (*made.id.as_bytes(), made.version);
            written.push(Written { subject: subjects::USER_CREATED, object, version, label, key });
        }
    }
    written
}

#[tokio::test]
async fn killed_service_recovers_under_writes() {
    let mut system = System::start().await;
    let mut ledger = Vec::new();
    for (role, name) in ROLES.iter().enumerate() {
        let client = system.admin().await;
        let owner = client.users().create(&person(&format!("owner {role}"))).await.unwrap();
        let draft = resume("taken along").owner_id(owner.id);
        let taken = client.resumes().create(&draft).await.unwrap();
        let enough = tokio::sync::watch::Sender::new(false);
        let url = system.urls[4].clone();
        let kill = async {
            client.users().delete(owner.id, None).await.unwrap();
            system.kill(role).await;
            system.start_role(role).await;
            // As soon as a change of either kind is taken again, the writers have had their share.
            let fresh = client_of(&url);
            eventually("the system is whole again", async || {
                let password = SecretString::from(PASSWORD);
                fresh.auth().login("admin@localhost", &password).await.is_ok()
                    && fresh.resumes().create(&resume("whole again")).await.is_ok()
            })
            .await;
            enough.send_replace(true);
        };
        let names = [0, 1, 2].map(|writer| format!("writer {role} {writer}"));
        let (one, two, three, ()) = tokio::join!(
            writes(&client, &names[0], &enough),
            writes(&client, &names[1], &enough),
            writes(&client, &names[2], &enough),
            kill
        );
        ledger.extend([one, two, three].into_iter().flatten());
        let client = system.admin().await;
        eventually(&format!("the effect arrives though {name} was killed"), async || {
            let trashed = client.resumes().list().owner(owner.id).deleted(Deleted::Only).send().await;
            let listed = trashed.is_ok_and(|page| page.items.iter().any(|resume| resume.id == taken.id));
            listed || is_trashed(&client, taken.id).await
        })
        .await;
    }
    until_quiet(&system.data()).await;
    let directory = system.stop().await;
    let written: Vec<_> = ledger.iter().collect();
    assert!(written.len() >= ROLES.len());
    check(&directory.path().join("data"), &written, NO_PASSWORDS);
}

#[tokio::test]
async fn gateway_without_the_service_key_rejects_everyone() {
    let system = System::start().await;
    let wrong = system.directory.path().join("wrong");
    write_key(&wrong, "a-key-that-no-role-knows", 0o600);
    for key in [None, Some(&wrong)] {
        let mut command = program();
        command.args(["gateway", "--listen", "127.0.0.1:0"]);
        for (peer, url) in ROLES.iter().zip(&system.urls).take(4) {
            command.args([format!("--{peer}"), url.clone()]);
        }
        if let Some(key) = key {
            command.arg("--service-key-file").arg(key);
        }
        let rejected = tokio::time::timeout(TIMEOUT, command.output()).await;
        let output = rejected.expect("the gateway ends by itself").unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("--service-key-file"), "{said}");
        assert!(!said.contains("vitaed ready") && !said.contains("a-key-that"), "{said}");
    }
    system.stop().await;
}

#[tokio::test]
async fn unusable_key_and_public_role_port_are_rejected() {
    let directory = tempfile::tempdir().unwrap();
    let (data, short) = (directory.path().join("data"), directory.path().join("short"));
    write_key(&short, "too short", 0o600);
    let open = [0o640, 0o604, 0o622].map(|mode| {
        let path = directory.path().join(format!("{mode:o}"));
        write_key(&path, "a-key-that-others-can-read", mode);
        path
    });
    let missing = directory.path().join("missing");
    for role in ROLES {
        for (arguments, part) in [
            (["--listen".as_ref(), "0.0.0.0:0".as_ref()], "not a loopback address"),
            (["--service-key-file".as_ref(), short.as_os_str()], "at least 16 visible"),
            (["--service-key-file".as_ref(), missing.as_os_str()], "cannot be used"),
            (["--service-key-file".as_ref(), directory.path().as_os_str()], "not a regular file"),
            (["--service-key-file".as_ref(), "/dev/null".as_ref()], "not a regular file"),
            (["--service-key-file".as_ref(), open[0].as_os_str()], "chmod 600"),
            (["--service-key-file".as_ref(), open[1].as_os_str()], "chmod 600"),
            (["--service-key-file".as_ref(), open[2].as_os_str()], "chmod 600"),
        ] as [([&std::ffi::OsStr; 2], &str); 8]
        {
            let mut command = program();
            command.arg(role).arg("--data").arg(&data);
            if arguments[0] != "--listen" {
                command.args(["--listen", "127.0.0.1:0"]);
            }
            let output = run(command.args(arguments)).await;
            let lines = lines(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{role}: {lines:?}");
            assert!(lines.len() == 1 && lines[0].contains(part), "{role}: {lines:?}");
        }
    }
    assert!(!data.exists());
}

#[tokio::test]
async fn role_port_requires_a_token_and_limits_its_feed_to_services() {
    let system = System::start().await;
    let client = system.admin().await;
    let made = client.resumes().create(&resume("By the public door")).await.unwrap();
    let url = system.urls[2].clone();
    let channel = Endpoint::from_shared(url).unwrap().connect().await.unwrap();
    let mut resumes = ResumesClient::new(channel.clone());
    let mut feed = FeedClient::new(channel);
    let token = client.auth().access_token().await.unwrap();
    let bearer = format!("Bearer {}", token.expose_secret());
    let cases = [
        (None, Some(Code::Unauthenticated), Code::Unauthenticated),
        (
            Some(("authorization", "Bearer nonsense".to_owned())),
            Some(Code::Unauthenticated),
            Code::Unauthenticated,
        ),
        (Some(("authorization", bearer)), None, Code::PermissionDenied),
    ];
    for (metadata, get, read) in cases {
        let with = |request: &mut dyn FnMut(&'static str, String)| {
            if let Some((name, value)) = &metadata {
                request(name, value.clone());
            }
        };
        let mut request = Request::new(GetResumeRequest { id: made.id.to_string() });
        with(&mut |name, value| drop(request.metadata_mut().insert(name, value.parse().unwrap())));
        assert_eq!(resumes.get_resume(request).await.err().map(|status| status.code()), get, "{metadata:?}");
        // A caller that only claims to be the system is rejected.
        let mut request = Request::new(ReadEventsRequest { source: "resumes".to_owned(), start: None });
        request.metadata_mut().insert(names::SYSTEM, "1".parse().unwrap());
        with(&mut |name, value| drop(request.metadata_mut().insert(name, value.parse().unwrap())));
        let rejected = feed.read_events(request).await.err().map(|status| status.code());
        assert!(
            rejected == Some(read) || rejected == Some(Code::PermissionDenied),
            "{metadata:?}: {rejected:?}"
        );
    }
    system.stop().await;
}

#[tokio::test]
async fn role_ports_check_length_first_and_quote_little() {
    let system = System::start().await;
    let token = system.admin().await.auth().access_token().await.unwrap();
    let bearer = format!("Bearer {}", token.expose_secret());
    let channel = Endpoint::from_shared(system.urls[2].clone()).unwrap().connect().await.unwrap();
    let mut resumes = ResumesClient::new(channel);
    let long = "\u{fdfa}".repeat(600_000);
    let all = || ListResumesRequest { page_size: 1, ..ListResumesRequest::default() };
    let document = format!(r#"{{"x":"{long}"}}"#);
    let many = CreateResumeRequest {
        title: "A".to_owned(),
        tags: vec![",".to_owned(); 400_000],
        ..CreateResumeRequest::default()
    };
    let lists = [
        ListResumesRequest { query: long.clone(), ..all() },
        ListResumesRequest { tag: long.clone(), ..all() },
        ListResumesRequest { title: long.clone(), ..all() },
        ListResumesRequest { sort: long.clone(), ..all() },
        ListResumesRequest { owner_id: long.clone(), ..all() },
        ListResumesRequest { page_token: long.clone(), ..all() },
    ];
    let creations = [
        many,
        CreateResumeRequest { title: long.clone(), document: "{}".into(), ..CreateResumeRequest::default() },
        CreateResumeRequest {
            title: "A".to_owned(),
            document: document.into(),
            ..CreateResumeRequest::default()
        },
    ];
    let mut rejected = Vec::new();
    for list in lists {
        let mut request = Request::new(list);
        request.metadata_mut().insert("authorization", bearer.parse().unwrap());
        rejected.push(resumes.list_resumes(request).await.unwrap_err());
    }
    for creation in creations {
        let mut request = Request::new(creation);
        request.metadata_mut().insert("authorization", bearer.parse().unwrap());
        rejected.push(resumes.create_resume(request).await.unwrap_err());
    }
    for status in rejected {
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
        // A client reads 16 KiB of headers, in which the details are written in base64.
        assert!(status.details().len() + status.message().len() < 10_000, "{}", status.details().len());
    }
}
