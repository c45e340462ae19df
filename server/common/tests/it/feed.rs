//! Consumption and retention of an event log.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::Connection;
use vitae_contracts_core::{EventId, Timestamp, subjects};
use vitae_contracts_services::events::v1::feed_client::FeedClient;
use vitae_contracts_services::events::v1::read_events_request::Start;
use vitae_contracts_services::events::v1::{ConfirmEventsRequest, Event};
use vitae_server_common::store::{NewEvent, Options, PRODUCER_TABLES, Store, append};
use vitae_server_common::{
    Backend, CONSUMER_TABLES, Caller, Clock, EventHandler, FeedHealth, FeedSource, FeedStream, Follower,
    PARKED_TABLE, RpcCount, STEP_ROWS, ServiceError, Step, in_process,
};

use crate::notes::Notes;

const WEEK: Duration = Duration::from_hours(7 * 24);

/// A producer of notes, with its clock.
pub(crate) struct Producer {
    pub(crate) notes: Notes,
    clock: Clock,
    source: FeedSource,
}

impl Producer {
    pub(crate) fn new() -> Self {
        let (notes, clock) = (Notes::open(), Clock::system());
        let source = FeedSource::new(notes.store.clone(), "notes", clock.clone());
        Self { notes, clock, source }
    }

    pub(crate) fn feed(&self) -> Backend {
        in_process(self.source.server(), &RpcCount::default())
    }

    /// Appends `events` events with the current time.
    pub(crate) async fn append_events(&self, events: usize) {
        let now = self.clock.now();
        let all = move |connection: &Connection| (0..events).try_for_each(|_| append_event(connection, now));
        self.notes.store.write(all).await.unwrap();
    }

    async fn register(&self, consumer: &str) {
        let sql = format!("INSERT INTO consumers (name, position, at) VALUES ('{consumer}', 0, 0)");
        self.notes.store.write(move |connection| Ok(connection.execute(&sql, [])?)).await.unwrap();
    }

    async fn confirm(&self, consumer: &str, position: i64) {
        let request = ConfirmEventsRequest { source: "notes".into(), consumer: consumer.into(), position };
        let request = Arc::new(Caller::system()).attach(request);
        FeedClient::new(self.feed()).confirm_events(request).await.unwrap();
    }

    fn positions(&self) -> Vec<i64> {
        let positions = |connection: &Connection| {
            let mut query = connection.prepare("SELECT position FROM event_log ORDER BY position")?;
            let positions = query.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            Ok(positions)
        };
        self.notes.store.read(positions).unwrap()
    }

    fn confirmed(&self, consumer: &str) -> i64 {
        let sql = "SELECT position FROM consumers WHERE name = ?1";
        let position = |connection: &Connection| Ok(connection.query_row(sql, [consumer], |row| row.get(0))?);
        self.notes.store.read(position).unwrap()
    }
}

fn append_event(connection: &Connection, at: Timestamp) -> Result<(), ServiceError> {
    let event = NewEvent {
        id: EventId::new(),
        subject: subjects::USER_UPDATED,
        object_id: [7; 16],
        object_version: 1,
        payload: Vec::new(),
    };
    append(connection, &Caller::system(), at, &event)
}

#[tokio::test]
async fn events_that_are_old_and_confirmed_by_all_are_removed() {
    let producer = Producer::new();
    producer.register("slow").await;
    producer.append_events(2500).await;
    producer.confirm("quick", 2500).await;
    producer.source.prune().await;
    assert_eq!(producer.positions().len(), 2500, "no event is old");
    producer.clock.advance(WEEK + Duration::from_secs(1));
    producer.append_events(10).await;
    producer.source.prune().await;
    assert_eq!(producer.positions().len(), 2510, "one consumer has confirmed nothing");
    producer.confirm("slow", 2100).await;
    producer.source.prune().await;
    assert_eq!(producer.positions().first(), Some(&2101));
    producer.confirm("slow", 2510).await;
    producer.confirm("quick", 2510).await;
    producer.source.prune().await;
    assert_eq!(producer.positions(), (2501..=2510).collect::<Vec<_>>(), "recent events stay");
    producer.clock.advance(2 * WEEK);
    producer.source.prune().await;
    assert_eq!(producer.positions(), [2510], "the newest event stores the position of the log");
}

#[tokio::test]
async fn events_after_a_recent_one_are_kept() {
    let producer = Producer::new();
    producer.clock.advance(4 * WEEK);
    producer.append_events(1).await;
    // The clock was wrong and is set back: later events have earlier times.
    let earlier = producer.clock.now().minus(3 * WEEK);
    producer.notes.store.write(move |connection| append_event(connection, earlier)).await.unwrap();
    producer.confirm("everybody", 2).await;
    producer.source.prune().await;
    assert_eq!(producer.positions(), [1, 2]);
}

