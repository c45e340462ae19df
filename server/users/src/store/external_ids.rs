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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::SCHEMA;

    #[test]
    fn external_ids_are_looked_up_in_an_index() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&SCHEMA.join(";")).unwrap();
        for (deleted, index) in [
            ("AND deleted_at IS NULL", "users_external_id "),
            ("AND deleted_at IS NOT NULL", "users_external_id_any "),
            ("", "users_external_id_any "),
        ] {
            let order = "ORDER BY created_at DESC, id DESC LIMIT 51";
            let sql =
                format!("EXPLAIN QUERY PLAN SELECT name FROM users WHERE external_id = ? {deleted} {order}");
            let plan: String = connection.query_row(&sql, ["7"], |row| row.get(3)).unwrap();
            assert!(plan.contains(&format!("USING INDEX {index}(external_id=?)")), "{deleted}: {plan}");
        }
    }
}
