//! Consumption of another service's feed, exactly once and in order.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use rusqlite::{Connection, OptionalExtension as _};
use tokio::time::{Instant, sleep_until};
use vitae_contracts_core::Code;
use vitae_contracts_services::events::v1::feed_client::FeedClient;
use vitae_contracts_services::events::v1::read_events_request::Start;
use vitae_contracts_services::events::v1::{ConfirmEventsRequest, Event};

use super::parked;
use crate::message_limits::RESPONSE_BYTES;
use crate::store::Store;
use crate::{Backend, Caller, Clock, FeedHealth, FeedStream, ServiceError, supervise};

/// The maximum number of events handled in one transaction.
const BATCH: usize = 256;
/// The number of rows that one transaction may change, so that other writes do not wait long.
pub const STEP_ROWS: u32 = 256;
/// The maximum delay before a new position is confirmed to the source.
const CONFIRM_DELAY: Duration = Duration::from_secs(10);
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The longest delay before a source that does not respond is retried: shorter, to reconnect soon.
const LONGEST_WAIT_FOR_PEER: Duration = Duration::from_secs(1);

/// The handler of events of another service, called inside the transaction that moves the position.
///
/// It may run more than once; its previous effects are rolled back before. It ignores events that are
/// irrelevant to its service. To change many rows, it changes at most [`STEP_ROWS`] and returns
/// [`Step::more`]: it is called again in the next transaction, finds its progress in the file, and the
/// position moves past the event with the last step. After a transient error
/// ([`ServiceError::is_transient`]) the event is retried, and later events wait; after any other error it
/// is parked.
pub type EventHandler = Arc<dyn Fn(&Connection, &Event) -> Result<Step, ServiceError> + Send + Sync>;

/// The result of one call of an [`EventHandler`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    rows: u32,
    is_last: bool,
}

impl Step {
    /// The event is handled completely; this call changed `rows` rows.
    pub const fn last(rows: u32) -> Self {
        Self { rows, is_last: true }
    }

    /// The handling continues in another transaction; this call changed `rows` rows.
    pub const fn more(rows: u32) -> Self {
        Self { rows, is_last: false }
    }
}

/// A subscription of one service to the feed of another.
pub struct Follower {
    /// The name of the service whose events are consumed.
    pub source: &'static str,
    /// The name of the consuming service.
    pub consumer: &'static str,
    /// The feed of the source.
    pub feed: Backend,
    /// The consumer's store.
    pub store: Store,
    /// The handler of the events.
    pub handler: EventHandler,
    /// The handler of parked events, called in the transaction that parks them.
    pub parked_handler: Option<EventHandler>,
    /// The health to which a stalled feed is reported.
    pub health: FeedHealth,
}

impl Follower {
    /// Consumes events forever; retries an unreachable source with back-off.
    pub async fn run(self) {
        supervise(format!("{}-follows-{}", self.consumer, self.source), || self.run_once()).await;
    }

    /// Consumes events until a panic.
    async fn run_once(&self) {
        let mut wait = FIRST_WAIT;
        loop {
            match self.follow(&mut wait).await {
                Ok(()) => {}
                Err(error) => {
                    self.health.set(self.consumer, self.source, Some(error.detail.clone()));
                    let longest = if matches!(error.code, Code::Unavailable | Code::Timeout) {
                        // The peer's client logs this, once for all its callers.
                        tracing::debug!(consumer = self.consumer, source = self.source, %error, "the stream of a feed ended");
                        LONGEST_WAIT_FOR_PEER
                    } else {
                        tracing::warn!(consumer = self.consumer, source = self.source, %error, "the stream of a feed ended");
                        LONGEST_WAIT
                    };
                    wait = wait.min(longest);
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(longest);
                }
            }
        }
    }

    /// Consumes events until the stream ends; resets the back-off once the source responds.
    async fn follow(&self, wait: &mut Duration) -> Result<(), ServiceError> {
        let source = self.source;
        let (mut reached, parked) = self
            .store
            .read(|connection| Ok((position(connection, source)?, parked::count(connection, source)?)))?;
        let stream = FeedStream::open(source, self.feed.clone(), Start::AfterPosition(reached)).await?;
        self.require_continuity(reached, stream.start)?;
        self.confirm(reached).await?;
        *wait = FIRST_WAIT;
        self.health.set(self.consumer, source, None);
        self.health.set_parked(self.consumer, source, parked);
        let mut batches = stream.events.ready_chunks(BATCH);
        let (mut confirmed, mut due) = (reached, Instant::now());
        loop {
            let batch = tokio::select! {
                biased;
                () = sleep_until(due), if reached > confirmed => {
                    self.confirm(reached).await?;
                    confirmed = reached;
                    continue;
                }
                batch = batches.next() => batch,
            };
            let Some(batch) = batch else { return Ok(()) };
            let batch: Vec<Event> =
                batch.into_iter().collect::<Result<_, _>>().map_err(|status| ServiceError::from(&status))?;
            let last = batch.last().map_or(reached, |event| event.position);
            self.apply(batch).await;
            if reached == confirmed {
                due = Instant::now() + CONFIRM_DELAY;
            }
            reached = last;
        }
    }

