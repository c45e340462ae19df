//! Manifests from files, folders and standard input.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use vitae_sdk_workspace::manifest::{Document, Format, Object, parse};

use crate::documents::{self, name_of};
use crate::errors::{Failure, FileLocation};
use crate::exit;

/// One object, and the file that describes it.
pub(crate) struct Stated {
    pub(crate) location: FileLocation,
    pub(crate) object: Object,
}

/// Reads every named file, folder and standard input.
///
/// # Errors
///
/// For the first input that cannot be read, before anything is changed.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<Stated>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        if documents::is_stdin(path) || !path.is_dir() {
            read_file(path, &mut all)?;
            continue;
        }
        let location = FileLocation { file: name_of(path), line: None };
        let files = manifests_in(path).map_err(|e| documents::unreadable(&location, &e))?;
        if files.is_empty() {
            return Err(Failure::new(
                exit::INVALID_INPUT,
                "contains no *.yaml, *.yml, *.json and no *.ndjson file",
            )
            .in_file(&location));
        }
        for file in files {
            read_file(&file, &mut all)?;
        }
    }
    Ok(all)
}

/// Returns the manifests directly in a folder, sorted by name, without hidden ones.
fn manifests_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let is_manifest = |path: &PathBuf| {
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        !is_hidden && format_of(path).is_some()
    };
    let mut files: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).filter(is_manifest).collect();
    files.sort();
    Ok(files)
}

fn format_of(path: &Path) -> Option<Format> {
    Format::of_extension(&path.extension()?.to_string_lossy())
}

fn read_file(path: &Path, all: &mut Vec<Stated>) -> Result<(), Failure> {
    let location = FileLocation { file: name_of(path), line: None };
    let mut bytes = Vec::new();
    let read = if documents::is_stdin(path) {
        io::stdin().lock().read_to_end(&mut bytes).map(drop)
    } else {
        fs::read(path).map(|read| bytes = read)
    };
    read.map_err(|e| documents::unreadable(&location, &e))?;
    let invalid = |what: String| {
        Failure::new(exit::INVALID_INPUT, what).in_file(&location).next("fix the file; nothing was changed")
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| invalid("is not UTF-8".to_owned()))?;
    let objects = parse(text, format_of(path).unwrap_or_else(|| Format::of_text(text))).map_err(invalid)?;
    for mut object in objects {
        read_document(&mut object, path).map_err(invalid)?;
        all.push(Stated { location: location.clone(), object });
    }
    Ok(())
}

/// Replaces the name of a document's file with the document.
fn read_document(object: &mut Object, manifest: &Path) -> Result<(), String> {
    if let Object::Resume(resume) = object
        && let Some(Document::File(file)) = &resume.document
    {
        let file = manifest.parent().unwrap_or(Path::new(".")).join(file);
        let document =
            documents::read(&file).map_err(|failure| format!("{}: {}", file.display(), failure.message))?;
        resume.document = Some(Document::Inline(document));
    }
    Ok(())
}
