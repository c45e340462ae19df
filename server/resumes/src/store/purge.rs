//! Purges: a deleted resume is removed permanently, with all its revisions and documents.

use rusqlite::{Connection, OptionalExtension as _};
use vitae_contracts_core::{Code, ResumeId, UserId, subjects};
use vitae_contracts_services::resumes::v1::PurgeResumeResponse;
use vitae_server_common::store::{idempotent, in_steps};
use vitae_server_common::{Caller, STEP_ROWS, ServiceError};

use super::usage::{self, Amount};
use super::{ResumesStore, append_event, rows};
use crate::resumes;

/// The maximum size of documents that one transaction removes, in bytes. A single document may be larger.
const STEP_BYTES: i64 = 16 << 20;

impl ResumesStore {
    /// Purges a deleted resume; its space is free when this returns.
    ///
    /// The first transaction removes the resume and up to [`STEP_ROWS`] revisions. Further transactions remove the
    /// others, so that no other write waits long.
    pub(crate) async fn purge(
        &self,
        caller: &Caller,
        id: ResumeId,
        expected: i64,
    ) -> Result<PurgeResumeResponse, ServiceError> {
        let (caller, now, daily) = (caller.clone(), self.clock.now(), self.daily().essential());
        let confined = resumes::writing_confined_to(&caller)?;
        let answer = self
            .store
            .write_essential(move |connection| {
                idempotent(connection, &caller, now, daily, || {
                    let mut resume =
                        rows::by_id(connection, id)?.ok_or_else(|| ServiceError::not_found("resume", id))?;
                    resumes::require_visible(confined, &resume)?;
                    resume.require_revision(expected)?;
                    if resume.deleted_at.is_none() {
                        let detail = format!("resume {id} is not deleted; delete it first");
                        return Err(ServiceError::new(Code::NotDeleted, detail));
                    }
                    rows::delete(connection, id)?;
                    begin(connection, id, resume.owner)?;
                    (resume.revision, resume.updated_at) = (resume.revision + 1, now);
                    append_event(connection, &caller, subjects::RESUME_PURGED, None, &resume)?;
                    step(connection, id)?;
                    Ok(PurgeResumeResponse {})
                })
            })
            .await?;
        in_steps(&self.store, move |connection| step(connection, id)).await?;
        Ok(answer)
    }

    /// Finishes interrupted purges.
    pub(crate) async fn finish_purges(&self) -> Result<(), ServiceError> {
        for id in self.store.scan(|connection| Ok(unfinished_purges(connection)?)).await? {
            in_steps(&self.store, move |connection| step(connection, id)).await?;
        }
        Ok(())
    }
}

/// Marks the revisions and documents of a resume for removal.
fn begin(connection: &Connection, id: ResumeId, owner: UserId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO purges (resume_id, owner_id) VALUES (?1, ?2)")?
        .execute((id.as_bytes(), owner.as_bytes()))?;
    usage::count(connection, owner, Amount { resumes: -1, ..Amount::default() })
}

/// Returns whether revisions or documents of a purged resume still exist.
pub(super) fn is_in_progress(connection: &Connection, id: ResumeId) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM purges WHERE resume_id = ?1")?.exists([id.as_bytes()])
}

fn unfinished_purges(connection: &Connection) -> rusqlite::Result<Vec<ResumeId>> {
    connection
        .prepare_cached("SELECT resume_id FROM purges")?
        .query_map([], |row| row.get(0).map(ResumeId::from_bytes))?
        .collect()
}

/// Removes the next revisions of a purged resume with their documents; returns whether more are left.
fn step(connection: &Connection, id: ResumeId) -> Result<bool, ServiceError> {
    let owner = connection
        .prepare_cached("SELECT owner_id FROM purges WHERE resume_id = ?1")?
        .query_row([id.as_bytes()], |row| row.get(0).map(UserId::from_bytes))
        .optional()?;
    let Some(owner) = owner else { return Ok(false) };
    let (last, removed, is_last) = next(connection, id)?;
    for sql in [
        "DELETE FROM documents WHERE resume_id = ?1 AND revision <= ?2",
        "DELETE FROM revisions WHERE resume_id = ?1 AND revision <= ?2",
    ] {
        connection.prepare_cached(sql)?.execute((id.as_bytes(), last))?;
    }
    let Amount { bytes, revisions, .. } = removed;
    usage::count(connection, owner, Amount { bytes: -bytes, resumes: 0, revisions: -revisions })?;
    if is_last {
        connection.prepare_cached("DELETE FROM purges WHERE resume_id = ?1")?.execute([id.as_bytes()])?;
    }
    Ok(!is_last)
}

/// Returns the last revision of the next step, the amount that the step removes, and whether it is the last step.
fn next(connection: &Connection, id: ResumeId) -> rusqlite::Result<(i64, Amount, bool)> {
    let sql = "SELECT v.revision,
                 octet_length(v.title) + octet_length(v.tags) + coalesce(octet_length(v.reason), 0),
                 coalesce(length(d.body), 0)
               FROM revisions v LEFT JOIN documents d ON d.resume_id = v.resume_id AND d.revision = v.revision
               WHERE v.resume_id = ?1 ORDER BY v.revision LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query((id.as_bytes(), STEP_ROWS + 1))?;
    let (mut last, mut documents, mut removed) = (0, 0, Amount::default());
    while let Some(row) = found.next()? {
        let (texts, document): (i64, i64) = (row.get(1)?, row.get(2)?);
        let is_full = removed.revisions == i64::from(STEP_ROWS)
            || (removed.revisions > 0 && documents + document > STEP_BYTES);
        if is_full {
            return Ok((last, removed, false));
        }
        last = row.get(0)?;
        documents += document;
        removed.bytes += texts + document;
        removed.revisions += 1;
    }
    Ok((last, removed, true))
}
