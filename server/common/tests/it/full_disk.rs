//! A file that is full: whoever fills it is refused, alone.

use std::pin::pin;

use futures_util::poll;
use rusqlite::Connection;
use vitae_contracts_core::Code;
use vitae_server_common::Refusal;

use crate::notes::{Gate, Notes};

/// Pages of 4 KiB; the tables take a part of them.
const PAGES: u32 = 64;

fn fill(connection: &Connection) -> Result<(), Refusal> {
    let sql = "INSERT INTO notes (text) VALUES ('large ' || hex(zeroblob(?1)))";
    connection.execute(sql, [PAGES * 4096])?;
    Ok(())
}

#[tokio::test]
async fn whoever_fills_the_file_is_refused_alone() {
    let notes = Notes::open_with(Some(PAGES));
    notes.add("there").await.unwrap();
    let (gate, stop) = Gate::new();
    let mut held = pin!(notes.store.write(stop));
    assert!(poll!(&mut held).is_pending());
    gate.wait();
    let group = async {
        tokio::join!(
            notes.add("before"),
            notes.store.write(fill),
            notes.add_and_refuse("refused"),
            notes.add("after"),
        )
    };
    let mut group = pin!(group);
    assert!(poll!(&mut group).is_pending());
    // Reads need no writer.
    assert_eq!(notes.texts(), ["there"]);
    gate.open();
    held.await.unwrap();

    let (before, filled, refused, after) = group.await;
    assert_eq!((before, after), (Ok(()), Ok(())));
    assert_eq!(filled.unwrap_err().code, Code::StorageFull);
    assert_eq!(refused.unwrap_err().code, Code::Deleted);
    assert_eq!(notes.texts(), ["after", "before", "there"]);
}

#[tokio::test]
async fn a_full_file_is_read_and_takes_writes_again_when_there_is_room() {
    let notes = Notes::open_with(Some(PAGES));
    let mut added = Vec::new();
    let refusal = loop {
        let text = format!("{:04} {}", added.len(), "x".repeat(1000));
        match notes.add(&text).await {
            Ok(()) => added.push(text),
            Err(refusal) => break refusal,
        }
    };
    assert_eq!(refusal.code, Code::StorageFull);
    assert!(added.len() > 10);
    assert_eq!(notes.texts(), added);
    assert_eq!(notes.store.scan(crate::notes::texts).await.unwrap(), added);

    let remove = |connection: &Connection| Ok(connection.execute("DELETE FROM notes", [])?);
    notes.store.write(remove).await.unwrap();
    notes.add("room").await.unwrap();
    assert_eq!(notes.texts(), ["room"]);
}
