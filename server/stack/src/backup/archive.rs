//! The format of a backup: a tar archive of a manifest, the services' files, and the hash of the manifest.
//!
//! The members and their order are fixed. The hashes detect damage; they do not protect against a person who can
//! write the archive and computes new hashes.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tar::EntryType;
use vitae_server_common::Clock;
use vitae_server_common::store::{digest_bytes, digest_file};

use super::{BackupError, SERVICES, at};

const MANIFEST: &str = "vitae-backup.json";
/// The last member, which holds the SHA-256 of the manifest: an archive without it is truncated.
const SEAL: &str = "vitae-backup.sha256";
/// The version of the format. Version 1 had neither sizes nor hashes.
const VERSION: u32 = 2;
const FIRST_VERSION: u32 = 1;
const MANIFEST_BYTES: u64 = 1 << 20;

/// The manifest of a backup.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the format.
    pub version: u32,
    /// The version of the program that created it.
    pub made_by: String,
    /// The time of creation as RFC 3339; `None` in format 1.
    #[serde(default)]
    pub made_at: Option<String>,
    /// The services' files; in format 1, as found in the archive.
    #[serde(default)]
    pub members: Vec<Member>,
    /// The last event of each log; in format 1 only.
    #[serde(default, skip_serializing)]
    points: Vec<Point>,
}

/// One service's file in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The name in the archive.
    pub name: String,
    /// The size in bytes.
    pub size: u64,
    /// The SHA-256 in hexadecimal.
    pub sha256: String,
    /// The schema version.
    pub schema: usize,
    /// The position of the last event; `None` for a service without an event log.
    pub position: Option<i64>,
}

/// The position of one log, in format 1.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Point {
    source: String,
    position: i64,
}

/// The fields that every format has.
#[derive(Deserialize)]
struct Heading {
    version: u32,
    #[serde(default)]
    made_by: String,
}

impl Manifest {
    pub(super) fn new(members: Vec<Member>) -> Self {
        let made_by = env!("CARGO_PKG_VERSION").to_owned();
        let made_at = Some(Clock::system().now().to_string());
        Self { version: VERSION, made_by, made_at, members, points: Vec::new() }
    }

    /// Whether the manifest has sizes and hashes; in format 1, it does not.
    pub fn has_checksums(&self) -> bool {
        self.version > FIRST_VERSION
    }

    /// Returns the position of a service's last event, if the manifest has it.
    pub(super) fn position(&self, service: &str) -> Option<i64> {
        if self.has_checksums() {
            return self.member(service).and_then(|member| member.position);
        }
        self.points.iter().find(|point| point.source == service).map(|point| point.position)
    }

    pub(super) fn member(&self, service: &str) -> Option<&Member> {
        let name = member_name(service);
        self.members.iter().find(|member| member.name == name)
    }
}

/// An archive for reading: a file or standard input.
pub struct Archive {
    name: String,
    stream: Box<dyn Read>,
}

impl Archive {
    /// Returns an archive that is read from a stream; the name is for messages.
    pub fn new(name: impl Into<String>, stream: impl Read + 'static) -> Self {
        Self { name: name.into(), stream: Box::new(stream) }
    }

    /// Opens a file.
    pub fn open(path: &Path) -> Result<Self, BackupError> {
        let file = File::open(path).map_err(at(path))?;
        Ok(Self::new(path.display().to_string(), io::BufReader::with_capacity(64 << 10, file)))
    }

    /// Returns the name for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Unpacks the services' files to a directory; checks sizes and hashes against the manifest.
    pub(super) fn unpack(self, scratch: &Path) -> Result<Manifest, BackupError> {
        let mut archive = tar::Archive::new(self.stream);
        let entries = archive.entries().map_err(|source| unreadable(&self.name, source))?;
        let mut members = Members { archive: &self.name, entries };
        let mut text = Vec::new();
        let manifest = members.next(MANIFEST, None)?;
        if manifest.size() > MANIFEST_BYTES {
            return Err(invalid(&self.name, format!("{MANIFEST} is larger than {MANIFEST_BYTES} bytes")));
        }
        read(&self.name, manifest, &mut text)?;
        let mut manifest = parse(&self.name, &text)?;
        let mut found = Vec::new();
        for (service, _) in SERVICES {
            found.push(members.copy(service, &manifest, scratch)?);
        }
        if manifest.has_checksums() {
            let mut seal = Vec::new();
            let digest = digest_bytes(&text);
            read(&self.name, members.next(SEAL, Some(digest.len() as u64))?, &mut seal)?;
            if seal != digest.as_bytes() {
                return Err(invalid(&self.name, format!("{MANIFEST} does not have the hash in {SEAL}")));
            }
        }
        members.end()?;
        require_padding(&self.name, archive.into_inner())?;
        manifest.members = found;
        Ok(manifest)
    }
}

/// The members of an archive, in order.
struct Members<'a, 'b, R: Read> {
    archive: &'a str,
    entries: tar::Entries<'b, R>,
}

