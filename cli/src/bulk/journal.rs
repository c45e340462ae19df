//! The journal of an import, from which an interrupted import is resumed.
//!
//! A file of lines: the first identifies the import, the next ones record the outcomes of the rows in
//! order, the last marks the end. An incomplete last line counts as absent. The file is synced before
//! the first row is sent; a lost outcome only causes a repeated request.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use vitae_sdk::Timestamp;
use vitae_sdk_workspace::files;

use super::MAX_IN_FLIGHT;
use super::input::hex;
use crate::errors::Failure;
use crate::exit;

/// The lifetime of an idempotency key on the server (one day), minus a margin of one hour.
const KEY_LIFETIME: Duration = Duration::from_hours(23);
/// Tolerated difference between the clocks of client and server.
const MAX_CLOCK_SKEW: Duration = Duration::from_mins(10);
/// Retention of finished journals.
const RETENTION: Duration = Duration::from_hours(30 * 24);

/// The identity of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) kind: String,
    pub(super) server: String,
    pub(super) account: String,
    #[serde(rename = "wishes")]
    pub(super) overrides: String,
    /// SHA-256 of the whole input.
    pub(super) input: String,
    /// For messages only: the same input at another path is the same import.
    pub(super) paths: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    v: u32,
    key: String,
    begun: Timestamp,
    #[serde(flatten)]
    identity: Identity,
}

/// The outcome of one row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    n: u64,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
    /// Length of the file of rejected rows after this row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rejected: Option<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Outcome {
    Created {
        id: String,
        /// SHA-256 of the request; absent in journals of earlier versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<String>,
    },
    Refused {
        exit: u8,
        code: Option<String>,
        message: String,
    },
}

#[derive(Serialize, Deserialize)]
struct End {
    finished: Timestamp,
}

/// The journal of one import, held by one process at a time.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    head: Head,
    /// The number of rows with a recorded outcome; these are the first rows.
    pub(super) done: u64,
    pub(super) last_id: Option<String>,
    /// Length of the file of rejected rows.
    pub(super) rejected: u64,
    /// The start of the import.
    pub(super) when: Timestamp,
    created: u64,
    pub(super) is_finished: bool,
}

/// The parts of a journal that senders read.
pub(super) struct Snapshot {
    pub(super) key: String,
    begun: Timestamp,
    done: u64,
    path: PathBuf,
    /// Objects found on the server and assigned to a row.
    adopted: RefCell<HashSet<String>>,
    /// Objects created by earlier runs of the same command, by the digest of the request.
    earlier: RefCell<HashMap<String, Vec<String>>>,
}

impl Outcome {
    pub(super) fn of(failure: &Failure) -> Self {
        Self::Refused { exit: failure.exit, code: failure.code.clone(), message: failure.message.clone() }
    }

    pub(super) fn into_result(self) -> Result<String, Failure> {
        match self {
            Self::Created { id, .. } => Ok(id),
            Self::Refused { exit, code, message } => {
                let mut failure = Failure::new(exit, message);
                failure.code = code;
                Err(failure)
            }
        }
    }
}

impl Journal {
    /// Opens the journal of an import, or creates it; returns its records too.
    pub(super) fn open(
        home: &Path,
        identity: &Identity,
        again: bool,
    ) -> Result<(Self, impl Iterator<Item = Record> + use<>), Failure> {
        let directory = home.join("imports");
        let path = directory.join(identity.file_name());
        let opened = files::create_directory(&directory).and_then(|()| {
            prune(&directory);
            if again {
                // If another process holds it, locking the new file fails below as well.
                let _ = fs::remove_file(&path);
            }
            OpenOptions::new().create(true).read(true).write(true).truncate(false).open(&path)
        });
        let file = opened.map_err(|e| unwritable(&path, &e))?;
        if file.try_lock().is_err() {
            return Err(Failure::new(exit::CONFLICT, "another vitae is running this import")
                .next("wait until it has finished, or stop it"));
        }
        let journal = match Self::read(&path, &file)? {
            Some(journal) => journal,
            None => {
                if !again {
                    check_unchanged(&directory, identity)?;
                }
                Self::begin(&path, &file, identity)?
            }
        };
        let records = File::open(&path).map_err(|e| unwritable(&path, &e))?;
        // Excludes records that this run appends.
        let known = usize::try_from(journal.done).unwrap_or(usize::MAX);
        Ok((journal, records_of(records).take(known)))
    }

    fn begin(path: &Path, file: &File, identity: &Identity) -> Result<Self, Failure> {
        let begun = Timestamp::from(SystemTime::now());
        let head = Head { v: 1, key: new_key(begun)?, begun, identity: identity.clone() };
        let mut journal = Self {
            path: path.to_owned(),
            file: file.try_clone().map_err(|e| unwritable(path, &e))?,
            head,
            done: 0,
            last_id: None,
            rejected: 0,
            when: begun,
            created: 0,
            is_finished: false,
        };
        file.set_len(0).map_err(|e| unwritable(path, &e))?;
        let head = line_of(&journal.head)?;
        journal.write(&head)?;
        journal.file.sync_all().map_err(|e| unwritable(path, &e))?;
        Ok(journal)
    }

