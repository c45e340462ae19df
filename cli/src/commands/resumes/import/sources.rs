//! Reads documents from paths one at a time.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use vitae_contracts_core::limits::BODY_BYTES;
use vitae_contracts_core::printable_words;
use vitae_contracts_document::{Document, Kind, Scanned, scan, title_of};
use vitae_sdk::{CreateResume, UserId};

use crate::bulk::InputRow;
use crate::bulk::input::Input;
use crate::commands::resumes::sidecar::{Properties, Sidecar};
use crate::documents::{self, name_of};
use crate::errors::{Failure, FileLocation};
use crate::exit;

/// The title if neither the document nor the file name provides one.
const UNTITLED: &str = "Untitled resume";
/// Maximum characters of a title.
const TITLE: usize = 200;

/// A document with its title, tags and owner.
pub(super) struct Content {
    pub(super) resume: CreateResume,
    pub(super) old_keys: Vec<String>,
    /// Whether it is a document alone, and no line of an export.
    is_bare: bool,
}

impl Content {
    /// Uses the properties of an exported bare document.
    fn apply(&mut self, properties: &Properties, server: &str) {
        if !self.is_bare {
            return;
        }
        self.resume.title.clone_from(&properties.title);
        self.resume.tags.clone_from(&properties.tags);
        if properties.server == server {
            self.resume.owner_id = Some(properties.owner_id);
        }
    }
}

/// Returns all files of these paths, in order; missing paths and empty folders are kept as they are.
pub(super) fn files(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        let mut inside = Vec::new();
        if path.is_dir() && collect(path, &mut inside).is_ok() && !inside.is_empty() {
            files.append(&mut inside);
        } else {
            files.push(path.clone());
        }
    }
    files
}

/// Passes every document of these files to `take`, in order, until it returns false.
///
/// Owners in sidecar files are used if they are of this server.
pub(super) fn read_all(
    files: Vec<Input>,
    keeps_raw: bool,
    server: &str,
    take: &mut dyn FnMut(InputRow<Content>) -> bool,
) {
    let mut reader = Reader { keeps_raw, server, sidecars: HashMap::new(), take };
    for input in files {
        let goes_on = match input {
            Input::Spool(file) => reader.mixed(BufReader::new(file), UNTITLED, "standard input"),
            Input::Path(path) => reader.file(&path),
        };
        if !goes_on {
            return;
        }
    }
}

/// Its methods return whether to continue.
struct Reader<'t> {
    keeps_raw: bool,
    server: &'t str,
    /// The sidecar files by folder.
    sidecars: HashMap<PathBuf, Sidecar>,
    take: &'t mut dyn FnMut(InputRow<Content>) -> bool,
}

impl Reader<'_> {
    fn file(&mut self, path: &Path) -> bool {
        let name = name_of(path);
        let stem = stem(path);
        let location = FileLocation { file: name.clone(), line: None };
        if path.is_dir() {
            let failure = Failure::new(exit::INVALID_INPUT, "contains no *.json or *.ndjson files");
            return self.fail(location, failure.next("use another folder, or name the files"));
        }
        if is_json(path) {
            return match documents::file_bytes(path, &location) {
                Ok(bytes) => {
                    let properties = self.properties(path);
                    self.give_with(location, &bytes, &stem, properties.as_ref())
                }
                Err(failure) => self.fail(location, failure),
            };
        }
        match File::open(path) {
            Ok(file) if is_lines(path) => self.lines(BufReader::new(file), &stem, &name),
            Ok(file) => self.mixed(BufReader::new(file), &stem, &name),
            Err(error) => self.fail_to_read(location, &error),
        }
    }

    /// Reads one document per line.
    fn lines(&mut self, mut input: impl BufRead, title: &str, name: &str) -> bool {
        for number in 1.. {
            let location = FileLocation { file: name.to_owned(), line: Some(number) };
            let goes_on = match line(&mut input) {
                Ok(None) => return true,
                Ok(Some(line)) if line.trim_ascii().is_empty() => true,
                Ok(Some(line)) if line.len() > BODY_BYTES => {
                    let failure = documents::too_big(&location);
                    self.fail(location, failure)
                }
                Ok(Some(line)) => self.give(location, &line, title),
                Err(error) => {
                    self.fail_to_read(location, &error);
                    false
                }
            };
            if !goes_on {
                return false;
            }
        }
        true
    }

    /// Reads one document, or one per line if the first line is a complete document.
    fn mixed(&mut self, mut input: impl BufRead, title: &str, name: &str) -> bool {
        let location = FileLocation { file: name.to_owned(), line: None };
        let mut head = Vec::new();
        loop {
            match line(&mut input) {
                Ok(Some(text)) => {
                    let is_blank = text.trim_ascii().is_empty();
                    head.extend_from_slice(&text);
                    if is_blank {
                        continue;
                    }
                    if is_complete_object(&text) {
                        return self.lines(head_and_rest(head, input), title, name);
                    }
                    break;
                }
                Ok(None) => break,
                Err(error) => return self.fail_to_read(location, &error),
            }
        }
        let start = head.len();
        if let Err(error) = input.by_ref().take(BODY_BYTES as u64).read_to_end(&mut head) {
            return self.fail_to_read(location, &error);
        }
        let mut rest = head[start..].split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty());
        // The first line is malformed, but the next ones are documents.
        if rest.next().is_some_and(is_complete_object) {
            return self.lines(head_and_rest(head, input), title, name);
        }
        if head.len() > BODY_BYTES {
            let failure = documents::too_big(&location);
            return self.fail(location, failure);
        }
        self.give(location, &head, title)
    }

    /// Returns the properties of a document file in the sidecar file of its folder.
    fn properties(&mut self, path: &Path) -> Option<Properties> {
        let folder = path.parent()?;
        if !self.sidecars.contains_key(folder) {
            self.sidecars.insert(folder.to_owned(), Sidecar::read(folder));
        }
        self.sidecars.get(folder)?.get(path).cloned()
    }

    fn give(&mut self, location: FileLocation, bytes: &[u8], title: &str) -> bool {
        self.give_with(location, bytes, title, None)
    }

    fn give_with(
        &mut self,
        location: FileLocation,
        bytes: &[u8],
        title: &str,
        properties: Option<&Properties>,
    ) -> bool {
        let mut content = content(bytes, title, &location);
        if let (Ok(content), Some(properties)) = (&mut content, properties) {
            content.apply(properties, self.server);
        }
        (self.take)(InputRow {
            location,
            size: bytes.len(),
            raw: self.keeps_raw.then(|| on_one_line(bytes)),
            content,
        })
    }

    fn fail(&mut self, location: FileLocation, failure: Failure) -> bool {
        let failure = failure.in_file(&location);
        (self.take)(InputRow { location, size: 0, raw: None, content: Err(failure) })
    }

    fn fail_to_read(&mut self, location: FileLocation, error: &io::Error) -> bool {
        let failure = documents::unreadable(&location, error);
        self.fail(location, failure)
    }
}

