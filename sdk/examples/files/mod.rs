//! Files that are whole whenever somebody looks.

use std::path::Path;
use std::{fs, io};

/// Writes beside, then renames: the file is the old one or the new one, never half of it.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension("new");
    fs::write(&beside, text)?;
    fs::rename(beside, path)
}