/// A consumer of the notes, which records the events it has handled.
pub(crate) struct Consumer {
    pub(crate) store: Store,
    pub(crate) health: FeedHealth,
    received: Arc<Mutex<Vec<i64>>>,
    pub(crate) directory: tempfile::TempDir,
}

impl Consumer {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = Options { directory: directory.path().to_owned(), max_pages: None };
        let store =
            Store::open(&options, "reader", &[PRODUCER_TABLES, CONSUMER_TABLES, PARKED_TABLE]).unwrap();
        Self { store, health: FeedHealth::default(), received: Arc::default(), directory }
    }

    /// Starts to consume; the test aborts the task.
    fn follow(&self, producer: &Producer) -> tokio::task::JoinHandle<()> {
        let received = Arc::clone(&self.received);
        let handler: EventHandler = Arc::new(move |_, event: &Event| {
            received.lock().unwrap().push(event.position);
            Ok(Step::last(1))
        });
        self.follow_with(producer, handler, None)
    }

    /// Starts to consume with this handler.
    pub(crate) fn follow_with(
        &self,
        producer: &Producer,
        handler: EventHandler,
        parked_handler: Option<EventHandler>,
    ) -> tokio::task::JoinHandle<()> {
        let follower = Follower {
            source: "notes",
            consumer: "reader",
            feed: producer.feed(),
            store: self.store.clone(),
            handler,
            parked_handler,
            health: self.health.clone(),
        };
        tokio::spawn(follower.run())
    }

    async fn set_position(&self, position: i64) {
        let sql = "INSERT INTO feed_positions (source, position) VALUES ('notes', ?1)";
        self.store.write(move |connection| Ok(connection.execute(sql, [position])?)).await.unwrap();
    }
}

pub(crate) async fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    let polling = async {
        while !happened() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    // Long, because a paused clock runs ahead of the disk.
    let timeout = Duration::from_hours(24);
    tokio::time::timeout(timeout, polling).await.unwrap_or_else(|_| panic!("timed out: {what}"));
}

#[tokio::test(start_paused = true)]
async fn consumer_confirms_without_further_events() {
    let (producer, consumer) = (Producer::new(), Consumer::new());
    producer.append_events(3).await;
    let following = consumer.follow(&producer);
    eventually("all are received", || consumer.received.lock().unwrap().len() == 3).await;
    eventually("the last is confirmed", || producer.confirmed("reader") == 3).await;
    following.abort();
}

#[tokio::test]
async fn consumer_that_would_miss_events_reports_a_stalled_feed() {
    for (count, first, position, goes_on) in [(10, 6, 3, 5), (10, 1, 11, 10), (0, 1, 4, 0)] {
        let (producer, consumer) = (Producer::new(), Consumer::new());
        producer.append_events(count).await;
        let sql = "DELETE FROM event_log WHERE position < ?1";
        let remove = move |connection: &Connection| Ok(connection.execute(sql, [first])?);
        producer.notes.store.write(remove).await.unwrap();
        consumer.set_position(position).await;
        let following = consumer.follow(&producer);
        eventually("the feed is stalled", || !consumer.health.stuck().is_empty()).await;
        let why = consumer.health.stuck().into_values().next().unwrap();
        assert!(why.contains(&format!("continues after {goes_on};")), "{why}");
        assert!(consumer.received.lock().unwrap().is_empty());
        following.abort();
    }
}

#[tokio::test]
async fn consumer_that_has_all_events_continues_after_their_removal() {
    let (producer, consumer) = (Producer::new(), Consumer::new());
    producer.append_events(4).await;
    consumer.set_position(3).await;
    producer.confirm("reader", 4).await;
    producer.clock.advance(WEEK + Duration::from_secs(1));
    producer.source.prune().await;
    assert_eq!(producer.positions(), [4]);
    let following = consumer.follow(&producer);
    producer.append_events(2).await;
    eventually("the new ones are received", || *consumer.received.lock().unwrap() == [4, 5, 6]).await;
    following.abort();
}

