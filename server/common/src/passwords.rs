//! Password hashing with argon2id, on a fixed number of threads apart from the async runtime.

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

/// The time after which unused hash memory is released.
const IDLE: Duration = Duration::from_secs(2);

/// The maximum number of waiting checks of unknown devices per thread; more would exceed the timeout of clients.
const UNKNOWN_DEVICES_WAITING: usize = 128;

/// The nice value of the threads: requests without a hash have priority (see nice(1)).
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// The reason why a password was neither hashed nor checked.
#[derive(Debug, thiserror::Error)]
pub enum HashingError {
    /// The hash function failed, or a stored hash could not be parsed.
    #[error("hashing the password failed: {0}")]
    Failed(String),
    /// Too many checks of [`CheckPriority::UnknownDevice`] are waiting.
    #[error("too many passwords are waiting to be checked")]
    Busy,
    /// The check was cancelled before it started; no hash was computed.
    #[error("the check of the password was cancelled")]
    Cancelled,
}

/// The priority of a waiting check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckPriority {
    /// A device that has logged in to the account before; highest priority.
    KnownDevice,
    /// A person who is logged in; alternates with unknown devices.
    LoggedIn,
    /// Any other device; the queue is bounded, and [`HashingError::Busy`] is returned beyond that.
    UnknownDevice,
}

/// The outcome of comparing a password with a stored hash.
#[derive(Clone, PartialEq, Eq)]
pub enum PasswordCheck {
    /// The password is wrong, or there is no stored hash.
    Wrong,
    /// The password is right.
    Right,
    /// The password is right, and this PHC string should replace the stored one, which was made with weaker
    /// parameters, or from the password as typed instead of normalized.
    Outdated(String),
}

impl PasswordCheck {
    /// Whether the password is right.
    pub fn is_right(&self) -> bool {
        *self != Self::Wrong
    }

    /// Returns the PHC string that should replace the stored one.
    pub fn into_replacement(self) -> Option<String> {
        if let Self::Outdated(phc) = self { Some(phc) } else { None }
    }
}

/// Hashes and checks passwords, on one thread per core. Clones share the threads.
///
/// argon2id with 19 MiB, two passes, one lane: the minimum of the OWASP password storage cheat sheet.
/// The threads are separate from Tokio's: a thread takes the next password directly, without a round trip
/// through async threads that other hashes delay. Each thread reuses the memory of its last hash, and
/// releases it when idle.
#[derive(Clone)]
pub struct PasswordHasher {
    handle: Arc<Handle>,
}

/// Ends the threads when the last clone is dropped.
struct Handle {
    queue: Arc<Shared>,
    /// Keeps a thread that could not be started in the list of dead workers.
    _workers: Vec<Worker>,
}

/// The state that the threads share.
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
    unknown_devices: VecDeque<Job>,
    /// Whether the last check was of an unknown device, so that a logged-in person is next.
    unknown_device_was_last: bool,
    closed: bool,
}

impl Jobs {
    fn take(&mut self) -> Option<Job> {
        if let Some(job) = self.known_devices.pop_front() {
            return Some(job);
        }
        let unknown_device_first = !self.unknown_device_was_last || self.logged_in.is_empty();
        self.unknown_device_was_last = unknown_device_first && !self.unknown_devices.is_empty();
        if self.unknown_device_was_last {
            self.unknown_devices.pop_front()
        } else {
            self.logged_in.pop_front()
        }
    }

    fn is_full(&self) -> bool {
        self.unknown_devices.len() >= UNKNOWN_DEVICES_WAITING * threads()
    }

