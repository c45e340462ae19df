//! Consistent copies of a service's file while the service is running.

use std::path::{Path, PathBuf};

use ring::rand::SecureRandom as _;
use rusqlite::{Connection, OpenFlags};

use super::check::last_event;

/// An error while copying or reading a service's file.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The file does not exist.
    #[error("{} does not exist; check that --data names the data directory of a vitaed", .0.display())]
    Missing(PathBuf),
    /// SQLite could not read the file or write the copy.
    #[error("{} cannot be copied", .path.display())]
    Copy {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rusqlite::Error,
    },
    /// There is not enough space for the copy.
    #[error("there is not enough space for a copy in {}; free some space, or choose another location", .0.display())]
    Full(PathBuf),
    /// SQLite could not read the file.
    #[error("{} cannot be read", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rusqlite::Error,
    },
}

/// Copies a service's file as of one commit.
///
/// The service may be running: readers of SQLite see one commit and do not block the writer.
pub fn snapshot(data: &Path, service: &str, into: &Path) -> Result<(), SnapshotError> {
    let path = data.join(service).join(format!("{service}.db"));
    if !path.is_file() {
        return Err(SnapshotError::Missing(path));
    }
    let copy = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags)?;
        connection.execute_batch("PRAGMA busy_timeout = 10000;")?;
        connection.execute("VACUUM INTO ?1", [into.to_string_lossy()]).map(drop)
    };
    copy().map_err(|source| {
        if source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull) {
            return SnapshotError::Full(into.parent().unwrap_or(into).to_owned());
        }
        SnapshotError::Copy { path: path.clone(), source }
    })
}

/// Starts a new epoch of a restored event log: positions continue far above those of the lost log.
///
/// A client or consumer that reconnects with a position of the lost log is then told that it is unknown. The
/// distance is random, because one backup may be restored twice. The confirmed positions of consumers are
/// reset, because their restored files may be slightly older.
pub fn start_new_epoch(path: &Path) -> Result<(), SnapshotError> {
    let mut random = [0; 4];
    // If this fails, the minimum distance still exceeds the events since the backup.
    let _ = ring::rand::SystemRandom::new().fill(&mut random);
    let distance = (1 << 20) + i64::from(u32::from_le_bytes(random) >> 1);
    let update = || {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        if last_event(&connection)?.is_none() {
            return Ok(());
        }
        connection.execute("UPDATE consumers SET position = 0", [])?;
        connection
            .execute("UPDATE sqlite_sequence SET seq = seq + ?1 WHERE name = 'event_log'", [distance])?;
        Ok(())
    };
    update().map_err(|source| SnapshotError::Copy { path: path.to_owned(), source })
}
