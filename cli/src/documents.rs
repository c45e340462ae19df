//! Documents in files and on standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use vitae_contracts_core::limits::BODY_BYTES;
use vitae_contracts_document::{Document, Kind, Scanned, Value, scan};
use vitae_sdk::RawValue;

use crate::errors::{ErrorDetail, Failure, FileLocation};
use crate::exit;

/// Returns the name of a file in messages; `-` is standard input.
pub(crate) fn name_of(path: &Path) -> String {
    if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() }
}

pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads one document from a file, or from standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Box<RawValue>, Failure> {
    let location = FileLocation { file: name_of(path), line: None };
    let bytes =
        if is_stdin(path) { bytes(io::stdin().lock(), &location) } else { file_bytes(path, &location) };
    parse(&bytes?, &location).map(|scanned| raw(&scanned.root()))
}

/// Reads the document from piped or redirected standard input, if there is one.
///
/// A terminal, `/dev/null` and an empty input contain none. A pipe that stays open without sending
/// anything is an error: a document may still follow.
pub(crate) fn read_piped() -> Result<Option<Box<RawValue>>, Failure> {
    let location = FileLocation { file: name_of(Path::new("-")), line: None };
    if !holds_input().map_err(|e| unreadable(&location, &e))? {
        return Ok(None);
    }
    let bytes = bytes(io::stdin().lock(), &location)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    parse(&bytes, &location).map(|scanned| Some(raw(&scanned.root()))).map_err(|failure| {
        failure.next("pipe in a JSON object, or redirect standard input from /dev/null for an empty document")
    })
}

/// How long a pipe may take to send its first byte.
#[cfg(unix)]
const FIRST_BYTE: rustix::event::Timespec = rustix::event::Timespec { tv_sec: 10, tv_nsec: 0 };

/// Whether standard input is a file, or a pipe with data or at its end.
#[cfg(unix)]
fn holds_input() -> io::Result<bool> {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::FileTypeExt as _;

    use rustix::event::{PollFd, PollFlags, poll};

    let stdin = io::stdin();
    let kind = File::from(stdin.as_fd().try_clone_to_owned()?).metadata()?.file_type();
    if kind.is_file() {
        return Ok(true);
    }
    if !kind.is_fifo() && !kind.is_socket() {
        return Ok(false);
    }
    let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
    if rustix::io::retry_on_intr(|| poll(&mut ready, Some(&FIRST_BYTE)))? > 0 {
        return Ok(true);
    }
    let what =
        "it is an open pipe that sends nothing; give --file - to wait for it, or redirect it from /dev/null";
    Err(io::Error::new(io::ErrorKind::TimedOut, what))
}

#[cfg(not(unix))]
fn holds_input() -> io::Result<bool> {
    use std::io::IsTerminal as _;

    Ok(!io::stdin().is_terminal())
}

/// Reads a file, up to the size limit of the server.
pub(crate) fn file_bytes(path: &Path, location: &FileLocation) -> Result<Vec<u8>, Failure> {
    let file = File::open(path).map_err(|e| unreadable(location, &e))?;
    bytes(file, location)
}

fn bytes(source: impl Read, location: &FileLocation) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = BODY_BYTES as u64 + 1;
    source.take(limit).read_to_end(&mut bytes).map_err(|e| unreadable(location, &e))?;
    if bytes.len() > BODY_BYTES {
        return Err(too_big(location));
    }
    Ok(bytes)
}

/// Parses a JSON object; a leading byte order mark is skipped.
pub(crate) fn parse<'a>(bytes: &'a [u8], location: &FileLocation) -> Result<Scanned<'a>, Failure> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let scanned = scan(bytes).map_err(|malformed| {
        let what = match location.line {
            // The location names the line; the scanner sees only this line.
            Some(_) => format!("{} at column {}", malformed.kind(), malformed.column()),
            None => malformed.to_string(),
        };
        let what = format!("the document is not well-formed JSON: {what}");
        let mut failure = Failure::new(exit::INVALID_INPUT, what).in_file(location);
        if !malformed.pointer().is_empty() {
            let mut detail = ErrorDetail::new(malformed.kind().to_string());
            detail.pointer = Some(malformed.pointer().to_owned());
            failure.details.push(detail);
        }
        failure.next("fix the file, then repeat the command")
    })?;
    if scanned.kind() != Kind::Object {
        return Err(Failure::new(exit::INVALID_INPUT, "the document is not a JSON object")
            .in_file(location)
            .next("use a document in JSON Resume format"));
    }
    Ok(scanned)
}

/// Returns the exact text of a value.
pub(crate) fn raw(value: &Value<'_>) -> Box<RawValue> {
    let text = value.text().to_owned();
    RawValue::from_string(text).expect("scanned text is valid JSON")
}

/// Like [`old_keys`], for a text; empty if it is no document.
pub(crate) fn old_keys_in(text: &str) -> Vec<String> {
    scan(text.as_bytes()).map(|scanned| old_keys(&scanned.root())).unwrap_or_default()
}

/// Returns the pointers to keys of JSON Resume before 1.0, which later readers ignore.
pub(crate) fn old_keys(document: &Value<'_>) -> Vec<String> {
    let scanned = document.scanned();
    let view = Document::new(&scanned);
    let mut old = Vec::new();
    if let Some(basics) = view.basics() {
        let keys = ["picture", "website"].into_iter().filter(|key| basics.get(key).is_some());
        old.extend(keys.map(|key| format!("/basics/{key}")));
    }
    let sections: [(&str, &[&str]); 4] = [
        ("work", &["company", "website"]),
        ("volunteer", &["website"]),
        ("publications", &["website"]),
        ("education", &["gpa"]),
    ];
    for (section, keys) in sections {
        let entries = scanned.get(section).map(|section| section.elements().collect::<Vec<_>>());
        for (at, entry) in entries.unwrap_or_default().iter().enumerate() {
            let keys = keys.iter().filter(|key| entry.get(key).is_some());
            old.extend(keys.map(|key| format!("/{section}/{at}/{key}")));
        }
    }
    old
}

pub(crate) fn unreadable(location: &FileLocation, error: &io::Error) -> Failure {
    Failure::new(exit::INVALID_INPUT, format!("cannot be read: {error}"))
        .in_file(location)
        .next("check the path and its permissions")
}

pub(crate) fn too_big(location: &FileLocation) -> Failure {
    let what = format!("the document is larger than {BODY_BYTES} bytes");
    Failure::new(exit::INVALID_INPUT, what).in_file(location).next("remove large texts or images")
}
