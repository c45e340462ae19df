//! A consistent copy of one service's file, taken while it is written.

use std::path::{Path, PathBuf};

use ring::rand::SecureRandom as _;
use rusqlite::{Connection, OpenFlags};

use super::check::last_event;

/// Why a copy could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// There is nothing to copy.
    #[error("{} is not there; is this the data directory of a vitaed?", .0.display())]
    Missing(PathBuf),
    /// SQLite could not read or write.
    #[error("{} cannot be copied", .path.display())]
    Copy {
        /// The file that was read.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// There is no room for the copy.
    #[error("there is not enough space for a copy in {}; free some, or choose another place", .0.display())]
    Full(PathBuf),
    /// SQLite could not read.
    #[error("{} cannot be read", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
}

/// Copies a service's file as of one commit.
///
/// The service may be running: SQLite's readers see one commit and hold up no writer.
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

/// Lets a restored copy's log go on far behind whatever the lost one reached.
///
/// Whoever comes back with a position of the lost log then names none of this one, and is
/// told so. At random, because one backup may be restored twice. What consumers had
/// confirmed is forgotten: their own copies may be a little older.
pub fn start_new_epoch(path: &Path) -> Result<(), SnapshotError> {
    let mut random = [0; 4];
    // Without randomness the leap is still wider than what a lost log got ahead.
    let _ = ring::rand::SystemRandom::new().fill(&mut random);
    let leap = (1 << 20) + i64::from(u32::from_le_bytes(random) >> 1);
    let leaping = || {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        if last_event(&connection)?.is_none() {
            return Ok(());
        }
        connection.execute("UPDATE consumers SET position = 0", [])?;
        connection.execute("UPDATE sqlite_sequence SET seq = seq + ?1 WHERE name = 'event_log'", [leap])?;
        Ok(())
    };
    leaping().map_err(|source| SnapshotError::Copy { path: path.to_owned(), source })
}
