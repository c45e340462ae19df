//! The input of an import: files, size and digest.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};

use vitae_sdk_workspace::files;

use crate::documents;
use crate::errors::Failure;

/// Buffer size in bytes.
const CHUNK: usize = 64 << 10;

/// The files of an import, in order.
pub(crate) struct Inputs {
    pub(crate) files: Vec<Input>,
    /// Total size in bytes.
    pub(crate) size: u64,
    /// SHA-256 over names and contents.
    pub(crate) digest: String,
    /// The paths from the command line, made absolute; empty for standard input.
    pub(crate) paths: Vec<String>,
}

/// A file or standard input.
pub(crate) enum Input {
    Path(PathBuf),
    /// Standard input, copied to disk first: an import can only be resumed if its whole input is known.
    Spool(File),
}

impl Inputs {
    /// Reads all files once for size and digest. Read errors are reported by the import itself.
    pub(crate) fn of(files: Vec<PathBuf>, named: &[PathBuf], home: &Path) -> Result<Self, Failure> {
        let mut context = Context::new(&SHA256);
        let mut size = 0;
        let mut inputs = Vec::new();
        for path in files {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            context.update(stem.as_bytes());
            context.update(&[0]);
            let (input, length) = if documents::is_stdin(&path) {
                spool(&mut context, home)?
            } else {
                let length = File::open(&path).and_then(|file| digest(&mut context, file, None));
                (Input::Path(path), length.unwrap_or(0))
            };
            context.update(&length.to_be_bytes());
            size += length;
            inputs.push(input);
        }
        let paths = named.iter().filter(|path| !documents::is_stdin(path));
        let paths = paths.map(|path| fs::canonicalize(path).unwrap_or_else(|_| path.clone()));
        let paths = paths.map(|path| path.to_string_lossy().into_owned()).collect();
        Ok(Self { files: inputs, size, digest: hex(context.finish().as_ref()), paths })
    }
}

/// Formats a digest in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Returns the SHA-256 of several texts, in hexadecimal.
pub(crate) fn digest_of(parts: &[&str]) -> String {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    hex(context.finish().as_ref())
}

fn spool(context: &mut Context, home: &Path) -> Result<(Input, u64), Failure> {
    let doing = "copy standard input to disk";
    let directory = home.join("imports");
    files::create_directory(&directory).map_err(|e| Failure::io(doing, &e))?;
    let mut file = tempfile::tempfile_in(&directory).map_err(|e| Failure::io(doing, &e))?;
    let length = digest(context, io::stdin().lock(), Some(&mut file)).map_err(|e| Failure::io(doing, &e))?;
    file.rewind().map_err(|e| Failure::io(doing, &e))?;
    Ok((Input::Spool(file), length))
}

/// Digests and optionally copies the input; returns its length.
fn digest(context: &mut Context, mut from: impl Read, mut copy: Option<&mut File>) -> io::Result<u64> {
    let mut chunk = vec![0; CHUNK];
    let mut length = 0;
    loop {
        let read = match from.read(&mut chunk) {
            Ok(0) => return Ok(length),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        context.update(&chunk[..read]);
        if let Some(copy) = &mut copy {
            copy.write_all(&chunk[..read])?;
        }
        length += read as u64;
    }
}
