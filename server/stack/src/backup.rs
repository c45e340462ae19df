//! Backups: one file with the data of all services up to recorded positions of their event logs.
//!
//! `archive` is the file format, `check` the verification, `restore` the way back.

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

/// All services with their schemas, consumers before producers: so no copy has handled an event that the copy of its
/// source lacks, and after a restore the consumers catch up from the logs.
const SERVICES: [(&str, &[&str]); 4] = [
    ("audit", vitae_server_audit::SCHEMA),
    ("resumes", vitae_server_resumes::SCHEMA),
    ("auth", vitae_server_auth::SCHEMA),
    ("users", vitae_server_users::SCHEMA),
];

/// An error while creating, checking or restoring a backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A service's file could not be copied.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A service's file failed a check.
    #[error("{} cannot be backed up", .path.display())]
    Unfit {
        /// The service's file.
        path: PathBuf,
        /// The reason.
        #[source]
        cause: FileError,
    },
    /// A file could not be read or written.
    #[error("{} cannot be read or written", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The disk is full.
    #[error("there is not enough space for {}; free some space, or choose another location", .0.display())]
    Full(PathBuf),
    /// The archive could not be written.
    #[error("the backup cannot be written to {to}")]
    Write {
        /// The destination, for messages.
        to: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file exists that would be overwritten.
    #[error("{} exists; backup and restore do not overwrite files, so choose another location", .0.display())]
    Exists(PathBuf),
    /// A restore to this directory is running or was interrupted.
    #[error("another restore to {} is running or did not finish; if none is running, empty that directory and restore again", .0.display())]
    Unfinished(PathBuf),
    /// A service's directory could not be opened or locked.
    #[error(transparent)]
    Directory(#[from] OpenError),
    /// The archive could not be read completely.
    #[error("{archive} cannot be read as a backup")]
    Read {
        /// The archive.
        archive: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The archive is not a backup, or is incomplete or damaged.
    #[error("{archive} is not a whole backup: {why}; nothing was restored, use another backup")]
    Invalid {
        /// The archive.
        archive: String,
        /// The reason.
        why: String,
    },
    /// The archive was created by a newer version.
    #[error("{archive} was made by a newer vitaed ({made_by}): {why}; use that version")]
    Newer {
        /// The archive.
        archive: String,
        /// The version that created it.
        made_by: String,
        /// The feature that this version does not support.
        why: String,
    },
    /// Sessions of the restored copy could not be read or ended.
    #[error("the restored copy of {service} cannot be used")]
    Copy {
        /// The service.
        service: &'static str,
        /// The cause.
        #[source]
        source: ServiceError,
    },
}

/// Adds the path to an I/O error.
fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            BackupError::Full(path)
        }
        _ => BackupError::File { path, source },
    }
}

/// Writes a backup of a data directory to a new file; the server may be running.
///
/// The file is created only if the backup is complete.
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
    // A hard link fails if the file was created in the meantime; a rename would replace it.
    fs::hard_link(&partial, file).map_err(at(file))?;
    File::open(beside).and_then(|directory| directory.sync_all()).map_err(at(beside))?;
    Ok(manifest)
}

/// Writes a backup of a data directory to a stream.
///
/// The copies of the services' files are stored in the data directory until the end.
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

/// Copies every service's file, and runs the checks of a restore on the copies.
fn copy_all(data: &Path, scratch: &TempDir) -> Result<Manifest, BackupError> {
    let mut members = Vec::new();
    for (service, schema) in SERVICES {
        let copy = archive::copy_of(scratch.path(), service);
        archive::make_private(copy.parent().unwrap_or(&copy)).map_err(at(&copy))?;
        snapshot(data, service, &copy)?;
        let path = data.join(service).join(format!("{service}.db"));
        let checked = check_file(&copy, schema).map_err(|cause| BackupError::Unfit { path, cause })?;
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
