//! Opening a service's file: once, by the right version, with the right tables.

use vitae_contracts_core::Code;
use vitae_server_common::store::{OpenError, Options, Store, check_sqlite};

use crate::notes::{NOTES, Notes};

const MORE: &str = "ALTER TABLE notes ADD COLUMN colour TEXT NOT NULL DEFAULT 'yellow'";

fn reopen(options: &Options, schema: &[&str]) -> Result<Store, OpenError> {
    Store::open(options, "notes", schema)
}

/// A directory with a store of one version of the tables and one note, closed.
async fn closed_store() -> (tempfile::TempDir, Options) {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { directory: directory.path().to_owned(), max_pages: None };
    let store = reopen(&options, &[NOTES]).unwrap();
    store.write(|connection| crate::notes::insert(connection, "kept")).await.unwrap();
    (directory, options)
}

#[test]
fn versions_of_sqlite_that_corrupt_the_log_are_refused() {
    assert!(check_sqlite(3_051_003).is_ok());
    assert!(check_sqlite(3_052_000).is_ok());
    for old in [3_051_002, 3_050_004, 0] {
        let refused = check_sqlite(old).unwrap_err().to_string();
        assert!(refused.contains(&old.to_string()) && refused.contains("3.51.3"), "{refused}");
    }
    assert!(check_sqlite(rusqlite::version_number()).is_ok());
}

#[tokio::test]
async fn a_directory_is_opened_once() {
    let notes = Notes::open();
    let refused = reopen(&notes.options, &[NOTES]).err().unwrap();
    assert!(matches!(refused, OpenError::InUse { .. }), "{refused}");
    assert!(refused.to_string().contains(&format!("(process {})", std::process::id())), "{refused}");
    notes.add("still works").await.unwrap();
}

#[tokio::test]
async fn the_last_clone_closes_the_store() {
    let (_directory, options) = closed_store().await;
    let store = reopen(&options, &[NOTES]).unwrap();
    let clone = store.clone();
    drop(store);
    assert!(matches!(reopen(&options, &[NOTES]), Err(OpenError::InUse { .. })));
    drop(clone);
    reopen(&options, &[NOTES]).unwrap();
}

#[tokio::test]
async fn what_is_queued_when_the_store_closes_is_committed_first() {
    let (_directory, options) = closed_store().await;
    let store = reopen(&options, &[NOTES]).unwrap();
    for number in 0..100 {
        let mut add = std::pin::pin!(store.write(move |c| crate::notes::insert(c, &number.to_string())));
        assert!(futures_util::poll!(&mut add).is_pending());
    }
    drop(store);
    let store = reopen(&options, &[NOTES]).unwrap();
    assert_eq!(store.read(crate::notes::texts).unwrap().len(), 101);
}

#[tokio::test]
async fn tables_are_brought_up_to_date_once() {
    let (_directory, options) = closed_store().await;
    for _ in 0..2 {
        // A second run of either step would fail: the table, the column is there.
        let store = reopen(&options, &[NOTES, MORE]).unwrap();
        let kept = store.read(|c| Ok(c.query_row("SELECT text || colour FROM notes", [], |row| row.get(0))?));
        assert_eq!(kept, Ok("keptyellow".to_owned()));
        let version = store.read(|c| Ok(c.query_row("PRAGMA user_version", [], |row| row.get(0))?));
        assert_eq!(version, Ok(2));
    }
}

#[tokio::test]
async fn a_step_that_fails_leaves_the_file_as_it_was() {
    let (_directory, options) = closed_store().await;
    let broken = format!("{MORE}; CREATE TABLE half (id INTEGER) STRICT; INSERT INTO nowhere VALUES (1)");
    let refused = reopen(&options, &[NOTES, &broken]).err().unwrap();
    assert!(matches!(refused, OpenError::Database { .. }), "{refused}");

    let store = reopen(&options, &[NOTES]).unwrap();
    let tables = store.read(|c| {
        let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'half' OR sql LIKE '%colour%'";
        Ok(c.query_row(sql, [], |row| row.get(0))?)
    });
    assert_eq!(tables, Ok(0));
    drop(store);
    reopen(&options, &[NOTES, MORE]).unwrap();
}

#[tokio::test]
async fn tables_of_a_newer_program_are_refused() {
    let (_directory, options) = closed_store().await;
    drop(reopen(&options, &[NOTES, MORE]).unwrap());
    let refused = reopen(&options, &[NOTES]).err().unwrap();
    assert!(matches!(refused, OpenError::Newer { found: 2, known: 1, .. }), "{refused}");
    let store = reopen(&options, &[NOTES, MORE]).unwrap();
    assert_eq!(store.read(crate::notes::texts).unwrap(), ["kept"]);
}

#[tokio::test]
async fn readers_cannot_write() {
    let notes = Notes::open();
    let refused = notes.store.read(|connection| crate::notes::insert(connection, "by a reader"));
    assert_eq!(refused.unwrap_err().code, Code::Internal);
    assert_eq!(notes.texts(), [""; 0]);
}
