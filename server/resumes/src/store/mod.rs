//! Resumes in SQLite: each use case is one transaction with its event.

mod exports;
mod lists;
mod owners;
mod purge;
mod rows;
mod stats;
mod usage;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;
use rusqlite::Connection;
use vitae_contracts_core::{Code, EventId, ResumeId, Timestamp, UserId, subjects};
use vitae_contracts_services::resumes::v1;
use vitae_server_common::store::{
    Counts, DAILY_CHANGES, DailyLimit, NewEvent, OpenError, Options, PRODUCER_TABLES, Store, append,
    idempotent, prune_idempotency_keys, replayed,
};
use vitae_server_common::{
    CONSUMER_TABLES, Caller, Clock, FeedSource, PARKED_TABLE, Quotas, RecentValue, ServiceError,
};

use crate::resumes::{self, DocumentChange, KnownOwner, Resume, Update};
pub(crate) use lists::{List, ListRevisions, Listed, ListedRevisions};
pub(crate) use owners::{mark_deleted, mark_restored, upsert as upsert_owner};
use usage::Amount;

/// The migrations of the schema, oldest first.
pub const SCHEMA: &[&str] = &[
    PRODUCER_TABLES,
    include_str!("resumes.sql"),
    CONSUMER_TABLES,
    INITIAL_CONSUMERS,
    include_str!("counts.sql"),
    include_str!("usage.sql"),
    DAILY_CHANGES,
    PARKED_TABLE,
    include_str!("exports.sql"),
];
/// The consumers that every event log has from its start. An event is pruned only after all of them have read it.
const INITIAL_CONSUMERS: &str = "INSERT INTO consumers (name, position, at) VALUES ('audit', 0, 0)
  ON CONFLICT (name) DO NOTHING";

/// The number of resumes from which statistics are cached for [`STATS_LIFETIME`]: computing them takes longer.
const MANY: i64 = 10_000;
/// The time for which statistics are cached.
const STATS_LIFETIME: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub(crate) struct ResumesStore {
    store: Store,
    clock: Clock,
    stats: Arc<RecentValue<v1::GetStatsResponse>>,
    /// The limits of what members may store.
    pub(crate) quotas: Quotas,
}

impl ResumesStore {
    pub(crate) fn open(options: &Options, clock: Clock) -> Result<Self, OpenError> {
        let store = Store::open(options, "resumes", SCHEMA)?;
        Ok(Self { store, clock, stats: Arc::default(), quotas: Quotas::default() })
    }

    pub(crate) fn counts(&self) -> Counts {
        self.store.counts()
    }

    pub(crate) fn feed(&self) -> FeedSource {
        FeedSource::new(self.store.clone(), "resumes", self.clock.clone())
    }

    /// Returns the store and the clock for handlers of events.
    pub(crate) fn event_store(&self) -> (Store, Clock) {
        (self.store.clone(), self.clock.clone())
    }

    fn daily(&self) -> DailyLimit {
        DailyLimit::new(self.quotas.daily_changes)
    }

