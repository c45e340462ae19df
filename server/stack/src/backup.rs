//! One file that holds all services as of a stated point of their logs.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use vitae_server_common::store::{SnapshotError, begin_new_life, snapshot, verify};

/// Consumers before producers: then no copy has heard an event that its source's copy
/// lacks, and after a restore everybody catches up from the logs.
const ORDER: [&str; 4] = ["audit", "resumes", "auth", "users"];
const MANIFEST: &str = "vitae-backup.json";
const VERSION: u32 = 1;

/// Why a backup could not be made or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A service's file could not be copied or is damaged.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A file could not be read or written.
    #[error("{} cannot be read or written", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Something is there that would be overwritten.
    #[error("{} exists; a backup or restore overwrites nothing", .0.display())]
    Exists(PathBuf),
    /// The file is no backup of ours.
    #[error("{} is not a backup that this vitaed can read: {why}", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        why: String,
    },
}

/// What a backup holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    version: u32,
    /// The program that made it.
    pub made_by: String,
    /// The last event of each log that is in it.
    pub points: Vec<Point>,
}

/// The last event of one log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Point {
    /// The service.
    pub source: String,
    /// Its last event.
    pub position: i64,
}

/// Writes a backup of a data directory, whether or not it is being served.
pub fn backup(data: &Path, file: &Path) -> Result<Manifest, BackupError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::File { path, source }
    };
    if file.exists() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let beside = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let scratch = tempfile::tempdir_in(beside).map_err(at(beside))?;
    let mut points = Vec::new();
    for service in ORDER {
        let copy = scratch.path().join(format!("{service}.db"));
        if let Some(position) = snapshot(data, service, &copy)? {
            points.push(Point { source: service.to_owned(), position });
        }
        verify(&copy)?;
    }
    let manifest = Manifest { version: VERSION, made_by: env!("CARGO_PKG_VERSION").to_owned(), points };
    let partial = scratch.path().join("backup.tar");
    pack(scratch.path(), &partial, &manifest).map_err(at(&partial))?;
    // A link refuses to replace what appeared meanwhile; a rename would not.
    fs::hard_link(&partial, file).map_err(at(file))?;
    File::open(beside).and_then(|directory| directory.sync_all()).map_err(at(beside))?;
    Ok(manifest)
}

fn pack(scratch: &Path, partial: &Path, manifest: &Manifest) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut archive = tar::Builder::new(options.open(partial)?);
    let manifest = serde_json::to_vec_pretty(manifest)?;
    let mut header = tar::Header::new_gnu();
    header.set_size(manifest.len() as u64);
    header.set_mode(0o600);
    archive.append_data(&mut header, MANIFEST, manifest.as_slice())?;
    for service in ORDER {
        archive.append_path_with_name(
            scratch.join(format!("{service}.db")),
            format!("{service}/{service}.db"),
        )?;
    }
    archive.into_inner()?.sync_all()
}

/// Restores a backup into a data directory that has none of its files yet.
pub fn restore(file: &Path, data: &Path) -> Result<Manifest, BackupError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::File { path, source }
    };
    for service in ORDER {
        let target = data.join(service).join(format!("{service}.db"));
        if target.exists() {
            return Err(BackupError::Exists(target));
        }
    }
    fs::create_dir_all(data).map_err(at(data))?;
    let scratch = tempfile::tempdir_in(data).map_err(at(data))?;
    let manifest = unpack(file, scratch.path())?;
    for service in ORDER {
        let copy = scratch.path().join(service).join(format!("{service}.db"));
        verify(&copy)?;
        begin_new_life(&copy)?;
    }
    for service in ORDER {
        let directory = data.join(service);
        make_private(&directory).map_err(at(&directory))?;
        let name = format!("{service}.db");
        fs::rename(scratch.path().join(service).join(&name), directory.join(name)).map_err(at(&directory))?;
        File::open(&directory).and_then(|directory| directory.sync_all()).map_err(at(&directory))?;
    }
    Ok(manifest)
}

/// Unpacks the files that a backup has, and no others.
fn unpack(file: &Path, scratch: &Path) -> Result<Manifest, BackupError> {
    let failed = |source| BackupError::File { path: file.to_owned(), source };
    let foreign = |why: &str| BackupError::Foreign { path: file.to_owned(), why: why.to_owned() };
    let mut archive = tar::Archive::new(File::open(file).map_err(failed)?);
    let mut manifest = None;
    let mut found = Vec::new();
    for entry in archive.entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        let path = entry.path().map_err(failed)?.into_owned();
        if path == Path::new(MANIFEST) {
            let mut text = String::new();
            entry.by_ref().take(1 << 20).read_to_string(&mut text).map_err(failed)?;
            manifest = serde_json::from_str::<Manifest>(&text).ok();
            continue;
        }
        let Some(service) = service_of(&path) else { return Err(foreign("it holds other files")) };
        make_private(&scratch.join(service)).map_err(failed)?;
        let mut target = File::create_new(scratch.join(&path)).map_err(failed)?;
        io::copy(&mut entry, &mut target).map_err(failed)?;
        target.sync_all().map_err(failed)?;
        found.push(service);
    }
    let manifest = manifest.ok_or_else(|| foreign("it has no manifest"))?;
    if manifest.version != VERSION {
        return Err(foreign("it was made by another version"));
    }
    if ORDER.iter().any(|service| !found.contains(service)) {
        return Err(foreign("a service is missing"));
    }
    Ok(manifest)
}

/// Which service's file a path of the archive is.
fn service_of(path: &Path) -> Option<&'static str> {
    let mut parts = path.components();
    let (Some(Component::Normal(directory)), Some(Component::Normal(name)), None) =
        (parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    ORDER.into_iter().find(|service| directory == *service && name == format!("{service}.db").as_str())
}

fn make_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}
