//! A client that changes its own person and their resumes, and records the responses.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;
use vitae_contracts_core::{Code, subjects};
use vitae_sdk::{
    Client, CreateResume, CreateUser, Error, IfMatch, MemoryStore, RawValue, ResumeId, Retry, Role,
    SecretString, SessionId, Status, UpdateUser, UserId,
};

use crate::ledger::Written;
use crate::seeded_random::SeededRandom;
use crate::vitaed::{PASSWORD, TIMEOUT};

/// Prefix of the names of people created with a password.
pub(super) const WITH_PASSWORD: &str = "secretive";
/// A stopped gateway never responds; a longer timeout only reduces the number of requests.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(4);
/// Pause of a client after an unavailable response.
const PAUSE: Duration = Duration::from_millis(20);
/// Maximum number of resumes of one person.
const RESUMES: u64 = 4;

/// An object of the worker, as last confirmed.
#[derive(Clone)]
struct Own<Id> {
    id: Id,
    version: u64,
    label: String,
    is_deleted: bool,
    is_disabled: bool,
}

/// The next change; it is sent with the same key until it is answered.
#[derive(Clone, Copy, Debug)]
enum Change {
    CreatePerson,
    RenamePerson,
    SetRole,
    TogglePerson,
    DisableOrEnable,
    CreateResume,
    RenameResume(usize),
    ToggleResume(usize),
}

/// The reason why a change is not confirmed.
enum Missed {
    /// It is unknown whether the change was made.
    Unanswered,
    /// An effect of another change came first.
    Overtaken,
}

pub(super) struct Worker {
    number: usize,
    random: SeededRandom,
    pub(super) client: Client,
    person: Option<Own<UserId>>,
    resumes: Vec<Own<ResumeId>>,
    /// A client that is logged in as the person.
    login: Option<Client>,
    steps: u64,
    unanswered: Option<Change>,
    pub(super) written: Vec<Written>,
    pub(super) sessions: Vec<SessionId>,
    /// The number of failed requests by error code, or without a response.
    pub(super) rejections: BTreeMap<String, u64>,
}

/// Returns a client that never retries.
pub(super) fn new_client(url: &str) -> Client {
    let client = Client::builder().base_url(url).token_store(MemoryStore::new());
    client.timeout(REQUEST_TIMEOUT).retry(Retry::never()).build().unwrap()
}

