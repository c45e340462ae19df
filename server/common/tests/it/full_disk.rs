//! Writes to a full file.

use std::pin::pin;

use futures_util::poll;
use rusqlite::Connection;
use vitae_contracts_core::Code;
use vitae_server_common::ServiceError;
use vitae_server_common::store::{OpenError, Options, PRODUCER_TABLES, Store};

use crate::notes::{AuthenticationLayer, Notes, insert};

/// The page limit (4 KiB each); the tables use a part of them.
const PAGES: u32 = 64;

fn fill(connection: &Connection) -> Result<(), ServiceError> {
    let sql = "INSERT INTO notes (text) VALUES ('large ' || hex(zeroblob(?1)))";
    connection.execute(sql, [PAGES * 4096])?;
    Ok(())
}

#[tokio::test]
async fn only_the_change_that_fills_the_file_fails() {
    let notes = Notes::open_with(Some(PAGES));
    notes.add("there").await.unwrap();
    let (gate, stop) = AuthenticationLayer::new();
    let mut held = pin!(notes.store.write(stop));
    assert!(poll!(&mut held).is_pending());
    gate.wait();
    let group = async {
        tokio::join!(
            notes.add("before"),
            notes.store.write(fill),
            notes.add_and_fail("rejected"),
            notes.add("after"),
        )
    };
    let mut group = pin!(group);
    assert!(poll!(&mut group).is_pending());
    // Reads need no writer.
    assert_eq!(notes.texts(), ["there"]);
    gate.open();
    held.await.unwrap();

    let (before, filled, rejected, after) = group.await;
    assert_eq!((before, after), (Ok(()), Ok(())));
    assert_eq!(filled.unwrap_err().code, Code::StorageFull);
    assert_eq!(rejected.unwrap_err().code, Code::Deleted);
    assert_eq!(notes.texts(), ["after", "before", "there"]);
}

#[tokio::test]
async fn full_file_can_be_read_and_written_again_once_space_is_freed() {
    let notes = Notes::open_with(Some(PAGES));
    let mut added = Vec::new();
    let error = loop {
        let text = format!("{:04} {}", added.len(), "x".repeat(1000));
        match notes.add(&text).await {
            Ok(()) => added.push(text),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code, Code::StorageFull);
    assert!(added.len() > 10);
    assert_eq!(notes.texts(), added);
    assert_eq!(notes.store.scan(crate::notes::texts).await.unwrap(), added);

    let remove = |connection: &Connection| Ok(connection.execute("DELETE FROM notes", [])?);
    notes.store.write(remove).await.unwrap();
    notes.add("room").await.unwrap();
    assert_eq!(notes.texts(), ["room"]);
}

#[tokio::test]
async fn essential_writes_work_when_ordinary_ones_fail() {
    let notes = Notes::open_with(Some(PAGES));
    let mut added = 0;
    while notes.add(&format!("{added:04} {}", "x".repeat(1000))).await.is_ok() {
        added += 1;
    }
    let essential = |text: String| notes.store.write_essential(move |c| insert(c, &text));
    // Both kinds in one group: each has its own result.
    let (gate, stop) = AuthenticationLayer::new();
    let mut held = pin!(notes.store.write_essential(stop));
    assert!(poll!(&mut held).is_pending());
    gate.wait();
    let (long, longer) = ("y".repeat(3000), "z".repeat(5000));
    let group =
        async { tokio::join!(essential(long.clone()), notes.add(&longer), essential("short".into())) };
    let mut group = pin!(group);
    assert!(poll!(&mut group).is_pending());
    gate.open();
    held.await.unwrap();
    let (first, ordinary, second) = group.await;
    assert_eq!((first, second), (Ok(()), Ok(())));
    assert_eq!(ordinary.unwrap_err().code, Code::StorageFull);

    // Ordinary writes may use freed space only beyond the reserve.
    let remove =
        |c: &Connection| Ok(c.execute("DELETE FROM notes WHERE text LIKE '0%' AND text > '0003'", [])?);
    notes.store.write_essential(remove).await.unwrap();
    notes.add("room").await.unwrap();
    // An essential write that is larger than the file fails, and the others of its group do not.
    let (large, neighbour) = tokio::join!(notes.store.write_essential(fill), essential("neighbour".into()));
    assert_eq!((large.unwrap_err().code, neighbour), (Code::StorageFull, Ok(())));
}

#[test]
fn file_without_space_for_its_tables_reports_a_full_disk() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { directory: directory.path().to_owned(), max_pages: Some(8) };
    let error = Store::open(&options, "notes", &[PRODUCER_TABLES, crate::notes::NOTES]).err().unwrap();
    assert!(matches!(error, OpenError::Full { .. }), "{error}");
    let words = error.to_string();
    assert!(words.contains("is full; free space on it") && !words.contains("backup"), "{words}");
}

#[test]
fn space_is_reserved_beside_the_file() {
    let notes = Notes::open();
    let reserve = notes.options.directory.join("notes/reserve");
    let size = std::fs::metadata(&reserve).unwrap().len();
    assert!((1 << 19..=1 << 22).contains(&size), "{size}");
}