    pub(crate) async fn run_maintenance(&self) {
        if let Err(error) = self.finish_purges().await {
            tracing::warn!(%error, "purged resumes could not be removed; trying again later");
        }
        prune_idempotency_keys(&self.store, self.clock.now()).await;
        self.feed().prune().await;
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn get(&self, id: ResumeId) -> Result<Option<(Resume, Bytes)>, ServiceError> {
        self.store.read(|connection| Ok(rows::with_document(connection, id)?))
    }

    pub(crate) fn head(&self, id: ResumeId) -> Result<Option<Resume>, ServiceError> {
        self.store.read(|connection| Ok(rows::by_id(connection, id)?))
    }

    pub(crate) async fn list(&self, list: List) -> Result<Listed, ServiceError> {
        if list.is_short() {
            return self.store.read(|connection| lists::list(connection, &list));
        }
        self.store.scan(move |connection| lists::list(connection, &list)).await
    }

    /// Returns statistics of all resumes.
    pub(crate) async fn stats(&self) -> Result<v1::GetStatsResponse, ServiceError> {
        let lifetime = |stats: &v1::GetStatsResponse| match stats.live + stats.deleted {
            MANY.. => STATS_LIFETIME,
            _ => Duration::ZERO,
        };
        let now = self.clock.now();
        let compute = self.store.scan(move |connection| stats::compute(connection, now));
        self.stats.get_or_compute(lifetime, compute).await
    }

    pub(crate) async fn revisions(&self, list: ListRevisions) -> Result<ListedRevisions, ServiceError> {
        self.store.scan(move |connection| lists::revisions(connection, &list)).await
    }

    pub(crate) fn revision(&self, id: ResumeId, revision: i64) -> Result<Option<v1::Revision>, ServiceError> {
        self.store.read(|connection| Ok(lists::revision(connection, id, revision)?))
    }

    /// Returns the stored response if the request repeats an idempotency key.
    pub(crate) fn replayed_response<A: prost::Message + Default>(
        &self,
        caller: &Caller,
    ) -> Result<Option<A>, ServiceError> {
        self.store.read(|connection| replayed(connection, caller))
    }

    /// Same as [`replayed_response`](Self::replayed_response), with the document.
    pub(crate) fn replayed_resume(&self, caller: &Caller) -> Result<Option<v1::Resume>, ServiceError> {
        self.store.read(|connection| {
            replayed(connection, caller)?.map(|response| complete(connection, response)).transpose()
        })
    }

    /// Waits until the event of an owner's restore has arrived, for at most two seconds.
    pub(crate) async fn wait_for_owner_restored(&self, owner: UserId) -> Result<(), ServiceError> {
        let mut committed = self.store.committed();
        let arrived = async {
            while self.store.read(|connection| owners::is_deleted(connection, owner))? {
                if committed.changed().await.is_err() {
                    break;
                }
            }
            Ok(())
        };
        // Without the event, the write itself is rejected.
        tokio::time::timeout(Duration::from_secs(2), arrived).await.unwrap_or(Ok(()))
    }

    pub(crate) async fn create(
        &self,
        caller: &Caller,
        resume: Resume,
        owner: KnownOwner,
        document: Bytes,
        reason: String,
    ) -> Result<v1::Resume, ServiceError> {
        let (caller, daily, quotas) = (caller.clone(), self.daily(), self.quotas);
        self.store
            .write(move |connection| {
                idempotent_with_document(connection, &caller, resume.created_at, daily, || {
                    if rows::by_id(connection, resume.id)?.is_some()
                        || purge::is_in_progress(connection, resume.id)?
                    {
                        return Err(ServiceError::new(Code::IdTaken, format!("resume {} exists", resume.id)));
                    }
                    owners::insert_if_unknown(connection, &owner)?;
                    owners::require_live(connection, owner.id)?;
                    rows::insert(connection, &resume)?;
                    rows::insert_document(connection, &resume, &document)?;
                    let change = ChangeRecord {
                        subject: subjects::RESUME_CREATED,
                        kind: "created",
                        reason: &reason,
                        document_bytes: document.len(),
                        quotas: Some(&quotas),
                    };
                    record(connection, &caller, &change, None, &resume)?;
                    Ok(v1::Resume { summary: Some(resume.summary()), document: document.clone() })
                })
            })
            .await
    }

    pub(crate) async fn update(
        &self,
        caller: &Caller,
        id: ResumeId,
        expected: i64,
        update: Update,
    ) -> Result<v1::Resume, ServiceError> {
        let (caller, now, daily, quotas) = (caller.clone(), self.clock.now(), self.daily(), self.quotas);
        let confined = resumes::writing_confined_to(&caller)?;
        self.store
            .write(move |connection| {
                idempotent_with_document(connection, &caller, now, daily, || {
                    let (before, stored) = rows::with_document(connection, id)?
                        .ok_or_else(|| ServiceError::not_found("resume", id))?;
                    resumes::require_visible(confined, &before)?;
                    before.require_revision(expected)?;
                    before.require_live()?;
                    let (after, document) = apply(&before, &stored, &update, now)?;
                    if after.revision == before.revision {
                        return Ok(v1::Resume { summary: Some(before.summary()), document: stored });
                    }
                    rows::update(connection, &after, None)?;
                    let is_new = after.document_revision != before.document_revision;
                    if is_new {
                        rows::insert_document(connection, &after, &document)?;
                    }
                    let change = ChangeRecord {
                        subject: subjects::RESUME_UPDATED,
                        kind: "updated",
                        reason: &update.reason,
                        document_bytes: if is_new { document.len() } else { 0 },
                        quotas: Some(&quotas),
                    };
                    record(connection, &caller, &change, Some(&before), &after)?;
                    Ok(v1::Resume { summary: Some(after.summary()), document })
                })
            })
            .await
    }

    pub(crate) async fn delete(
        &self,
        caller: &Caller,
        id: ResumeId,
        expected: i64,
    ) -> Result<v1::ResumeSummary, ServiceError> {
        self.set_deleted(caller, id, expected, true).await
    }

    pub(crate) async fn restore(
        &self,
        caller: &Caller,
        id: ResumeId,
        expected: i64,
    ) -> Result<v1::ResumeSummary, ServiceError> {
        self.set_deleted(caller, id, expected, false).await
    }

    async fn set_deleted(
        &self,
        caller: &Caller,
        id: ResumeId,
        expected: i64,
        deleted: bool,
    ) -> Result<v1::ResumeSummary, ServiceError> {
        let (caller, now, quotas) = (caller.clone(), self.clock.now(), self.quotas);
        let daily = if deleted { self.daily().essential() } else { self.daily() };
        let confined = resumes::writing_confined_to(&caller)?;
        let change = move |connection: &Connection| {
            idempotent(connection, &caller, now, daily, || {
                let before =
                    rows::by_id(connection, id)?.ok_or_else(|| ServiceError::not_found("resume", id))?;
                resumes::require_visible(confined, &before)?;
                before.require_revision(expected)?;
                if before.deleted_at.is_some() == deleted {
                    return Ok(before.summary());
                }
                if !deleted {
                    owners::require_live(connection, before.owner)?;
                }
                let mut after = before.clone();
                after.deleted_at = deleted.then_some(now);
                after.revision += 1;
                after.updated_at = now;
                rows::update(connection, &after, None)?;
                let change =
                    if deleted { ChangeRecord::deletion() } else { ChangeRecord::restoration(Some(&quotas)) };
                record(connection, &caller, &change, Some(&before), &after)?;
                Ok(after.summary())
            })
        };
        if deleted { self.store.write_essential(change).await } else { self.store.write(change).await }
    }
}

/// Same as [`idempotent`], but stores the response without its document, which is stored already.
///
/// Stored responses are small, and contain no document of a purged resume.
fn idempotent_with_document(
    connection: &Connection,
    caller: &Caller,
    at: Timestamp,
    daily: DailyLimit,
    change: impl FnOnce() -> Result<v1::Resume, ServiceError>,
) -> Result<v1::Resume, ServiceError> {
    let mut document = Bytes::new();
    let mut answer = idempotent(connection, caller, at, daily, || {
        let mut answer = change()?;
        document = std::mem::take(&mut answer.document);
        Ok(answer)
    })?;
    if document.is_empty() {
        return complete(connection, answer);
    }
    answer.document = document;
    Ok(answer)
}

/// Completes a stored response with the document of its revision; responses of older versions contain it.
fn complete(connection: &Connection, mut response: v1::Resume) -> Result<v1::Resume, ServiceError> {
    if !response.document.is_empty() {
        return Ok(response);
    }
    let unreadable = || ServiceError::new(Code::Internal, "a stored response contains no resume");
    let summary = response.summary.as_ref().ok_or_else(unreadable)?;
    let id: ResumeId = summary.id.parse().map_err(|_| unreadable())?;
    let gone =
        || ServiceError::new(Code::NotFound, format!("resume {id} has been purged since this request"));
    response.document = rows::document_at(connection, id, summary.revision)?.ok_or_else(gone)?;
    Ok(response)
}

/// Applies an update; returns the resume with its document, in the same revision if nothing changed.
fn apply(
    before: &Resume,
    stored: &Bytes,
    update: &Update,
    now: Timestamp,
) -> Result<(Resume, Bytes), ServiceError> {
    let mut after = before.clone();
    if let Some(title) = &update.title {
        after.title.clone_from(title);
    }
    if let Some(tags) = &update.tags {
        after.tags.clone_from(tags);
    }
    let document = match &update.document {
        DocumentChange::Keep => stored.clone(),
        // Checked by the caller, outside the writer's thread.
        DocumentChange::Replace(text) => text.clone(),
        DocumentChange::Patch(patch) => {
            let patched = resumes::patch_document(stored, patch)?;
            resumes::check_document(&patched)?;
            patched
        }
    };
    let same_document = document == *stored;
    if after == *before && same_document {
        return Ok((after, document));
    }
    after.revision += 1;
    after.updated_at = now;
    if !same_document {
        after.document_revision = after.revision;
    }
    Ok((after, document))
}

/// The properties of a change for its revision and event.
struct ChangeRecord<'a> {
    subject: &'static str,
    kind: &'static str,
    reason: &'a str,
    /// The size of the new document in bytes; 0 without one.
    document_bytes: usize,
    /// The quotas that a member's change must not exceed; `None`: the change is only counted.
    quotas: Option<&'a Quotas>,
}

