//! The files that outlive the console: drafts, undo steps and chosen columns.
//!
//! Small files below one directory, readable by their owner only; none contains a password. A draft that one
//! console edits is locked, so that other consoles of the same person do not open it.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vitae_sdk::UserId;
use vitae_sdk_workspace::{Draft, files, without_notes};

use crate::app::effect::StoreChange;
use crate::persistence::undo::{How, Step};

const COLUMNS: &str = "columns.json";
const UNDO: &str = "undo";
/// The file next to a planned step, with one byte for each started object.
const BEGUN: &str = "begun";
/// The directory of drafts; each has its own directory with the draft, the editor's file and the lock.
const DRAFTS: &str = "drafts";
const DRAFT: &str = "draft.json";
const EDITED: &str = "resume.json";
const LOCK: &str = "lock";

/// The state stored by an earlier console.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct StoredState {
    pub(crate) drafts: Vec<Draft>,
    pub(crate) undo: Vec<Step>,
    /// Files that this version cannot read; they stay where they are.
    #[serde(default)]
    pub(crate) unreadable: Vec<String>,
}

/// The store.
#[derive(Debug, Default)]
pub(crate) struct Store {
    /// The root directory; `None` stores nothing.
    home: Option<PathBuf>,
    /// The directory of the person who is logged in.
    account_directory: Option<PathBuf>,
    /// The locks of the drafts that this console edits.
    locks: HashMap<String, File>,
}

impl Store {
    pub(crate) fn new(home: Option<PathBuf>) -> Self {
        Self { home, ..Self::default() }
    }

    /// Returns the chosen columns.
    pub(crate) fn columns(&self) -> Vec<(String, Vec<String>)> {
        self.home.as_ref().and_then(|home| files::read_json(&home.join(COLUMNS)).ok()).unwrap_or_default()
    }

    /// Loads the stored state of this person at this server, oldest first.
    pub(crate) fn recall(&mut self, server: &str, who: UserId) -> StoredState {
        self.locks.clear();
        self.account_directory =
            self.home.as_ref().map(|home| home.join(name_of(server)).join(who.to_string()));
        let Some(account_directory) = self.account_directory.clone() else { return StoredState::default() };
        let mut state = StoredState::default();
        for directory in entries(&account_directory.join(DRAFTS)) {
            match self.adopt(&directory) {
                Ok(draft) => state.drafts.extend(draft),
                Err(_) => state.unreadable.push(directory.join(DRAFT).display().to_string()),
            }
        }
        for path in entries(&account_directory.join(UNDO))
            .filter(|path| path.extension().is_some_and(|e| e == "json"))
        {
            match step_in(&path) {
                Ok(step) => state.undo.extend(step),
                Err(_) => state.unreadable.push(path.display().to_string()),
            }
        }
        state.drafts.sort_by_key(|draft| draft.at);
        state.undo.sort_by_key(|step| step.at);
        state
    }

    /// Applies a change to the stored state.
    pub(crate) fn keep(&mut self, keeping: &StoreChange) -> io::Result<()> {
        let account_directory = match (keeping, &self.home, &self.account_directory) {
            (StoreChange::Columns(columns), Some(home), _) => {
                return files::write_json(home, COLUMNS, columns);
            }
            (StoreChange::DropDraft(key), ..) => {
                self.locks.remove(key);
                return files::ignore_missing(fs::remove_dir_all(self.directory_of(key)));
            }
            (_, _, Some(account_directory)) => account_directory.clone(),
            _ => return Ok(()),
        };
        match keeping {
            StoreChange::Draft(draft) => {
                let directory = self.directory_of(&draft.key);
                self.lock(&directory, &draft.key)?;
                files::write_json(&directory, DRAFT, draft)
            }
            StoreChange::Step(step) => {
                let undo = account_directory.join(UNDO);
                files::write_json(&undo, &format!("{}.json", step.key), step)?;
                files::ignore_missing(fs::remove_file(undo.join(format!("{}.{BEGUN}", step.key))))
            }
            StoreChange::Planned(step) => {
                let undo = account_directory.join(UNDO);
                // Created empty before the step: objects that were not started must not be undone.
                files::create_directory(&undo)?;
                files::create_file(&undo.join(format!("{}.{BEGUN}", step.key)))?;
                files::write_json(&undo, &format!("{}.json", step.key), step)
            }
            StoreChange::Begun(key) => {
                let path = account_directory.join(UNDO).join(format!("{key}.{BEGUN}"));
                File::options().append(true).open(path)?.write_all(b"\n")
            }
            StoreChange::DropStep(key) => {
                let undo = account_directory.join(UNDO);
                files::ignore_missing(fs::remove_file(undo.join(format!("{key}.json"))))?;
                files::ignore_missing(fs::remove_file(undo.join(format!("{key}.{BEGUN}"))))
            }
            StoreChange::Columns(_) | StoreChange::DropDraft(_) => Ok(()),
        }
    }

