//! Password hashing: argon2id, bounded, off the async threads.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::oneshot;
use vitae_contracts_core::{limits, normalize_password};

use crate::supervisor::Worker;

/// How long unused hash memory is kept for the next login.
const IDLE: Duration = Duration::from_secs(2);

/// Checks of unknown devices that may wait, for each thread; more would wait longer than clients do.
const STRANGERS_WAITING: usize = 128;

/// How far the threads step back for everything else in the process (see nice(1)).
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Why a password was neither hashed nor checked.
#[derive(Debug, thiserror::Error)]
pub enum HashingError {
    /// A hash could not be made, or a stored one could not be read.
    #[error("hashing the password failed: {0}")]
    Broken(String),
    /// Too many checks of [`CheckPriority::UnknownDevice`] are waiting.
    #[error("too many passwords are waiting to be checked")]
    Busy,
    /// The check was called off when its turn came; no hash was made.
    #[error("the password is not checked any more")]
    Cancelled,
}

/// Whose password is checked: decides the order in which waiting checks are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckPriority {
    /// A device that has logged in to the account before; first of all.
    KnownDevice,
    /// A person who is logged in; in turn with strangers.
    LoggedIn,
    /// Anybody; bounded, and [`HashingError::Busy`] beyond that.
    UnknownDevice,
}

/// The outcome of comparing a password with a stored hash.
#[derive(Clone, PartialEq, Eq)]
pub enum PasswordCheck {
    /// The password is another, or there is no stored hash.
    Wrong,
    /// The password is right.
    Right,
    /// The password is right, and this PHC string is to replace the stored one: that one was made with weaker
    /// parameters, or of the password as typed instead of normalized.
    Outdated(String),
}

impl PasswordCheck {
    /// Whether the password is right.
    pub fn is_right(&self) -> bool {
        *self != Self::Wrong
    }

    /// The PHC string that is to replace the stored one.
    pub fn into_replacement(self) -> Option<String> {
        if let Self::Outdated(phc) = self { Some(phc) } else { None }
    }
}

/// Hashes and checks passwords, on as many threads as the machine has cores.
///
/// argon2id with 19 MiB, two passes, one lane: the floor of the OWASP password storage
/// cheat sheet. The threads are our own: one that is done takes the next password by
/// itself, without a way through the async threads that its neighbours keep waiting. Each
/// keeps the memory of its last hash for the next one, and gives it back when idle.
#[derive(Clone)]
pub struct PasswordHasher {
    handle: Arc<Handle>,
}

/// Ends the threads with the last of its owners.
struct Handle {
    queue: Arc<Shared>,
    /// Keeps a thread that could not be started in the list of dead ones.
    _workers: Vec<Worker>,
}

/// What the threads share.
#[derive(Default)]
struct Shared {
    jobs: Mutex<Jobs>,
    ready: Condvar,
    hashes: AtomicU64,
}

#[derive(Default)]
struct Jobs {
    known_devices: VecDeque<Job>,
    logged_in: VecDeque<Job>,
    strangers: VecDeque<Job>,
    /// Whether a stranger was served last, so that the next is somebody who is logged in.
    stranger_was_last: bool,
    closed: bool,
}

impl Jobs {
    fn take(&mut self) -> Option<Job> {
        if let Some(job) = self.known_devices.pop_front() {
            return Some(job);
        }
        let stranger_first = !self.stranger_was_last || self.logged_in.is_empty();
        self.stranger_was_last = stranger_first && !self.strangers.is_empty();
        if self.stranger_was_last { self.strangers.pop_front() } else { self.logged_in.pop_front() }
    }

    fn is_full(&self) -> bool {
        self.strangers.len() >= STRANGERS_WAITING * threads()
    }

    fn put(&mut self, queue: CheckPriority, job: Job) -> Result<(), HashingError> {
        match queue {
            CheckPriority::KnownDevice => self.known_devices.push_back(job),
            CheckPriority::LoggedIn => self.logged_in.push_back(job),
            CheckPriority::UnknownDevice if self.is_full() => return Err(HashingError::Busy),
            CheckPriority::UnknownDevice => self.strangers.push_back(job),
        }
        Ok(())
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

type Job = Box<dyn FnOnce(&mut Hasher<'_>) + Send>;

/// Makes hashes in the memory of its thread, and counts them.
struct Hasher<'a> {
    memory: &'a mut Vec<Block>,
    hashes: &'a AtomicU64,
}

impl std::fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordHasher").field("hashes", &self.hashes()).finish_non_exhaustive()
    }
}

