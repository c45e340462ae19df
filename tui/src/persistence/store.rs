//! What outlives the console: drafts, changes that can be taken back, choices of columns.
//!
//! Small files below one directory, which only their owner can read; none holds a password. What one
//! console works on is locked, so that another of the same person leaves it alone.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use vitae_sdk::UserId;

use crate::app::effect::StoreChange;
use crate::persistence::draft::{DOCUMENT, Draft, Kind};
use crate::persistence::undo::{How, Step};

const COLUMNS: &str = "columns.json";
const UNDO: &str = "undo";
/// Beside a step that was planned: as many bytes as objects were begun.
const BEGUN: &str = "begun";
/// A directory a draft: itself, what the editor has of it, the lock of who works on it.
const DRAFTS: &str = "drafts";
const DRAFT: &str = "draft.json";
const EDITED: &str = "resume.json";
const LOCK: &str = "lock";

/// What an earlier console left behind.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct StoredState {
    pub(crate) drafts: Vec<Draft>,
    pub(crate) undo: Vec<Step>,
}

/// Where things are kept.
#[derive(Debug, Default)]
pub(crate) struct Store {
    /// None keeps nothing.
    home: Option<PathBuf>,
    /// Of the person who is logged in.
    theirs: Option<PathBuf>,
    /// Drafts that are this console's.
    locks: HashMap<String, File>,
}

impl Store {
    pub(crate) fn new(home: Option<PathBuf>) -> Self {
        Self { home, ..Self::default() }
    }

    /// The columns that were chosen.
    pub(crate) fn columns(&self) -> Vec<(String, Vec<String>)> {
        self.home.as_ref().and_then(|home| read(&home.join(COLUMNS))).unwrap_or_default()
    }

    /// Brings back what this person left at this server, the oldest first.
    pub(crate) fn recall(&mut self, server: &str, who: UserId) -> StoredState {
        self.locks.clear();
        self.theirs = self.home.as_ref().map(|home| home.join(name_of(server)).join(who.to_string()));
        let Some(theirs) = self.theirs.clone() else { return StoredState::default() };
        let mut drafts: Vec<Draft> =
            entries(&theirs.join(DRAFTS)).filter_map(|path| self.adopt(&path)).collect();
        drafts.sort_by_key(|draft| draft.at);
        let mut undo: Vec<Step> = entries(&theirs.join(UNDO)).filter_map(|path| step_in(&path)).collect();
        undo.sort_by_key(|step| step.at);
        StoredState { drafts, undo }
    }

    /// Writes down, or forgets.
    pub(crate) fn keep(&mut self, keeping: &StoreChange) -> io::Result<()> {
        let theirs = match (keeping, &self.home, &self.theirs) {
            (StoreChange::Columns(columns), Some(home), _) => return write(home, COLUMNS, columns),
            (StoreChange::DropDraft(key), ..) => {
                self.locks.remove(key);
                return gone(fs::remove_dir_all(self.directory_of(key)));
            }
            (_, _, Some(theirs)) => theirs.clone(),
            _ => return Ok(()),
        };
        match keeping {
            StoreChange::Draft(draft) => {
                let directory = self.directory_of(&draft.key);
                self.lock(&directory, &draft.key)?;
                write(&directory, DRAFT, draft)
            }
            StoreChange::Step(step) => {
                let undo = theirs.join(UNDO);
                write(&undo, &format!("{}.json", step.key), step)?;
                gone(fs::remove_file(undo.join(format!("{}.{BEGUN}", step.key))))
            }
            StoreChange::Planned(step) => {
                let undo = theirs.join(UNDO);
                // Empty before the step is there: what was not begun must not be undone.
                make(&undo)?;
                private(&undo.join(format!("{}.{BEGUN}", step.key)))?;
                write(&undo, &format!("{}.json", step.key), step)
            }
            StoreChange::Begun(key) => {
                let path = theirs.join(UNDO).join(format!("{key}.{BEGUN}"));
                File::options().append(true).open(path)?.write_all(b"\n")
            }
            StoreChange::DropStep(key) => {
                let undo = theirs.join(UNDO);
                gone(fs::remove_file(undo.join(format!("{key}.json"))))?;
                gone(fs::remove_file(undo.join(format!("{key}.{BEGUN}"))))
            }
            StoreChange::Columns(_) | StoreChange::DropDraft(_) => Ok(()),
        }
    }

    /// The file for the editor, which has this text now.
    ///
    /// Where nothing is kept it is a temporary one.
    pub(crate) fn put_for_editor(&self, key: &str, text: &str) -> io::Result<PathBuf> {
        let directory = self.directory_of(key);
        make(&directory)?;
        let path = directory.join(EDITED);
        private(&path)?.write_all(text.as_bytes())?;
        Ok(path)
    }

    /// Where a draft is; a temporary place where nothing is kept.
    fn directory_of(&self, key: &str) -> PathBuf {
        let drafts = self.theirs.as_ref().map_or_else(std::env::temp_dir, |theirs| theirs.join(DRAFTS));
        drafts.join(key)
    }

    /// Takes over a draft that no living console works on.
    fn adopt(&mut self, directory: &Path) -> Option<Draft> {
        let path = directory.join(DRAFT);
        let mut draft: Draft = read(&path)?;
        if directory.file_name()?.to_str()? != draft.key || !is_whole(&draft) {
            return None;
        }
        self.lock(directory, &draft.key).ok()?;
        // What an editor has written after the draft was is newer.
        let edited = directory.join(EDITED);
        let time = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
        if time(&edited) > time(&path)
            && let (Ok(text), Some(document)) = (fs::read_to_string(&edited), draft.texts.get_mut(DOCUMENT))
        {
            crate::app::update::without_notes(&text).clone_into(document);
        }
        Some(draft)
    }

    fn lock(&mut self, directory: &Path, key: &str) -> io::Result<()> {
        if self.locks.contains_key(key) {
            return Ok(());
        }
        make(directory)?;
        let lock = File::create(directory.join(LOCK))?;
        lock.try_lock().map_err(|_| io::Error::other("another console works on it"))?;
        self.locks.insert(key.to_owned(), lock);
        Ok(())
    }
}

/// A step from disk; of one that was planned, the objects that were begun.
fn step_in(path: &Path) -> Option<Step> {
    if path.extension()? != "json" {
        return None;
    }
    let mut step: Step = read(path)?;
    if let (Ok(begun), How::Act(plan)) = (fs::metadata(path.with_extension(BEGUN)), &mut step.how) {
        plan.items.truncate(usize::try_from(begun.len()).unwrap_or(usize::MAX));
        step.name = plan.objects();
    }
    step.is_whole().then_some(step)
}

/// Whether a draft from disk has all the texts that its kind has.
fn is_whole(draft: &Draft) -> bool {
    let texts = draft.kind.texts();
    let is_of_base = match draft.kind {
        Kind::Person | Kind::Resume => draft.base.as_ref().is_some_and(|base| base.texts.len() == texts),
        _ => draft.base.is_none(),
    };
    draft.texts.len() == texts && is_of_base && draft.kind.is_kept()
}

/// A server's address as the name of a directory.
fn name_of(server: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' };
    server.chars().map(plain).collect()
}

fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// What stands in a file; none where it is gone, damaged, or of another version.
fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Replaces a file whole.
fn write<T: Serialize>(directory: &Path, name: &str, value: &T) -> io::Result<()> {
    make(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    serde_json::to_writer(&mut file, value)?;
    file.persist(directory.join(name))?;
    Ok(())
}

fn make(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// What is gone already need not be removed.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