    /// Writes this text to the editor's file and returns the path.
    ///
    /// Without a root directory it is a temporary file.
    pub(crate) fn put_for_editor(&self, key: &str, text: &str) -> io::Result<PathBuf> {
        let directory = self.directory_of(key);
        files::create_directory(&directory)?;
        let path = directory.join(EDITED);
        files::create_file(&path)?.write_all(text.as_bytes())?;
        Ok(path)
    }

    /// Returns the directory of a draft; a temporary one without a root directory.
    fn directory_of(&self, key: &str) -> PathBuf {
        let drafts = self
            .account_directory
            .as_ref()
            .map_or_else(std::env::temp_dir, |account_directory| account_directory.join(DRAFTS));
        drafts.join(key)
    }

    /// Takes over a draft that no running console uses; none if there is no such draft.
    ///
    /// # Errors
    ///
    /// For a draft that this version cannot read.
    fn adopt(&mut self, directory: &Path) -> io::Result<Option<Draft>> {
        let path = directory.join(DRAFT);
        if !path.exists() {
            return Ok(None);
        }
        let mut draft: Draft = files::read_json(&path)?;
        let is_named = directory.file_name().is_some_and(|name| name == &*draft.key);
        if !is_named || !draft.kind.is_stored() || self.lock(directory, &draft.key).is_err() {
            return Ok(None);
        }
        // The editor's file is newer if it was written after the draft.
        let edited = directory.join(EDITED);
        let time = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
        if time(&edited) > time(&path)
            && draft.values.get("document").is_some()
            && let Ok(text) = fs::read_to_string(&edited)
        {
            draft.values.set("document", without_notes(&text));
        }
        Ok(Some(draft))
    }

    fn lock(&mut self, directory: &Path, key: &str) -> io::Result<()> {
        if self.locks.contains_key(key) {
            return Ok(());
        }
        files::create_directory(directory)?;
        let lock = File::create(directory.join(LOCK))?;
        lock.try_lock().map_err(|_| io::Error::other("another console is editing it"))?;
        self.locks.insert(key.to_owned(), lock);
        Ok(())
    }
}

/// Reads a step; for a planned one, only the objects that were started.
///
/// # Errors
///
/// For a step that this version cannot read.
fn step_in(path: &Path) -> io::Result<Option<Step>> {
    let mut step: Step = files::read_json(path)?;
    if let (Ok(begun), How::Operation(plan)) = (fs::metadata(path.with_extension(BEGUN)), &mut step.how) {
        plan.items.truncate(usize::try_from(begun.len()).unwrap_or(usize::MAX));
        step.name = plan.objects();
    }
    Ok(step.is_whole().then_some(step))
}

/// Returns a directory name for a server's address.
fn name_of(server: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' };
    server.chars().map(plain).collect()
}

fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let copied = to.join(path.file_name().unwrap());
            if path.is_dir() {
                copy(&path, &copied);
            } else {
                fs::copy(&path, &copied).unwrap();
            }
        }
    }

    #[test]
    fn drafts_undo_steps_and_columns_of_f83391e_open() {
        let home = tempfile::tempdir().unwrap();
        copy(
            Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/fixtures/f83391e/console")),
            home.path(),
        );
        let mut store = Store::new(Some(home.path().to_owned()));
        let columns = crate::client::columns::chosen_by(&store.columns());
        let keys: Vec<&str> = columns["resumes"].iter().map(|field| field.key()).collect();
        assert_eq!(keys, ["title", "owner.name", "revision", "updated_at"]);

        let who = "01a22fad-02cc-70c7-9213-909ec830c2e6".parse().unwrap();
        let state = store.recall("http://127.0.0.1:7990", who);
        assert_eq!(state.unreadable, [""; 0]);
        let changes: Vec<_> = state
            .drafts
            .iter()
            .flat_map(Draft::changes)
            .map(|change| (change.field, change.after.unwrap_or_default()))
            .collect();
        let expected = [("e-mail", "ada@example.com.draft"), ("title", "Analytical Engines II")];
        assert_eq!(changes, expected.map(|(field, after)| (field.to_owned(), after.to_owned())));
        let [step] = state.undo.as_slice() else { panic!("one step: {:?}", state.undo) };
        let How::Person { before, .. } = &step.how else { panic!("a person's step: {step:?}") };
        assert_eq!(before.text("name"), "Ada Lovelace");
        assert_eq!(before.get("labels"), None, "a field that the step does not know is not changed");
    }

    #[test]
    fn draft_that_cannot_be_read_is_reported_and_kept() {
        let home = tempfile::tempdir().unwrap();
        let who = UserId::from_bytes([7; 16]);
        let draft = home.path().join("here").join(who.to_string()).join(DRAFTS).join("k");
        fs::create_dir_all(&draft).unwrap();
        fs::write(draft.join(DRAFT), r#"{"format": 99}"#).unwrap();
        let state = Store::new(Some(home.path().to_owned())).recall("here", who);
        assert_eq!(state.unreadable, [draft.join(DRAFT).display().to_string()]);
        assert!(draft.join(DRAFT).exists());
    }
}