impl Default for PasswordHasher {
    fn default() -> Self {
        let queue = Arc::new(Shared::default());
        let mut workers = Vec::new();
        for number in 0..threads() {
            let queue = Arc::clone(&queue);
            let worker = Worker::new(format!("passwords-{number}"));
            let thread = std::thread::Builder::new().name(worker.name().to_owned());
            let running = worker.clone();
            if thread.spawn(move || running.run(|| queue.work())).is_err() {
                worker.set_dead(true);
            }
            workers.push(worker);
        }
        Self { handle: Arc::new(Handle { queue, _workers: workers }) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.queue.jobs().closed = true;
        self.queue.ready.notify_all();
    }
}

impl Shared {
    /// Does what is asked for until the last handle is gone.
    fn work(&self) {
        step_back();
        let mut memory = Vec::new();
        while let Some(job) = self.next(&mut memory) {
            // A panic ends that job alone: whoever waits for it is told that it failed.
            let done = catch_unwind(AssertUnwindSafe(|| {
                job(&mut Hasher { memory: &mut memory, hashes: &self.hashes });
            }));
            if done.is_err() {
                tracing::error!("hashing a password panicked");
            }
        }
    }

    /// The next job; gives the memory back while there is none.
    fn next(&self, memory: &mut Vec<Block>) -> Option<Job> {
        let mut jobs = self.jobs();
        loop {
            if let Some(job) = jobs.take() {
                return Some(job);
            }
            if jobs.closed {
                return None;
            }
            if memory.is_empty() {
                jobs = self.ready.wait(jobs).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let waited = self.ready.wait_timeout(jobs, IDLE).unwrap_or_else(PoisonError::into_inner);
            jobs = waited.0;
            if waited.1.timed_out() {
                *memory = Vec::new();
            }
        }
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        // No job runs while the lock is held.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PasswordHasher {
    /// The PHC string of a password, normalized, with a fresh salt.
    pub async fn hash(&self, password: String) -> Result<String, HashingError> {
        self.run(CheckPriority::LoggedIn, move |hasher| hasher.hash(normalize_password(&password).as_bytes()))
            .await
    }

    /// Compares a password with a PHC string.
    ///
    /// Without one, the same work is done and the password is wrong, so that the time tells
    /// nothing about who exists. When its turn comes, `is_wanted` is asked first, on the thread that would make
    /// the hash. A password that is not normalized as typed costs two hashes: old PHC strings
    /// were made of the text as typed.
    pub async fn verify(
        &self,
        queue: CheckPriority,
        password: String,
        phc: Option<String>,
        is_wanted: impl FnOnce() -> bool + Send + 'static,
    ) -> Result<PasswordCheck, HashingError> {
        self.run(queue, move |hasher| {
            if !is_wanted() {
                return Err(HashingError::Cancelled);
            }
            // No password is longer. It costs as much as any other, without normalizing all of it.
            let (password, phc) = match password.len() {
                0..=limits::PASSWORD_BYTES => (password, phc),
                _ => (String::new(), None),
            };
            let stored = phc.as_deref().map(Stored::parse).transpose()?;
            let normalized = normalize_password(&password);
            if hasher.opens(stored.as_ref(), normalized.as_bytes())? {
                return match stored {
                    Some(stored) if stored.is_weak() => {
                        hasher.hash(normalized.as_bytes()).map(PasswordCheck::Outdated)
                    }
                    _ => Ok(PasswordCheck::Right),
                };
            }
            if *normalized != *password && hasher.opens(stored.as_ref(), password.as_bytes())? {
                return hasher.hash(normalized.as_bytes()).map(PasswordCheck::Outdated);
            }
            Ok(PasswordCheck::Wrong)
        })
        .await
    }

    /// Does other work on passwords that takes long, on the same threads.
    pub async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashingError> {
        self.run(CheckPriority::LoggedIn, move |_| Ok(work())).await
    }

    /// Whether a check of [`CheckPriority::UnknownDevice`] would be [`HashingError::Busy`] now.
    pub fn is_busy(&self) -> bool {
        self.handle.queue.jobs().is_full()
    }

    /// How many hashes were made since the start; for tests.
    pub fn hashes(&self) -> u64 {
        self.handle.queue.hashes.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(
        &self,
        queue: CheckPriority,
        work: impl FnOnce(&mut Hasher<'_>) -> Result<T, HashingError> + Send + 'static,
    ) -> Result<T, HashingError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |hasher| {
            // Whoever asked may have gone while the job waited: then it costs nothing.
            if reply.is_closed() {
                return;
            }
            drop(reply.send(work(hasher)));
        });
        self.handle.queue.jobs().put(queue, job)?;
        self.handle.queue.ready.notify_one();
        answer.await.unwrap_or_else(|_| Err(failed("the password threads are gone")))
    }
}

/// Lowers the priority of the calling thread, so that hashes do not delay requests without one.
///
/// Elsewhere than on Linux that would lower the whole process.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(%error, "the priority of a password thread could not be lowered");
    }
}

/// A stored hash, and how it was made.
struct Stored {
    params: Params,
    version: Version,
    salt: Salt,
    output: Output,
}

impl Stored {
    fn parse(phc: &str) -> Result<Self, HashingError> {
        let stored = PasswordHash::new(phc).map_err(failed)?;
        let (Some(salt), Some(output)) = (stored.salt, stored.hash) else {
            return Err(failed("the stored hash lacks its salt or its output"));
        };
        if stored.algorithm != Algorithm::Argon2id.ident() {
            return Err(failed("the stored hash is not argon2id"));
        }
        let version = stored.version.map_or(Ok(Version::default()), Version::try_from).map_err(failed)?;
        let params = Params::try_from(&stored).map_err(failed)?;
        Ok(Self { params, version, salt, output })
    }

