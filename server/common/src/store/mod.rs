//! One service's file: one writer thread that commits in groups, readers beside it.
//!
//! Nothing is acknowledged before its commit is on disk, and nothing is refused before
//! the commit of whatever the refusal rests on.

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

/// The tables that every producing service has.
pub const PRODUCER_TABLES: &str = include_str!("producer.sql");

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk, or the file's own bound, is full.
    #[error("the storage is full")]
    Full(#[source] rusqlite::Error),
    /// What is left is kept for essential writes.
    #[error("the storage is nearly full: {0}")]
    Low(String),
    /// SQLite refused or failed.
    #[error("the store failed")]
    Sqlite(#[source] rusqlite::Error),
    /// The commit of the group failed; whether it reached the disk is unknown.
    #[error("the commit failed")]
    Commit(#[source] Arc<rusqlite::Error>),
    /// The writer panicked; whether the change reached the disk is unknown.
    #[error("the writer panicked")]
    Interrupted,
    /// The file cannot be opened again after a failed commit or a panic.
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
    /// Logs the cause, which no caller should read.
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

/// Whether the change itself cannot be made, however often it is tried: not the disk, the memory or
/// the file is at fault, but the values.
fn is_about_the_change(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{ConstraintViolation, ParameterOutOfRange, TooBig, TypeMismatch};
    match error.sqlite_error_code() {
        Some(code) => matches!(code, ConstraintViolation | TypeMismatch | TooBig | ParameterOutOfRange),
        // A row that was read does not have the form that this program expects.
        None => true,
    }
}

impl From<rusqlite::Error> for ServiceError {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::from(error).into()
    }
}

/// How much the writer has done since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Commands that were run.
    pub commands: u64,
    /// Commits that carried them.
    pub commits: u64,
}

/// One service's file.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    /// Long reads at once: each holds a connection, whose cache stays in memory.
    scans: Semaphore,
    writer: Writer,
    progress: Arc<Progress>,
    /// Held while the store is open, against a second process.
    _lock: std::fs::File,
}

/// Whether a change may use the reserved space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Urgency {
    Ordinary,
    Essential,
}

/// What the writer tells everybody else.
struct Progress {
    commands: AtomicU64,
    commits: AtomicU64,
    /// Changes with every commit.
    committed: watch::Sender<u64>,
}

impl Store {
    /// Opens `DIR/<service>/<service>.db`, creating what is missing.
    ///
    /// `schema` holds every version of the tables as SQL, oldest first.
    pub fn open(options: &Options, service: &str, schema: &[&str]) -> Result<Self, OpenError> {
        Self::open_completed(options, service, schema, |_| Ok(false))
    }

    /// As [`Store::open`], completing what SQL alone cannot compute of the tables.
    ///
    /// `complete` runs before anything else does, each time in a transaction of its own, until it
    /// returns `false`; what a start leaves undone, the next one completes.
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

    /// Runs a change, alone or with others in one commit; answers when it is on disk.
    ///
    /// The closure may run more than once: what it did before is undone then. Once
    /// queued, the change happens even if the caller goes away. Refused when the storage is
    /// nearly full: the rest is for [`write_essential`](Self::write_essential).
    pub async fn write<T: Send + 'static>(
        &self,
        change: impl Fn(&Connection) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, ServiceError> {
        self.shared.writer.submit(change, Urgency::Ordinary).await
    }

    /// As [`write`](Self::write), and may use the space that is reserved for the case that the storage is full.
    ///
    /// For what has to work then: logging in and out, revoking access, removing things, and
    /// the effects of other services' events.
    pub async fn write_essential<T: Send + 'static>(
        &self,
        change: impl Fn(&Connection) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, ServiceError> {
        self.shared.writer.submit(change, Urgency::Essential).await
    }

    /// Runs a short read on this thread; for a few rows by key.
    pub fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let pooled = self.readers().pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => open::connect_reader(&self.shared.path)?,
        };
        let answer = read(&connection);
        self.readers().push(connection);
        answer
    }

    /// Runs a long read on the blocking pool; for lists and counts.
    pub async fn scan<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, ServiceError> {
        // Never closed, so a permit always comes.
        let _permit = self.shared.scans.acquire().await;
        let store = self.clone();
        let reading = tokio::task::spawn_blocking(move || store.read(read));
        reading.await.unwrap_or_else(|error| {
            if error.is_panic() {
                return Err(ServiceError::new(Code::Internal, "reading the store failed; the log says why"));
            }
            // The runtime stops.
            Err(StoreError::Closed.into())
        })
    }

    /// Tells of every commit; for readers of the event log.
    pub fn committed(&self) -> watch::Receiver<u64> {
        self.shared.progress.committed.subscribe()
    }

    /// How much the writer has done since the start.
    pub fn counts(&self) -> Counts {
        let progress = &self.shared.progress;
        Counts {
            commands: progress.commands.load(Ordering::Relaxed),
            commits: progress.commits.load(Ordering::Relaxed),
        }
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // A panic between pop and push loses a connection, which is only a cache.
        self.shared.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
