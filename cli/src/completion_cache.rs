//! The cache of names from earlier lists, for shell completion.
//!
//! A private file in the configuration directory. Nothing is cached for `VITAE_TOKEN`, and a logout
//! removes the file.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use vitae_sdk_workspace::files;

use crate::context::Context;

/// Maximum number of names of one kind.
const MAX_NAMES: usize = 500;
/// Maximum size of a valid file in bytes.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Names seen by one login at one server, newest first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct CompletionCache {
    #[serde(default)]
    pub(crate) people: Vec<CachedName>,
    #[serde(default)]
    pub(crate) resumes: Vec<CachedName>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
}

/// A person or resume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CachedName {
    pub(crate) id: String,
    /// An e-mail address, or a title.
    pub(crate) name: String,
    /// The name of the person or owner.
    pub(crate) about: String,
}

impl CompletionCache {
    /// Reads the cache of this login; missing and unreadable files count as empty.
    pub(crate) fn read(context: &Context) -> Self {
        let Some(path) = file(context) else { return Self::default() };
        if fs::metadata(&path).map_or(true, |found| found.len() > MAX_FILE_BYTES) {
            return Self::default();
        }
        fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// Merges these names into the cache, and returns the result.
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
            // A command must not fail because of the cache.
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
        // Mode 0600, and written atomically.
        let mut file = tempfile::Builder::new().prefix(".seen-").tempfile_in(directory)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.persist(path)?;
        Ok(())
    }
}

/// Removes the cache of this login.
pub(crate) fn remove(context: &Context) {
    if let Some(path) = file(context) {
        // The file is optional and often missing.
        let _ = fs::remove_file(path);
    }
}

/// Returns the cache file of the stored login; `None` for `VITAE_TOKEN`.
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
