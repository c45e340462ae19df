//! Owners of resumes: their names, their deletion and their restore.

use rusqlite::{Connection, OptionalExtension as _};
use vitae_contracts_core::{Code, EventId, ResumeId, Timestamp, UserId, fold};
use vitae_server_common::{Caller, STEP_ROWS, ServiceError, Step};

use super::{ChangeRecord, record, rows};
use crate::resumes::{KnownOwner, Resume};

/// Stores the name of an owner, if it has changed.
pub(crate) fn upsert(connection: &Connection, owner: &KnownOwner) -> Result<(), ServiceError> {
    connection
        .prepare_cached(
            "INSERT INTO owners (id, name, name_key) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key
             WHERE name <> excluded.name",
        )?
        .execute((owner.id.as_bytes(), &owner.name, fold(&owner.name)))?;
    Ok(())
}

/// Stores an owner whose events have not arrived yet.
///
/// An existing row stays: an event may have brought a newer name since the users service was asked.
pub(super) fn insert_if_unknown(connection: &Connection, owner: &KnownOwner) -> Result<(), ServiceError> {
    connection
        .prepare_cached(
            "INSERT INTO owners (id, name, name_key) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING",
        )?
        .execute((owner.id.as_bytes(), &owner.name, fold(&owner.name)))?;
    Ok(())
}

/// Rejects new and restored resumes of an owner whose deletion has arrived.
pub(super) fn require_live(connection: &Connection, owner: UserId) -> Result<(), ServiceError> {
    if is_deleted(connection, owner)? {
        return Err(ServiceError::new(
            Code::OwnerDeleted,
            format!("the owner {owner} is deleted; restore them first"),
        ));
    }
    Ok(())
}

/// Returns whether the deletion of an owner has arrived, and no restore since.
pub(super) fn is_deleted(connection: &Connection, owner: UserId) -> Result<bool, ServiceError> {
    let sql = "SELECT deletion_event IS NOT NULL FROM owners WHERE id = ?1";
    let deleted =
        connection.prepare_cached(sql)?.query_row([owner.as_bytes()], |row| row.get(0)).optional()?;
    Ok(deleted.unwrap_or(false))
}

/// Runs one step of the deletion of an owner: the first one marks the owner as deleted by this event, and each deletes
/// some of their resumes.
pub(crate) fn mark_deleted(
    connection: &Connection,
    caller: &Caller,
    now: Timestamp,
    owner: UserId,
    deletion: EventId,
) -> Result<Step, ServiceError> {
    set_deletion(connection, owner, Some(deletion))?;
    step(connection, owner, deletion, |before, _| {
        if before.deleted_at.is_some() {
            return Ok(());
        }
        let mut after = before.clone();
        (after.deleted_at, after.updated_at, after.revision) = (Some(now), now, before.revision + 1);
        rows::update(connection, &after, Some(deletion))?;
        record(connection, caller, &ChangeRecord::deletion(), Some(before), &after)
    })
}

/// Runs one step of the restore of an owner, with exactly the resumes that their deletion deleted.
///
/// `restored` is the event of the restore. After the first step, the owner can have new resumes.
pub(crate) fn mark_restored(
    connection: &Connection,
    caller: &Caller,
    now: Timestamp,
    owner: UserId,
    (deletion, restored): (EventId, EventId),
) -> Result<Step, ServiceError> {
    set_deletion(connection, owner, None)?;
    step(connection, owner, restored, |before, deleted_by| {
        if deleted_by != Some(deletion) {
            return Ok(());
        }
        let mut after = before.clone();
        (after.deleted_at, after.updated_at, after.revision) = (None, now, before.revision + 1);
        rows::update(connection, &after, None)?;
        record(connection, caller, &ChangeRecord::restoration(None), Some(before), &after)
    })
}

/// Handles the next resumes of an owner, and stores the progress of the event.
///
/// Resumes are handled in the order of their creation, which has an index. While a deletion is in progress, the owner
/// gets no new resume, so none is missed; resumes created during a restore were not deleted with the owner.
fn step(
    connection: &Connection,
    owner: UserId,
    event: EventId,
    change: impl Fn(&Resume, Option<EventId>) -> Result<(), ServiceError>,
) -> Result<Step, ServiceError> {
    let page = rows::of_owner(connection, owner, effect_position(connection, event)?, STEP_ROWS)?;
    for (resume, deleted_by) in &page {
        change(resume, *deleted_by)?;
    }
    match page.last() {
        Some((last, _)) if page.len() == STEP_ROWS as usize => {
            let sql = "INSERT INTO effects (event_id, created_at, resume_id) VALUES (?1, ?2, ?3)
                       ON CONFLICT (event_id) DO UPDATE SET created_at = excluded.created_at, resume_id = excluded.resume_id";
            let place = (event.as_bytes(), last.created_at.as_millis(), last.id.as_bytes());
            connection.prepare_cached(sql)?.execute(place)?;
            Ok(Step::more(STEP_ROWS))
        }
        _ => {
            let sql = "DELETE FROM effects WHERE event_id = ?1";
            connection.prepare_cached(sql)?.execute([event.as_bytes()])?;
            Ok(Step::last(u32::try_from(page.len()).unwrap_or(STEP_ROWS)))
        }
    }
}

/// Returns the position of the last resume that an event has handled.
fn effect_position(connection: &Connection, event: EventId) -> rusqlite::Result<(Timestamp, ResumeId)> {
    let sql = "SELECT created_at, resume_id FROM effects WHERE event_id = ?1";
    let place = connection.prepare_cached(sql)?.query_row([event.as_bytes()], |row| {
        Ok((Timestamp::from_millis(row.get(0)?), ResumeId::from_bytes(row.get(1)?)))
    });
    Ok(place.optional()?.unwrap_or((Timestamp::from_millis(i64::MIN), ResumeId::from_bytes([0; 16]))))
}

fn set_deletion(
    connection: &Connection,
    owner: UserId,
    deletion: Option<EventId>,
) -> Result<(), ServiceError> {
    connection
        .prepare_cached("UPDATE owners SET deletion_event = ?2 WHERE id = ?1")?
        .execute((owner.as_bytes(), deletion.as_ref().map(EventId::as_bytes)))?;
    Ok(())
}
