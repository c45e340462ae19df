//! Repeated SIGKILL during writes: every confirmed change is stored exactly once.
#![expect(clippy::print_stdout, reason = "the counts of a run are its result")]

use futures_util::future::join_all;
use tokio::sync::watch;
use vitae_contracts_core::subjects;
use vitae_sdk::{
    Client, CreateResume, CreateUser, Error, IfMatch, RawValue, ResumeId, Role, UpdateUser, UserId,
};

use crate::ledger::{Written, check, keys};
use crate::seeded_random::SeededRandom;
use crate::vitaed::{TIMEOUT, start};

/// Number of concurrent clients.
const CLIENTS: usize = 32;
/// Prefix of the names of people created with a password.
const WITH_PASSWORD: &str = "secretive";
/// Maximum number of confirmed changes in a cycle before the kill.
const MAX_CONFIRMED: u64 = 300;

#[tokio::test]
async fn every_confirmed_change_survives_sigkill_once() {
    let cycles = std::env::var("VITAE_CRASH_CYCLES").map_or(25, |cycles| cycles.parse().unwrap());
    let mut random = SeededRandom::new();
    println!("crash: seed {}", random.seed());
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();

    let mut server = start(data).await;
    let shared = shared_resume(&server.admin().await).await;
    let mut workers: Vec<_> = (0..CLIENTS).map(|number| Worker::new(number, shared, random.next())).collect();
    let (mut lost, mut repeats) = (0, 0);
    for _ in 0..cycles {
        let client = server.admin().await;
        let (confirmed, mut confirmations) = watch::channel(0);
        let enough = 1 + random.next() % MAX_CONFIRMED;
        let kill = async {
            let enough = confirmations.wait_for(|confirmed| *confirmed >= enough);
            tokio::time::timeout(TIMEOUT, enough).await.expect("the server confirms changes").unwrap();
            server.kill().await;
        };
        let work = join_all(workers.iter_mut().map(|worker| worker.work(&client, &confirmed)));
        tokio::join!(work, kill);

        let latest: Vec<_> = workers.iter_mut().flat_map(Worker::unchecked).collect();
        check(data, &latest, WITH_PASSWORD);
        let happened = keys(data);
        for worker in workers.iter().filter(|worker| worker.unconfirmed.is_some()) {
            repeats += 1;
            lost += usize::from(!happened.contains(&worker.key()));
        }
        server = start(data).await;
        let client = server.admin().await;
        join_all(workers.iter().map(|worker| worker.check_resume(&client))).await;
    }

    let client = server.admin().await;
    for finished in join_all(workers.iter_mut().map(|worker| worker.finish_change(&client))).await {
        finished.unwrap();
    }
    let ended = server.stop().await;
    assert_eq!((ended.status.code(), ended.stderr), (Some(0), Vec::new()));
    let all: Vec<_> = workers.iter().flat_map(|worker| &worker.written).collect();
    check(data, &all, WITH_PASSWORD);
    let all = all.len();
    println!("crash: {cycles} kills, {all} confirmed changes stored, {repeats} unconfirmed ones repeated");
    println!("crash: {lost} of the unconfirmed ones had not been made, the others were recognized");
    assert!(all >= cycles);
}

/// Creates a resume that every client changes.
async fn shared_resume(client: &Client) -> ResumeId {
    client.resumes().create(&new_resume("shared")).await.unwrap().id
}

