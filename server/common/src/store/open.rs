//! Opening a service's file: directory, lock, pragmas, schema.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::reserve;

/// The first version without the WAL-reset corruption bug (SQLite 3.51.3, 2026-03-13).
pub const MIN_SQLITE_VERSION: i32 = 3_051_003;

/// SQLite is older than [`MIN_SQLITE_VERSION`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("SQLite {found} can corrupt a write-ahead log; 3051003 (3.51.3) or newer is required")]
pub struct OutdatedSqlite {
    /// The version found, as SQLite numbers it.
    pub found: i32,
}

/// Refuses versions of SQLite that lose data.
pub fn check_sqlite(version: i32) -> Result<(), OutdatedSqlite> {
    if version < MIN_SQLITE_VERSION { Err(OutdatedSqlite { found: version }) } else { Ok(()) }
}

/// How long a connection waits for another one.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// Why a service's file could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory could not be made or entered.
    #[error("the data directory {} cannot be used; check that it exists and is writable, or choose another with --data", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Another process has the directory.
    #[error("the data directory {} is in use by another vitaed{}; stop that one, or choose another with --data", .path.display(), process(*.holder))]
    InUse {
        /// The service's directory.
        path: PathBuf,
        /// The id of the process that has it, where the system tells.
        holder: Option<u32>,
    },
    /// A restore was interrupted.
    #[error("the last restore into {} did not finish; remove what is in that directory and restore again", .path.display())]
    UnfinishedRestore {
        /// The data directory.
        path: PathBuf,
    },
    /// SQLite is too old.
    #[error(transparent)]
    OutdatedSqlite(#[from] OutdatedSqlite),
    /// The file was written by a newer version.
    #[error("{} was written by a newer vitaed (schema {found}, this one knows {known}); use that version", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema in the file.
        found: usize,
        /// The newest schema of this program.
        known: usize,
    },
    /// The disk has no room to open the file.
    #[error("the disk of {} is full; free space on it, or move the data directory to a larger disk and name it with --data", .path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// What SQLite or the system said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// SQLite could not open the file.
    #[error("{} cannot be opened as a database; restore it from a backup, or choose another directory with --data", .path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
}

/// Where the files lie, and how large one may grow.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data directory; each service has its own below.
    pub directory: PathBuf,
    /// The most pages of 4 KiB that a file may have; for tests of a full disk.
    pub max_pages: Option<u32>,
}

/// A directory of this name in a data directory means that a restore did not finish.
pub const UNFINISHED_RESTORE: &str = "restore-in-progress";

/// Makes the service's directory and takes its lock.
pub(super) fn claim(options: &Options, service: &str) -> Result<(PathBuf, File), OpenError> {
    if options.directory.join(UNFINISHED_RESTORE).exists() {
        return Err(OpenError::UnfinishedRestore { path: options.directory.clone() });
    }
    lock_directory(&options.directory, service)
}

/// Makes a service's directory below the data directory and takes its lock, whatever the directory holds.
///
/// Returns the path of the service's file and the lock, which is held until it is dropped.
pub fn lock_directory(data: &Path, service: &str) -> Result<(PathBuf, File), OpenError> {
    let directory = data.join(service);
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::StorageFull => OpenError::Full { path: directory.clone(), source: source.into() },
        _ => OpenError::Directory { path: directory.clone(), source },
    };
    make_private(&directory).map_err(failed)?;
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(directory.join("lock"))
        .map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok((directory.join(format!("{service}.db")), lock)),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { holder: holder(&lock), path: directory }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// The process that has locked this file. Asked of the system (Linux), so that a start which
/// fails leaves nothing behind.
#[cfg(unix)]
fn holder(lock: &File) -> Option<u32> {
    let inode = std::os::unix::fs::MetadataExt::ino(&lock.metadata().ok()?).to_string();
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    // As `7: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF`.
    let mut holders = locks.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, "FLOCK", _, "WRITE", process, file, ..] = fields[..] else { return None };
        file.ends_with(&format!(":{inode}")).then(|| process.parse().ok())?
    });
    // Files of two file systems may have one number; a process of another container has none.
    let only = holders.next().filter(|process| *process > 0)?;
    holders.next().is_none().then_some(only)
}

