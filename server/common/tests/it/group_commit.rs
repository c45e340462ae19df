//! Group commit: changes that share a commit, and their results.

use std::pin::pin;

use futures_util::future::join_all;
use futures_util::poll;
use rusqlite::Connection;
use vitae_contracts_core::Code;
use vitae_server_common::ServiceError;
use vitae_server_common::store::Counts;

use crate::notes::{AuthenticationLayer, Notes, insert};

#[tokio::test]
async fn changes_queued_during_a_commit_share_the_next_one() {
    let notes = Notes::open();
    let (gate, stop) = AuthenticationLayer::new();
    let mut held = pin!(notes.store.write(stop));
    assert!(poll!(&mut held).is_pending());
    gate.wait();

    let names: Vec<String> = (0..300).map(|number| format!("{number:03}")).collect();
    let mut queued = pin!(join_all(names.iter().map(|name| notes.add(name))));
    assert!(poll!(&mut queued).is_pending());
    gate.open();
    held.await.unwrap();
    assert!(queued.await.into_iter().all(|outcome| outcome.is_ok()));

    assert_eq!(notes.texts(), names);
    // The held change, then 256, then the rest.
    assert_eq!(notes.store.counts(), Counts { commands: 301, commits: 3 });
}

#[tokio::test]
async fn error_rolls_back_only_its_own_change() {
    let notes = Notes::open();
    notes.add("there").await.unwrap();
    let (gate, stop) = AuthenticationLayer::new();
    let group = async {
        tokio::join!(
            notes.store.write(stop),
            notes.add("before"),
            notes.add_and_fail("rejected"),
            // A failed statement is an error of its own command only, too.
            notes.add("there"),
            notes.add("after"),
        )
    };
    let mut group = pin!(group);
    assert!(poll!(&mut group).is_pending());
    gate.wait();
    gate.open();

    let (_, before, rejected, twice, after) = group.await;
    assert_eq!((before, after), (Ok(()), Ok(())));
    assert_eq!(rejected, Err(ServiceError::new(Code::Deleted, "rejected")));
    assert_eq!(twice.unwrap_err().code, Code::Internal);
    assert_eq!(notes.texts(), ["after", "before", "there"]);
}

#[tokio::test]
async fn error_is_returned_after_the_commit_that_it_depends_on() {
    let notes = Notes::open();
    let (first, stop_at_first) = AuthenticationLayer::new();
    let (second, stop_at_second) = AuthenticationLayer::new();
    let mut held_first = pin!(notes.store.write(stop_at_first));
    assert!(poll!(&mut held_first).is_pending());
    first.wait();

    // One group: a change, an error that depends on it, and a long change.
    let change = |connection: &Connection| insert(connection, "neighbour");
    let mut changed = pin!(notes.store.write(change));
    let reject = |connection: &Connection| -> Result<(), ServiceError> {
        let there: bool = connection.query_row("SELECT count(*) FROM notes", [], |row| row.get(0))?;
        assert!(there, "changes of a group see those before them");
        Err(ServiceError::new(Code::IdTaken, "the neighbour was first"))
    };
    let mut rejected = pin!(notes.store.write(reject));
    let mut held_second = pin!(notes.store.write(stop_at_second));
    assert!(poll!(&mut changed).is_pending());
    assert!(poll!(&mut rejected).is_pending());
    assert!(poll!(&mut held_second).is_pending());
    first.open();
    held_first.await.unwrap();
    second.wait();

    // Both have run and nothing is committed: no reader sees the change, and no caller has a result.
    assert_eq!(notes.texts(), [""; 0]);
    assert!(poll!(&mut changed).is_pending());
    assert!(poll!(&mut rejected).is_pending());

    second.open();
    assert_eq!(rejected.await.unwrap_err().code, Code::IdTaken);
    assert_eq!(notes.texts(), ["neighbour"]);
    changed.await.unwrap();
    held_second.await.unwrap();
}

#[tokio::test]
async fn queued_change_is_made_even_if_its_caller_goes_away() {
    let notes = Notes::open();
    let (gate, stop) = AuthenticationLayer::new();
    let mut held = pin!(notes.store.write(stop));
    assert!(poll!(&mut held).is_pending());
    {
        let mut abandoned = pin!(notes.add("abandoned"));
        assert!(poll!(&mut abandoned).is_pending());
    }
    gate.wait();
    gate.open();
    notes.add("later").await.unwrap();
    assert_eq!(notes.texts(), ["abandoned", "later"]);
}

#[tokio::test]
async fn failed_commit_confirms_nothing_and_the_next_one_works() {
    let notes = Notes::open();
    let tables = "CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT;
                  CREATE TABLE children (parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED) STRICT";
    notes.store.write(|connection| Ok(connection.execute_batch(tables)?)).await.unwrap();
    let (gate, stop) = AuthenticationLayer::new();
    let orphan = |connection: &Connection| {
        // SQLite rejects this at the commit, not before.
        connection.execute("INSERT INTO children VALUES (7)", [])?;
        Ok(())
    };
    let mut held = pin!(notes.store.write(stop));
    assert!(poll!(&mut held).is_pending());
    gate.wait();
    let group = async {
        tokio::join!(notes.add("neighbour"), notes.store.write(orphan), notes.add_and_fail("rejected"))
    };
    let mut group = pin!(group);
    assert!(poll!(&mut group).is_pending());
    gate.open();
    held.await.unwrap();

    let (neighbour, orphan, rejected) = group.await;
    for outcome in [neighbour, orphan, rejected] {
        assert_eq!(outcome.unwrap_err().code, Code::Unavailable);
    }
    assert_eq!(notes.texts(), [""; 0]);
    notes.add("next").await.unwrap();
    assert_eq!(notes.texts(), ["next"]);
}

#[tokio::test]
async fn store_whose_file_cannot_be_reopened_returns_errors() {
    let notes = Notes::open();
    let tables = "CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT;
                  CREATE TABLE children (parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED) STRICT";
    notes.store.write(|connection| Ok(connection.execute_batch(tables)?)).await.unwrap();
    std::fs::remove_dir_all(&notes.options.directory).unwrap();
    let orphan = |connection: &Connection| {
        connection.execute("INSERT INTO children VALUES (7)", [])?;
        Ok(())
    };
    for outcome in [notes.store.write(orphan).await, notes.add("lost").await, notes.add("lost").await] {
        assert_eq!(outcome.unwrap_err().code, Code::Unavailable);
    }
}

#[tokio::test]
async fn panic_in_a_change_rolls_back_only_that_change() {
    let notes = Notes::open();
    let change = |connection: &Connection| -> Result<(), ServiceError> {
        insert(connection, "half")?;
        panic!("a bug in the program")
    };
    assert_eq!(notes.store.write(change).await.unwrap_err().code, Code::Internal);
    notes.add("later").await.unwrap();
    assert_eq!(notes.texts(), ["later"]);
}
