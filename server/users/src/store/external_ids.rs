//! External ids of people: each belongs to one person who is not deleted.

use rusqlite::Connection;
use vitae_contracts_core::{Code, UserId};
use vitae_server_common::ServiceError;

/// Rejects an external id that another person who is not deleted has.
///
/// A partial unique index backs this up; checked here for the error.
pub(super) fn require_free(
    connection: &Connection,
    id: UserId,
    external_id: Option<&str>,
) -> Result<(), ServiceError> {
    let Some(external_id) = external_id else { return Ok(()) };
    let sql = "SELECT 1 FROM users WHERE external_id = ?1 AND deleted_at IS NULL AND id != ?2";
    if connection.prepare_cached(sql)?.exists((external_id, id.as_bytes()))? {
        let detail = "another person has this external id; choose another, or change theirs";
        return Err(ServiceError::new(Code::ExternalIdTaken, detail));
    }
    Ok(())
}
