//! Drafts of edited documents, on disk until they are saved.

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

/// A draft with its base, in its own directory.
pub(crate) struct Draft {
    directory: PathBuf,
    /// The text itself.
    pub(crate) path: PathBuf,
    /// Locked while this process uses the draft.
    _lock: File,
}

/// The document and revision that a draft is based on.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    pub(crate) text: String,
    pub(crate) revision: u64,
}

impl Base {
    pub(crate) fn of(resume: &Resume) -> Self {
        Self { text: resume.document.get().to_owned(), revision: resume.revision }
    }

    /// Returns the base of the draft in this file, if it is one.
    pub(crate) fn beside(path: &Path) -> Option<Self> {
        let directory = path.parent()?;
        let text = fs::read_to_string(directory.join(BASE)).ok()?;
        let revision = fs::read_to_string(directory.join(REVISION)).ok()?.trim().parse().ok()?;
        Some(Self { text, revision })
    }
}

impl Draft {
    /// Writes a text to a new private draft.
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

    /// Changes the base of the draft.
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

    /// Removes the draft.
    pub(crate) fn discard(self) {
        // A draft that cannot be removed is reported as a leftover later.
        let _ = fs::remove_dir_all(&self.directory);
    }

    fn put(&self, name: &str, text: &str) -> Result<(), Failure> {
        fs::write(self.directory.join(name), text).map_err(|e| unwritable(&self.directory, &e))
    }
}

/// Returns the abandoned drafts of this resume.
pub(crate) fn leftovers(home: &Path, id: ResumeId) -> Vec<PathBuf> {
    let prefix = format!("{id}-");
    let entries = fs::read_dir(home.join("edits")).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix));
    let abandoned =
        ours.filter(|entry| File::open(entry.path().join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok()));
    abandoned.map(|entry| entry.path().join("document.json")).filter(|path| path.exists()).collect()
}

/// Removes a draft whose text was saved through another draft.
pub(crate) fn forget(home: &Path, path: &Path) {
    let draft = path.parent().filter(|draft| draft.parent() == Some(&home.join("edits")));
    if let Some(draft) = draft {
        // A draft that cannot be removed is reported as a leftover later.
        let _ = fs::remove_dir_all(draft);
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::io(format_args!("write to {}", path.display()), error)
        .next("check the directory and its free space, or set VITAE_CONFIG_DIR to another")
}
