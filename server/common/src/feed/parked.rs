//! Parked events: those that a consumer could not handle, recorded in its file and skipped.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row};
use tonic::{Request, Response, Status};
use vitae_contracts_core::Timestamp;
use vitae_contracts_services::events::v1::consumer_server::{Consumer, ConsumerServer};
use vitae_contracts_services::events::v1::{
    CountParkedEventsRequest, CountParkedEventsResponse, Event, ParkedEvents,
};

use crate::message_limits::REQUEST_BYTES;
use crate::store::{SnapshotError, Store};
use crate::{Caller, ServiceError};

/// An event that a consumer could not handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedEvent {
    /// The consumer.
    pub consumer: String,
    /// The producing service.
    pub source: String,
    /// The event's position in the log of its source.
    pub position: i64,
    /// The event's id; empty if the log holds no valid one.
    pub event_id: String,
    /// The subject of the event.
    pub subject: String,
    /// The object's id; empty if the log holds no valid one.
    pub object_id: String,
    /// The reason why the event could not be handled.
    pub reason: String,
    /// The time of parking.
    pub at: Timestamp,
}

/// Records an event; an existing record is not changed.
pub(super) fn insert(
    connection: &Connection,
    source: &str,
    event: &Event,
    reason: &str,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO parked_events (source, position, event_id, subject, object_id, reason, at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (source, position) DO NOTHING";
    let row = (source, event.position, &event.id, &event.subject, &event.object_id, reason, at.as_millis());
    connection.prepare_cached(sql)?.execute(row).map(drop)
}

/// Counts the parked events of one source.
pub(super) fn count(connection: &Connection, source: &str) -> rusqlite::Result<i64> {
    let sql = "SELECT count(*) FROM parked_events WHERE source = ?1";
    connection.prepare_cached(sql)?.query_row([source], |row| row.get(0))
}

/// Reads the parked events of one consumer from its file, oldest first.
///
/// The service may be running. A file of a version without parked events returns none.
pub fn parked_events(data: &Path, consumer: &str) -> Result<Vec<ParkedEvent>, SnapshotError> {
    let path = data.join(consumer).join(format!("{consumer}.db"));
    if !path.is_file() {
        return Err(SnapshotError::Missing(path));
    }
    let read = || {
        // Not read-only: without a running server, SQLite must create the index of the write-ahead log.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags)?;
        connection.execute_batch("PRAGMA query_only = ON; PRAGMA busy_timeout = 10000;")?;
        let table = "SELECT 1 FROM sqlite_schema WHERE name = 'parked_events'";
        if connection.query_row(table, [], |_| Ok(())).optional()?.is_none() {
            return Ok(Vec::new());
        }
        let sql = "SELECT source, position, event_id, subject, object_id, reason, at
                   FROM parked_events ORDER BY at, source, position";
        let mut statement = connection.prepare(sql)?;
        let parked = |row: &Row<'_>| {
            Ok(ParkedEvent {
                consumer: consumer.to_owned(),
                source: row.get(0)?,
                position: row.get(1)?,
                event_id: row.get(2)?,
                subject: row.get(3)?,
                object_id: row.get(4)?,
                reason: row.get(5)?,
                at: Timestamp::from_millis(row.get(6)?),
            })
        };
        statement.query_map([], parked)?.collect()
    };
    read().map_err(|source| SnapshotError::Read { path: path.clone(), source })
}

/// The implementation of `vitae.events.v1.Consumer` on a consumer's own file.
#[derive(Clone)]
pub struct ConsumerStatus {
    store: Store,
}

impl ConsumerStatus {
    /// Returns the status of the consumer with this store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Returns the service for a generated client.
    pub fn server(&self) -> ConsumerServer<Self> {
        ConsumerServer::new(self.clone()).max_decoding_message_size(REQUEST_BYTES)
    }
}

#[tonic::async_trait]
impl Consumer for ConsumerStatus {
    async fn count_parked_events(
        &self,
        request: Request<CountParkedEventsRequest>,
    ) -> Result<Response<CountParkedEventsResponse>, Status> {
        let (caller, _) = Caller::take(request)?;
        caller.require_system()?;
        let feeds = self.store.read(|connection| {
            let sql = "SELECT source, count(*) FROM parked_events GROUP BY source ORDER BY source";
            let mut statement = connection.prepare_cached(sql)?;
            let feed = |row: &Row<'_>| Ok(ParkedEvents { source: row.get(0)?, count: row.get(1)? });
            let feeds = statement.query_map([], feed)?.collect::<rusqlite::Result<_>>()?;
            Ok::<_, ServiceError>(feeds)
        })?;
        Ok(Response::new(CountParkedEventsResponse { feeds }))
    }
}
