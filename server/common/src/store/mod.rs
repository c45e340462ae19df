//! The SQLite file of one service: a writer thread that commits changes in groups, and concurrent readers.
//!
//! A change is acknowledged once its commit is on disk. An error that depends on other changes of the
//! same group is returned once those are committed.

mod check;
mod counts;
mod daily;
mod event_log;
mod filter;
mod idempotency;
mod maintenance;
mod open;
mod reserve;
mod size;
mod snapshot;
mod writer;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::{Semaphore, watch};
use vitae_contracts_core::Code;

pub use check::{CheckedFile, FileError, check_file, digest_bytes, digest_file};
pub use counts::row_count;
pub use daily::{DAILY_CHANGES, DailyLimit, count_today};
pub use event_log::{NewEvent, append, append_with_context};
pub use filter::Filter;
pub use idempotency::{idempotent, replayed};
pub use maintenance::{in_steps, prune_idempotency_keys};
pub use open::{
    MIN_SQLITE_VERSION, OpenError, Options, OutdatedSqlite, UNFINISHED_RESTORE, check_sqlite, lock_directory,
};

pub use size::storage_bytes;
pub use snapshot::{SnapshotError, snapshot, start_new_epoch};

use crate::ServiceError;
use reserve::Reserve;
use writer::Writer;

/// The tables of every service that has an event log.
pub const PRODUCER_TABLES: &str = include_str!("producer.sql");

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full, or the file has reached its page limit.
    #[error("the storage is full")]
    Full(#[source] rusqlite::Error),
    /// The remaining space is reserved for essential writes.
    #[error("the storage is nearly full: {0}")]
    Low(String),
    /// SQLite returned an error.
    #[error("the store failed")]
    Sqlite(#[source] rusqlite::Error),
    /// The commit of the group failed; the changes may or may not be on disk.
    #[error("the commit failed")]
    Commit(#[source] Arc<rusqlite::Error>),
    /// The writer panicked; the change may or may not be on disk.
    #[error("the writer panicked")]
    Interrupted,
    /// The file cannot be reopened after a failed commit or a panic.
    #[error("the store's file cannot be opened again")]
    Unopened,
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull) {
            Self::Full(error)
        } else {
            Self::Sqlite(error)
        }
    }
}

impl From<StoreError> for ServiceError {
    /// Logs the cause, which clients must not see.
    fn from(error: StoreError) -> Self {
        use std::error::Error as _;
        let cause = error.source().map(ToString::to_string).unwrap_or_default();
        tracing::error!(cause, "{error}");
        match error {
            StoreError::Full(_) | StoreError::Low(_) => Self::new(
                Code::StorageFull,
                "the server's storage is full; nothing was changed, reading still works, and so do logging in, \
                 logging out, disabling, deleting and purging; free space on the server's disk, \
                 or purge deleted resumes",
            ),
            StoreError::Closed => Self::new(Code::Unavailable, "the server is stopping; try again shortly"),
            StoreError::Unopened => Self::new(
                Code::Unavailable,
                "the server cannot open its storage, so nothing was changed; its log says why; try again later",
            ),
            StoreError::Sqlite(error) => Self {
                transient: !is_about_the_change(&error),
                ..Self::new(Code::Internal, "the store failed; nothing was changed")
            },
            StoreError::Commit(_) | StoreError::Interrupted => Self::new(
                Code::Unavailable,
                "whether the change was made is unknown; repeat it with the same Idempotency-Key, \
                 or read the object before trying again",
            ),
        }
    }
}

/// Whether the values of the change are the cause, so that every retry fails; otherwise the cause is the
/// disk, the memory or the file.
fn is_about_the_change(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{ConstraintViolation, ParameterOutOfRange, TooBig, TypeMismatch};
    match error.sqlite_error_code() {
        Some(code) => matches!(code, ConstraintViolation | TypeMismatch | TooBig | ParameterOutOfRange),
        // A row cannot be converted to the expected types.
        None => true,
    }
}

impl From<rusqlite::Error> for ServiceError {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::from(error).into()
    }
}

/// Counters of the writer since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// The number of executed commands.
    pub commands: u64,
    /// The number of commits.
    pub commits: u64,
}

/// The SQLite file of one service. Clones share it.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    /// Permits for concurrent long reads: each holds a connection with a cache in memory.
    scans: Semaphore,
    writer: Writer,
    progress: Arc<Progress>,
    /// The lock that keeps a second process from opening the file.
    _lock: std::fs::File,
}

