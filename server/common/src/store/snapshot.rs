//! A consistent copy of one service's file, taken while it is written.

use std::path::{Path, PathBuf};

use ring::rand::SecureRandom as _;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

/// Why a copy could not be taken, or is no good.
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
    /// The copy is damaged.
    #[error("{} is damaged: {found}", .path.display())]
    Damaged {
        /// The copy.
        path: PathBuf,
        /// What SQLite found.
        found: String,
    },
}

/// Copies a service's file as of one commit; answers the last event in it, if it has a log.
///
/// The service may be running: SQLite's readers see one commit and hold up no writer.
pub fn snapshot(data: &Path, service: &str, into: &Path) -> Result<Option<i64>, SnapshotError> {
    let path = data.join(service).join(format!("{service}.db"));
    if !path.is_file() {
        return Err(SnapshotError::Missing(path));
    }
    let copy = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags)?;
        connection.execute_batch("PRAGMA busy_timeout = 10000;")?;
        connection.execute("VACUUM INTO ?1", [into.to_string_lossy()])?;
        last_event(&Connection::open_with_flags(into, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
    };
    copy().map_err(|source| SnapshotError::Copy { path: path.clone(), source })
}

/// Checks every page and every reference of a copy.
pub fn verify(path: &Path) -> Result<(), SnapshotError> {
    let failed = |source| SnapshotError::Copy { path: path.to_owned(), source };
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
    let found: String =
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(failed)?;
    let broken: Option<String> =
        connection.query_row("PRAGMA foreign_key_check", [], |row| row.get(0)).optional().map_err(failed)?;
    match broken {
        None if found == "ok" => Ok(()),
        None => Err(SnapshotError::Damaged { path: path.to_owned(), found }),
        Some(table) => {
            let found = format!("a row of {table} refers to nothing");
            Err(SnapshotError::Damaged { path: path.to_owned(), found })
        }
    }
}

/// Lets a restored copy's log go on far behind whatever the lost one reached.
///
/// Whoever comes back with a position of the lost log then names none of this one, and is
/// told so. At random, because one backup may be restored twice. What consumers had
/// confirmed is forgotten: their own copies may be a little older.
pub fn begin_new_life(path: &Path) -> Result<(), SnapshotError> {
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

fn last_event(copy: &Connection) -> rusqlite::Result<Option<i64>> {
    let has_log = copy.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'event_log'")?.exists([])?;
    if !has_log {
        return Ok(None);
    }
    copy.query_row("SELECT coalesce(max(position), 0) FROM event_log", [], |row| row.get(0)).map(Some)
}