    /// Returns an error if the stream does not continue at the consumer's position.
    fn require_continuity(&self, reached: i64, start: i64) -> Result<(), ServiceError> {
        if start == reached {
            return Ok(());
        }
        let detail = format!(
            "{} has handled the events of {} up to {reached}, but its log continues after {start}; restore both services from the same backup",
            self.consumer, self.source
        );
        Err(ServiceError::new(Code::Internal, detail))
    }

    /// Confirms handled events to the source, which may then remove them.
    async fn confirm(&self, position: i64) -> Result<(), ServiceError> {
        let (source, consumer) = (self.source.to_owned(), self.consumer.to_owned());
        let request = ConfirmEventsRequest { source, consumer, position };
        let request = Arc::new(Caller::system()).attach(request);
        let mut client = FeedClient::new(self.feed.clone()).max_decoding_message_size(RESPONSE_BYTES);
        let confirmed = client.confirm_events(request).await;
        confirmed.map(drop).map_err(|status| ServiceError::from(&status))
    }

    /// Handles events: together, or one by one if that fails.
    async fn apply(&self, batch: Vec<Event>) {
        let batch = Arc::new(batch);
        loop {
            match self.try_apply(Arc::clone(&batch)).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(_) => break,
            }
        }
        for event in batch.iter() {
            self.apply_or_park(event).await;
        }
    }

    /// Retries one event until it is handled or parked; later events wait, to preserve the order.
    async fn apply_or_park(&self, event: &Event) {
        let one = Arc::new(vec![event.clone()]);
        let mut wait = FIRST_WAIT;
        loop {
            let failed = match self.try_apply(Arc::clone(&one)).await {
                Ok(true) => break,
                Ok(false) => continue,
                Err(error) if error.is_transient() => error,
                Err(error) => match self.park(event, error.detail).await {
                    Ok(()) => break,
                    Err(error) => error,
                },
            };
            let why = format!("event {} ({}): {}", event.id, event.subject, failed.detail);
            tracing::error!(
                consumer = self.consumer,
                source = self.source,
                why,
                "a feed is stalled: an event cannot be handled now; trying again"
            );
            self.health.set(self.consumer, self.source, Some(why));
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        self.health.set(self.consumer, self.source, None);
    }

    /// Parks an event that can never be handled.
    async fn park(&self, event: &Event, reason: String) -> Result<(), ServiceError> {
        let (source, parked, parked_handler) = (self.source, event.clone(), self.parked_handler.clone());
        let reason = match event.omitted_payload_bytes {
            0 => reason,
            bytes => format!("{reason} (its payload of {bytes} bytes exceeds the limit of a feed)"),
        };
        let why = reason.clone();
        let count = self.store.write_essential(move |connection| {
            if let Some(parked_handler) = &parked_handler {
                handle_parked(connection, parked_handler, &parked)?;
            }
            parked::insert(connection, source, &parked, &why, Clock::system().now())?;
            set_position(connection, source, parked.position)?;
            Ok(parked::count(connection, source)?)
        });
        self.health.set_parked(self.consumer, self.source, count.await?);
        tracing::error!(
            consumer = self.consumer,
            source = self.source,
            position = event.position,
            event = event.id,
            subject = event.subject,
            object = event.object_id,
            reason,
            "an event cannot be handled and was parked; `vitaed parked` lists it"
        );
        Ok(())
    }

    /// Handles one step of the events; returns whether it was the last one.
    async fn try_apply(&self, batch: Arc<Vec<Event>>) -> Result<bool, ServiceError> {
        let (source, handler) = (self.source, Arc::clone(&self.handler));
        self.store
            .write_essential(move |connection| {
                // After a reconnect, the stream may start with events that are handled already.
                let mut reached = position(connection, source)?;
                let start = batch.partition_point(|event| event.position <= reached);
                let (mut done, mut rows) = (start, 0);
                for event in &batch[start..] {
                    let step = handler(connection, event)?;
                    rows += step.rows;
                    if step.is_last {
                        (reached, done) = (event.position, done + 1);
                    }
                    if !step.is_last || rows >= STEP_ROWS {
                        break;
                    }
                }
                set_position(connection, source, reached)?;
                Ok(done == batch.len())
            })
            .await
    }
}

/// Calls the handler of parked events; ignores its permanent errors.
fn handle_parked(
    connection: &Connection,
    parked_handler: &EventHandler,
    event: &Event,
) -> Result<(), ServiceError> {
    connection.execute_batch("SAVEPOINT parked")?;
    match parked_handler(connection, event) {
        Err(error) if error.is_transient() => return Err(error),
        Err(_) => connection.execute_batch("ROLLBACK TO parked")?,
        Ok(_) => {}
    }
    Ok(connection.execute_batch("RELEASE parked")?)
}

fn set_position(connection: &Connection, source: &str, position: i64) -> rusqlite::Result<()> {
    let sql = "INSERT INTO feed_positions (source, position) VALUES (?1, ?2)
               ON CONFLICT (source) DO UPDATE SET position = excluded.position";
    connection.prepare_cached(sql)?.execute((source, position)).map(drop)
}

fn position(connection: &Connection, source: &str) -> rusqlite::Result<i64> {
    let sql = "SELECT position FROM feed_positions WHERE source = ?1";
    let found = connection.prepare_cached(sql)?.query_row([source], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0))
}
