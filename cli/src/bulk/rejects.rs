//! The file of rejected rows, which can be fixed and imported.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::errors::Failure;

pub(super) struct Rejects {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Rejects {
    /// Creates the file, or continues after the rows of an interrupted run.
    ///
    /// A new file starts with `head`.
    pub(super) fn open(path: &Path, written: u64, head: Option<&[u8]>) -> Result<Self, Failure> {
        let open = || {
            let mut file = OpenOptions::new().create(true).write(true).truncate(false).open(path)?;
            let length = written.min(file.metadata()?.len());
            file.set_len(length)?;
            file.seek(SeekFrom::End(0))?;
            io::Result::Ok((file, length))
        };
        let (file, length) = open().map_err(|e| unwritable(path, &e))?;
        let mut rejects = Self { path: path.to_owned(), file, length };
        if length == 0 {
            rejects.add(head)?;
        }
        Ok(rejects)
    }

    /// Appends a row on its own line; returns the length of the file.
    pub(super) fn add(&mut self, raw: Option<&[u8]>) -> Result<u64, Failure> {
        let Some(raw) = raw else { return Ok(self.length) };
        let mut line: Vec<u8> = raw.trim_ascii_end().to_vec();
        line.push(b'\n');
        self.file.write_all(&line).map_err(|e| unwritable(&self.path, &e))?;
        self.length += line.len() as u64;
        Ok(self.length)
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::io(format_args!("write rejected rows to {}", path.display()), error)
        .next("use another file with --rejects, then repeat the command to resume the import")
}
