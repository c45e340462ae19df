//! A login in a file, as plain text: only for users who ask for it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::{StoreError, StoreErrorKind, StoredLogin, TokenStore};
use crate::cause::escape_line;

/// The maximum size: a login is below 2 KiB, so a larger file is another one.
const MAX_BYTES: u64 = 64 << 10;

/// Stores the login in a file that only its owner can read (mode 0600).
///
/// The tokens are plain text in it: prefer the keyring. A change is written to a second file that replaces
/// the first, so a crash leaves the old login or the new one. A file that others can read is rejected.
///
/// ```
/// use vitae_sdk::{Client, FileStore};
///
/// # let directory = std::env::temp_dir();
/// let store = FileStore::new(directory.join("login.json"), "ada@example.com");
/// let client = Client::builder()
///     .base_url("http://127.0.0.1:7878")
///     .token_store(store)
///     .lock_dir(directory.join("locks"))
///     .build()?;
/// # Ok::<(), vitae_sdk::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct FileStore {
    path: PathBuf,
    device: PathBuf,
    account: String,
}

impl FileStore {
    /// Creates a store for the login of this account in this file; the directory is created if missing.
    pub fn new(path: impl Into<PathBuf>, account: impl Into<String>) -> Self {
        let path = path.into();
        let mut device = path.as_os_str().to_owned();
        device.push(".device");
        Self { path, device: device.into(), account: account.into() }
    }

    /// Sets the file of the device token; by default the login's path with `.device` appended.
    ///
    /// ```
    /// use vitae_sdk::FileStore;
    ///
    /// let store = FileStore::new("logins/ada", "ada@example.com").device_file("devices/ada");
    /// ```
    #[must_use]
    pub fn device_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.device = path.into();
        self
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn read(path: &Path) -> io::Result<Option<(File, fs::Metadata)>> {
        match File::open(path) {
            Ok(file) => {
                let metadata = file.metadata()?;
                Ok(Some((file, metadata)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn name(&self) -> String {
        escape_line(&self.path.display().to_string())
    }

    fn failed(&self, doing: &str, error: &io::Error) -> StoreError {
        StoreError::new(
            StoreErrorKind::Failed,
            format!("cannot {doing} the login file {}", self.name()),
            "check the owner of the directory and its free space",
        )
        .because(error)
    }

    fn damaged(&self, what: &str) -> StoreError {
        StoreError::new(
            StoreErrorKind::Damaged,
            format!("the login file {} {what}", self.name()),
            "move the file away, then log in again",
        )
    }
}

impl TokenStore for FileStore {
    fn load(&self) -> Result<Option<StoredLogin>, StoreError> {
        let Some((file, metadata)) = Self::read(&self.path).map_err(|e| self.failed("read", &e))? else {
            return Ok(None);
        };
        if let Some(mode) = mode_open_to_others(&metadata) {
            return Err(StoreError::new(
                StoreErrorKind::Exposed,
                format!("others can read the login file {} (mode {mode:04o})", self.name()),
                format!(
                    "run `chmod 600 {}`; if others may have read it, log out and log in again",
                    self.name()
                ),
            ));
        }
        let mut text = String::new();
        match file.take(MAX_BYTES).read_to_string(&mut text) {
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::InvalidData => {
                return Err(self.damaged("is not text"));
            }
            Err(e) => return Err(self.failed("read", &e)),
        }
        let text = SecretString::from(text);
        StoredLogin::from_text(text.expose_secret().trim()).map(Some)
    }

    fn save(&self, login: &StoredLogin) -> Result<(), StoreError> {
        write_atomically(&self.path, login.to_text().expose_secret()).map_err(|e| self.failed("write", &e))
    }

    fn clear(&self) -> Result<(), StoreError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.failed("remove", &error)),
            _ => Ok(()),
        }
    }

    fn probe(&self) -> Result<(), StoreError> {
        write_temporary(&self.path, "").and_then(fs::remove_file).map_err(|e| self.failed("write", &e))
    }

    /// A file that others can read is ignored: they may have used its token.
    fn load_device(&self) -> Result<Option<SecretString>, StoreError> {
        let failed = |e: io::Error| self.failed("read", &e);
        let Some((file, metadata)) = Self::read(&self.device).map_err(failed)? else {
            return Ok(None);
        };
        let mut text = String::new();
        file.take(MAX_BYTES).read_to_string(&mut text).map_err(failed)?;
        let is_kept = mode_open_to_others(&metadata).is_none() && !text.trim().is_empty();
        Ok(is_kept.then(|| text.trim().to_owned().into()))
    }

    fn save_device(&self, token: &SecretString) -> Result<(), StoreError> {
        write_atomically(&self.device, token.expose_secret()).map_err(|e| self.failed("write", &e))
    }

    fn source(&self) -> String {
        self.name()
    }

    fn account(&self) -> Option<String> {
        Some(self.account.clone())
    }
}

fn parent_directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Writes and syncs a temporary file in the directory of `path`.
fn write_temporary(path: &Path, text: &str) -> io::Result<PathBuf> {
    let directory = parent_directory(path);
    make_directory(directory)?;
    let new = directory.join(format!(".login-{}.tmp", Uuid::now_v7().simple()));
    let written = new_file(&new).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    match written {
        Ok(()) => Ok(new),
        Err(error) => {
            // The incomplete file may have a token.
            let _ = fs::remove_file(&new);
            Err(error)
        }
    }
}

fn write_atomically(path: &Path, text: &str) -> io::Result<()> {
    let new = write_temporary(path, text)?;
    if let Err(error) = fs::rename(&new, path) {
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    sync_directory(parent_directory(path))
}

#[cfg(unix)]
fn mode_open_to_others(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let mode = metadata.mode() & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

/// On other platforms the directories of a user are private by default.
#[cfg(not(unix))]
fn mode_open_to_others(_: &fs::Metadata) -> Option<u32> {
    None
}

fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Creates a directory and its parents with mode 0700.
pub(crate) fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a rename durable; only Unix can open a directory for that.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}