impl<'a> ChangeRecord<'a> {
    /// A deletion has no quota, so that a member can always delete and purge.
    fn deletion() -> Self {
        let subject = subjects::RESUME_DELETED;
        Self { subject, kind: "deleted", reason: "", document_bytes: 0, quotas: None }
    }

    fn restoration(quotas: Option<&'a Quotas>) -> Self {
        let subject = subjects::RESUME_RESTORED;
        Self { subject, kind: "restored", reason: "", document_bytes: 0, quotas }
    }
}

/// Writes the revision and the event of a change, and adds its amount to the usage.
fn record(
    connection: &Connection,
    caller: &Caller,
    change: &ChangeRecord<'_>,
    before: Option<&Resume>,
    after: &Resume,
) -> Result<(), ServiceError> {
    let author: Option<UserId> = caller.user();
    let texts = rows::insert_revision(connection, after, change.kind, author, change.reason)?;
    let amount = Amount {
        bytes: i64::try_from(texts + change.document_bytes).unwrap_or(i64::MAX),
        resumes: i64::from(before.is_none()),
        revisions: 1,
    };
    match change.quotas {
        Some(quotas) => usage::add_and_check_quotas(connection, caller, quotas, after.owner, amount)?,
        None => usage::count(connection, after.owner, amount)?,
    }
    append_event(connection, caller, change.subject, before, after)
}

/// Appends the event of a change to the log.
fn append_event(
    connection: &Connection,
    caller: &Caller,
    subject: &'static str,
    before: Option<&Resume>,
    after: &Resume,
) -> Result<(), ServiceError> {
    let payload = v1::ResumeEvent {
        resume: Some(after.summary()),
        changes: before.map(|before| after.changes_since(before)).unwrap_or_default(),
    };
    let event = NewEvent {
        id: EventId::new(),
        subject,
        object_id: *after.id.as_bytes(),
        object_version: after.revision,
        payload: payload.encode_to_vec(),
    };
    append(connection, caller, after.updated_at, &event)
}
