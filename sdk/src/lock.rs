//! A lock between the processes that share a login.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use ring::digest::{SHA256, digest};

use crate::cause::escape_line;
use crate::error::{Error, Kind, Result};
use crate::store::{StoreError, StoreErrorKind, make_directory};

/// The lock file of a login. It is never removed: two processes could then hold locks on two files.
#[derive(Debug)]
pub(crate) struct LoginLock {
    path: PathBuf,
}

/// Holds the lock until it is dropped; the system releases it when the process ends for any reason.
#[derive(Debug)]
pub(crate) struct LockGuard {
    _file: File,
}

impl LoginLock {
    /// Returns the lock of this account at this server, `<sha256 of "account origin">.lock`.
    pub(crate) fn new(directory: &Path, account: &str, origin: &str) -> Self {
        let hash = digest(&SHA256, format!("{account} {origin}").as_bytes());
        let mut name = String::with_capacity(2 * hash.as_ref().len());
        for byte in hash.as_ref() {
            // Writing to a String cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        Self { path: directory.join(format!("{name}.lock")) }
    }

    /// Acquires the lock within `timeout`. Blocks.
    ///
    /// Polls: a wait in the system could not be cancelled.
    pub(crate) fn acquire(&self, timeout: Duration) -> Result<LockGuard> {
        let started = Instant::now();
        let file = self.open().map_err(|e| self.failed(&e))?;
        let mut pause = Duration::from_millis(1);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(LockGuard { _file: file }),
                Err(TryLockError::Error(e)) => return Err(self.failed(&e)),
                Err(TryLockError::WouldBlock) if started.elapsed() < timeout => {
                    thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(20));
                }
                Err(TryLockError::WouldBlock) => {
                    let what = format!("another program holds the lock of the login {}", self.name());
                    return Err(Error::new(Kind::Lock, what));
                }
            }
        }
    }

    fn open(&self) -> io::Result<File> {
        if let Some(directory) = self.path.parent() {
            make_directory(directory)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.path)
    }

    fn failed(&self, error: &io::Error) -> Error {
        StoreError::new(
            StoreErrorKind::Failed,
            format!("cannot lock the login with {}", self.name()),
            "check that the lock directory can be written and allows locks",
        )
        .because(error)
        .into()
    }

    fn name(&self) -> String {
        escape_line(&self.path.display().to_string())
    }
}
