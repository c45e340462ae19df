//! A store of notes, and a way to hold its writer.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;
use tempfile::TempDir;
use vitae_contracts_core::Code;
use vitae_server_common::ServiceError;
use vitae_server_common::store::{Options, PRODUCER_TABLES, Store};

/// The first tables of the service of these tests.
pub(crate) const NOTES: &str = "CREATE TABLE notes (text TEXT PRIMARY KEY) STRICT";

/// A store in a directory of its own.
pub(crate) struct Notes {
    pub(crate) store: Store,
    pub(crate) options: Options,
    /// Removed last.
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

    /// What is there, in the order of the texts.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.store.read(texts).unwrap()
    }

    /// Adds a note.
    pub(crate) async fn add(&self, text: &str) -> Result<(), ServiceError> {
        let text = text.to_owned();
        self.store.write(move |connection| insert(connection, &text)).await
    }

    /// Adds a note and refuses, so that it must not stay.
    pub(crate) async fn add_and_refuse(&self, text: &str) -> Result<(), ServiceError> {
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

/// A change that waits inside the writer, so that others queue behind it.
pub(crate) struct AuthenticationLayer {
    entered: Receiver<()>,
    open: Sender<()>,
}

impl AuthenticationLayer {
    /// A gate, and the change that stops at it.
    pub(crate) fn new() -> (Self, impl Fn(&Connection) -> Result<(), ServiceError> + Send + 'static) {
        let (enter, entered) = channel();
        let (open, opened) = channel();
        let opened = Mutex::new(opened);
        let change = move |_: &Connection| {
            // The test may have failed and gone; then nobody waits.
            let _ = enter.send(());
            let _ = opened.lock().unwrap_or_else(PoisonError::into_inner).recv();
            Ok(())
        };
        (Self { entered, open }, change)
    }

    /// Waits until the writer stands at the gate.
    pub(crate) fn wait(&self) {
        self.entered.recv().unwrap();
    }

    /// Lets the writer go on.
    pub(crate) fn open(self) {
        self.open.send(()).unwrap();
    }
}
