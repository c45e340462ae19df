//! Events of exports, for the audit record.

use std::time::Duration;

use prost::Message as _;
use rusqlite::{Connection, OptionalExtension as _};
use vitae_contracts_core::{EventId, Timestamp, UserId, subjects};
use vitae_contracts_services::events::v1::Change;
use vitae_contracts_services::resumes::v1::ResumeEvent;
use vitae_server_common::store::{NewEvent, append};
use vitae_server_common::{Caller, ServiceError};

use super::ResumesStore;

/// The minimum time between recorded exports of one's own resumes: a member must not be able to fill the disk with them.
const OWN_EXPORT_INTERVAL: Duration = Duration::from_mins(1);

impl ResumesStore {
    /// Records an export with its filter. Exports by people who can see only their own resumes are recorded at
    /// most once a minute.
    pub(crate) async fn record_export(
        &self,
        caller: &Caller,
        confined: Option<UserId>,
        filter: Vec<Change>,
    ) -> Result<(), ServiceError> {
        let (caller, now) = (caller.clone(), self.clock.now());
        self.store
            .write(move |connection| {
                if let Some(user) = confined
                    && !is_due(connection, user, now)?
                {
                    return Ok(());
                }
                let event = NewEvent {
                    id: EventId::new(),
                    subject: subjects::EXPORT_STARTED,
                    // An export is not stored as an object; its id exists only in the audit record.
                    object_id: *EventId::new().as_bytes(),
                    object_version: 1,
                    payload: ResumeEvent { resume: None, changes: filter.clone() }.encode_to_vec(),
                };
                append(connection, &caller, now, &event)
            })
            .await
    }
}

/// Returns whether an export of one's own resumes must be recorded, and stores the time if so.
fn is_due(connection: &Connection, user: UserId, now: Timestamp) -> Result<bool, ServiceError> {
    let sql = "SELECT at FROM exports WHERE user_id = ?1";
    let mut query = connection.prepare_cached(sql)?;
    let last = query.query_row([user.as_bytes()], |row| row.get(0).map(Timestamp::from_millis)).optional()?;
    // After the clock was set back, exports must still be recorded.
    if last.is_some_and(|last| last <= now && now < last.plus(OWN_EXPORT_INTERVAL)) {
        return Ok(false);
    }
    let sql = "INSERT INTO exports (user_id, at) VALUES (?1, ?2)
               ON CONFLICT (user_id) DO UPDATE SET at = excluded.at";
    connection.prepare_cached(sql)?.execute((user.as_bytes(), now.as_millis()))?;
    Ok(true)
}
