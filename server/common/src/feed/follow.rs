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

use crate::store::Store;
use crate::{Backend, Caller, FeedHealth, Reading, Refusal, supervise};

/// Events that take effect in one transaction.
const BATCH: usize = 256;
/// How long a source waits to be told how far its consumer is.
const CONFIRM: Duration = Duration::from_secs(10);
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait for a source that does not answer: it is found soon after it is back.
const LONGEST_WAIT_FOR_PEER: Duration = Duration::from_secs(1);

/// What a service does when another speaks, inside the transaction that moves its position.
///
/// It may run more than once; what it did before is undone then. An event that it does
/// not care for is fine.
pub type Effect = Arc<dyn Fn(&Connection, &Event) -> Result<(), Refusal> + Send + Sync>;

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
    pub effect: Effect,
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
    async fn follow(&self, wait: &mut Duration) -> Result<(), Refusal> {
        let source = self.source;
        let mut reached = self.store.read(|connection| Ok(position(connection, source)?))?;
        let reading = Reading::open(source, self.feed.clone(), Start::AfterPosition(reached)).await?;
        self.require_all(reached, reading.begins)?;
        self.confirm(reached).await?;
        *wait = FIRST_WAIT;
        self.health.set(self.consumer, source, None);
        let mut batches = reading.events.ready_chunks(BATCH);
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
                batch.into_iter().collect::<Result<_, _>>().map_err(|status| Refusal::from(&status))?;
            let last = batch.last().map_or(reached, |event| event.position);
            self.apply(batch).await;
            if reached == confirmed {
                due = Instant::now() + CONFIRM;
            }
            reached = last;
        }
    }

    /// Refuses to go on where events would be missed, or others taken for those that were heard.
    fn require_all(&self, reached: i64, begins: i64) -> Result<(), Refusal> {
        if begins == reached {
            return Ok(());
        }
        let detail = format!(
            "{} has heard {} up to event {reached}, but the log goes on after {begins}; restore both from one backup",
            self.consumer, self.source
        );
        Err(Refusal::new(Code::Internal, detail))
    }

    /// Tells the source how far its events have taken effect, so that it may forget them.
    async fn confirm(&self, position: i64) -> Result<(), Refusal> {
        let (source, consumer) = (self.source.to_owned(), self.consumer.to_owned());
        let request = ConfirmEventsRequest { source, consumer, position };
        let request = Arc::new(Caller::system()).attach(request);
        let confirmed = FeedClient::new(self.feed.clone()).confirm_events(request).await;
        confirmed.map(drop).map_err(|status| Refusal::from(&status))
    }

    /// Lets events take effect: together, or one by one if one of them cannot.
    async fn apply(&self, batch: Vec<Event>) {
        let batch = Arc::new(batch);
        if self.try_apply(Arc::clone(&batch)).await.is_ok() {
            return;
        }
        for event in batch.iter() {
            self.insist(event).await;
        }
    }

    /// Tries one event until it takes effect: order is worth more than speed.
    async fn insist(&self, event: &Event) {
        let one = Arc::new(vec![event.clone()]);
        let mut wait = FIRST_WAIT;
        while let Err(refusal) = self.try_apply(Arc::clone(&one)).await {
            let why = format!("event {} ({}): {}", event.id, event.subject, refusal.detail);
            tracing::error!(consumer = self.consumer, source = self.source, why, "a feed is stuck");
            self.health.set(self.consumer, self.source, Some(why));
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        self.health.set(self.consumer, self.source, None);
    }

    async fn try_apply(&self, batch: Arc<Vec<Event>>) -> Result<(), Refusal> {
        let (source, effect) = (self.source, Arc::clone(&self.effect));
        self.store
            .write(move |connection| {
                // After a break the stream may begin with what has taken effect already.
                let reached = position(connection, source)?;
                let news = || batch.iter().filter(|event| event.position > reached);
                for event in news() {
                    effect(connection, event)?;
                }
                let reached = news().next_back().map_or(reached, |event| event.position);
                let sql = "INSERT INTO feed_positions (source, position) VALUES (?1, ?2)
                           ON CONFLICT (source) DO UPDATE SET position = excluded.position";
                Ok(connection.prepare_cached(sql)?.execute((source, reached)).map(drop)?)
            })
            .await
    }
}

fn position(connection: &Connection, source: &str) -> rusqlite::Result<i64> {
    let sql = "SELECT position FROM feed_positions WHERE source = ?1";
    let found = connection.prepare_cached(sql)?.query_row([source], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0))
}