fn new_resume(title: &str) -> CreateResume {
    let document = format!(r#"{{"basics": {{"name": "{title}"}}, "meta": {{"version": "v1.0.0"}}}}"#);
    CreateResume::new(title, RawValue::from_string(document).unwrap()).tags(["crash", "test"])
}

/// An object of the worker, as last confirmed.
#[derive(Clone)]
struct Own<Id> {
    id: Id,
    version: u64,
    label: String,
    is_deleted: bool,
}

/// The next change of a worker.
#[derive(Clone, Copy)]
enum Change {
    CreateResume,
    RenameResume,
    ToggleResume,
    RenameShared,
    CreateUser { with_password: bool },
    RenameUser,
    ToggleUser,
}

/// A client that changes its own objects and records every response.
struct Worker {
    number: usize,
    random: SeededRandom,
    shared: ResumeId,
    resume: Option<Own<ResumeId>>,
    user: Option<Own<UserId>>,
    steps: u64,
    written: Vec<Written>,
    /// The number of them that were compared with the files.
    checked: usize,
    /// The change that was sent and not answered.
    unconfirmed: Option<Change>,
}

impl Worker {
    fn new(number: usize, shared: ResumeId, seed: u64) -> Self {
        let random = SeededRandom::of(seed);
        Self {
            number,
            random,
            shared,
            resume: None,
            user: None,
            steps: 0,
            written: Vec::new(),
            checked: 0,
            unconfirmed: None,
        }
    }

    /// Makes one change after another until the server is killed.
    async fn work(&mut self, client: &Client, confirmed: &watch::Sender<u64>) {
        while self.finish_change(client).await.is_ok() {
            confirmed.send_modify(|confirmed| *confirmed += 1);
            self.steps += 1;
            self.unconfirmed = Some(self.choose());
        }
    }

    /// Repeats an unanswered change with the same key.
    async fn finish_change(&mut self, client: &Client) -> Result<(), Error> {
        let Some(change) = self.unconfirmed else { return Ok(()) };
        let written = match self.send(client, change).await {
            Ok(written) => written,
            // An error without a status is a broken connection; any other is a wrong response.
            Err(error) if error.status().is_none() => return Err(error),
            Err(error) => panic!("{}: {error:?}", self.key()),
        };
        self.unconfirmed = None;
        self.written.push(written);
        Ok(())
    }

    /// Checks that the resume is as confirmed, or as changed by the unanswered request.
    async fn check_resume(&self, client: &Client) {
        let Some(own) = &self.resume else { return };
        let found = client.resumes().get(own.id).await.unwrap();
        let as_confirmed = found.revision == own.version && found.title.as_str() == own.label;
        let is_changed = self.unconfirmed.is_some() && found.revision == own.version + 1;
        assert!(as_confirmed || is_changed, "{}: {found:?}", self.key());
    }

    /// Returns the changes that were confirmed since the last call.
    fn unchecked(&mut self) -> &[Written] {
        let from = std::mem::replace(&mut self.checked, self.written.len());
        &self.written[from..]
    }

    fn choose(&mut self) -> Change {
        let roll = self.random.next() % 16;
        match roll {
            0..2 if self.resume.as_ref().is_some_and(|own| !own.is_deleted) => Change::RenameResume,
            2..4 if self.resume.is_some() => Change::ToggleResume,
            4..6 => Change::RenameShared,
            6..8 => Change::CreateUser { with_password: self.random.next().is_multiple_of(16) },
            8..10 if self.user.as_ref().is_some_and(|own| !own.is_deleted) => Change::RenameUser,
            10 if self.user.is_some() => Change::ToggleUser,
            _ => Change::CreateResume,
        }
    }

    /// Returns the idempotency key of the step, the same for every attempt.
    fn key(&self) -> String {
        format!("worker-{}-step-{}", self.number, self.steps)
    }

    async fn send(&mut self, client: &Client, change: Change) -> Result<Written, Error> {
        match change {
            Change::CreateResume | Change::RenameResume | Change::ToggleResume => {
                self.send_resume(client, change).await
            }
            Change::RenameShared => {
                let (resumes, label) = (client.resumes().with_idempotency_key(self.key()), self.key());
                let renamed = resumes.patch(self.shared, &title(&label), IfMatch::Any).await?;
                assert_eq!(renamed.title.as_str(), label);
                let (object, version) = (*self.shared.as_bytes(), renamed.revision);
                Ok(Written { subject: subjects::RESUME_UPDATED, object, version, label, key: self.key() })
            }
            Change::CreateUser { .. } | Change::RenameUser | Change::ToggleUser => {
                self.send_user(client, change).await
            }
        }
    }

    async fn send_resume(&mut self, client: &Client, change: Change) -> Result<Written, Error> {
        let resumes = client.resumes().with_idempotency_key(self.key());
        let (subject, own) = match (change, self.resume.clone()) {
            (Change::RenameResume, Some(own)) => {
                let label = self.key();
                let based_on = IfMatch::Version(own.version);
                let version = resumes.patch(own.id, &title(&label), based_on).await?.revision;
                (subjects::RESUME_UPDATED, Own { version, label, ..own })
            }
            (Change::ToggleResume, Some(own)) if own.is_deleted => {
                let version = resumes.restore(own.id, Some(IfMatch::Version(own.version))).await?.revision;
                (subjects::RESUME_RESTORED, Own { version, is_deleted: false, ..own })
            }
            (Change::ToggleResume, Some(own)) => {
                resumes.delete(own.id, Some(IfMatch::Version(own.version))).await?;
                (subjects::RESUME_DELETED, Own { version: own.version + 1, is_deleted: true, ..own })
            }
            _ => {
                let label = self.key();
                let made = resumes.create(&new_resume(&label)).await?;
                let own = Own { id: made.id, version: made.revision, label, is_deleted: false };
                (subjects::RESUME_CREATED, own)
            }
        };
        let written = confirmed(subject, *own.id.as_bytes(), &own, self.key());
        self.resume = Some(own);
        Ok(written)
    }

    async fn send_user(&mut self, client: &Client, change: Change) -> Result<Written, Error> {
        let users = client.users().with_idempotency_key(self.key());
        let (subject, own) = match (change, self.user.clone()) {
            (Change::RenameUser, Some(own)) => {
                let label = format!("{} of {}", own.label.split(' ').next().unwrap_or_default(), self.key());
                let change = UpdateUser::new().name(label.clone());
                let version = users.update(own.id, &change, IfMatch::Version(own.version)).await?.version;
                (subjects::USER_UPDATED, Own { version, label, ..own })
            }
            (Change::ToggleUser, Some(own)) if own.is_deleted => {
                let version = users.restore(own.id, Some(IfMatch::Version(own.version))).await?.version;
                (subjects::USER_RESTORED, Own { version, is_deleted: false, ..own })
            }
            (Change::ToggleUser, Some(own)) => {
                users.delete(own.id, Some(IfMatch::Version(own.version))).await?;
                (subjects::USER_DELETED, Own { version: own.version + 1, is_deleted: true, ..own })
            }
            (change, _) => {
                let with_password = matches!(change, Change::CreateUser { with_password: true });
                let label = format!("{} {}", if with_password { WITH_PASSWORD } else { "open" }, self.key());
                let person = CreateUser::new(format!("{}@example.com", self.key()), label.clone())
                    .role(Role::Viewer)
                    .password(with_password.then(|| format!("password of {}", self.key())));
                let made = users.create(&person).await?;
                let own = Own { id: made.id, version: made.version, label, is_deleted: false };
                (subjects::USER_CREATED, own)
            }
        };
        let written = confirmed(subject, *own.id.as_bytes(), &own, self.key());
        self.user = Some(own);
        Ok(written)
    }
}

fn title(title: &str) -> Box<RawValue> {
    RawValue::from_string(format!(r#"{{"title": "{title}"}}"#)).unwrap()
}

fn confirmed<Id>(subject: &'static str, object: [u8; 16], own: &Own<Id>, key: String) -> Written {
    Written { subject, object, version: own.version, label: own.label.clone(), key }
}