    fn put(&mut self, queue: CheckPriority, job: Job) -> Result<(), HashingError> {
        match queue {
            CheckPriority::KnownDevice => self.known_devices.push_back(job),
            CheckPriority::LoggedIn => self.logged_in.push_back(job),
            CheckPriority::UnknownDevice if self.is_full() => return Err(HashingError::Busy),
            CheckPriority::UnknownDevice => self.unknown_devices.push_back(job),
        }
        Ok(())
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

type Job = Box<dyn FnOnce(&mut Hasher<'_>) + Send>;

/// Computes hashes in the memory of its thread, and counts them.
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
    /// Runs jobs until the last handle is dropped.
    fn work(&self) {
        lower_priority();
        let mut memory = Vec::new();
        while let Some(job) = self.next(&mut memory) {
            // A panic ends only that job; its caller gets an error.
            let done = catch_unwind(AssertUnwindSafe(|| {
                job(&mut Hasher { memory: &mut memory, hashes: &self.hashes });
            }));
            if done.is_err() {
                tracing::error!("hashing a password panicked");
            }
        }
    }

    /// Waits for the next job; releases the memory after [`IDLE`] without one.
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
        // No job runs while the lock is held, so the state is consistent after a panic.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PasswordHasher {
    /// Returns the PHC string of a password, normalized, with a new salt.
    pub async fn hash(&self, password: String) -> Result<String, HashingError> {
        self.run(CheckPriority::LoggedIn, move |hasher| hasher.hash(normalize_password(&password).as_bytes()))
            .await
    }

    /// Compares a password with a PHC string.
    ///
    /// Without a PHC string, it takes the same time and the password is wrong, so that the time does not reveal
    /// whether an account exists. `is_wanted` is called first, on the thread that would compute the hash; if it
    /// returns `false`, the check is cancelled. A password whose typed form is not normalized may need two
    /// hashes: old PHC strings were made from the text as typed.
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
            // No stored password is longer. It costs one hash like any other, without normalizing all of it.
            let (password, phc) = match password.len() {
                0..=limits::PASSWORD_BYTES => (password, phc),
                _ => (String::new(), None),
            };
            let stored = phc.as_deref().map(Stored::parse).transpose()?;
            let normalized = normalize_password(&password);
            if hasher.matches(stored.as_ref(), normalized.as_bytes())? {
                return match stored {
                    Some(stored) if stored.is_weak() => {
                        hasher.hash(normalized.as_bytes()).map(PasswordCheck::Outdated)
                    }
                    _ => Ok(PasswordCheck::Right),
                };
            }
            if *normalized != *password && hasher.matches(stored.as_ref(), password.as_bytes())? {
                return hasher.hash(normalized.as_bytes()).map(PasswordCheck::Outdated);
            }
            Ok(PasswordCheck::Wrong)
        })
        .await
    }

    /// Runs another long computation on passwords, on the same threads.
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

    /// Returns the number of hashes computed since the start; for tests.
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
            // The caller may have gone away while the job waited: skip the hash.
            if reply.is_closed() {
                return;
            }
            drop(reply.send(work(hasher)));
        });
        self.handle.queue.jobs().put(queue, job)?;
        self.handle.queue.ready.notify_one();
        answer.await.unwrap_or_else(|_| Err(failed("the threads for passwords have ended")))
    }
}

/// Lowers the priority of the calling thread, so that hashes do not delay other requests.
///
/// Only on Linux: elsewhere it would affect the whole process.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(%error, "the priority of a password thread could not be lowered");
    }
}

/// A stored hash with its parameters.
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

    /// Whether the parameters are weaker than those of new hashes.
    fn is_weak(&self) -> bool {
        let today = Params::default();
        self.params.m_cost() < today.m_cost()
            || self.params.t_cost() < today.t_cost()
            || self.version != Version::default()
    }
}

impl Hasher<'_> {
    /// Returns the PHC string of these bytes, with a new salt.
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

    /// Whether these bytes match a stored hash; without one, takes the same time and returns `false`.
    fn matches(&mut self, stored: Option<&Stored>, password: &[u8]) -> Result<bool, HashingError> {
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
    HashingError::Failed(error.to_string())
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
        [jobs.known_devices.len(), jobs.logged_in.len(), jobs.unknown_devices.len()]
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
    fn unknown_devices_wait_in_bounded_number_and_nobody_else_is_turned_away_for_them() {
        let mut jobs = jobs(&vec![CheckPriority::UnknownDevice; UNKNOWN_DEVICES_WAITING * threads()]);
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
    async fn unknown_account_costs_as_many_hashes_as_a_known_one() {
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
