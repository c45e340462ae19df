//! What the resumes service knows of owners, and what their deletion does to resumes.

use rusqlite::{Connection, OptionalExtension as _};
use vitae_contracts_core::{Code, EventId, Timestamp, UserId, fold, subjects};
use vitae_server_common::{Caller, Refusal};

use super::{Recorded, record, rows};
use crate::resumes::KnownOwner;

/// Keeps what the users service said of an owner, if it is news.
pub(crate) fn put(connection: &Connection, owner: &KnownOwner) -> Result<(), Refusal> {
    connection
        .prepare_cached(
            "INSERT INTO owners (id, name, name_key) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key
             WHERE name <> excluded.name",
        )?
        .execute((owner.id.as_bytes(), &owner.name, fold(&owner.name)))?;
    Ok(())
}

/// Keeps who an owner is whose events have not arrived yet.
///
/// What was asked of the users service may have been overtaken by an event since.
pub(super) fn put_unknown(connection: &Connection, owner: &KnownOwner) -> Result<(), Refusal> {
    connection
        .prepare_cached(
            "INSERT INTO owners (id, name, name_key) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING",
        )?
        .execute((owner.id.as_bytes(), &owner.name, fold(&owner.name)))?;
    Ok(())
}

/// Refuses new and restored resumes of an owner whose deletion has arrived here.
pub(super) fn require_live(connection: &Connection, owner: UserId) -> Result<(), Refusal> {
    if is_deleted(connection, owner)? {
        return Err(Refusal::new(
            Code::OwnerDeleted,
            format!("the owner {owner} is deleted; restore them first"),
        ));
    }
    Ok(())
}

/// Whether an owner's deletion has arrived here, and no restore since.
pub(super) fn is_deleted(connection: &Connection, owner: UserId) -> Result<bool, Refusal> {
    let sql = "SELECT deletion_event IS NOT NULL FROM owners WHERE id = ?1";
    let deleted =
        connection.prepare_cached(sql)?.query_row([owner.as_bytes()], |row| row.get(0)).optional()?;
    Ok(deleted.unwrap_or(false))
}

/// Marks an owner as deleted by this event, and takes their live resumes along.
pub(crate) fn mark_deleted(
    connection: &Connection,
    caller: &Caller,
    now: Timestamp,
    owner: UserId,
    deletion: EventId,
) -> Result<(), Refusal> {
    set_deletion(connection, owner, Some(deletion))?;
    for before in rows::of_owner(connection, owner, None)? {
        let mut after = before.clone();
        (after.deleted_at, after.updated_at, after.revision) = (Some(now), now, before.revision + 1);
        rows::update(connection, &after, Some(deletion))?;
        let change = Recorded { subject: subjects::RESUME_DELETED, kind: "deleted", reason: "" };
        record(connection, caller, &change, Some(&before), &after)?;
    }
    Ok(())
}

/// Brings an owner back, with exactly the resumes that this deletion took along.
pub(crate) fn mark_restored(
    connection: &Connection,
    caller: &Caller,
    now: Timestamp,
    owner: UserId,
    deletion: EventId,
) -> Result<(), Refusal> {
    set_deletion(connection, owner, None)?;
    for before in rows::of_owner(connection, owner, Some(deletion))? {
        let mut after = before.clone();
        (after.deleted_at, after.updated_at, after.revision) = (None, now, before.revision + 1);
        rows::update(connection, &after, None)?;
        let change = Recorded { subject: subjects::RESUME_RESTORED, kind: "restored", reason: "" };
        record(connection, caller, &change, Some(&before), &after)?;
    }
    Ok(())
}

fn set_deletion(connection: &Connection, owner: UserId, deletion: Option<EventId>) -> Result<(), Refusal> {
    connection
        .prepare_cached("UPDATE owners SET deletion_event = ?2 WHERE id = ?1")?
        .execute((owner.as_bytes(), deletion.as_ref().map(EventId::as_bytes)))?;
    Ok(())
}
