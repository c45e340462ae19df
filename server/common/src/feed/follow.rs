//! Following another service's feed, exactly once and in order.

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

/// Events that take effect in one transaction.
const BATCH: usize = 256;
/// Rows that effects change in one transaction: another write waits for this much at most.
pub const STEP_ROWS: u32 = 256;
/// How long a source waits to be told how far its consumer is.
const CONFIRM: Duration = Duration::from_secs(10);
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait for a source that does not answer: it is found soon after it is back.
const LONGEST_WAIT_FOR_PEER: Duration = Duration::from_secs(1);

/// What a service does when another speaks, inside the transaction that moves its position.
///
/// It may run more than once; what it did before is undone then. An event that it does
/// not care for is fine. An effect on many rows changes [`STEP_ROWS`] of them at most and returns
/// [`Step::more`]: it is called again in the next transaction, and the position moves past the
/// event with the last step. What it has done already, it finds in the file. After a refusal for a
/// transient reason ([`ServiceError::is_transient`]) the event is tried again, and those behind it wait; after
/// any other refusal it is parked.
pub type EventHandler = Arc<dyn Fn(&Connection, &Event) -> Result<Step, ServiceError> + Send + Sync>;

/// The outcome of one call of an [`EventHandler`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    rows: u32,
    is_last: bool,
}

impl Step {
    /// The event has taken effect; this call changed so many rows.
    pub const fn last(rows: u32) -> Self {
        Self { rows, is_last: true }
    }

    /// The effect goes on in another transaction; this call changed so many rows.
    pub const fn more(rows: u32) -> Self {
        Self { rows, is_last: false }
    }
}

/// One service that follows another's feed.
pub struct Follower {
    /// Whose events.
    pub source: &'static str,
    /// Who follows.
    pub consumer: &'static str,
    /// The way to the source.
    pub feed: Backend,
    /// The consumer's file.
    pub store: Store,
    /// What the events do there.
    pub effect: EventHandler,
    /// What is still done for an event that is parked, in the transaction that parks it.
    pub salvage: Option<EventHandler>,
    /// Where a stuck feed is reported.
    pub health: FeedHealth,
}

impl Follower {
    /// Follows for ever; a source that is gone is tried again with back-off.
    pub async fn run(self) {
        supervise(format!("{}-follows-{}", self.consumer, self.source), || self.run_once()).await;
    }

    /// Follows until a panic.
    async fn run_once(&self) {
        let mut wait = FIRST_WAIT;
        loop {
            match self.follow(&mut wait).await {
                Ok(()) => {}
                Err(refusal) => {
                    self.health.set(self.consumer, self.source, Some(refusal.detail.clone()));
                    let longest = if matches!(refusal.code, Code::Unavailable | Code::Timeout) {
                        // Logged where the peer is called, once for all that call it.
                        tracing::debug!(consumer = self.consumer, source = self.source, %refusal, "a feed broke off");
                        LONGEST_WAIT_FOR_PEER
                    } else {
                        tracing::warn!(consumer = self.consumer, source = self.source, %refusal, "a feed broke off");
                        LONGEST_WAIT
                    };
                    wait = wait.min(longest);
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(longest);
                }
            }
        }
    }

