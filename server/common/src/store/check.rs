//! Integrity and schema checks of a service's file, for backups.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

/// The reason why a service's file is not usable.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// SQLite cannot read it.
    #[error("it cannot be read as a database")]
    Unreadable(#[from] rusqlite::Error),
    /// Its content or schema is damaged.
    #[error("{0}")]
    Damaged(String),
    /// It was written by a newer version of the program.
    #[error("its schema is version {found}, and this vitaed knows up to {known}")]
    Newer {
        /// The schema version of the file.
        found: usize,
        /// The newest schema version of this program.
        known: usize,
    },
}

/// The properties of a file that passed all checks.
#[derive(Debug)]
pub struct CheckedFile {
    /// The schema version.
    pub schema: usize,
    /// The position of the last event; `None` for a file without an event log.
    pub position: Option<i64>,
    /// The position of the last handled event of each source.
    pub consumed: BTreeMap<String, i64>,
}

/// Checks every page, every foreign key and the schema of a file that no process writes to.
///
/// `steps` holds the SQL of each schema version, as for [`super::Store::open`].
pub fn check_file(path: &Path, steps: &[&str]) -> Result<CheckedFile, FileError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")?;
    let schema: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let schema = schema as usize;
    if schema > steps.len() {
        return Err(FileError::Newer { found: schema, known: steps.len() });
    }
    // First: the other checks run expressions of the schema, such as those of indexes.
    check_schema(&connection, steps.get(..schema).unwrap_or_default())?;
    check_pages(&connection)?;
    let position = last_event(&connection)?;
    let consumed = if has_table(&connection, "feed_positions")? {
        let mut query = connection.prepare("SELECT source, position FROM feed_positions")?;
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
    } else {
        BTreeMap::new()
    };
    Ok(CheckedFile { schema, position, consumed })
}

fn check_pages(connection: &Connection) -> Result<(), FileError> {
    let found: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(FileError::Damaged(format!("it is damaged: {found}")));
    }
    let broken: Option<String> =
        connection.query_row("PRAGMA foreign_key_check", [], |row| row.get(0)).optional()?;
    match broken {
        Some(table) => Err(FileError::Damaged(format!("a row of {table} refers to nothing"))),
        None => Ok(()),
    }
}

/// Compares tables, indexes and triggers with those of a new file of the same version.
fn check_schema(connection: &Connection, steps: &[&str]) -> Result<(), FileError> {
    if steps.is_empty() {
        return Err(FileError::Damaged("it has no tables".to_owned()));
    }
    let new = Connection::open_in_memory()?;
    for step in steps {
        new.execute_batch(step)?;
    }
    let (found, mut expected) = (objects(connection)?, objects(&new)?);
    let version = steps.len();
    for (object, sql) in found {
        match expected.remove(&object) {
            Some(expected) if expected == sql => {}
            Some(_) => {
                let what = format!("{object} differs from schema version {version}");
                return Err(FileError::Damaged(what));
            }
            None => {
                return Err(FileError::Damaged(format!(
                    "{object} does not belong to schema version {version}"
                )));
            }
        }
    }
    match expected.into_keys().next() {
        Some(missing) => Err(FileError::Damaged(format!("{missing} of schema version {version} is missing"))),
        None => Ok(()),
    }
}

/// Returns the objects of a schema by type and name ("table users"), with their SQL.
fn objects(connection: &Connection) -> rusqlite::Result<BTreeMap<String, String>> {
    // The tables of SQLite's statistics are optional.
    let sql = "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\'";
    let mut query = connection.prepare(sql)?;
    let objects = query.query_map([], |row| Ok((row.get(0)?, normalized(&row.get::<_, String>(1)?))))?;
    objects.collect()
}

/// Returns SQL without comments and with single spaces: both may have changed since the file was made.
fn normalized(sql: &str) -> String {
    let code = sql.lines().map(|line| line.split_once("--").map_or(line, |(code, _)| code));
    code.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// Returns the position of the last event; `None` if the file has no event log.
pub(super) fn last_event(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    if !has_table(connection, "event_log")? {
        return Ok(None);
    }
    let sql = "SELECT coalesce(max(position), 0) FROM event_log";
    connection.query_row(sql, [], |row| row.get(0)).map(Some)
}

fn has_table(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    connection.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1")?.exists([name])
}

/// Returns the size and the SHA-256 (in hexadecimal) of a file.
pub fn digest_file(path: &Path) -> io::Result<(u64, String)> {
    let (mut file, mut size) = (File::open(path)?, 0);
    let mut digest = ring::digest::Context::new(&ring::digest::SHA256);
    let mut chunk = vec![0; 64 << 10];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => return Ok((size, hex(digest.finish().as_ref()))),
            Ok(count) => {
                digest.update(chunk.get(..count).unwrap_or_default());
                size += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Returns the SHA-256 of bytes, in hexadecimal.
pub fn digest_bytes(bytes: &[u8]) -> String {
    hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