#[cfg(not(unix))]
fn holder(_: &File) -> Option<u32> {
    None
}

fn process(holder: Option<u32>) -> String {
    holder.map(|id| format!(" (process {id})")).unwrap_or_default()
}

fn make_private(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// The writer's connection, with the newest tables; makes the file if it is not there.
pub(super) fn prepare(
    path: &Path,
    options: &Options,
    schema: &[&str],
    step: impl Fn(&Connection) -> rusqlite::Result<bool>,
) -> Result<Connection, OpenError> {
    let connection = connect(path, options)?;
    migrate(&connection, path, schema)?;
    complete(&connection, path, step)?;
    Ok(connection)
}

fn failed(path: &Path, source: rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    // Without room, SQLite also says that it cannot open or grow its files.
    let is_full =
        source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull) || reserve::is_full(&path);
    if is_full {
        OpenError::Full { path, source: source.into() }
    } else {
        OpenError::Database { path, source }
    }
}

fn connect(path: &Path, options: &Options) -> Result<Connection, OpenError> {
    connect_with(path, options, OpenFlags::SQLITE_OPEN_CREATE)
}

/// The writer's connection after a failed commit; a file that has vanished stays vanished.
pub(super) fn reconnect(path: &Path, options: &Options) -> Result<Connection, OpenError> {
    connect_with(path, options, OpenFlags::empty())
}

fn connect_with(path: &Path, options: &Options, more: OpenFlags) -> Result<Connection, OpenError> {
    let open = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
        let connection = Connection::open_with_flags(path, flags)?;
        // FULL: a commit is answered only once it is on disk.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA trusted_schema = OFF;",
        )?;
        connection.busy_timeout(BUSY)?;
        // By default SQLite would carry the log over with nearly every group of large documents.
        connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
        // The undo pages of each command's savepoint; by default they go through a temporary file.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        if let Some(pages) = options.max_pages {
            connection.pragma_update(None, "max_page_count", reserve::ordinary(pages))?;
        }
        keep_statements(&connection)?;
        Ok(connection)
    };
    open().map_err(|source| failed(path, source))
}

/// A connection that cannot change anything.
pub(super) fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute_batch(
        "PRAGMA query_only = ON; PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF;
             PRAGMA cache_size = -4000;",
    )?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// Lets each statement be compiled once a connection.
fn keep_statements(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(64);
    // Else SQLite plans a statement anew whenever a bound value might make another plan
    // better: with our joins at each run, which costs more than the run.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Brings the tables to the newest version, each step in one transaction.
fn migrate(connection: &Connection, path: &Path, schema: &[&str]) -> Result<(), OpenError> {
    let failed = |source| failed(path, source);
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
    let found = found as usize;
    if found > schema.len() {
        return Err(OpenError::Newer { path: path.to_owned(), found, known: schema.len() });
    }
    if found > 0 && found < schema.len() {
        tracing::info!(file = %path.display(), from = found, to = schema.len(), "bringing the tables up to date");
    }
    for (version, step) in schema.iter().enumerate().skip(found) {
        let step = format!("BEGIN IMMEDIATE; {step}; PRAGMA user_version = {}; COMMIT;", version + 1);
        connection.execute_batch(&step).map_err(failed)?;
    }
    Ok(())
}

/// Runs a step until it says that there is no more to do, each time in one transaction.
fn complete(
    connection: &Connection,
    path: &Path,
    step: impl Fn(&Connection) -> rusqlite::Result<bool>,
) -> Result<(), OpenError> {
    let run = || {
        let transaction = connection.unchecked_transaction()?;
        let more = step(connection)?;
        transaction.commit()?;
        Ok(more)
    };
    while run().map_err(|source| failed(path, source))? {}
    Ok(())
}
