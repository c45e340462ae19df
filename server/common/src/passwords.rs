//! Password hashing: argon2id, bounded, off the async threads.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::oneshot;

use crate::supervisor::Worker;

/// How long unused hash memory is kept for the next login.
const IDLE: Duration = Duration::from_secs(2);

/// A hash could not be made, or a stored one could not be read.
#[derive(Debug, thiserror::Error)]
#[error("hashing the password failed: {0}")]
pub struct HashingFailed(String);

/// Hashes and checks passwords, on as many threads as the machine has cores.
///
/// argon2id with 19 MiB, two passes, one lane: the floor of the OWASP password storage
/// cheat sheet. The threads are our own: one that is done takes the next password by
/// itself, without a way through the async threads that its neighbours keep waiting. Each
/// keeps the memory of its last hash for the next one, and gives it back when idle.
#[derive(Clone)]
pub struct Passwords {
    handle: Arc<Handle>,
}

/// Ends the threads with the last of its owners.
struct Handle {
    queue: Arc<Queue>,
    /// Keeps a thread that could not be started in the list of dead ones.
    _workers: Vec<Worker>,
}

#[derive(Default)]
struct Queue {
    jobs: Mutex<Jobs>,
    ready: Condvar,
    hashes: AtomicU64,
}

#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Job>,
    closed: bool,
}

/// Works with the thread's memory, and counts itself.
type Job = Box<dyn FnOnce(&mut Vec<Block>, &AtomicU64) + Send>;

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords").field("hashes", &self.hashes()).finish_non_exhaustive()
    }
}

impl Default for Passwords {
    fn default() -> Self {
        let queue = Arc::new(Queue::default());
        let mut workers = Vec::new();
        for number in 0..std::thread::available_parallelism().map_or(1, usize::from) {
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

impl Queue {
    /// Does what is asked for until the last handle is gone.
    fn work(&self) {
        let mut memory = Vec::new();
        while let Some(job) = self.next(&mut memory) {
            // A panic ends that job alone: whoever waits for it is told that it failed.
            let done = catch_unwind(AssertUnwindSafe(|| job(&mut memory, &self.hashes)));
            if done.is_err() {
                tracing::error!("hashing a password panicked");
            }
        }
    }

    /// The next job; gives the memory back while there is none.
    fn next(&self, memory: &mut Vec<Block>) -> Option<Job> {
        let mut jobs = self.jobs();
        loop {
            if let Some(job) = jobs.waiting.pop_front() {
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

impl Passwords {
    /// The PHC string of a password, with a fresh salt.
    pub async fn hash(&self, password: String) -> Result<String, HashingFailed> {
        self.run(move |memory| {
            let params = Params::default();
            let salt = Salt::generate();
            let output = fill(&params, Version::default(), &salt, password.as_bytes(), memory)?;
            let phc = PasswordHash {
                algorithm: Algorithm::Argon2id.ident(),
                version: Some(Version::default().into()),
                params: ParamsString::try_from(&params).map_err(failed)?,
                salt: Some(salt),
                hash: Some(output),
            };
            Ok(phc.to_string())
        })
        .await
    }

    /// Whether a password belongs to a PHC string.
    ///
    /// Without one, the same work is done and the answer is no, so that the time tells
    /// nothing about who exists.
    pub async fn verify(&self, password: String, phc: Option<String>) -> Result<bool, HashingFailed> {
        self.run(move |memory| {
            if let Some(phc) = phc {
                return check(&phc, password.as_bytes(), memory);
            }
            let salt = Salt::new(&[0; 16]).map_err(failed)?;
            fill(&Params::default(), Version::default(), &salt, password.as_bytes(), memory)?;
            Ok(false)
        })
        .await
    }

    /// How many hashes were made since the start; for tests.
    pub fn hashes(&self) -> u64 {
        self.handle.queue.hashes.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> Result<T, HashingFailed> + Send + 'static,
    ) -> Result<T, HashingFailed> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |memory, hashes| {
            // Whoever asked may have gone while the job waited: then it costs nothing.
            if reply.is_closed() {
                return;
            }
            let done = work(memory);
            hashes.fetch_add(1, Ordering::Relaxed);
            drop(reply.send(done));
        });
        self.handle.queue.jobs().waiting.push_back(job);
        self.handle.queue.ready.notify_one();
        answer.await.unwrap_or_else(|_| Err(failed("the password threads are gone")))
    }
}

fn check(phc: &str, password: &[u8], memory: &mut Vec<Block>) -> Result<bool, HashingFailed> {
    let stored = PasswordHash::new(phc).map_err(failed)?;
    let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else {
        return Err(failed("the stored hash lacks its salt or its output"));
    };
    if stored.algorithm != Algorithm::Argon2id.ident() {
        return Err(failed("the stored hash is not argon2id"));
    }
    let version = stored.version.map_or(Ok(Version::default()), Version::try_from).map_err(failed)?;
    let params = Params::try_from(&stored).map_err(failed)?;
    // `Output` compares in constant time.
    Ok(fill(&params, version, &salt, password, memory)? == expected)
}

fn fill(
    params: &Params,
    version: Version,
    salt: &Salt,
    password: &[u8],
    memory: &mut Vec<Block>,
) -> Result<Output, HashingFailed> {
    memory.resize_with(params.block_count(), Block::default);
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    Argon2::new(Algorithm::Argon2id, version, params.clone())
        .hash_password_into_with_memory(password, salt, &mut output, memory.as_mut_slice())
        .map_err(failed)?;
    Output::new(&output).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> HashingFailed {
    HashingFailed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_alone() {
        let passwords = Passwords::default();
        let phc = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(passwords.verify("correct horse".to_owned(), Some(phc.clone())).await.unwrap());
        assert!(!passwords.verify("battery staple".to_owned(), Some(phc)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_costs_as_many_hashes_as_somebody() {
        let passwords = Passwords::default();
        assert!(!passwords.verify("anything".to_owned(), None).await.unwrap());
        assert_eq!(passwords.hashes(), 1);
    }

    #[tokio::test]
    async fn many_at_once_are_all_answered() {
        let passwords = Passwords::default();
        let asked = (0..8).map(|_| {
            let passwords = passwords.clone();
            tokio::spawn(async move { passwords.verify("x".to_owned(), None).await.unwrap() })
        });
        for asked in asked.collect::<Vec<_>>() {
            assert!(!asked.await.unwrap());
        }
        assert_eq!(passwords.hashes(), 8);
    }

    #[tokio::test]
    async fn a_damaged_hash_is_an_error_and_no_login() {
        let passwords = Passwords::default();
        for phc in ["", "plain", "$argon2id$v=19$m=19456,t=2,p=1$", "$2b$10$abcdefghijklmnopqrstuv"] {
            assert!(passwords.verify("x".to_owned(), Some(phc.to_owned())).await.is_err(), "{phc}");
        }
    }
}