    /// Reads a journal; `None` if its first line is incomplete.
    fn read(path: &Path, file: &File) -> Result<Option<Self>, Failure> {
        let mut input = BufReader::new(file);
        let mut line = String::new();
        let mut whole = read_line(&mut input, &mut line).map_err(|e| unwritable(path, &e))? as u64;
        let Ok(head) = serde_json::from_str::<Head>(&line) else { return Ok(None) };
        let mut journal = Self {
            path: path.to_owned(),
            file: file.try_clone().map_err(|e| unwritable(path, &e))?,
            when: head.begun,
            head,
            done: 0,
            last_id: None,
            rejected: 0,
            created: 0,
            is_finished: false,
        };
        loop {
            let read = read_line(&mut input, &mut line).map_err(|e| unwritable(path, &e))?;
            if read == 0 {
                break;
            }
            if serde_json::from_str::<End>(&line).is_ok() {
                journal.is_finished = true;
            } else if let Ok(record) = serde_json::from_str::<Record>(&line) {
                journal.count(&record);
            } else {
                break;
            }
            whole += read as u64;
        }
        // Truncate an incomplete line.
        let file = &mut journal.file;
        let cut = file.set_len(whole).and_then(|()| file.seek(SeekFrom::End(0)));
        cut.map_err(|e| unwritable(path, &e))?;
        Ok(Some(journal))
    }

    /// Appends the outcome of the next row.
    pub(super) fn record(&mut self, outcome: &Outcome, rejected: Option<u64>) -> Result<(), Failure> {
        let record = Record { n: self.done, outcome: outcome.clone(), rejected };
        let line = line_of(&record)?;
        self.write(&line)?;
        self.count(&record);
        Ok(())
    }

    /// Appends the end mark; the journal of an import that created nothing is removed.
    pub(super) fn finish(mut self, has_stopped: bool) -> Result<(), Failure> {
        if self.created == 0 {
            let _ = fs::remove_file(&self.path);
            return Ok(());
        }
        if has_stopped || self.is_finished {
            return Ok(());
        }
        let end = line_of(&End { finished: SystemTime::now().into() })?;
        self.write(&end)?;
        self.file.sync_all().map_err(|e| unwritable(&self.path, &e))
    }

    pub(super) fn snapshot(&self, again: bool) -> Snapshot {
        let earlier = if again { HashMap::new() } else { self.created_earlier() };
        Snapshot {
            earlier: RefCell::new(earlier),
            key: self.head.key.clone(),
            begun: self.head.begun,
            done: self.done,
            path: self.path.clone(),
            adopted: RefCell::default(),
        }
    }

    /// Returns what earlier runs of the same command with other content created.
    ///
    /// After a file was corrected and the command repeated, only the corrected rows are new.
    fn created_earlier(&self) -> HashMap<String, Vec<String>> {
        let mut earlier: HashMap<String, Vec<String>> = HashMap::new();
        if self.head.identity.paths.is_empty() {
            return earlier;
        }
        for path in self.path.parent().into_iter().flat_map(journals).filter(|path| *path != self.path) {
            let is_earlier =
                head_of(&path).is_some_and(|head| self.head.identity.is_repeated_by(&head.identity));
            let records = is_earlier.then(|| File::open(&path).ok()).flatten().map(records_of);
            for record in records.into_iter().flatten() {
                let Outcome::Created { id, content: Some(content) } = record.outcome else { continue };
                let ids = earlier.entry(content).or_default();
                // A run that adopted the object recorded it again.
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        earlier
    }

    fn count(&mut self, record: &Record) {
        self.done += 1;
        self.rejected = record.rejected.unwrap_or(self.rejected);
        if let Outcome::Created { id, .. } = &record.outcome {
            self.created += 1;
            self.last_id = Some(id.clone());
        }
    }

    fn write(&mut self, line: &str) -> Result<(), Failure> {
        self.file.write_all(line.as_bytes()).map_err(|e| unwritable(&self.path, &e))
    }
}

impl Snapshot {
    /// Whether a row may have been created with a key that has expired since.
    pub(super) fn is_in_doubt(&self, number: u64) -> bool {
        let age = Timestamp::from(SystemTime::now()).minus(KEY_LIFETIME) > self.begun;
        age && (self.done..self.done + MAX_IN_FLIGHT as u64).contains(&number) && self.done > 0
    }

    /// Takes an object that an earlier run of the same command created from this content.
    pub(super) fn take_earlier(&self, content: &str) -> Option<String> {
        self.earlier.borrow_mut().get_mut(content)?.pop()
    }

    /// The earliest creation time of objects of this import, by the server's clock.
    pub(super) fn since(&self) -> Timestamp {
        self.begun.minus(MAX_CLOCK_SKEW)
    }

    /// Assigns an object on the server to a row, unless it belongs to another row.
    pub(super) fn adopt(&self, id: &str) -> bool {
        let text = format!("\"{id}\"");
        let is_known = File::open(&self.path).is_ok_and(|file| {
            BufReader::new(file).lines().map_while(Result::ok).any(|line| line.contains(&text))
        });
        !is_known && self.adopted.borrow_mut().insert(id.to_owned())
    }
}

impl Identity {
    fn file_name(&self) -> String {
        let parts = [&self.kind, &self.server, &self.account, &self.overrides, &self.input];
        let all: Vec<u8> = parts.iter().flat_map(|part| part.bytes().chain([0])).collect();
        let hash = hex(digest(&SHA256, &all).as_ref());
        format!("{}-{}.journal", self.kind, &hash[..32])
    }

    /// Whether the same paths are imported to the same account with other content.
    fn is_changed(&self, other: &Self) -> bool {
        !self.paths.is_empty()
            && self.input != other.input
            && (&self.kind, &self.server, &self.account, &self.paths)
                == (&other.kind, &other.server, &other.account, &other.paths)
    }

    /// Whether it is the same command with other content.
    fn is_repeated_by(&self, other: &Self) -> bool {
        self.is_changed(other) && self.overrides == other.overrides
    }
}

/// Lists the journals in a directory.
fn journals(directory: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "journal"))
}

