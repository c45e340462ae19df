//! Restore of a backup to a data directory, completely or not at all.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use vitae_server_common::store::{UNFINISHED_RESTORE, lock_directory, start_new_epoch};

use super::archive::{copy_of, make_private};
use super::{Archive, BackupError, Manifest, SERVICES, at, check};

/// The result of a restore.
#[derive(Debug)]
pub struct Restored {
    /// The manifest of the backup.
    pub manifest: Manifest,
    /// The number of active sessions that were ended; `None` if sessions were kept.
    pub ended_sessions: Option<usize>,
}

/// Restores a backup to a data directory that has none of its files.
///
/// All checks run before any file is put in place. Until all files are in place, the data directory has a directory
/// `restore-in-progress`, and no server starts there. Ends all sessions unless `keep_sessions` is set.
pub fn restore(archive: Archive, data: &Path, keep_sessions: bool) -> Result<Restored, BackupError> {
    for (service, _) in SERVICES {
        require_absent(data, service)?;
    }
    let is_new = !data.exists();
    make_private(data).map_err(at(data))?;
    let scratch = Scratch::create(data)?;
    let restored = prepare(archive, &scratch.path, keep_sessions).and_then(|restored| {
        place(data, &scratch.path)?;
        Ok(restored)
    });
    let removed = scratch.remove();
    if restored.is_err() && is_new {
        // Removes only an empty directory, which it is unless another program has used it.
        let _ = fs::remove_dir(data);
    }
    let restored = restored?;
    removed.and_then(|()| sync(data)).map_err(at(data))?;
    if let Some(parent) = data.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        sync(parent).map_err(at(parent))?;
    }
    Ok(restored)
}

/// The directory that marks an unfinished restore.
struct Scratch {
    path: PathBuf,
}

impl Scratch {
    fn create(data: &Path) -> Result<Self, BackupError> {
        let path = data.join(UNFINISHED_RESTORE);
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(BackupError::Unfinished(data.to_owned()));
            }
            Err(error) => return Err(at(&path)(error)),
        }
        sync(data).map_err(at(data))?;
        Ok(Self { path })
    }

    fn remove(self) -> io::Result<()> {
        fs::remove_dir_all(&self.path)
    }
}

/// Unpacks and checks an archive, and starts a new epoch in its files.
fn prepare(archive: Archive, scratch: &Path, keep_sessions: bool) -> Result<Restored, BackupError> {
    let manifest = check::unpack(archive, scratch)?;
    for (service, _) in SERVICES {
        start_new_epoch(&copy_of(scratch, service))?;
    }
    let auth = copy_of(scratch, "auth");
    let ended_sessions = if keep_sessions {
        None
    } else {
        let ended = vitae_server_auth::end_sessions(&auth);
        Some(ended.map_err(|source| BackupError::Copy { service: "auth", source })?)
    };
    for (service, _) in SERVICES {
        let copy = copy_of(scratch, service);
        sync(&copy).map_err(at(&copy))?;
    }
    Ok(Restored { manifest, ended_sessions })
}

/// Moves the files into place, all or none.
fn place(data: &Path, scratch: &Path) -> Result<(), BackupError> {
    let mut placed = Placed::default();
    let outcome = placed.fill(data, scratch);
    if outcome.is_err() {
        placed.undo();
    }
    outcome
}

/// The files and directories that a restore has created in the data directory.
#[derive(Default)]
struct Placed {
    /// Locks held to the end, so that no `vitaed` starts with a part of the files.
    locks: Vec<File>,
    /// The created paths, in order.
    files: Vec<PathBuf>,
    directories: Vec<PathBuf>,
}

impl Placed {
    fn fill(&mut self, data: &Path, scratch: &Path) -> Result<(), BackupError> {
        for (service, _) in SERVICES {
            let directory = data.join(service);
            let (is_new, lock) = (!directory.exists(), directory.join("lock"));
            let has_lock = lock.exists();
            self.locks.push(lock_directory(data, service)?.1);
            if is_new {
                self.directories.push(directory);
            }
            if !has_lock {
                self.files.push(lock);
            }
            // Checked again: a server could have started here before the lock was taken.
            require_absent(data, service)?;
        }
        for (service, _) in SERVICES {
            let target = copy_of(data, service);
            fs::rename(copy_of(scratch, service), &target).map_err(at(&target))?;
            self.files.push(target);
        }
        for (service, _) in SERVICES {
            let directory = data.join(service);
            sync(&directory).map_err(at(&directory))?;
        }
        sync(data).map_err(at(data))
    }

    /// Removes what was put there; the cause is reported, and what cannot be removed blocks the next restore.
    fn undo(&mut self) {
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        for directory in &self.directories {
            let _ = fs::remove_dir(directory);
        }
    }
}

/// Returns an error if a directory has a service's file, or a file that belongs to one.
fn require_absent(data: &Path, service: &str) -> Result<(), BackupError> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let file = data.join(service).join(format!("{service}.db{suffix}"));
        // Also for a broken symbolic link.
        if file.symlink_metadata().is_ok() {
            return Err(BackupError::Exists(file));
        }
    }
    Ok(())
}

fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