/// Whether a change may use the reserved space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Urgency {
    Ordinary,
    Essential,
}

/// The progress of the writer, shared with readers.
struct Progress {
    commands: AtomicU64,
    commits: AtomicU64,
    /// The number of commits; a change wakes the readers of the event log.
    committed: watch::Sender<u64>,
}

impl Store {
    /// Opens `DIR/<service>/<service>.db`; creates the directory and the file if necessary.
    ///
    /// `schema` holds the SQL of each schema version, oldest first.
    pub fn open(options: &Options, service: &str, schema: &[&str]) -> Result<Self, OpenError> {
        Self::open_completed(options, service, schema, |_| Ok(false))
    }

    /// Like [`Store::open`], and fills columns that SQL alone cannot compute.
    ///
    /// `complete` is called before any other access until it returns `false`, each time in its own
    /// transaction. If the process ends before that, the next start continues.
    pub fn open_completed(
        options: &Options,
        service: &str,
        schema: &[&str],
        complete: impl Fn(&Connection) -> rusqlite::Result<bool>,
    ) -> Result<Self, OpenError> {
        check_sqlite(rusqlite::version_number())?;
        let (path, lock) = open::claim(options, service)?;
        let reserve = Arc::new(Reserve::new(&path, options.max_pages));
        let connection = reserve.open(|| open::prepare(&path, options, schema, &complete))?;
        reserve.refill();
        let (committed, _) = watch::channel(0);
        let progress =
            Arc::new(Progress { commands: AtomicU64::new(0), commits: AtomicU64::new(0), committed });
        let reopen = {
            let (path, options) = (path.clone(), options.clone());
            move || open::reconnect(&path, &options)
        };
        let writer = Writer::start(service, connection, reopen, reserve, Arc::clone(&progress));
        let readers = Mutex::new(Vec::new());
        let scans = Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from));
        Ok(Self { shared: Arc::new(Shared { path, readers, scans, writer, progress, _lock: lock }) })
    }

    /// Runs a change and returns once it is on disk; concurrent changes share a commit.
    ///
    /// The closure may run more than once; its previous effects are rolled back before. Once queued, the
    /// change is made even if the returned future is dropped.
    ///
    /// # Errors
    ///
    /// Returns `storage_full` when the storage is nearly full: the remaining space is reserved for
    /// [`write_essential`](Self::write_essential).
    pub async fn write<T: Send + 'static>(
        &self,
        change: impl Fn(&Connection) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, ServiceError> {
        self.shared.writer.submit(change, Urgency::Ordinary).await
    }

    /// Like [`write`](Self::write), and may use the space that is reserved for a full storage.
    ///
    /// For changes that must work then: login and logout, revocation of access, deletion, and
    /// the handling of other services' events.
    pub async fn write_essential<T: Send + 'static>(
        &self,
        change: impl Fn(&Connection) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, ServiceError> {
        self.shared.writer.submit(change, Urgency::Essential).await
    }

    /// Runs a short read on the calling thread; for a few rows by key.
    pub fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let pooled = self.readers().pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => open::connect_reader(&self.shared.path)?,
        };
        let result = read(&connection);
        self.readers().push(connection);
        result
    }

    /// Runs a long read on Tokio's blocking pool; for lists and counts.
    pub async fn scan<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, ServiceError> {
        // The semaphore is never closed, so this cannot fail.
        let _permit = self.shared.scans.acquire().await;
        let store = self.clone();
        let reading = tokio::task::spawn_blocking(move || store.read(read));
        reading.await.unwrap_or_else(|error| {
            if error.is_panic() {
                return Err(ServiceError::new(Code::Internal, "reading the store failed; the log says why"));
            }
            // The runtime is shutting down.
            Err(StoreError::Closed.into())
        })
    }

    /// Returns a receiver that is notified of every commit; for readers of the event log.
    pub fn committed(&self) -> watch::Receiver<u64> {
        self.shared.progress.committed.subscribe()
    }

    /// Returns the counters of the writer since the start.
    pub fn counts(&self) -> Counts {
        let progress = &self.shared.progress;
        Counts {
            commands: progress.commands.load(Ordering::Relaxed),
            commits: progress.commits.load(Ordering::Relaxed),
        }
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // A panic between pop and push only loses a pooled connection.
        self.shared.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