/// Formats a rejected document as one line; outside of strings line breaks are insignificant.
fn on_one_line(bytes: &[u8]) -> Vec<u8> {
    let bytes = bytes.trim_ascii();
    bytes.iter().map(|b| if matches!(b, b'\n' | b'\r') { b' ' } else { *b }).collect()
}

/// Collects files recursively. Hidden files are skipped; links to folders are not followed, as they may form a cycle.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&path, files)?;
        } else if (is_json(&path) || is_lines(&path)) && !path.is_dir() {
            files.push(path);
        }
    }
    Ok(())
}

fn head_and_rest(head: Vec<u8>, rest: impl BufRead) -> impl BufRead {
    io::Cursor::new(head).chain(rest)
}

/// Reads the next line with its line break; a longer line is cut just above the limit.
fn line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let limit = BODY_BYTES as u64 + 1;
    if input.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if !line.ends_with(b"\n") && line.len() > BODY_BYTES {
        input.skip_until(b'\n')?;
    }
    Ok(Some(line))
}

/// Whether a line is a complete JSON object.
fn is_complete_object(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    scan(line).is_ok_and(|scanned| scanned.kind() == Kind::Object)
}

/// Parses a bare document or a line of an export.
fn content(bytes: &[u8], stem: &str, location: &FileLocation) -> Result<Content, Failure> {
    let scanned = documents::parse(bytes, location)?;
    let of_export = scanned.get("document").filter(|value| value.kind() == Kind::Object);
    let Some((document, title)) = of_export.zip(scanned.get("title")) else {
        let title = title_of(&Document::new(&scanned)).unwrap_or_else(|| stem.to_owned());
        let document = scanned.root();
        let resume = CreateResume::new(title, documents::raw(&document));
        return Ok(Content { resume, old_keys: documents::old_keys(&document), is_bare: true });
    };
    let title = title.as_str().ok_or_else(|| invalid_field(location, "title"))?.into_owned();
    let resume = CreateResume::new(title, documents::raw(&document))
        .owner_id(owner(&scanned, location)?)
        .tags(tags(&scanned, location)?);
    Ok(Content { resume, old_keys: documents::old_keys(&document), is_bare: false })
}

fn owner(line: &Scanned<'_>, location: &FileLocation) -> Result<Option<UserId>, Failure> {
    let Some(value) = line.get("owner_id").filter(|value| value.kind() != Kind::Null) else {
        return Ok(None);
    };
    let id = value.as_str().and_then(|text| text.parse().ok());
    id.map(Some).ok_or_else(|| invalid_field(location, "owner_id"))
}

fn tags(line: &Scanned<'_>, location: &FileLocation) -> Result<Vec<String>, Failure> {
    let tags = line.get("tags").map(|tags| tags.elements().collect::<Vec<_>>()).unwrap_or_default();
    let tags = tags.iter().map(|tag| tag.as_str().map(Cow::into_owned));
    tags.collect::<Option<_>>().ok_or_else(|| invalid_field(location, "tags"))
}

fn invalid_field(location: &FileLocation, field: &str) -> Failure {
    let what = format!("the exported line has an invalid \"{field}\"");
    Failure::new(exit::INVALID_INPUT, what).in_file(location).next("fix the line, or use the bare document")
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

fn is_lines(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("ndjson"))
}

/// Derives a valid title from a file name.
fn stem(path: &Path) -> String {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let title: String = printable_words(&name).join(" ").chars().take(TITLE).collect();
    if title.is_empty() { UNTITLED.to_owned() } else { title }
}
