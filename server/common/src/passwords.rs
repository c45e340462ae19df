//! Password hashing: argon2id, bounded, off the async threads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::Semaphore;

/// How long unused hash memory is kept for the next login.
const IDLE: Duration = Duration::from_secs(2);

/// A hash could not be made, or a stored one could not be read.
#[derive(Debug, thiserror::Error)]
#[error("hashing the password failed: {0}")]
pub struct HashingFailed(String);

/// Hashes and checks passwords; as many at once as the machine has cores.
///
/// argon2id with 19 MiB, two passes, one lane: the floor of the OWASP password storage
/// cheat sheet. The memory of a hash serves the next one, and is given back when idle.
#[derive(Clone)]
pub struct Passwords {
    shared: Arc<Shared>,
}

struct Shared {
    permits: Semaphore,
    /// Memory of hashes that are done, at most one a permit.
    spare: Mutex<Vec<Vec<Block>>>,
    /// Whether a task waits to give the spare memory back.
    reclaiming: AtomicBool,
    hashes: AtomicU64,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords").field("hashes", &self.hashes()).finish_non_exhaustive()
    }
}

impl Default for Passwords {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let shared = Shared {
            permits: Semaphore::new(cores),
            spare: Mutex::new(Vec::new()),
            reclaiming: AtomicBool::new(false),
            hashes: AtomicU64::new(0),
        };
        Self { shared: Arc::new(shared) }
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
        self.shared.hashes.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> Result<T, HashingFailed> + Send + 'static,
    ) -> Result<T, HashingFailed> {
        let _permit = self.shared.permits.acquire().await.map_err(failed)?;
        let shared = Arc::clone(&self.shared);
        let done = tokio::task::spawn_blocking(move || {
            let mut memory = shared.spare().pop().unwrap_or_default();
            let done = work(&mut memory);
            shared.hashes.fetch_add(1, Ordering::Relaxed);
            shared.spare().push(memory);
            done
        })
        .await
        .map_err(failed)?;
        self.reclaim_when_idle();
        done
    }

    /// Sees to it that the memory is given back once no login comes for a while.
    fn reclaim_when_idle(&self) {
        if self.shared.reclaiming.swap(true, Ordering::AcqRel) {
            return;
        }
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            loop {
                let before = shared.hashes.load(Ordering::Relaxed);
                tokio::time::sleep(IDLE).await;
                if shared.hashes.load(Ordering::Relaxed) == before {
                    break;
                }
            }
            shared.reclaiming.store(false, Ordering::Release);
            shared.spare().clear();
        });
    }
}

impl Shared {
    fn spare(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        // A panic between push and pop leaves a list that is still whole.
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[tokio::test(start_paused = true)]
    async fn idle_memory_is_given_back() {
        let passwords = Passwords::default();
        passwords.hash("correct horse".to_owned()).await.unwrap();
        while !passwords.shared.spare().is_empty() {
            tokio::time::sleep(IDLE).await;
        }
    }

    #[tokio::test]
    async fn a_damaged_hash_is_an_error_and_no_login() {
        let passwords = Passwords::default();
        for phc in ["", "plain", "$argon2id$v=19$m=19456,t=2,p=1$", "$2b$10$abcdefghijklmnopqrstuv"] {
            assert!(passwords.verify("x".to_owned(), Some(phc.to_owned())).await.is_err(), "{phc}");
        }
    }
}
