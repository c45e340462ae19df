//! Panics outside of a change: the writer is restarted, and no change that may be committed is reported as rolled back.

use std::pin::pin;

use futures_util::poll;
use rusqlite::Connection;
use vitae_contracts_core::Code;
use vitae_server_common::{ServiceError, dead_workers, worker_restarts};

use crate::notes::{AuthenticationLayer, Notes, insert};

/// A result that panics when it is dropped: in the writer, if no caller waits for it.
struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("a result without a waiting caller");
    }
}

#[tokio::test]
async fn writer_that_panics_while_it_replies_is_restarted() {
    let notes = Notes::open();
    let (gate, stop) = AuthenticationLayer::new();
    let mut held = pin!(notes.store.write(stop));
    assert!(poll!(&mut held).is_pending());
    gate.wait();
    {
        let change = |connection: &Connection| insert(connection, "abandoned").map(|()| PanicsOnDrop);
        let mut abandoned = pin!(notes.store.write(change));
        assert!(poll!(&mut abandoned).is_pending());
    }
    let mut neighbour = pin!(notes.add("neighbour"));
    assert!(poll!(&mut neighbour).is_pending());
    gate.open();
    held.await.unwrap();

    // It is committed, but the writer could not reply.
    let error = neighbour.await.unwrap_err();
    assert_eq!(error.code, Code::Unavailable);
    assert!(error.detail.contains("Idempotency-Key"), "{}", error.detail);
    assert_eq!(notes.texts(), ["abandoned", "neighbour"]);

    for text in ["one", "two"] {
        notes.add(text).await.unwrap();
    }
    assert_eq!(notes.texts(), ["abandoned", "neighbour", "one", "two"]);
    assert_eq!(worker_restarts()["notes-writer"], 1);
    assert!(!dead_workers().contains(&"notes-writer".to_owned()));
}

#[tokio::test]
async fn panic_in_a_long_read_is_not_reported_as_a_shutdown() {
    let notes = Notes::open();
    notes.add("there").await.unwrap();
    let read = |_: &Connection| -> Result<(), ServiceError> { panic!("a bug in the program") };
    assert_eq!(notes.store.scan(read).await.unwrap_err().code, Code::Internal);
    assert_eq!(notes.store.scan(crate::notes::texts).await.unwrap(), ["there"]);
}
