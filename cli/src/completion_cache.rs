//! Names that lists have shown, kept for whoever presses tab.
//!
//! A small file beside the logins that only this person can read. Nothing is kept for a token of
//! the environment, and a logout takes it away.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use vitae_sdk_workspace::files;

use crate::context::Context;

/// Names of one kind that are kept.
const MAX_NAMES: usize = 500;
/// Bytes of a file that can be ours.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// What commands can name at one server, as one login has seen it; newest first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct CompletionCache {
    #[serde(default)]
    pub(crate) people: Vec<CachedName>,
    #[serde(default)]
    pub(crate) resumes: Vec<CachedName>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
}

/// One thing that a command can name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CachedName {
    pub(crate) id: String,
    /// An e-mail address, or a title.
    pub(crate) name: String,
    /// Who that is, or whose.
    pub(crate) about: String,
}

impl CompletionCache {
    /// What was kept for this login; nothing if nothing was, or it cannot be read.
    pub(crate) fn read(context: &Context) -> Self {
        let Some(path) = file(context) else { return Self::default() };
        if fs::metadata(&path).map_or(true, |found| found.len() > MAX_FILE_BYTES) {
            return Self::default();
        }
        fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// Puts these before what is there, and keeps it for the next time.
    pub(crate) fn save(self, context: &Context) -> Self {
        let old = Self::read(context);
        if self.is_empty() {
            return old;
        }
        let merged_names = Self {
            people: merged(self.people, old.people, |name| name.id.clone()),
            resumes: merged(self.resumes, old.resumes, |name| name.id.clone()),
            tags: merged(self.tags, old.tags, Clone::clone),
        };
        if let Some(path) = file(context) {
            // A missed name costs somebody a few keys; a command must not fail for it.
            let _ = merged_names.write(&path);
        }
        merged_names
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.people.is_empty() && self.resumes.is_empty() && self.tags.is_empty()
    }

    fn write(&self, path: &Path) -> std::io::Result<()> {
        let directory = path.parent().unwrap_or(Path::new("."));
        files::create_directory(directory)?;
        // Mode 0600, and whole or not at all.
        let mut file = tempfile::Builder::new().prefix(".seen-").tempfile_in(directory)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.persist(path)?;
        Ok(())
    }
}

/// Forgets what this login has seen.
pub(crate) fn remove(context: &Context) {
    if let Some(path) = file(context) {
        // It is only ever a convenience, and most often not there.
        let _ = fs::remove_file(path);
    }
}

/// The file of the login that the profile keeps.
fn file(context: &Context) -> Option<PathBuf> {
    let account = context.profile.account.as_ref().filter(|_| !context.has_token())?;
    Some(context.file_of("seen", account))
}

fn merged<T, K: PartialEq>(new: Vec<T>, old: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut merged_names: Vec<T> = Vec::new();
    for item in new.into_iter().chain(old) {
        if merged_names.len() < MAX_NAMES && !merged_names.iter().any(|known| key(known) == key(&item)) {
            merged_names.push(item);
        }
    }
    merged_names
}
