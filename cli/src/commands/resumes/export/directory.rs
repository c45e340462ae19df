//! A directory of exported documents, with safe file names and atomic writes.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use vitae_contracts_core::fold;
use vitae_sdk::{Resume, Untrusted};

use crate::commands::resumes::sidecar::{self, Properties};
use crate::errors::{Failure, FileLocation};
use crate::exit;

/// Limits of the title in a file name, in characters and bytes, within those of all file systems.
const CHARACTERS: usize = 60;
const BYTES: usize = 180;

pub(super) struct Directory {
    path: PathBuf,
    overwrites: bool,
    /// The origin of the server.
    server: String,
}

impl Directory {
    /// Creates the directory if it is missing.
    pub(super) fn open(path: PathBuf, overwrites: bool, server: String) -> Result<Self, Failure> {
        fs::create_dir_all(&path).map_err(|e| {
            Failure::io(format_args!("use {} as a directory", path.display()), &e)
                .next("use another directory")
        })?;
        Ok(Self { path, overwrites, server })
    }

    /// Writes one document atomically, and its title, tags and owner to the sidecar file.
    pub(super) fn write(&self, resume: &Resume) -> Result<FileLocation, Failure> {
        let name = file_name(resume.title.as_str(), &resume.id.to_string());
        let path = self.path.join(&name);
        let location = FileLocation { file: path.display().to_string(), line: None };
        let written = self.put(&path, resume.document.get());
        match written.and_then(|()| sidecar::append(&self.path, &self.properties(name, resume))) {
            Ok(()) => Ok(location),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Failure::new(exit::CONFLICT, "the file exists")
                    .in_file(&location)
                    .next("add --yes to overwrite files, or use another directory"))
            }
            Err(error) => Err(Failure::new(exit::FAILED, format!("cannot be written: {error}"))
                .in_file(&location)
                .next("check the directory and its free space")),
        }
    }

    fn properties(&self, file: String, resume: &Resume) -> Properties {
        Properties {
            file,
            title: resume.title.as_str().to_owned(),
            tags: resume.tags.iter().map(Untrusted::as_str).map(str::to_owned).collect(),
            owner_id: resume.owner.id,
            server: self.server.clone(),
        }
    }

    fn put(&self, path: &Path, text: &str) -> io::Result<()> {
        let mut file = self.new_file()?;
        writeln!(file, "{text}")?;
        if self.overwrites {
            file.persist(path)?;
        } else {
            file.persist_noclobber(path)?;
        }
        Ok(())
    }

    /// Creates a temporary file, removed unless persisted.
    fn new_file(&self) -> io::Result<NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".vitae-").suffix(".tmp");
        // Like any new file: the umask applies.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        builder.tempfile_in(&self.path)
    }
}

/// Returns `<title>-<end of the id>.json`, of letters, digits and dashes only, so it contains no path.
///
/// The end of an id is random; the start is the time.
fn file_name(title: &str, id: &str) -> String {
    let mut name = String::new();
    for c in fold(title).chars().take(CHARACTERS) {
        if c.is_alphanumeric() && name.len() < BYTES {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = match name.trim_end_matches('-') {
        "" => "resume",
        name => name,
    };
    let end = &id[id.len().saturating_sub(8)..];
    format!("{name}-{end}.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_name_contains_no_path() {
        for (title, name) in [
            ("Ada Lovelace – Analyst", "ada-lovelace-analyst-12345678.json"),
            ("../../etc/passwd", "etc-passwd-12345678.json"),
            ("C:\\temp\\NUL", "c-temp-nul-12345678.json"),
            ("名前 é", "名前-é-12345678.json"),
            ("\u{1b}[2J", "2j-12345678.json"),
            ("…", "resume-12345678.json"),
        ] {
            assert_eq!(file_name(title, "0199c2f0-1b2a-7c3d-8e4f-5a6b12345678"), name);
        }
        assert!(file_name(&"漢".repeat(200), "0199c2f0-1b2a-7c3d-8e4f-5a6b12345678").len() < 255);
    }
}
