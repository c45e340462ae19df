//! Changes to the database of a restored backup before it is served.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use vitae_server_common::{Caller, Clock, ServiceError};

use crate::store;

/// Ends every session of a restored database, and invalidates the access tokens issued before.
///
/// A backup contains the sessions of its time: without this, logins that were ended since would be valid again.
/// Returns how many sessions were live.
pub fn end_sessions(file: &Path) -> Result<usize, ServiceError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags)?;
    let transaction = connection.transaction()?;
    let ended = store::revoke_all_sessions(&transaction, &Caller::system(), Clock::system().now())?;
    transaction.commit()?;
    Ok(ended)
}

/// Returns whether a database of this service, not being served, contains a password of an existing person.
pub fn has_passwords(file: &Path) -> Result<bool, ServiceError> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    Ok(connection.prepare("SELECT 1 FROM credentials WHERE confirmed = 1 LIMIT 1")?.exists([])?)
}
