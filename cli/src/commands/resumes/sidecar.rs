//! The titles, tags and owners of exported documents, in a hidden file beside them.
//!
//! A document file holds the document alone. An import of its folder takes the rest from here.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use vitae_sdk::UserId;

/// The name of the file. Hidden, so that imports and exports of documents skip it.
const FILE_NAME: &str = ".vitae-export.ndjson";

/// The properties of one exported resume.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Properties {
    /// The name of the document file.
    pub(super) file: String,
    pub(super) title: String,
    pub(super) tags: Vec<String>,
    pub(super) owner_id: UserId,
    /// The origin of the server, on which alone the owner's id is valid.
    pub(super) server: String,
}

/// The properties of the resumes in one folder, by file name.
#[derive(Debug, Default)]
pub(super) struct Sidecar(HashMap<String, Properties>);

impl Sidecar {
    /// Reads the file in a folder; missing files and invalid lines count as absent.
    pub(super) fn read(folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join(FILE_NAME)).unwrap_or_default();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Properties>(line).ok());
        // Later exports append newer lines.
        Self(lines.map(|properties| (properties.file.clone(), properties)).collect())
    }

    pub(super) fn get(&self, path: &Path) -> Option<&Properties> {
        self.0.get(path.file_name()?.to_str()?)
    }
}

/// Appends the properties of one document to the file in a folder.
pub(super) fn append(folder: &Path, properties: &Properties) -> io::Result<()> {
    let mut line = serde_json::to_vec(properties)?;
    line.push(b'\n');
    OpenOptions::new().create(true).append(true).open(folder.join(FILE_NAME))?.write_all(&line)
}
