//! The implementation of `vitae.events.v1.Feed` on a service's own event log.

use std::collections::VecDeque;
use std::pin::Pin;

use futures_util::{Stream, stream};
use prost::Message as _;
use rusqlite::{Connection, OptionalExtension as _, Row};
use tokio::sync::watch;
use tonic::metadata::MetadataValue;
use tonic::{Request, Response, Status};
use vitae_contracts_core::{Code, EventId, Timestamp, names};
use vitae_contracts_services::events::v1::feed_server::{Feed, FeedServer};
use vitae_contracts_services::events::v1::read_events_request::Start;
use vitae_contracts_services::events::v1::{
    ConfirmEventsRequest, ConfirmEventsResponse, Context, Event, ReadEventsRequest,
};

use super::retention;
use crate::message_limits::{FEED_CONTEXT_BYTES, FEED_PAYLOAD_BYTES, REQUEST_BYTES};
use crate::store::Store;
use crate::{Caller, Clock, ServiceError, timestamp_from_proto, timestamp_to_proto};

/// The maximum number of events in one read of the log.
const BATCH: usize = 256;
/// The bytes of payloads after which one read of the log stops.
const BATCH_BYTES: usize = 4 << 20;
/// The number of newest events that are searched for times out of order.
const CLOCK_JUMP_EVENTS: usize = 10_000;

/// The feed of one service.
#[derive(Clone)]
pub struct FeedSource {
    store: Store,
    source: &'static str,
    clock: Clock,
}

impl FeedSource {
    /// Returns the feed of a service with its name and store.
    pub fn new(store: Store, source: &'static str, clock: Clock) -> Self {
        Self { store, source, clock }
    }

    /// Returns the service for a generated client.
    pub fn server(&self) -> FeedServer<Self> {
        FeedServer::new(self.clone()).max_decoding_message_size(REQUEST_BYTES)
    }

    /// Removes events that all consumers have confirmed and that are older than a week.
    pub async fn prune(&self) {
        if let Err(error) = retention::prune(&self.store, self.clock.now()).await {
            tracing::warn!(source = self.source, %error, "old events could not be removed; trying again later");
        }
    }

    fn require_own(&self, source: &str) -> Result<(), ServiceError> {
        if source == self.source {
            return Ok(());
        }
        Err(ServiceError::new(
            Code::NotFound,
            format!("this is the feed of {}, not of {source:?}", self.source),
        ))
    }
}

#[tonic::async_trait]
impl Feed for FeedSource {
    type ReadEventsStream = Pin<Box<dyn Stream<Item = Result<Event, Status>> + Send>>;

    async fn read_events(
        &self,
        request: Request<ReadEventsRequest>,
    ) -> Result<Response<Self::ReadEventsStream>, Status> {
        let (caller, message) = Caller::take(request)?;
        caller.require_system()?;
        self.require_own(&message.source)?;
        // Subscribed before the first read, so that no commit in between is missed.
        let committed = self.store.committed();
        let (position, tail) = self.store.read(|connection| {
            let tail = last_before(connection, i64::MAX)?.unwrap_or(0);
            let position = match message.start {
                None => 0,
                Some(Start::AfterPosition(position)) => position,
                Some(Start::Since(since)) => before(connection, timestamp_from_proto(since))?,
            };
            Ok((continuation(connection, position)?, tail))
        })?;
        let reader = Reader { source: self.clone(), position, read: VecDeque::new(), committed };
        let events = stream::try_unfold(reader, async |mut reader| {
            Ok(reader.next().await?.map(|event| (event, reader)))
        });
        let mut response = Response::new(Box::pin(events) as Self::ReadEventsStream);
        response.metadata_mut().insert(names::FEED_START, MetadataValue::from(position));
        response.metadata_mut().insert(names::FEED_TAIL, MetadataValue::from(tail));
        Ok(response)
    }

    async fn confirm_events(
        &self,
        request: Request<ConfirmEventsRequest>,
    ) -> Result<Response<ConfirmEventsResponse>, Status> {
        let (caller, message) = Caller::take(request)?;
        caller.require_system()?;
        self.require_own(&message.source)?;
        let now = self.clock.now().as_millis();
        self.store
            .write_essential(move |connection| {
                let sql = "INSERT INTO consumers (name, position, at) VALUES (?1, ?2, ?3)
                           ON CONFLICT (name) DO UPDATE SET position = max(position, excluded.position), at = excluded.at";
                Ok(connection.prepare_cached(sql)?.execute((&message.consumer, message.position, now)).map(drop)?)
            })
            .await?;
        Ok(Response::new(ConfirmEventsResponse {}))
    }
}

