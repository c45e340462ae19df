//! Parked events, and the size limit of events.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use vitae_contracts_core::{Code, EventId, subjects};
use vitae_contracts_services::events::v1::Event;
use vitae_contracts_services::events::v1::read_events_request::Start;
use vitae_server_common::message_limits::{EVENT_BYTES, FEED_PAYLOAD_BYTES};
use vitae_server_common::store::{NewEvent, append};
use vitae_server_common::{Caller, Clock, EventHandler, FeedStream, ServiceError, Step, parked_events};

use crate::feed::{Consumer, Producer, eventually};

/// Inserts a row into the log, as written by versions without a limit or as left by damage.
async fn insert(producer: &Producer, event_id: Vec<u8>, object_id: Vec<u8>, payload: Vec<u8>) {
    let row = move |connection: &Connection| {
        let sql = "INSERT INTO event_log (event_id, subject, object_id, object_version, at, context, payload)
                   VALUES (?1, 'notes.note.made', ?2, 1, 0, x'', ?3)";
        Ok(connection.execute(sql, (&event_id, &object_id, &payload))?)
    };
    producer.notes.store.write(row).await.unwrap();
}

fn id() -> Vec<u8> {
    EventId::new().as_bytes().to_vec()
}

/// A handler that records the positions it has handled, and fails for the events that a test selects.
fn handler(
    received: &Arc<Mutex<Vec<i64>>>,
    fail: impl Fn(&Connection, &Event) -> Result<(), ServiceError> + Send + Sync + 'static,
) -> EventHandler {
    let received = Arc::clone(received);
    Arc::new(move |connection, event| {
        fail(connection, event)?;
        let mut received = received.lock().unwrap();
        // A handler may run again after its transaction was rolled back.
        if !received.contains(&event.position) {
            received.push(event.position);
        }
        Ok(Step::last(1))
    })
}

#[tokio::test]
async fn unhandled_events_are_parked_and_the_others_are_handled() {
    let (producer, consumer) = (Producer::new(), Consumer::new());
    producer.append_events(2).await;
    insert(&producer, vec![1; 3], id(), b"damaged".to_vec()).await;
    producer.append_events(1).await;
    insert(&producer, id(), id(), vec![b'x'; FEED_PAYLOAD_BYTES + 1]).await;
    producer.append_events(1).await;
    let received = Arc::default();
    let fail = |connection: &Connection, event: &Event| match event.position {
        // A constraint of the consumer's own tables.
        2 => Ok(connection.execute("INSERT INTO feed_positions VALUES (NULL, NULL)", []).map(drop)?),
        4 => panic!("a handler with a defect"),
        _ if event.id.is_empty() || event.omitted_payload_bytes > 0 => {
            Err(ServiceError::new(Code::Internal, "cannot be read"))
        }
        _ => Ok(()),
    };
    let salvaged = Arc::new(AtomicUsize::new(0));
    let parked_handler: EventHandler = {
        let salvaged = Arc::clone(&salvaged);
        Arc::new(move |_, event| {
            salvaged.fetch_add(1, Ordering::Relaxed);
            // A failure of this handler does not stop the feed either.
            if event.id.is_empty() {
                Err(ServiceError::new(Code::Internal, "no id"))
            } else {
                Ok(Step::last(1))
            }
        })
    };
    let following = consumer.follow_with(&producer, handler(&received, fail), Some(parked_handler));
    eventually("the last is handled", || received.lock().unwrap().contains(&6)).await;
    eventually("all are counted", || consumer.health.parked().values().eq(&[4])).await;
    assert_eq!(*received.lock().unwrap(), [1, 6]);
    assert!(consumer.health.stuck().is_empty());
    assert_eq!(salvaged.load(Ordering::Relaxed), 4);

    let parked = parked_events(consumer.directory.path(), "reader").unwrap();
    let positions: Vec<_> = parked.iter().map(|event| event.position).collect();
    assert_eq!(positions, [2, 3, 4, 5]);
    assert_eq!((parked[1].event_id.as_str(), parked[1].subject.as_str()), ("", "notes.note.made"));
    assert!(parked[1].object_id.parse::<EventId>().is_ok());
    let bytes = (FEED_PAYLOAD_BYTES + 1).to_string();
    assert!(parked[3].reason.contains("cannot be read") && parked[3].reason.contains(&bytes), "{parked:?}");

    // After a restart, nothing is retried, and the parked events are still counted.
    following.abort();
    consumer.health.set_parked("reader", "notes", 0);
    let following = consumer.follow_with(&producer, handler(&received, |_, _| Ok(())), None);
    eventually("they are counted", || consumer.health.parked().values().eq(&[4])).await;
    producer.append_events(1).await;
    eventually("the next is handled", || *received.lock().unwrap() == [1, 6, 7]).await;
    following.abort();
}

#[tokio::test(start_paused = true)]
async fn transient_failures_are_retried_in_order() {
    for code in [Code::StorageFull, Code::Unavailable, Code::Timeout] {
        let (producer, consumer) = (Producer::new(), Consumer::new());
        producer.append_events(3).await;
        let (received, left) = (Arc::default(), AtomicUsize::new(5));
        let fail = move |_: &Connection, event: &Event| {
            let fails = event.position == 2
                && left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                    .is_ok();
            if fails { Err(ServiceError::new(code, "not now")) } else { Ok(()) }
        };
        let following = consumer.follow_with(&producer, handler(&received, fail), None);
        eventually("all are handled", || *received.lock().unwrap() == [1, 2, 3]).await;
        assert!(parked_events(consumer.directory.path(), "reader").unwrap().is_empty());
        following.abort();
    }
}

#[tokio::test]
async fn oversized_payload_is_omitted_from_the_stream() {
    let producer = Producer::new();
    insert(&producer, id(), id(), vec![b'x'; FEED_PAYLOAD_BYTES]).await;
    insert(&producer, id(), vec![2; 40], vec![b'x'; 6 << 20]).await;
    producer.append_events(1).await;
    let mut reading = FeedStream::open("notes", producer.feed(), Start::AfterPosition(0)).await.unwrap();
    let mut next = async || {
        let event = reading.events.message().await.unwrap().unwrap();
        (event.position, event.payload.len(), event.omitted_payload_bytes, event.object_id.is_empty())
    };
    assert_eq!(next().await, (1, FEED_PAYLOAD_BYTES, 0, false));
    assert_eq!(next().await, (2, 0, 6 << 20, true));
    assert_eq!(next().await, (3, 0, 0, false));
}

#[tokio::test]
async fn event_beyond_the_limit_is_rejected_with_its_change() {
    let producer = Producer::new();
    let write = async |bytes: usize| {
        let change = move |connection: &Connection| {
            crate::notes::insert(connection, "a change")?;
            let event = NewEvent {
                id: EventId::new(),
                subject: subjects::USER_UPDATED,
                object_id: [7; 16],
                object_version: 1,
                payload: vec![0; bytes],
            };
            append(connection, &Caller::system(), Clock::system().now(), &event)
        };
        producer.notes.store.write(change).await
    };
    let error = write(EVENT_BYTES + 1).await.unwrap_err();
    assert_eq!(error.code, Code::Internal);
    for part in [subjects::USER_UPDATED, "262144", "262153"] {
        assert!(error.detail.contains(part), "{part:?} is not in {:?}", error.detail);
    }
    assert!(producer.notes.texts().is_empty());
    write(EVENT_BYTES / 2).await.unwrap();
    assert_eq!(producer.notes.texts(), ["a change"]);
}
