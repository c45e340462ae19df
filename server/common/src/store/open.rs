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
    /// The version found, in SQLite's numbering.
    pub found: i32,
}

/// Returns an error for versions of SQLite that can lose data.
pub fn check_sqlite(version: i32) -> Result<(), OutdatedSqlite> {
    if version < MIN_SQLITE_VERSION { Err(OutdatedSqlite { found: version }) } else { Ok(()) }
}

/// The busy timeout of connections.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// An error while opening a service's file.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory could not be created or accessed.
    #[error("the data directory {} cannot be used; check that it exists and is writable, or choose another with --data", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Another process has locked the directory.
    #[error("the data directory {} is in use by another vitaed{}; stop that one, or choose another with --data", .path.display(), process(*.holder))]
    InUse {
        /// The service's directory.
        path: PathBuf,
        /// The id of that process, if the system provides it.
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
        /// The schema version of the file.
        found: usize,
        /// The newest schema version of this program.
        known: usize,
    },
    /// The disk has no space to open the file.
    #[error("the disk of {} is full; free space on it, or move the data directory to a larger disk and name it with --data", .path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// SQLite could not open the file.
    #[error("{} cannot be opened as a database; restore it from a backup, or choose another directory with --data", .path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rusqlite::Error,
    },
}

/// The location of the files and their page limit.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data directory, which has a directory for each service.
    pub directory: PathBuf,
    /// The maximum number of 4 KiB pages of a file; for tests of a full disk.
    pub max_pages: Option<u32>,
}

/// The directory inside the data directory that exists while a restore runs or after it was interrupted.
pub const UNFINISHED_RESTORE: &str = "restore-in-progress";

/// Creates the service's directory and locks it; returns an error after an unfinished restore.
pub(super) fn claim(options: &Options, service: &str) -> Result<(PathBuf, File), OpenError> {
    if options.directory.join(UNFINISHED_RESTORE).exists() {
        return Err(OpenError::UnfinishedRestore { path: options.directory.clone() });
    }
    lock_directory(&options.directory, service)
}

/// Creates a service's directory below the data directory and locks it.
///
/// Returns the path of the service's file and the lock, which is released when it is dropped.
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

/// Returns the id of the process that has locked a file, as listed in `/proc/locks` (Linux).
///
/// It is not written to the lock file: a failed start would leave a wrong id behind.
#[cfg(unix)]
fn holder(lock: &File) -> Option<u32> {
    let inode = std::os::unix::fs::MetadataExt::ino(&lock.metadata().ok()?).to_string();
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    // Format: `7: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF`.
    let mut holders = locks.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, "FLOCK", _, "WRITE", process, file, ..] = fields[..] else { return None };
        file.ends_with(&format!(":{inode}")).then(|| process.parse().ok())?
    });
    // Files of two file systems may have the same number; a process of another container has no id here.
    let only = holders.next().filter(|process| *process > 0)?;
    holders.next().is_none().then_some(only)
}

#[cfg(not(unix))]
fn holder(_: &File) -> Option<u32> {
    None
}

/// Formats the id of the process for an error.
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

/// Opens the writer's connection and migrates the tables; creates the file if necessary.
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
    // On a full disk, SQLite may also report that it cannot open or grow its files.
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

/// Reopens the writer's connection after a failed commit; does not create a file that was removed.
pub(super) fn reconnect(path: &Path, options: &Options) -> Result<Connection, OpenError> {
    connect_with(path, options, OpenFlags::empty())
}

fn connect_with(path: &Path, options: &Options, flags: OpenFlags) -> Result<Connection, OpenError> {
    let open = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | flags;
        let connection = Connection::open_with_flags(path, flags)?;
        // FULL: a commit returns only once it is on disk.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA trusted_schema = OFF;",
        )?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        // The default (1,000 pages) would checkpoint after nearly every group of large documents.
        connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
        // For the undo pages of each command's savepoint, which by default are written to a temporary file.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        if let Some(pages) = options.max_pages {
            connection.pragma_update(None, "max_page_count", reserve::ordinary_pages(pages))?;
        }
        enable_statement_cache(&connection)?;
        Ok(connection)
    };
    open().map_err(|source| failed(path, source))
}

/// Opens a read-only connection.
pub(super) fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute_batch(
        "PRAGMA query_only = ON; PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF;
             PRAGMA cache_size = -4000;",
    )?;
    enable_statement_cache(&connection)?;
    Ok(connection)
}

/// Lets each statement be compiled once per connection.
fn enable_statement_cache(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(64);
    // Without the query planner stability guarantee, SQLite prepares a statement again whenever a bound
    // value could make another plan better: with joins for each execution, which costs more than running it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Migrates the tables to the newest schema version, each step in one transaction.
fn migrate(connection: &Connection, path: &Path, schema: &[&str]) -> Result<(), OpenError> {
    let failed = |source| failed(path, source);
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
    let found = found as usize;
    if found > schema.len() {
        return Err(OpenError::Newer { path: path.to_owned(), found, known: schema.len() });
    }
    if found > 0 && found < schema.len() {
        tracing::info!(file = %path.display(), from = found, to = schema.len(), "migrating the tables");
    }
    for (version, step) in schema.iter().enumerate().skip(found) {
        let step = format!("BEGIN IMMEDIATE; {step}; PRAGMA user_version = {}; COMMIT;", version + 1);
        connection.execute_batch(&step).map_err(failed)?;
    }
    Ok(())
}

/// Calls `step` until it returns `false`, each time in one transaction.
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
