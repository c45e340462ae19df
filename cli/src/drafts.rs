//! Texts that somebody is writing: on disk before an editor sees them, and until they are saved.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use vitae_sdk::{Resume, ResumeId};
use vitae_sdk_workspace::files;

use crate::errors::Failure;
use crate::exit;

const BASE: &str = "base.json";
const REVISION: &str = "revision";
const LOCK: &str = "lock";

/// One text under way, in a directory of its own, and what it is based on.
pub(crate) struct Draft {
    directory: PathBuf,
    /// The text itself.
    pub(crate) path: PathBuf,
    /// Held as long as this process works on it.
    _lock: File,
}

/// What a text was before it was changed.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    pub(crate) text: String,
    pub(crate) revision: u64,
}

impl Base {
    pub(crate) fn of(resume: &Resume) -> Self {
        Self { text: resume.document.get().to_owned(), revision: resume.revision }
    }

    /// What the text in this file is based on, if it is a draft.
    pub(crate) fn beside(path: &Path) -> Option<Self> {
        let directory = path.parent()?;
        let text = fs::read_to_string(directory.join(BASE)).ok()?;
        let revision = fs::read_to_string(directory.join(REVISION)).ok()?.trim().parse().ok()?;
        Some(Self { text, revision })
    }
}

impl Draft {
    /// Puts a text on disk, where only its writer can read it.
    pub(crate) fn begin(home: &Path, id: ResumeId, base: &Base, text: &str) -> Result<Self, Failure> {
        let all = home.join("edits");
        let made = files::create_directory(&all).and_then(|()| {
            let prefix = format!("{id}-");
            let mut builder = tempfile::Builder::new();
            builder.prefix(&prefix);
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
            builder.tempdir_in(&all)
        });
        let directory = made.map_err(|e| unwritable(&all, &e))?.keep();
        let lock = File::create(directory.join(LOCK)).and_then(|lock| lock.lock().map(|()| lock));
        let lock = lock.map_err(|e| unwritable(&directory, &e))?;
        let draft = Self { path: directory.join("document.json"), directory, _lock: lock };
        draft.rebase(base)?;
        draft.write(text)?;
        Ok(draft)
    }

    /// Writes down that the text goes on from another base.
    pub(crate) fn rebase(&self, base: &Base) -> Result<(), Failure> {
        self.put(BASE, &base.text)?;
        self.put(REVISION, &base.revision.to_string())
    }

    pub(crate) fn write(&self, text: &str) -> Result<(), Failure> {
        fs::write(&self.path, text).map_err(|e| unwritable(&self.path, &e))
    }

    pub(crate) fn read(&self) -> Result<String, Failure> {
        let bytes = fs::read(&self.path)
            .map_err(|e| Failure::io(format_args!("read {}", self.path.display()), &e))?;
        String::from_utf8(bytes)
            .map_err(|_| Failure::new(exit::INVALID_INPUT, format!("{} is not UTF-8", self.path.display())))
    }

    /// The text is saved elsewhere, or there is nothing in it.
    pub(crate) fn discard(self) {
        // What cannot be removed is found again as a leftover.
        let _ = fs::remove_dir_all(&self.directory);
    }

    fn put(&self, name: &str, text: &str) -> Result<(), Failure> {
        fs::write(self.directory.join(name), text).map_err(|e| unwritable(&self.directory, &e))
    }
}

/// Texts of this resume that nobody works on any more.
pub(crate) fn leftovers(home: &Path, id: ResumeId) -> Vec<PathBuf> {
    let prefix = format!("{id}-");
    let entries = fs::read_dir(home.join("edits")).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix));
    let abandoned =
        ours.filter(|entry| File::open(entry.path().join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok()));
    abandoned.map(|entry| entry.path().join("document.json")).filter(|path| path.exists()).collect()
}

/// Removes a draft whose text has been saved by another.
pub(crate) fn forget(home: &Path, path: &Path) {
    let draft = path.parent().filter(|draft| draft.parent() == Some(&home.join("edits")));
    if let Some(draft) = draft {
        // What cannot be removed is found again as a leftover.
        let _ = fs::remove_dir_all(draft);
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::io(format_args!("write to {}", path.display()), error)
        .next("check the directory and its free space, or set VITAE_CONFIG_DIR to another")
}