    /// Whether a hash made today costs an attacker more.
    fn is_weak(&self) -> bool {
        let today = Params::default();
        self.params.m_cost() < today.m_cost()
            || self.params.t_cost() < today.t_cost()
            || self.version != Version::default()
    }
}

impl Hasher<'_> {
    /// The PHC string of these bytes, with a fresh salt.
    fn hash(&mut self, password: &[u8]) -> Result<String, HashingError> {
        let params = Params::default();
        let salt = Salt::generate();
        let output = self.fill(&params, Version::default(), &salt, password)?;
        let phc = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::default().into()),
            params: ParamsString::try_from(&params).map_err(failed)?,
            salt: Some(salt),
            hash: Some(output),
        };
        Ok(phc.to_string())
    }

    /// Whether these bytes belong to a stored hash; without one, it costs the same and they do not.
    fn opens(&mut self, stored: Option<&Stored>, password: &[u8]) -> Result<bool, HashingError> {
        let Some(Stored { params, version, salt, output }) = stored else {
            let salt = Salt::new(&[0; 16]).map_err(failed)?;
            self.fill(&Params::default(), Version::default(), &salt, password)?;
            return Ok(false);
        };
        // `Output` compares in constant time.
        Ok(self.fill(params, *version, salt, password)? == *output)
    }

    fn fill(
        &mut self,
        params: &Params,
        version: Version,
        salt: &Salt,
        password: &[u8],
    ) -> Result<Output, HashingError> {
        self.hashes.fetch_add(1, Ordering::Relaxed);
        self.memory.resize_with(params.block_count(), Block::default);
        let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
        Argon2::new(Algorithm::Argon2id, version, params.clone())
            .hash_password_into_with_memory(password, salt, &mut output, self.memory.as_mut_slice())
            .map_err(failed)?;
        Output::new(&output).map_err(failed)
    }
}

