//! One file that holds all services as of a stated point of their logs.
//!
//! In reading order: `archive` (what lies in the file), `check` (whether it is whole), `restore`.

mod archive;
mod check;
mod restore;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use vitae_server_common::ServiceError;
use vitae_server_common::store::{FileError, OpenError, SnapshotError, check_file, digest_file, snapshot};

pub use archive::{Archive, Manifest, Member};
pub use check::verify;
pub use restore::{Restored, restore};

/// Every service with its schema, consumers before producers: then no copy has heard an event that its source's copy
/// lacks, and after a restore everybody catches up from the logs.
const SERVICES: [(&str, &[&str]); 4] = [
    ("audit", vitae_server_audit::SCHEMA),
    ("resumes", vitae_server_resumes::SCHEMA),
    ("auth", vitae_server_auth::SCHEMA),
    ("users", vitae_server_users::SCHEMA),
];

/// Why a backup could not be made, checked or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A service's file could not be copied.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A service's file is not fit for a backup.
    #[error("{} cannot be backed up", .path.display())]
    Unfit {
        /// The service's file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        fault: FileError,
    },
    /// A file could not be read or written.
    #[error("{} cannot be read or written", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The disk is full.
    #[error("there is not enough space for {}; free some, or choose another place", .0.display())]
    Full(PathBuf),
    /// The archive could not be written out.
    #[error("the backup cannot be written to {to}")]
    Write {
        /// Where to.
        to: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Something is there that would be overwritten.
    #[error("{} exists; a backup or restore overwrites nothing", .0.display())]
    Exists(PathBuf),
    /// A restore into this directory was interrupted, or is under way.
    #[error("another restore into {} is under way or did not finish; if none runs, remove what is in that directory and restore again", .0.display())]
    Unfinished(PathBuf),
    /// A service's directory could not be used.
    #[error(transparent)]
    Directory(#[from] OpenError),
    /// The archive could not be read to its end.
    #[error("{archive} cannot be read as a backup")]
    Read {
        /// The archive.
        archive: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The archive is not a backup, or not a whole one.
    #[error("{archive} is not a whole backup: {why}; nothing was restored, use another backup")]
    Invalid {
        /// The archive.
        archive: String,
        /// What is wrong.
        why: String,
    },
    /// A newer program made the archive.
    #[error("{archive} was made by a newer vitaed ({made_by}): {why}; use that version")]
    Newer {
        /// The archive.
        archive: String,
        /// The version that made it.
        made_by: String,
        /// What this program does not know.
        why: String,
    },
    /// Sessions of the restored copy could not be read or ended.
    #[error("the restored copy of {service} cannot be used")]
    Copy {
        /// The service.
        service: &'static str,
        /// What happened.
        #[source]
        source: ServiceError,
    },
}

/// Turns an error of the system into one about a path.
fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            BackupError::Full(path)
        }
        _ => BackupError::File { path, source },
    }
}

/// Writes a backup of a data directory to a new file, whether or not the directory is being served.
///
/// The file appears whole or not at all.
pub fn backup(data: &Path, file: &Path) -> Result<Manifest, BackupError> {
    if file.exists() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let beside = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let scratch = tempfile::tempdir_in(beside).map_err(at(beside))?;
    let manifest = copy_all(data, &scratch)?;
    let partial = scratch.path().join("backup.tar");
    let pack = || {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        archive::pack(options.open(&partial)?, scratch.path(), &manifest)?.sync_all()
    };
    pack().map_err(at(file))?;
    // A link refuses to replace what appeared meanwhile; a rename would not.
    fs::hard_link(&partial, file).map_err(at(file))?;
    File::open(beside).and_then(|directory| directory.sync_all()).map_err(at(beside))?;
    Ok(manifest)
}

/// Writes a backup of a data directory to a stream, as [`backup`] does to a file.
///
/// The copies of the services' files lie in the data directory meanwhile.
pub fn backup_to(data: &Path, mut stream: impl Write, name: &str) -> Result<Manifest, BackupError> {
    let scratch = tempfile::tempdir_in(data).map_err(at(data))?;
    let manifest = copy_all(data, &scratch)?;
    let packed =
        archive::pack(io::BufWriter::with_capacity(64 << 10, &mut stream), scratch.path(), &manifest);
    let written = packed.and_then(|mut stream| stream.flush());
    let failed = |source| BackupError::Write { to: name.to_owned(), source };
    written.and_then(|()| stream.flush()).map_err(failed)?;
    Ok(manifest)
}

/// Copies every service's file, and checks the copies as a restore will.
fn copy_all(data: &Path, scratch: &TempDir) -> Result<Manifest, BackupError> {
    let mut members = Vec::new();
    for (service, schema) in SERVICES {
        let copy = archive::copy_of(scratch.path(), service);
        archive::make_private(copy.parent().unwrap_or(&copy)).map_err(at(&copy))?;
        snapshot(data, service, &copy)?;
        let path = data.join(service).join(format!("{service}.db"));
        let checked = check_file(&copy, schema).map_err(|fault| BackupError::Unfit { path, fault })?;
        let (size, sha256) = digest_file(&copy).map_err(at(&copy))?;
        members.push(Member {
            name: archive::member_name(service),
            size,
            sha256,
            schema: checked.schema,
            position: checked.position,
        });
    }
    Ok(Manifest::new(members))
}
