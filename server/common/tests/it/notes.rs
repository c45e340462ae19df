//! A store of notes, and a way to block its writer.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;
use tempfile::TempDir;
use vitae_contracts_core::Code;
use vitae_server_common::ServiceError;
use vitae_server_common::store::{Options, PRODUCER_TABLES, Store};

/// Schema version 1 of the service in these tests.
pub(crate) const NOTES: &str = "CREATE TABLE notes (text TEXT PRIMARY KEY) STRICT";

/// A store in a temporary directory.
pub(crate) struct Notes {
    pub(crate) store: Store,
    pub(crate) options: Options,
    /// Dropped last.
    _directory: TempDir,
}

impl Notes {
    pub(crate) fn open() -> Self {
        Self::open_with(None)
    }

    pub(crate) fn open_with(max_pages: Option<u32>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = Options { directory: directory.path().to_owned(), max_pages };
        let store = Store::open(&options, "notes", &[PRODUCER_TABLES, NOTES]).unwrap();
        Self { store, options, _directory: directory }
    }

    /// Returns the notes in the order of their texts.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.store.read(texts).unwrap()
    }

    /// Adds a note.
    pub(crate) async fn add(&self, text: &str) -> Result<(), ServiceError> {
        let text = text.to_owned();
        self.store.write(move |connection| insert(connection, &text)).await
    }

    /// Adds a note and returns an error, so that the note must be rolled back.
    pub(crate) async fn add_and_fail(&self, text: &str) -> Result<(), ServiceError> {
        let text = text.to_owned();
        let change = move |connection: &Connection| {
            insert(connection, &text)?;
            Err(ServiceError::new(Code::Deleted, text.clone()))
        };
        self.store.write(change).await
    }
}

pub(crate) fn texts(connection: &Connection) -> Result<Vec<String>, ServiceError> {
    let mut query = connection.prepare("SELECT text FROM notes ORDER BY text")?;
    let texts = query.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(texts)
}

pub(crate) fn insert(connection: &Connection, text: &str) -> Result<(), ServiceError> {
    connection.execute("INSERT INTO notes (text) VALUES (?1)", [text])?;
    Ok(())
}

/// Blocks a change inside the writer, so that others queue behind it.
pub(crate) struct AuthenticationLayer {
    entered: Receiver<()>,
    open: Sender<()>,
}

impl AuthenticationLayer {
    /// Returns the gate and the change that it blocks.
    pub(crate) fn new() -> (Self, impl Fn(&Connection) -> Result<(), ServiceError> + Send + 'static) {
        let (enter, entered) = channel();
        let (open, opened) = channel();
        let opened = Mutex::new(opened);
        let change = move |_: &Connection| {
            // The test may have failed; then no receiver waits.
            let _ = enter.send(());
            let _ = opened.lock().unwrap_or_else(PoisonError::into_inner).recv();
            Ok(())
        };
        (Self { entered, open }, change)
    }

    /// Waits until the writer is blocked.
    pub(crate) fn wait(&self) {
        self.entered.recv().unwrap();
    }

    /// Unblocks the writer.
    pub(crate) fn open(self) {
        self.open.send(()).unwrap();
    }
}