/// Logs in as the administrator, with retries while the system is unavailable.
pub(super) async fn log_in(client: &Client) {
    let password = SecretString::from(PASSWORD);
    let trying = async {
        while let Err(error) = client.auth().login("admin@localhost", &password).await {
            assert!(is_unavailable(&error), "{error:?}");
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, trying).await.expect("the administrator logs in");
}

/// Whether an error only means that a part of the system is unavailable.
fn is_unavailable(error: &Error) -> bool {
    error.status().is_none() || matches!(error.known_code(), Some(Code::Unavailable | Code::Timeout))
}

impl Worker {
    pub(super) async fn log_in(number: usize, url: &str, seed: u64) -> Self {
        let client = new_client(url);
        log_in(&client).await;
        Self {
            number,
            random: SeededRandom::of(seed),
            client,
            person: None,
            resumes: Vec::new(),
            login: None,
            steps: 0,
            unanswered: None,
            written: Vec::new(),
            sessions: Vec::new(),
            rejections: BTreeMap::new(),
        }
    }

    /// Makes one change after another until the end of the run.
    pub(super) async fn work(&mut self, over: &watch::Sender<bool>) {
        while !*over.borrow() {
            if self.unanswered.is_none() && self.random.is_one_in(8) {
                self.log_in_as_person().await;
                continue;
            }
            let change = self.unanswered.unwrap_or_else(|| self.choose());
            self.attempt(change).await;
        }
    }

    /// Repeats an unanswered change until it is answered.
    pub(super) async fn finish_change(&mut self) {
        let key = self.key();
        let repeated = async {
            while let Some(change) = self.unanswered {
                self.attempt(change).await;
            }
        };
        tokio::time::timeout(TIMEOUT, repeated).await.unwrap_or_else(|_| panic!("{key} was never answered"));
    }

    /// Sends a change.
    async fn attempt(&mut self, change: Change) {
        self.unanswered = Some(change);
        match self.send(change).await {
            Ok(written) => {
                self.written.push(written);
                self.next();
            }
            Err(error) => match self.judge(change, &error).await {
                Missed::Unanswered => {}
                Missed::Overtaken => {
                    if self.reload().await.is_ok() {
                        self.next();
                    }
                }
            },
        }
    }

    fn next(&mut self) {
        self.unanswered = None;
        self.steps += 1;
    }

    /// Classifies an error that outages can cause; any other error fails the test.
    async fn judge(&mut self, change: Change, error: &Error) -> Missed {
        let code = error.code().unwrap_or("no response").to_owned();
        *self.rejections.entry(code).or_default() += 1;
        if is_unavailable(error) {
            // Immediate rejections must not starve the other clients.
            tokio::time::sleep(PAUSE).await;
            return Missed::Unanswered;
        }
        if error.is_unauthenticated() {
            log_in(&self.client).await;
            return Missed::Unanswered;
        }
        let of_resume =
            matches!(change, Change::CreateResume | Change::RenameResume(_) | Change::ToggleResume(_));
        let overtaken =
            matches!(error.known_code(), Some(Code::PreconditionFailed | Code::Deleted | Code::OwnerDeleted));
        assert!(of_resume && overtaken, "{} {change:?}: {error:?}", self.key());
        Missed::Overtaken
    }

    /// Reads the state of the resumes after deletions and restores of their owner.
    async fn reload(&mut self) -> Result<(), Error> {
        for own in &mut self.resumes {
            let found = self.client.resumes().get(own.id).await?;
            assert!(found.revision >= own.version, "{:?} went back", own.id);
            (own.version, own.is_deleted) = (found.revision, found.deleted_at.is_some());
            assert_eq!(found.title.as_str(), own.label);
        }
        Ok(())
    }

    fn choose(&mut self) -> Change {
        let Some(person) = &self.person else { return Change::CreatePerson };
        let (is_deleted, roll) = (person.is_deleted, self.random.below(20));
        let resume = usize::try_from(self.random.below(RESUMES)).unwrap();
        match roll {
            0 => Change::CreatePerson,
            1..4 if !is_deleted => Change::RenamePerson,
            4 if !is_deleted => Change::SetRole,
            5..8 => Change::TogglePerson,
            8..10 if !is_deleted => Change::DisableOrEnable,
            _ if resume >= self.resumes.len() => Change::CreateResume,
            10..15 => Change::ToggleResume(resume),
            _ => Change::RenameResume(resume),
        }
    }

    /// Returns the idempotency key of the step, the same for every attempt.
    fn key(&self) -> String {
        format!("worker-{}-step-{}", self.number, self.steps)
    }

    async fn send(&mut self, change: Change) -> Result<Written, Error> {
        match change {
            Change::CreatePerson => self.create_person().await,
            Change::CreateResume => self.create_resume().await,
            Change::RenameResume(nth) | Change::ToggleResume(nth) => self.change_resume(change, nth).await,
            _ => self.change_person(change).await,
        }
    }

    async fn create_person(&mut self) -> Result<Written, Error> {
        let key = self.key();
        let with_password = self.steps.is_multiple_of(3);
        let label = format!("{} {key}", if with_password { WITH_PASSWORD } else { "open" });
        let person = CreateUser::new(format!("{key}@example.com"), label.clone())
            .role(Role::Viewer)
            .password(with_password.then(|| PASSWORD.to_owned()));
        let made = self.client.users().with_idempotency_key(&key).create(&person).await?;
        let own = Own { id: made.id, version: made.version, label, is_deleted: false, is_disabled: false };
        let written = confirmed(subjects::USER_CREATED, *own.id.as_bytes(), &own, key);
        (self.person, self.login) = (Some(own), None);
        self.resumes.clear();
        Ok(written)
    }

    async fn change_person(&mut self, change: Change) -> Result<Written, Error> {
        let key = self.key();
        let users = self.client.users().with_idempotency_key(&key);
        let own = self.person.clone().unwrap();
        let based_on = IfMatch::Version(own.version);
        let (subject, own) = match change {
            Change::RenamePerson => {
                let label = format!("{} of {key}", own.label.split(' ').next().unwrap());
                let change = UpdateUser::new().name(label.clone());
                let version = users.update(own.id, &change, based_on).await?.version;
                (subjects::USER_UPDATED, Own { version, label, ..own })
            }
            Change::SetRole => {
                // The parity of the version determines the role.
                let role = if own.version.is_multiple_of(2) { Role::Editor } else { Role::Member };
                let name = format!("{} by {key}", own.label.split(' ').next().unwrap());
                let change = UpdateUser::new().role(role).name(name.clone());
                let version = users.update(own.id, &change, based_on).await?.version;
                (subjects::USER_UPDATED, Own { version, label: name, ..own })
            }
            Change::TogglePerson if own.is_deleted => {
                let version = users.restore(own.id, Some(based_on)).await?.version;
                (subjects::USER_RESTORED, Own { version, is_deleted: false, ..own })
            }
            Change::TogglePerson => {
                users.delete(own.id, Some(based_on)).await?;
                (subjects::USER_DELETED, Own { version: own.version + 1, is_deleted: true, ..own })
            }
            _ if own.is_disabled => {
                let version = users.enable(own.id, Some(based_on)).await?.version;
                (subjects::USER_ENABLED, Own { version, is_disabled: false, ..own })
            }
            _ => {
                let disabled = users.disable(own.id, Some(based_on)).await?;
                assert_eq!(disabled.status, Status::Disabled);
                (subjects::USER_DISABLED, Own { version: disabled.version, is_disabled: true, ..own })
            }
        };
        let ended = own.is_deleted || own.is_disabled;
        let written = confirmed(subject, *own.id.as_bytes(), &own, key);
        self.person = Some(own);
        if ended {
            self.check_ended().await;
        }
        Ok(written)
    }

    /// Checks that the token of a confirmed logout is rejected.
    async fn check_ended(&mut self) {
        let Some(login) = self.login.take() else { return };
        match login.me().get().await {
            Err(error) if error.is_unauthenticated() || is_unavailable(&error) => {}
            other => panic!("{}: a token is valid after its login ended: {other:?}", self.key()),
        }
    }

    async fn create_resume(&mut self) -> Result<Written, Error> {
        let (key, owner) = (self.key(), self.person.as_ref().unwrap().id);
        let document = RawValue::from_string(format!(r#"{{"basics": {{"name": "{key}"}}}}"#)).unwrap();
        let tags = vec!["chaos".to_owned(), format!("worker-{}", self.number)];
        let new = CreateResume::new(key.clone(), document).owner_id(owner).tags(tags);
        let made = self.client.resumes().with_idempotency_key(&key).create(&new).await?;
        let (id, version) = (made.id, made.revision);
        let own = Own { id, version, label: key.clone(), is_deleted: false, is_disabled: false };
        let written = confirmed(subjects::RESUME_CREATED, *id.as_bytes(), &own, key);
        self.resumes.push(own);
        Ok(written)
    }

    async fn change_resume(&mut self, change: Change, nth: usize) -> Result<Written, Error> {
        let key = self.key();
        let resumes = self.client.resumes().with_idempotency_key(&key);
        let own = self.resumes[nth].clone();
        let based_on = IfMatch::Version(own.version);
        let (subject, own) = match change {
            Change::RenameResume(_) => {
                let title = RawValue::from_string(format!(r#"{{"title": "{key}"}}"#)).unwrap();
                let version = resumes.patch(own.id, &title, based_on).await?.revision;
                (subjects::RESUME_UPDATED, Own { version, label: key.clone(), ..own })
            }
            _ if own.is_deleted => {
                let version = resumes.restore(own.id, Some(based_on)).await?.revision;
                (subjects::RESUME_RESTORED, Own { version, is_deleted: false, ..own })
            }
            _ => {
                resumes.delete(own.id, Some(based_on)).await?;
                (subjects::RESUME_DELETED, Own { version: own.version + 1, is_deleted: true, ..own })
            }
        };
        let written = confirmed(subject, *own.id.as_bytes(), &own, key);
        self.resumes[nth] = own;
        Ok(written)
    }

    /// Checks that exactly active people can log in, unless the system is unavailable.
    async fn log_in_as_person(&mut self) {
        let Some(person) = &self.person else { return };
        if !person.label.starts_with(WITH_PASSWORD) {
            return;
        }
        let created = self.written.iter().rev().find(|written| {
            written.subject == subjects::USER_CREATED && written.object == *person.id.as_bytes()
        });
        let email = format!("{}@example.com", created.unwrap().key);
        let may = !person.is_deleted && !person.is_disabled;
        let client = new_client(self.client.base_url());
        match client.auth().login(&email, &SecretString::from(PASSWORD)).await {
            Ok(_) => {
                assert!(may, "{}: {email} may not log in", self.key());
                let state = client.auth().login_state().await.unwrap().unwrap();
                self.sessions.push(state.session_id.unwrap());
                self.login = Some(client);
            }
            Err(error) if is_unavailable(&error) => {}
            Err(error) => {
                let rejected = error.known_code() == Some(Code::InvalidCredentials);
                assert!(rejected && !may, "{}: {email}: {error:?}", self.key());
            }
        }
    }
}

fn confirmed<Id>(subject: &'static str, object: [u8; 16], own: &Own<Id>, key: String) -> Written {
    Written { subject, object, version: own.version, label: own.label.clone(), key }
}