/// The state of one open stream.
struct Reader {
    source: FeedSource,
    position: i64,
    read: VecDeque<Event>,
    committed: watch::Receiver<u64>,
}

impl Reader {
    /// Waits for the next event; returns `None` once the store is closed.
    async fn next(&mut self) -> Result<Option<Event>, Status> {
        loop {
            if let Some(event) = self.read.pop_front() {
                self.position = event.position;
                return Ok(Some(event));
            }
            self.committed.borrow_and_update();
            let (source, position) = (self.source.source, self.position);
            self.read = self.source.store.read(|connection| Ok(after(connection, source, position)?))?;
            if self.read.is_empty() && self.committed.changed().await.is_err() {
                return Ok(None);
            }
        }
    }
}

fn after(connection: &Connection, source: &str, position: i64) -> rusqlite::Result<VecDeque<Event>> {
    // SQLite returns the length of a value without reading the value.
    let sql = format!(
        "SELECT position, event_id, subject, object_id, object_version, at,
                iif(length(context) <= {FEED_CONTEXT_BYTES}, context, x''),
                iif(length(payload) <= {FEED_PAYLOAD_BYTES}, payload, x''), length(payload)
         FROM event_log WHERE position > ?1 ORDER BY position LIMIT {BATCH}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([position])?;
    let (mut events, mut bytes) = (VecDeque::new(), 0);
    while bytes < BATCH_BYTES
        && let Some(row) = rows.next()?
    {
        let event = event(row, source)?;
        bytes += event.payload.len();
        events.push_back(event);
    }
    Ok(events)
}

/// Reads an event; accepts any content of the row, because a damaged event must not block later ones.
fn event(row: &Row<'_>, source: &str) -> rusqlite::Result<Event> {
    let bytes = |index| Ok::<_, rusqlite::Error>(row.get_ref(index)?.as_bytes()?);
    let id = |index| {
        let id = bytes(index)?.try_into().ok().map(EventId::from_bytes);
        Ok::<_, rusqlite::Error>(id.map(|id| id.to_string()).unwrap_or_default())
    };
    let payload = bytes(7)?.to_vec();
    let whole: i64 = row.get(8)?;
    Ok(Event {
        position: row.get(0)?,
        id: id(1)?,
        source: source.to_owned(),
        subject: String::from_utf8_lossy(bytes(2)?).into_owned(),
        object_id: id(3)?,
        object_version: row.get(4)?,
        at: Some(timestamp_to_proto(Timestamp::from_millis(row.get(5)?))),
        context: Context::decode(bytes(6)?).ok(),
        omitted_payload_bytes: if payload.is_empty() { whole } else { 0 },
        payload,
    })
}

/// Returns the position after which a stream continues for a reader that has all events up to `position`.
///
/// The result is `position` if the log contains that event, or if the next event is the oldest in the log. Otherwise
/// events are missing, and it is the position of the nearest earlier event, or the one before the oldest.
fn continuation(connection: &Connection, position: i64) -> rusqlite::Result<i64> {
    if let Some(last) = last_before(connection, position)? {
        return Ok(last);
    }
    let sql = "SELECT min(position) FROM event_log";
    let oldest: Option<i64> = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(oldest.map_or(0, |oldest| oldest - 1))
}

fn last_before(connection: &Connection, position: i64) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT max(position) FROM event_log WHERE position <= ?1";
    connection.prepare_cached(sql)?.query_row([position], |row| row.get(0))
}

/// Returns the position before the first event since an instant.
///
/// Searches from the end, because callers ask for the last minutes of a log of years. Clocks can jump, so an
/// earlier position may hold a later time: the newest [`CLOCK_JUMP_EVENTS`] events are searched for that.
fn before(connection: &Connection, since: Timestamp) -> rusqlite::Result<i64> {
    let since = since.as_millis();
    let sql = "SELECT position FROM event_log WHERE at < ?1 ORDER BY position DESC LIMIT 1";
    let older: Option<i64> =
        connection.prepare_cached(sql)?.query_row([since], |row| row.get(0)).optional()?;
    let sql = format!(
        "SELECT min(position) - 1 FROM (SELECT position, at FROM event_log ORDER BY position DESC LIMIT {CLOCK_JUMP_EVENTS})
         WHERE at >= ?1"
    );
    let younger: Option<i64> = connection.prepare_cached(&sql)?.query_row([since], |row| row.get(0))?;
    Ok(older.unwrap_or(0).min(younger.unwrap_or(i64::MAX)))
}