/// Reads the first line of a journal, if it is complete.
fn head_of(path: &Path) -> Option<Head> {
    let mut line = String::new();
    read_line(&mut BufReader::new(File::open(path).ok()?), &mut line).ok()?;
    serde_json::from_str(&line).ok()
}

/// Rejects an input that changed during its unfinished import: its rows would be created twice.
fn check_unchanged(directory: &Path, identity: &Identity) -> Result<(), Failure> {
    for path in journals(directory) {
        if !head_of(&path).is_some_and(|head| head.identity.is_changed(identity)) {
            continue;
        }
        let Ok(Some(journal)) = Journal::read_only(&path) else { continue };
        if journal.is_finished || journal.created == 0 {
            continue;
        }
        let what = format!(
            "{} changed since its import was interrupted after {} objects",
            identity.paths.join(", "),
            journal.created
        );
        return Err(Failure::new(exit::CONFLICT, what).next(
            "restore the old input to finish that import, or add --again to import everything as new",
        ));
    }
    Ok(())
}

impl Journal {
    /// Reads a journal without truncating it, because another process may be writing it.
    fn read_only(path: &Path) -> Result<Option<Self>, Failure> {
        let copy = tempfile::tempfile().map_err(|e| unwritable(path, &e))?;
        let mut from = File::open(path).map_err(|e| unwritable(path, &e))?;
        io::copy(&mut from, &mut &copy).map_err(|e| unwritable(path, &e))?;
        (&copy).rewind().map_err(|e| unwritable(path, &e))?;
        Self::read(path, &copy)
    }
}

/// Iterates over the records of a journal.
fn records_of(file: File) -> impl Iterator<Item = Record> + use<> {
    let lines = BufReader::new(file).lines().skip(1).map_while(Result::ok);
    lines.map_while(|line| serde_json::from_str(&line).ok())
}

/// Reads the next complete line; an incomplete line counts as absent.
fn read_line(input: &mut impl io::BufRead, line: &mut String) -> io::Result<usize> {
    line.clear();
    let read = input.read_line(line)?;
    if line.ends_with('\n') {
        return Ok(read);
    }
    line.clear();
    Ok(0)
}

fn line_of(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value)
        .map(|line| line + "\n")
        .map_err(|e| Failure::new(exit::FAILED, format!("cannot write the journal: {e}")))
}

/// Creates a random key; input and time alone could be equal for two concurrent imports.
fn new_key(begun: Timestamp) -> Result<String, Failure> {
    use ring::rand::{SecureRandom as _, SystemRandom};
    let mut bytes = [0; 12];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Failure::new(exit::FAILED, "the system provides no random numbers"))?;
    Ok(format!("import-{}-{}", begun.as_millis(), hex(&bytes)))
}

/// Removes old journals.
fn prune(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|data| data.modified()).ok().and_then(|at| at.elapsed().ok());
        if age.is_some_and(|age| age > RETENTION) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::io(format_args!("write the journal of the import in {}", path.display()), error)
        .next("check the directory and its free space, or set VITAE_CONFIG_DIR to another")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journals_of_f83391e_continue_where_they_ended() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("imports");
        fs::create_dir(&directory).unwrap();
        let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/f83391e/imports");
        for entry in fs::read_dir(fixture).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, directory.join(path.file_name().unwrap())).unwrap();
            let text = fs::read_to_string(&path).unwrap();
            let head: Head = serde_json::from_str(text.lines().next().unwrap()).unwrap();
            assert_eq!(path.file_name().unwrap(), &*head.identity.file_name());

            let (journal, records) = Journal::open(home.path(), &head.identity, false).unwrap();
            let ids: Vec<_> = records.map(|record| record.outcome.into_result()).collect();
            // One import was killed after 118 rows; one was finished, with one of three rows rejected.
            let expected = if journal.is_finished { (3, 2) } else { (118, 118) };
            assert_eq!((ids.len(), ids.iter().filter(|id| id.is_ok()).count()), expected);
            assert_eq!(journal.head.key, head.key);
        }
    }
}
