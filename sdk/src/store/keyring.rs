//! A login in the keyring of the operating system.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use keyring::Entry;
use secrecy::{ExposeSecret as _, SecretString};

use super::{StoreError, StoreErrorKind, StoredLogin, TokenStore};
use crate::address::Address;
use crate::error::Result;

/// The maximum size of an entry; the smallest limit is that of Windows, 2,560 bytes.
const MAX_BYTES: usize = 1200;
/// The service of all our entries.
const SERVICE: &str = "vitae";
/// Long enough for a user to type the keyring's password.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(1);

/// Stores the login in Keychain, Credential Manager or Secret Service.
///
/// The entry has the service `vitae` and the user `<account> <server origin>`, as the command line's, so a
/// program with the same account and server shares its login. The keyring is accessed on a separate
/// thread, so a keyring that hangs, or waits for a password, is an error after the
/// [timeout](Self::timeout). Whether there is a keyring is determined once per process.
///
/// ```no_run
/// use vitae_sdk::{Client, KeyringStore};
///
/// let server = "https://vitae.example";
/// let client = Client::builder()
///     .base_url(server)
///     .token_store(KeyringStore::new("ada@example.com", server)?)
///     .lock_dir("/home/ada/.config/vitae/locks")
///     .build()?;
/// # Ok::<(), vitae_sdk::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct KeyringStore {
    account: String,
    user: String,
    timeout: Duration,
}

impl KeyringStore {
    /// Creates a store for the entry of this account at this server.
    ///
    /// ```no_run
    /// use vitae_sdk::KeyringStore;
    ///
    /// let store = KeyringStore::new("ada@example.com", "http://127.0.0.1:7878")?;
    /// # Ok::<(), vitae_sdk::Error>(())
    /// ```
    pub fn new(account: impl Into<String>, server: &str) -> Result<Self> {
        let account = account.into();
        let address = Address::parse(server)?;
        Ok(Self { user: format!("{account} {}", address.origin()), account, timeout: DEFAULT_TIMEOUT })
    }

    /// Sets the time limit of one access to the keyring; 60 s by default.
    ///
    /// Without a terminal, where no user can type a password, 3 s are enough.
    ///
    /// ```no_run
    /// use std::io::IsTerminal as _;
    /// use std::time::Duration;
    /// use vitae_sdk::KeyringStore;
    ///
    /// let mut store = KeyringStore::new("ada@example.com", "http://127.0.0.1:7878")?;
    /// if !std::io::stdin().is_terminal() {
    ///     store = store.timeout(Duration::from_secs(3));
    /// }
    /// # Ok::<(), vitae_sdk::Error>(())
    /// ```
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The user of the entry with the device token.
    fn device_user(&self) -> String {
        format!("{} (device)", self.user)
    }

    /// Accesses the keyring on a thread, which is abandoned after the timeout.
    fn ask<T: Send + 'static>(
        &self,
        user: String,
        question: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let asking = move || {
            let result = Entry::new(SERVICE, &user).and_then(|entry| question(&entry));
            // The receiver is gone after the timeout.
            let _ = sender.send(result);
        };
        thread::Builder::new().name("vitae-keyring".to_owned()).spawn(asking).map_err(|e| {
            StoreError::new(
                StoreErrorKind::Failed,
                "cannot start a thread for the keyring",
                "increase the limit of threads",
            )
            .because(&e)
        })?;
        match receiver.recv_timeout(self.timeout) {
            Ok(Ok(result)) => Ok(Some(result)),
            Ok(Err(keyring::Error::NoEntry)) => Ok(None),
            Ok(Err(error)) => Err(keyring_error(&error)),
            Err(RecvTimeoutError::Timeout) => Err(StoreError::new(
                StoreErrorKind::Timeout,
                format!("the keyring did not respond within {:?}", self.timeout),
                "unlock the keyring, then repeat the command",
            )),
            Err(RecvTimeoutError::Disconnected) => Err(StoreError::new(
                StoreErrorKind::Failed,
                "the keyring library failed",
                "use another token store, and report this",
            )),
        }
    }
}

impl TokenStore for KeyringStore {
    fn load(&self) -> Result<Option<StoredLogin>, StoreError> {
        let Some(bytes) = self.ask(self.user.clone(), Entry::get_secret)? else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes).map_err(|_| {
            StoreError::new(
                StoreErrorKind::Damaged,
                "the keyring's entry is not text",
                "log out, then log in again",
            )
        })?;
        StoredLogin::from_text(SecretString::from(text).expose_secret()).map(Some)
    }

    fn save(&self, login: &StoredLogin) -> Result<(), StoreError> {
        let text = login.to_text();
        let length = text.expose_secret().len();
        if length > MAX_BYTES {
            return Err(StoreError::new(
                StoreErrorKind::TooLarge,
                format!("the login has {length} bytes; a keyring entry has at most {MAX_BYTES}"),
                "store the login in a file, and report this",
            ));
        }
        // As bytes: Windows stores a password as UTF-16, which is twice as long.
        self.ask(self.user.clone(), move |entry| entry.set_secret(text.expose_secret().as_bytes())).map(drop)
    }

    fn clear(&self) -> Result<(), StoreError> {
        self.ask(self.user.clone(), Entry::delete_credential).map(drop)
    }

    /// Writes and deletes a separate entry: a locked keyring can look empty.
    fn probe(&self) -> Result<(), StoreError> {
        let user = format!("{} (write test)", self.user);
        self.ask(user, |entry| {
            entry.set_secret(b"test")?;
            entry.delete_credential()
        })
        .map(drop)
    }

    fn load_device(&self) -> Result<Option<SecretString>, StoreError> {
        let bytes = self.ask(self.device_user(), Entry::get_secret)?;
        // An entry that is not text is not ours; the next login replaces it.
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()).map(SecretString::from))
    }

    fn save_device(&self, token: &SecretString) -> Result<(), StoreError> {
        let token = token.clone();
        self.ask(self.device_user(), move |entry| entry.set_secret(token.expose_secret().as_bytes()))
            .map(drop)
    }

    fn source(&self) -> String {
        "keyring".to_owned()
    }

    fn account(&self) -> Option<String> {
        Some(self.account.clone())
    }
}

fn keyring_error(error: &keyring::Error) -> StoreError {
    let (kind, what, next_step) = match error {
        keyring::Error::NoDefaultStore => (
            StoreErrorKind::Absent,
            "there is no keyring in this session",
            "start a Secret Service such as gnome-keyring or KWallet, \
             or store the login in a file (`--insecure-storage` of the command line)",
        ),
        keyring::Error::NoStorageAccess(_) => {
            (StoreErrorKind::Locked, "the keyring is locked", "unlock the keyring, then repeat the command")
        }
        keyring::Error::Ambiguous(_) => (
            StoreErrorKind::Damaged,
            "the keyring has several entries for this login",
            "delete the entries of `vitae` in the keyring, then log in again",
        ),
        _ => (
            StoreErrorKind::Failed,
            "the keyring failed",
            "repeat the command, or store the login in a file \
             (`--insecure-storage` of the command line)",
        ),
    };
    let error_with_step = StoreError::new(kind, what, next_step);
    // The reason for a missing store is only in the status of the store.
    match (error, Entry::store_status()) {
        (keyring::Error::NoDefaultStore, Err(reason)) => error_with_step.because(reason),
        // These two quote the entry, which is secret.
        (keyring::Error::BadEncoding(_) | keyring::Error::BadDataFormat(..), _) => error_with_step,
        _ => error_with_step.because(error),
    }
}