impl<'b, R: Read> Members<'_, 'b, R> {
    /// Returns the next member; an error unless it has this name, and this size if any.
    fn next(&mut self, name: &str, size: Option<u64>) -> Result<tar::Entry<'b, R>, BackupError> {
        let entry = self.entries.next().transpose().map_err(|source| unreadable(self.archive, source))?;
        let Some(entry) = entry else {
            return Err(invalid(self.archive, format!("it ends before {name}")));
        };
        let found = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if found != name {
            return Err(invalid(self.archive, format!("expected {name}, found {found:?}")));
        }
        if entry.header().entry_type() != EntryType::Regular {
            return Err(invalid(self.archive, format!("{name} is not a regular file")));
        }
        match size {
            Some(size) if size != entry.size() => {
                let why = format!("{name} has {} bytes, not {size}", entry.size());
                Err(invalid(self.archive, why))
            }
            _ => Ok(entry),
        }
    }

    /// Copies a service's file from the archive, and compares it with the manifest.
    fn copy(
        &mut self,
        service: &'static str,
        manifest: &Manifest,
        scratch: &Path,
    ) -> Result<Member, BackupError> {
        let name = member_name(service);
        let expected = manifest.member(service);
        let mut entry = self.next(&name, expected.map(|member| member.size))?;
        let size = entry.size();
        let copy = copy_of(scratch, service);
        make_private(copy.parent().unwrap_or(&copy)).map_err(at(&copy))?;
        let mut target = File::create_new(&copy).map_err(at(&copy))?;
        let mut chunk = vec![0; 64 << 10];
        loop {
            match entry.read(&mut chunk).map_err(|source| unreadable(self.archive, source))? {
                0 => break,
                count => target.write_all(chunk.get(..count).unwrap_or_default()).map_err(at(&copy))?,
            }
        }
        target.sync_all().map_err(at(&copy))?;
        let (copied, sha256) = digest_file(&copy).map_err(at(&copy))?;
        if copied != size {
            return Err(invalid(self.archive, format!("it ends within {name}")));
        }
        if expected.is_some_and(|expected| expected.sha256 != sha256) {
            return Err(invalid(self.archive, format!("{name} was changed: its SHA-256 is {sha256}")));
        }
        let (schema, position) = expected.map_or((0, None), |expected| (expected.schema, expected.position));
        Ok(Member { name, size, sha256, schema, position })
    }

    fn end(mut self) -> Result<(), BackupError> {
        match self.entries.next() {
            None => Ok(()),
            Some(Ok(entry)) => {
                let found = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                Err(invalid(self.archive, format!("it holds an additional member {found:?}")))
            }
            Some(Err(source)) => Err(unreadable(self.archive, source)),
        }
    }
}

fn read(archive: &str, mut entry: impl Read, into: &mut Vec<u8>) -> Result<(), BackupError> {
    entry.read_to_end(into).map(drop).map_err(|source| unreadable(archive, source))
}

fn parse(archive: &str, text: &[u8]) -> Result<Manifest, BackupError> {
    let unclear = |error: serde_json::Error| invalid(archive, format!("{MANIFEST} cannot be read: {error}"));
    let heading: Heading = serde_json::from_slice(text).map_err(unclear)?;
    if heading.version > VERSION {
        let why = format!("its format is {}, and this vitaed supports up to {VERSION}", heading.version);
        return Err(BackupError::Newer { archive: archive.to_owned(), made_by: heading.made_by, why });
    }
    let manifest: Manifest = serde_json::from_slice(text).map_err(unclear)?;
    let is_complete = SERVICES.iter().all(|(service, _)| manifest.member(service).is_some());
    match manifest.version {
        FIRST_VERSION => Ok(Manifest { members: Vec::new(), ..manifest }),
        VERSION if is_complete && manifest.members.len() == SERVICES.len() => Ok(manifest),
        VERSION => Err(invalid(archive, format!("{MANIFEST} does not name every service's file once"))),
        version => Err(invalid(archive, format!("format {version} is unknown"))),
    }
}

/// Returns an error unless only the zero padding of tar follows the last member.
fn require_padding(archive: &str, mut rest: impl Read) -> Result<(), BackupError> {
    let mut chunk = vec![0; 64 << 10];
    loop {
        let count = rest.read(&mut chunk).map_err(|source| unreadable(archive, source))?;
        if count == 0 {
            return Ok(());
        }
        if chunk.get(..count).is_some_and(|bytes| bytes.iter().any(|byte| *byte != 0)) {
            return Err(invalid(archive, "it has data after its end".to_owned()));
        }
    }
}

/// Writes an archive of the copies in a directory.
pub(super) fn pack<W: Write>(writer: W, scratch: &Path, manifest: &Manifest) -> io::Result<W> {
    let mut archive = tar::Builder::new(writer);
    let text = serde_json::to_vec_pretty(manifest)?;
    append(&mut archive, MANIFEST, text.len() as u64, text.as_slice())?;
    for (service, _) in SERVICES {
        let copy = File::open(copy_of(scratch, service))?;
        append(&mut archive, &member_name(service), copy.metadata()?.len(), copy)?;
    }
    let seal = digest_bytes(&text);
    append(&mut archive, SEAL, seal.len() as u64, seal.as_bytes())?;
    archive.into_inner()
}

fn append(
    archive: &mut tar::Builder<impl Write>,
    name: &str,
    size: u64,
    content: impl Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o600);
    archive.append_data(&mut header, name, content)
}

/// Returns the name of a service's file in an archive.
pub(super) fn member_name(service: &str) -> String {
    format!("{service}/{service}.db")
}

/// Returns the path of a service's file in a directory of copies.
pub(super) fn copy_of(scratch: &Path, service: &str) -> PathBuf {
    scratch.join(service).join(format!("{service}.db"))
}

pub(super) fn make_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

pub(super) fn invalid(archive: &str, why: String) -> BackupError {
    BackupError::Invalid { archive: archive.to_owned(), why }
}

fn unreadable(archive: &str, source: io::Error) -> BackupError {
    BackupError::Read { archive: archive.to_owned(), source }
}
