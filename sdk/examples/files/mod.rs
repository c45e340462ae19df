//! Atomic replacement of files.

use std::path::Path;
use std::{fs, io};

/// Writes a temporary file and renames it, so that the file always has either the old or the new content.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let temporary = path.with_extension("new");
    fs::write(&temporary, text)?;
    fs::rename(temporary, path)
}
