//! The amount of stored data, and quotas.

use rusqlite::Connection;
use vitae_contracts_core::{Code, Role, UserId};
use vitae_server_common::{Caller, Quotas, ServiceError, StorageLimits};

/// An amount of stored data, or a change of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) bytes: i64,
    pub(super) resumes: i64,
    pub(super) revisions: i64,
}

/// The key of the row for the total.
const TOTAL: &[u8] = &[];

/// Adds an amount to the usage of an owner and to the total; the amount can be negative.
pub(super) fn count(connection: &Connection, owner: UserId, amount: Amount) -> rusqlite::Result<()> {
    for key in [owner.as_bytes().as_slice(), TOTAL] {
        let row = (key, amount.bytes, amount.resumes, amount.revisions);
        // Two statements, because nearly every row exists: an upsert would make every create slower.
        let sql = "UPDATE usage SET bytes = bytes + ?2, resumes = resumes + ?3, revisions = revisions + ?4
                   WHERE owner_id = ?1";
        if connection.prepare_cached(sql)?.execute(row)? == 0 {
            let sql = "INSERT INTO usage (owner_id, bytes, resumes, revisions) VALUES (?1, ?2, ?3, ?4)";
            connection.prepare_cached(sql)?.execute(row)?;
        }
    }
    Ok(())
}

/// Returns the usage of a key.
fn stored(connection: &Connection, key: &[u8]) -> rusqlite::Result<Amount> {
    let sql = "SELECT bytes, resumes, revisions FROM usage WHERE owner_id = ?1";
    connection.prepare_cached(sql)?.query_row([key], |row| {
        Ok(Amount { bytes: row.get(0)?, resumes: row.get(1)?, revisions: row.get(2)? })
    })
}

/// Adds the amount of a change to the usage, and rejects it if it exceeds a quota of the caller.
pub(super) fn add_and_check_quotas(
    connection: &Connection,
    caller: &Caller,
    quotas: &Quotas,
    owner: UserId,
    amount: Amount,
) -> Result<(), ServiceError> {
    count(connection, owner, amount)?;
    if caller.has_role(&[Role::Admin, Role::Editor]) {
        return Ok(());
    }
    check_quota("person", &quotas.person, stored(connection, owner.as_bytes())?, amount)?;
    check_quota("total", &quotas.total, stored(connection, TOTAL)?, amount)
}

/// Rejects a change that increases a quantity beyond its limit.
fn check_quota(
    whose: &str,
    limits: &StorageLimits,
    stored: Amount,
    added: Amount,
) -> Result<(), ServiceError> {
    for (what, limit, stored, added) in [
        ("bytes", limits.bytes, stored.bytes, added.bytes),
        ("resumes", limits.resumes, stored.resumes, added.resumes),
        ("revisions", limits.revisions, stored.revisions, added.revisions),
    ] {
        let Some(limit) = limit.filter(|limit| added > 0 && stored.unsigned_abs() > *limit) else { continue };
        let used = stored - added;
        let detail = format!(
            "the quota {whose}-{what} is exceeded: the limit is {limit}, {used} are used, and this adds {added}; \
             purge deleted resumes, or have the operator raise --quota-{whose}-{what}"
        );
        return Err(ServiceError::new(Code::QuotaExceeded, detail));
    }
    Ok(())
}
