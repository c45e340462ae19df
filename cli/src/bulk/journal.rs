//! What became of each row of an import, so that it can be finished later.
//!
//! A file of lines: the first says what is imported where, the next ones what became of the rows, in
//! their order, the last that it is finished. A line that a kill has cut short counts as absent. It is
//! on disk before the first row is sent; a lost outcome costs a repeat, and no more.

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

/// The server forgets keys after a day; an hour before, we no longer count on them.
const KEY_LIFETIME: Duration = Duration::from_hours(23);
/// Our clock and the server's may differ by so much.
const MAX_CLOCK_SKEW: Duration = Duration::from_mins(10);
/// Finished journals are kept for so long.
const RETENTION: Duration = Duration::from_hours(30 * 24);

/// What makes an import the same import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) kind: String,
    pub(super) server: String,
    pub(super) account: String,
    #[serde(rename = "wishes")]
    pub(super) overrides: String,
    /// SHA-256 of all that is read.
    pub(super) input: String,
    /// For messages alone: the same input is the same, wherever it lies.
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

/// What became of one row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    n: u64,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
    /// How long the file of rejects was after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rejected: Option<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Outcome {
    Created {
        id: String,
        /// SHA-256 of what was sent; none in journals of earlier versions.
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
    /// Rows whose outcome is known, which are the first ones.
    pub(super) done: u64,
    pub(super) last_id: Option<String>,
    /// How long the file of rejects was.
    pub(super) rejected: u64,
    /// When the import began.
    pub(super) when: Timestamp,
    created: u64,
    pub(super) is_finished: bool,
}

/// What senders have to know of it.
pub(super) struct Snapshot {
    pub(super) key: String,
    begun: Timestamp,
    done: u64,
    path: PathBuf,
    /// Found at the server, and taken for what a row has made.
    adopted: RefCell<HashSet<String>>,
    /// What earlier runs of the same command have created, by the digest of what was sent.
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
    /// Begins a journal, or goes on with the one of the same import; its records come with it.
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
                // Held by nobody, or the lock below fails on the new one just as well.
                let _ = fs::remove_file(&path);
            }
            OpenOptions::new().create(true).read(true).write(true).truncate(false).open(&path)
        });
        let file = opened.map_err(|e| unwritable(&path, &e))?;
        if file.try_lock().is_err() {
            return Err(Failure::new(exit::CONFLICT, "another vitae is at the same import")
                .next("wait for it, or end it first"));
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
        // What this run appends is none of them.
        let known = usize::try_from(journal.done).unwrap_or(usize::MAX);
        Ok((journal, records_of(records).take(known)))
    }

    fn begin(path: &Path, file: &File, identity: &Identity) -> Result<Self, Failure> {
        let begun = Timestamp::from(SystemTime::now());
        let head = Head { v: 1, key: fresh_key(begun)?, begun, identity: identity.clone() };
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

    /// Goes over a journal once; none if there is no whole first line.
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
        // A line that was cut short is written again.
        let file = &mut journal.file;
        let cut = file.set_len(whole).and_then(|()| file.seek(SeekFrom::End(0)));
        cut.map_err(|e| unwritable(path, &e))?;
        Ok(Some(journal))
    }

    /// Writes down what became of the next row.
    pub(super) fn record(&mut self, outcome: &Outcome, rejected: Option<u64>) -> Result<(), Failure> {
        let record = Record { n: self.done, outcome: outcome.clone(), rejected };
        let line = line_of(&record)?;
        self.write(&line)?;
        self.count(&record);
        Ok(())
    }

    /// Writes down that nothing is left to do; of an import that made nothing there is nothing to keep.
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

    /// What journals of the same command with another content say was created.
    ///
    /// A file of an input is corrected and the command repeated: only the corrected rows are new.
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
                // A run that found it here has written it down once more.
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
    /// Whether a row may have been created by a run whose keys the server has forgotten.
    pub(super) fn is_in_doubt(&self, number: u64) -> bool {
        let age = Timestamp::from(SystemTime::now()).minus(KEY_LIFETIME) > self.begun;
        age && (self.done..self.done + MAX_IN_FLIGHT as u64).contains(&number) && self.done > 0
    }

    /// Takes one of those that earlier runs of the same command have created of this content.
    pub(super) fn take_earlier(&self, content: &str) -> Option<String> {
        self.earlier.borrow_mut().get_mut(content)?.pop()
    }

    /// What this import has made is not older than this, by the server's clock.
    pub(super) fn since(&self) -> Timestamp {
        self.begun.minus(MAX_CLOCK_SKEW)
    }

    /// Takes something at the server for what a row has made, unless it belongs to another row.
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

    /// Whether it is the same files for the same place, with another content.
    fn is_changed(&self, other: &Self) -> bool {
        !self.paths.is_empty()
            && self.input != other.input
            && (&self.kind, &self.server, &self.account, &self.paths)
                == (&other.kind, &other.server, &other.account, &other.paths)
    }

    /// Whether it is the same command, with another content.
    fn is_repeated_by(&self, other: &Self) -> bool {
        self.is_changed(other) && self.overrides == other.overrides
    }
}

/// The journals in a directory.
fn journals(directory: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "journal"))
}

/// The first line of a journal, if it is a whole one.
fn head_of(path: &Path) -> Option<Head> {
    let mut line = String::new();
    read_line(&mut BufReader::new(File::open(path).ok()?), &mut line).ok()?;
    serde_json::from_str(&line).ok()
}

/// An input that was changed in the middle of its import would go in twice.
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
            "{} has changed since its import was interrupted, which had created {} by then",
            identity.paths.join(", "),
            journal.created
        );
        return Err(Failure::new(exit::CONFLICT, what)
            .next("put it back to finish that import, or add --again to import all of it as new"));
    }
    Ok(())
}

impl Journal {
    /// The same without mending what was cut short: another process may write it.
    fn read_only(path: &Path) -> Result<Option<Self>, Failure> {
        let copy = tempfile::tempfile().map_err(|e| unwritable(path, &e))?;
        let mut from = File::open(path).map_err(|e| unwritable(path, &e))?;
        io::copy(&mut from, &mut &copy).map_err(|e| unwritable(path, &e))?;
        (&copy).rewind().map_err(|e| unwritable(path, &e))?;
        Self::read(path, &copy)
    }
}

/// The records of a journal, one by one.
fn records_of(file: File) -> impl Iterator<Item = Record> + use<> {
    let lines = BufReader::new(file).lines().skip(1).map_while(Result::ok);
    lines.map_while(|line| serde_json::from_str(&line).ok())
}

/// The next line with its end; one without an end is none.
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

/// Nobody else has it; the input and the instant alone would be the same for two at once.
fn fresh_key(begun: Timestamp) -> Result<String, Failure> {
    use ring::rand::{SecureRandom as _, SystemRandom};
    let mut bytes = [0; 12];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Failure::new(exit::FAILED, "the system gives no random numbers"))?;
    Ok(format!("import-{}-{}", begun.as_millis(), hex(&bytes)))
}

/// Removes what was finished long ago.
fn prune(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|data| data.modified()).ok().and_then(|at| at.elapsed().ok());
        if age.is_some_and(|age| age > RETENTION) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::io(format_args!("keep the journal of the import in {}", path.display()), error)
        .next("check the directory and its free space, or set VITAE_CONFIG_DIR to another")
}