fn failed(error: impl std::fmt::Display) -> HashingError {
    HashingError::Broken(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(
        passwords: &PasswordHasher,
        password: String,
        phc: Option<String>,
    ) -> Result<PasswordCheck, HashingError> {
        passwords.verify(CheckPriority::UnknownDevice, password, phc, || true).await
    }

    /// Fills the queues without a thread that empties them.
    fn jobs(queues: &[CheckPriority]) -> Jobs {
        let mut jobs = Jobs::default();
        for queue in queues {
            jobs.put(*queue, Box::new(|_| {})).unwrap();
        }
        jobs
    }

    fn lengths(jobs: &Jobs) -> [usize; 3] {
        [jobs.known_devices.len(), jobs.logged_in.len(), jobs.strangers.len()]
    }

    #[test]
    fn known_devices_are_first_and_the_others_take_turns() {
        use CheckPriority::{KnownDevice, LoggedIn, UnknownDevice};
        let mut jobs = jobs(&[UnknownDevice, UnknownDevice, LoggedIn, LoggedIn, LoggedIn, KnownDevice]);
        let order = [[0, 3, 2], [0, 3, 1], [0, 2, 1], [0, 2, 0], [0, 1, 0], [0, 0, 0]];
        for left in order {
            assert!(jobs.take().is_some());
            assert_eq!(lengths(&jobs), left);
        }
        assert!(jobs.take().is_none());
    }

    #[test]
    fn strangers_wait_in_bounded_number_and_nobody_else_is_turned_away_for_them() {
        let mut jobs = jobs(&vec![CheckPriority::UnknownDevice; STRANGERS_WAITING * threads()]);
        let put = |jobs: &mut Jobs, queue| jobs.put(queue, Box::new(|_| {}));
        assert!(matches!(put(&mut jobs, CheckPriority::UnknownDevice), Err(HashingError::Busy)));
        put(&mut jobs, CheckPriority::KnownDevice).unwrap();
        put(&mut jobs, CheckPriority::LoggedIn).unwrap();
    }

    #[tokio::test]
    async fn a_check_that_is_called_off_costs_no_hash() {
        let passwords = PasswordHasher::default();
        let checked = passwords.verify(CheckPriority::UnknownDevice, "x".to_owned(), None, || false).await;
        assert!(matches!(checked, Err(HashingError::Cancelled)));
        assert_eq!(passwords.hashes(), 0);
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_alone() {
        let passwords = PasswordHasher::default();
        let phc = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        let right = check(&passwords, "correct horse".to_owned(), Some(phc.clone())).await.unwrap();
        assert!(right == PasswordCheck::Right);
        assert!(!check(&passwords, "battery staple".to_owned(), Some(phc)).await.unwrap().is_right());
    }

    #[tokio::test]
    async fn nobody_costs_as_many_hashes_as_somebody() {
        let passwords = PasswordHasher::default();
        assert!(!check(&passwords, "anything".to_owned(), None).await.unwrap().is_right());
        assert_eq!(passwords.hashes(), 1);
        assert!(!check(&passwords, "e\u{301}cole anything".to_owned(), None).await.unwrap().is_right());
        assert_eq!(passwords.hashes(), 3, "normalized and as typed");
        let phc = Some(passwords.hash("something".to_owned()).await.unwrap());
        assert!(!check(&passwords, "e\u{301}cole anything".to_owned(), phc).await.unwrap().is_right());
        assert_eq!(passwords.hashes(), 6, "the same for a person who exists");
    }

    #[tokio::test]
    async fn composed_and_decomposed_are_the_same_password() {
        let passwords = PasswordHasher::default();
        let phc = passwords.hash("e\u{301}cole \u{a0}buissonnière".to_owned()).await.unwrap();
        for typed in ["école \u{a0}buissonnière", "e\u{301}cole  buissonnie\u{300}re"] {
            let checked = check(&passwords, typed.to_owned(), Some(phc.clone())).await.unwrap();
            assert!(checked == PasswordCheck::Right, "{typed:?}");
        }
        assert!(!check(&passwords, "École  buissonnière".to_owned(), Some(phc)).await.unwrap().is_right());
    }

    /// The PHC string of a password as typed.
    fn phc_of(password: &str, params: &Params) -> String {
        let (mut memory, hashes, salt) = (Vec::new(), AtomicU64::new(0), Salt::new(&[7; 16]).unwrap());
        let mut own = Hasher { memory: &mut memory, hashes: &hashes };
        let output = own.fill(params, Version::default(), &salt, password.as_bytes()).unwrap();
        let phc = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::default().into()),
            params: ParamsString::try_from(params).unwrap(),
            salt: Some(salt),
            hash: Some(output),
        };
        phc.to_string()
    }

    #[tokio::test]
    async fn outdated_hashes_open_and_are_to_be_replaced() {
        let passwords = PasswordHasher::default();
        let typed = "e\u{301}cole buissonnie\u{300}re";
        let old = phc_of(typed, &Params::default());
        let weak = phc_of("plain ascii", &Params::new(64, 1, 1, None).unwrap());
        for (password, phc) in [(typed, old), ("plain ascii", weak)] {
            let checked = check(&passwords, password.to_owned(), Some(phc)).await.unwrap();
            let replacement = checked.into_replacement().unwrap();
            assert!(replacement.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{replacement}");
            let again = check(&passwords, password.to_owned(), Some(replacement)).await.unwrap();
            assert!(again == PasswordCheck::Right, "{password:?}");
        }
    }

    #[tokio::test]
    async fn many_at_once_are_all_answered() {
        let passwords = PasswordHasher::default();
        let asked = (0..8).map(|_| {
            let passwords = passwords.clone();
            tokio::spawn(async move { check(&passwords, "x".to_owned(), None).await.unwrap().is_right() })
        });
        for asked in asked.collect::<Vec<_>>() {
            assert!(!asked.await.unwrap());
        }
        assert_eq!(passwords.hashes(), 8);
    }

    #[tokio::test]
    async fn a_damaged_hash_is_an_error_and_no_login() {
        let passwords = PasswordHasher::default();
        for phc in ["", "plain", "$argon2id$v=19$m=19456,t=2,p=1$", "$2b$10$abcdefghijklmnopqrstuv"] {
            assert!(check(&passwords, "x".to_owned(), Some(phc.to_owned())).await.is_err(), "{phc}");
        }
    }
}
