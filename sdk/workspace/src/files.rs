//! Files and directories that only their user can read.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Creates a directory and its parents, readable by their user alone.
///
/// # Errors
///
/// Those of the file system.
pub fn create_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Creates a file or empties it; a new one is readable by its user alone.
///
/// # Errors
///
/// Those of the file system.
pub fn create_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Replaces a file with a value as JSON: readers see the old file or the new one, never a part.
///
/// # Errors
///
/// Those of the file system.
pub fn write_json<T: Serialize>(directory: &Path, name: &str, value: &T) -> io::Result<()> {
    create_directory(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    serde_json::to_writer(&mut file, value)?;
    file.persist(directory.join(name))?;
    Ok(())
}

/// Reads a value from JSON.
///
/// # Errors
///
/// Those of the file system; [`io::ErrorKind::InvalidData`] if the file does not contain such a value.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    let bytes = fs::read(path)?;
    serde_json::from_slice(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Returns success for the removal of a file that does not exist.
///
/// # Errors
///
/// Every other error of `removed`.
pub fn ignore_missing(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