    /// Follows until the stream ends; a source that is there is not waited for longer and longer.
    async fn follow(&self, wait: &mut Duration) -> Result<(), ServiceError> {
        let source = self.source;
        let (mut reached, parked) = self
            .store
            .read(|connection| Ok((position(connection, source)?, parked::count(connection, source)?)))?;
        let stream = FeedStream::open(source, self.feed.clone(), Start::AfterPosition(reached)).await?;
        self.require_all(reached, stream.start)?;
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
                due = Instant::now() + CONFIRM;
            }
            reached = last;
        }
    }

    /// Refuses to go on where events would be missed, or others taken for those that were heard.
    fn require_all(&self, reached: i64, begins: i64) -> Result<(), ServiceError> {
        if begins == reached {
            return Ok(());
        }
        let detail = format!(
            "{} has heard {} up to event {reached}, but the log goes on after {begins}; restore both from one backup",
            self.consumer, self.source
        );
        Err(ServiceError::new(Code::Internal, detail))
    }

    /// Tells the source how far its events have taken effect, so that it may forget them.
    async fn confirm(&self, position: i64) -> Result<(), ServiceError> {
        let (source, consumer) = (self.source.to_owned(), self.consumer.to_owned());
        let request = ConfirmEventsRequest { source, consumer, position };
        let request = Arc::new(Caller::system()).attach(request);
        let mut client = FeedClient::new(self.feed.clone()).max_decoding_message_size(RESPONSE_BYTES);
        let confirmed = client.confirm_events(request).await;
        confirmed.map(drop).map_err(|status| ServiceError::from(&status))
    }

    /// Lets events take effect: together, or one by one if one of them cannot.
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
            self.insist(event).await;
        }
    }

    /// Tries one event until it takes effect or is parked: order is worth more than speed.
    async fn insist(&self, event: &Event) {
        let one = Arc::new(vec![event.clone()]);
        let mut wait = FIRST_WAIT;
        loop {
            let failed = match self.try_apply(Arc::clone(&one)).await {
                Ok(true) => break,
                Ok(false) => continue,
                Err(refusal) if refusal.is_transient() => refusal,
                Err(refusal) => match self.park(event, refusal.detail).await {
                    Ok(()) => break,
                    Err(refusal) => refusal,
                },
            };
            let why = format!("event {} ({}): {}", event.id, event.subject, failed.detail);
            tracing::error!(consumer = self.consumer, source = self.source, why, "a feed is stuck");
            self.health.set(self.consumer, self.source, Some(why));
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        self.health.set(self.consumer, self.source, None);
    }

    /// Records an event that can never take effect, and passes over it.
    async fn park(&self, event: &Event, reason: String) -> Result<(), ServiceError> {
        let (source, parked, salvage) = (self.source, event.clone(), self.salvage.clone());
        let reason = match event.omitted_payload_bytes {
            0 => reason,
            bytes => format!("{reason} (its payload of {bytes} bytes is larger than a feed sends)"),
        };
        let why = reason.clone();
        let count = self.store.write_essential(move |connection| {
            if let Some(salvage) = &salvage {
                try_salvage(connection, salvage, &parked)?;
            }
            parked::insert(connection, source, &parked, &why, Clock::system().now())?;
            reach(connection, source, parked.position)?;
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

    /// Does one step of what the events do; whether it was the last one.
    async fn try_apply(&self, batch: Arc<Vec<Event>>) -> Result<bool, ServiceError> {
        let (source, effect) = (self.source, Arc::clone(&self.effect));
        self.store
            .write_essential(move |connection| {
                // After a break the stream may begin with what has taken effect already.
                let mut reached = position(connection, source)?;
                let start = batch.partition_point(|event| event.position <= reached);
                let (mut done, mut rows) = (start, 0);
                for event in &batch[start..] {
                    let step = effect(connection, event)?;
                    rows += step.rows;
                    if step.is_last {
                        (reached, done) = (event.position, done + 1);
                    }
                    if !step.is_last || rows >= STEP_ROWS {
                        break;
                    }
                }
                reach(connection, source, reached)?;
                Ok(done == batch.len())
            })
            .await
    }
}

/// Does what can still be done for a parked event; what cannot is left out.
fn try_salvage(connection: &Connection, salvage: &EventHandler, event: &Event) -> Result<(), ServiceError> {
    connection.execute_batch("SAVEPOINT salvage")?;
    match salvage(connection, event) {
        Err(refusal) if refusal.is_transient() => return Err(refusal),
        Err(_) => connection.execute_batch("ROLLBACK TO salvage")?,
        Ok(_) => {}
    }
    Ok(connection.execute_batch("RELEASE salvage")?)
}

fn reach(connection: &Connection, source: &str, position: i64) -> rusqlite::Result<()> {
    let sql = "INSERT INTO feed_positions (source, position) VALUES (?1, ?2)
               ON CONFLICT (source) DO UPDATE SET position = excluded.position";
    connection.prepare_cached(sql)?.execute((source, position)).map(drop)
}

fn position(connection: &Connection, source: &str) -> rusqlite::Result<i64> {
    let sql = "SELECT position FROM feed_positions WHERE source = ?1";
    let found = connection.prepare_cached(sql)?.query_row([source], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0))
}
