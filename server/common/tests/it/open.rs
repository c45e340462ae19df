//! Opening a service's file: lock, version, migration.

use vitae_contracts_core::Code;
use vitae_server_common::store::{OpenError, Options, Store, check_sqlite};

use crate::notes::{NOTES, Notes};

const MORE: &str = "ALTER TABLE notes ADD COLUMN colour TEXT NOT NULL DEFAULT 'yellow'";

fn reopen(options: &Options, schema: &[&str]) -> Result<Store, OpenError> {
    Store::open(options, "notes", schema)
}

/// A directory with a closed store of schema version 1 that holds one note.
async fn closed_store() -> (tempfile::TempDir, Options) {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { directory: directory.path().to_owned(), max_pages: None };
    let store = reopen(&options, &[NOTES]).unwrap();
    store.write(|connection| crate::notes::insert(connection, "kept")).await.unwrap();
    (directory, options)
}

#[test]
fn sqlite_versions_that_corrupt_the_log_are_rejected() {
    assert!(check_sqlite(3_051_003).is_ok());
    assert!(check_sqlite(3_052_000).is_ok());
    for old in [3_051_002, 3_050_004, 0] {
        let error = check_sqlite(old).unwrap_err().to_string();
        assert!(error.contains(&old.to_string()) && error.contains("3.51.3"), "{error}");
    }
    assert!(check_sqlite(rusqlite::version_number()).is_ok());
}

#[tokio::test]
async fn second_open_of_a_directory_fails() {
    let notes = Notes::open();
    let error = reopen(&notes.options, &[NOTES]).err().unwrap();
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    assert!(error.to_string().contains(&format!("(process {})", std::process::id())), "{error}");
    notes.add("still works").await.unwrap();
}

#[tokio::test]
async fn last_clone_closes_the_store() {
    let (_directory, options) = closed_store().await;
    let store = reopen(&options, &[NOTES]).unwrap();
    let clone = store.clone();
    drop(store);
    assert!(matches!(reopen(&options, &[NOTES]), Err(OpenError::InUse { .. })));
    drop(clone);
    reopen(&options, &[NOTES]).unwrap();
}

#[tokio::test]
async fn queued_changes_are_committed_before_the_store_closes() {
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
async fn tables_are_migrated_once() {
    let (_directory, options) = closed_store().await;
    for _ in 0..2 {
        // A second run of either step would fail, because the table or column exists.
        let store = reopen(&options, &[NOTES, MORE]).unwrap();
        let kept = store.read(|c| Ok(c.query_row("SELECT text || colour FROM notes", [], |row| row.get(0))?));
        assert_eq!(kept, Ok("keptyellow".to_owned()));
        let version = store.read(|c| Ok(c.query_row("PRAGMA user_version", [], |row| row.get(0))?));
        assert_eq!(version, Ok(2));
    }
}

#[tokio::test]
async fn failed_migration_step_leaves_the_file_unchanged() {
    let (_directory, options) = closed_store().await;
    let broken = format!("{MORE}; CREATE TABLE half (id INTEGER) STRICT; INSERT INTO nowhere VALUES (1)");
    let error = reopen(&options, &[NOTES, &broken]).err().unwrap();
    assert!(matches!(error, OpenError::Database { .. }), "{error}");

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
async fn newer_schema_is_rejected() {
    let (_directory, options) = closed_store().await;
    drop(reopen(&options, &[NOTES, MORE]).unwrap());
    let error = reopen(&options, &[NOTES]).err().unwrap();
    assert!(matches!(error, OpenError::Newer { found: 2, known: 1, .. }), "{error}");
    let store = reopen(&options, &[NOTES, MORE]).unwrap();
    assert_eq!(store.read(crate::notes::texts).unwrap(), ["kept"]);
}

#[tokio::test]
async fn readers_cannot_write() {
    let notes = Notes::open();
    let error = notes.store.read(|connection| crate::notes::insert(connection, "by a reader"));
    assert_eq!(error.unwrap_err().code, Code::Internal);
    assert_eq!(notes.texts(), [""; 0]);
}