#[tokio::test]
async fn restored_log_is_distinguished_from_the_lost_one() {
    let producer = Producer::new();
    producer.append_events(5).await;
    let copy = producer.notes.options.directory.join("copy.db");
    vitae_server_common::store::snapshot(&producer.notes.options.directory, "notes", &copy).unwrap();
    vitae_server_common::store::start_new_epoch(&copy).unwrap();
    let restored = tempfile::tempdir().unwrap();
    std::fs::create_dir(restored.path().join("notes")).unwrap();
    std::fs::rename(copy, restored.path().join("notes/notes.db")).unwrap();
    let options = Options { directory: restored.path().to_owned(), max_pages: None };
    let store = Store::open(&options, "notes", &[PRODUCER_TABLES, crate::notes::NOTES]).unwrap();
    let source = FeedSource::new(store.clone(), "notes", Clock::system());
    let feed = in_process(source.server(), &RpcCount::default());
    let now = Clock::system().now();
    for _ in 0..20 {
        store.write(move |connection| append_event(connection, now)).await.unwrap();
    }
    // The copy contains five events; the lost log may have reached eleven.
    for (received, goes_on) in [(3, 3), (5, 5), (6, 5), (11, 5)] {
        let stream = FeedStream::open("notes", feed.clone(), Start::AfterPosition(received)).await.unwrap();
        assert_eq!(stream.start, goes_on, "after {received}");
    }
}

/// Returns the number of steps recorded in the consumer's file.
fn steps(store: &Store) -> i64 {
    let count = |connection: &Connection| {
        Ok(connection.query_row("SELECT count(*) FROM steps", [], |row| row.get(0))?)
    };
    store.read(count).unwrap()
}

/// A handler with several steps per event, which finds its progress in the file.
fn in_steps(of_each: i64, before: impl FnMut() + Send + 'static) -> EventHandler {
    let before = Mutex::new(before);
    Arc::new(move |connection, event| {
        (before.lock().unwrap())();
        let done = "SELECT count(*) FROM steps WHERE event = ?1";
        let done: i64 = connection.query_row(done, [event.position], |row| row.get(0))?;
        assert!(done < of_each, "event {} was already handled", event.position);
        connection.execute("INSERT INTO steps VALUES (?1, ?2)", (event.position, done))?;
        Ok(if done + 1 == of_each { Step::last(STEP_ROWS) } else { Step::more(STEP_ROWS) })
    })
}

impl Consumer {
    async fn with_steps() -> Self {
        let consumer = Self::new();
        let sql = "CREATE TABLE steps (event INTEGER, step INTEGER, PRIMARY KEY (event, step)) STRICT";
        consumer.store.write(|connection| Ok(connection.execute_batch(sql)?)).await.unwrap();
        consumer
    }

    fn position(&self) -> i64 {
        let sql = "SELECT coalesce(max(position), 0) FROM feed_positions";
        self.store.read(|connection| Ok(connection.query_row(sql, [], |row| row.get(0))?)).unwrap()
    }
}

#[tokio::test]
async fn write_waits_for_at_most_one_step_of_a_handler() {
    let (producer, consumer) = (Producer::new(), Consumer::with_steps().await);
    producer.append_events(1).await;
    let (enter, entered) = std::sync::mpsc::channel();
    let (go, may_go) = std::sync::mpsc::channel();
    let handler = in_steps(3, move || {
        // The test may have failed; then no receiver waits.
        let _ = enter.send(());
        let _ = may_go.recv();
    });
    let following = consumer.follow_with(&producer, handler, None);
    let entered = Arc::new(Mutex::new(entered));
    let step = async || {
        let entered = Arc::clone(&entered);
        tokio::task::spawn_blocking(move || entered.lock().unwrap().recv().unwrap()).await.unwrap();
    };
    step().await;
    // Queued while the first step runs, it runs before the second one, possibly in the same commit.
    let seen = consumer
        .store
        .write(|c| Ok(c.query_row("SELECT count(*) FROM steps", [], |row| row.get::<_, i64>(0))?));
    let mut seen = std::pin::pin!(seen);
    assert!(futures_util::poll!(&mut seen).is_pending());
    go.send(()).unwrap();
    step().await;
    assert_eq!((steps(&consumer.store), consumer.position()), (1, 0), "the position waits for the last step");
    // After a stop in between, each step is done once.
    following.abort();
    go.send(()).unwrap();
    drop(go);
    assert_eq!(seen.await, Ok(1));
    let following = consumer.follow_with(&producer, in_steps(3, || ()), None);
    eventually("the handler is complete", || consumer.position() == 1).await;
    assert_eq!(steps(&consumer.store), 3);
    following.abort();
}

#[tokio::test]
async fn events_that_change_many_rows_use_separate_transactions() {
    let (producer, consumer) = (Producer::new(), Consumer::with_steps().await);
    producer.append_events(20).await;
    let before = consumer.store.counts().commits;
    let following = consumer.follow_with(&producer, in_steps(1, || ()), None);
    eventually("all are handled", || consumer.position() == 20).await;
    assert_eq!(steps(&consumer.store), 20);
    eventually("each had its own commit", || consumer.store.counts().commits - before >= 20).await;
    following.abort();
}
