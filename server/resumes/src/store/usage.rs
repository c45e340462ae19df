//! How much is stored, and whether it may become more.

use rusqlite::Connection;
use vitae_contracts_core::{Code, Role, UserId};
use vitae_server_common::{Caller, Quotas, Refusal, StorageLimits};

/// An amount of what is stored, or a change of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) bytes: i64,
    pub(super) resumes: i64,
    pub(super) revisions: i64,
}

/// Adds to what an owner and everybody together store.
///
/// A negative amount takes away. Returns what both store now.
fn add(connection: &Connection, owner: UserId, amount: Amount) -> rusqlite::Result<(Amount, Amount)> {
    let sql =
        "INSERT INTO usage (owner_id, bytes, resumes, revisions) VALUES (?1, ?2, ?3, ?4), (x'', ?2, ?3, ?4)
               ON CONFLICT (owner_id) DO UPDATE SET bytes = bytes + excluded.bytes,
               resumes = resumes + excluded.resumes, revisions = revisions + excluded.revisions
               RETURNING owner_id = x'', bytes, resumes, revisions";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((owner.as_bytes(), amount.bytes, amount.resumes, amount.revisions))?;
    let (mut person, mut total) = (Amount::default(), Amount::default());
    while let Some(row) = rows.next()? {
        let amount = Amount { bytes: row.get(1)?, resumes: row.get(2)?, revisions: row.get(3)? };
        if row.get(0)? {
            total = amount;
        } else {
            person = amount;
        }
    }
    Ok((person, total))
}

/// Counts what a change adds.
pub(super) fn count(connection: &Connection, owner: UserId, amount: Amount) -> rusqlite::Result<()> {
    add(connection, owner, amount).map(drop)
}

/// Counts what a change adds, and refuses it if the caller is bound by a quota that it exceeds.
pub(super) fn charge(
    connection: &Connection,
    caller: &Caller,
    quotas: &Quotas,
    owner: UserId,
    amount: Amount,
) -> Result<(), Refusal> {
    let (person, total) = add(connection, owner, amount)?;
    if caller.has_role(&[Role::Admin, Role::Editor]) {
        return Ok(());
    }
    require_within("person", &quotas.person, person, amount)?;
    require_within("total", &quotas.total, total, amount)
}

/// Refuses what adds to a quantity that is over its limit then.
fn require_within(whose: &str, limits: &StorageLimits, stored: Amount, added: Amount) -> Result<(), Refusal> {
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
        return Err(Refusal::new(Code::QuotaExceeded, detail));
    }
    Ok(())
}
