//! `vitaed unlock`: admits one login of a throttled account, whether or not the server runs.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use vitae_contracts_core::Timestamp;

use crate::store::SCHEMA;
use crate::store::throttles::{self, KeyedScope};
use crate::throttle::Scope;

/// An account could not be unlocked.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    /// The data directory contains no database of the auth service.
    #[error("{} does not exist; name the data directory of the auth service with --data", .0.display())]
    Missing(PathBuf),
    /// The database has another schema version.
    #[error("{} has schema {found}, this vitaed knows {}; start the server of this version once, or use its own vitaed", .path.display(), SCHEMA.len())]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: usize,
    },
    /// The database could not be written.
    #[error("{} cannot be written", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The error of SQLite.
        #[source]
        source: rusqlite::Error,
    },
}

/// Admits one login of an account from an unknown device, regardless of earlier failures.
///
/// For an hour, from one client address if one is given, and with at most 30 wrong passwords. May run
/// beside a server, as SQLite allows: the server's writer waits for this one commit.
pub fn unlock(data: &Path, email: &str, address: Option<&str>, now: Timestamp) -> Result<(), UnlockError> {
    let path = data.join("auth").join("auth.db");
    if !path.is_file() {
        return Err(UnlockError::Missing(path));
    }
    let failed = |source| UnlockError::Write { path: path.clone(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags).map_err(failed)?;
    connection
        .execute_batch("PRAGMA busy_timeout = 10000; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;")
        .map_err(failed)?;
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
    if found as usize != SCHEMA.len() {
        return Err(UnlockError::OtherVersion { path, found: found as usize });
    }
    let secret = throttles::secret(&connection).map_err(failed)?;
    let account = KeyedScope::new(&secret, Scope::account(email));
    throttles::put_unlock(&connection, account.key, address.unwrap_or_default(), now).map_err(failed)
}
