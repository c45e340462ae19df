//! Where a login is kept between two programs, or two starts of one.

mod error;
mod file;
#[cfg(feature = "keyring")]
mod keyring;
mod memory;
mod static_token;
mod stored_login;

use std::fmt;

use secrecy::SecretString;

pub use self::error::{StoreError, StoreErrorKind};
pub use self::file::FileStore;
pub(crate) use self::file::make_directory;
#[cfg(feature = "keyring")]
pub use self::keyring::KeyringStore;
pub use self::memory::MemoryStore;
pub use self::static_token::StaticToken;
pub use self::stored_login::StoredLogin;

/// Keeps one login of one account at one server.
///
/// The methods may block, on a prompt of the keyring even: the client calls them on the blocking
/// pool of the runtime, never on its async threads. They are called by one thread at a time,
/// and, for a [shared](Self::is_shared) store, under the lock of the login whenever they change
/// something.
///
/// ```
/// use vitae_sdk::{StoreError, StoredLogin, TokenStore};
///
/// /// A store for programs that log in at every start.
/// #[derive(Debug)]
/// struct Nowhere;
///
/// impl TokenStore for Nowhere {
///     fn load(&self) -> Result<Option<StoredLogin>, StoreError> { Ok(None) }
///     fn save(&self, _: &StoredLogin) -> Result<(), StoreError> { Ok(()) }
///     fn clear(&self) -> Result<(), StoreError> { Ok(()) }
///     fn probe(&self) -> Result<(), StoreError> { Ok(()) }
///     fn source(&self) -> String { "nowhere".to_owned() }
///     fn account(&self) -> Option<String> { Some("robot@example.com".to_owned()) }
///     fn is_shared(&self) -> bool { false }
/// }
///
/// let client = vitae_sdk::Client::builder()
///     .base_url("http://127.0.0.1:7878")
///     .token_store(Nowhere)
///     .build()?;
/// # Ok::<(), vitae_sdk::Error>(())
/// ```
pub trait TokenStore: fmt::Debug + Send + Sync + 'static {
    /// The login, or `None` when there is none.
    fn load(&self) -> Result<Option<StoredLogin>, StoreError>;

    /// Replaces the login; either all of it is kept, or the old one stays.
    ///
    /// All of it is what [`StoredLogin::to_text`] holds.
    fn save(&self, login: &StoredLogin) -> Result<(), StoreError>;

    /// Forgets the login; no error when there is none. The device token stays.
    fn clear(&self) -> Result<(), StoreError>;

    /// Finds out whether [`save`](Self::save) would work, and leaves everything as it was.
    ///
    /// Called before a login begins, and before a renewal that is found unfinished is made again.
    fn probe(&self) -> Result<(), StoreError>;

    /// The device token that the last login of the account returned, or `None` when there is none.
    ///
    /// It opens nothing, and tells the server at the next login that this client has logged in before:
    /// failed logins from elsewhere do not delay it then. A store that does not keep it logs in as well.
    ///
    /// ```
    /// use vitae_sdk::{MemoryStore, TokenStore};
    ///
    /// let store = MemoryStore::new();
    /// store.save_device(&"vd1_…".to_owned().into())?;
    /// store.clear()?;
    /// assert!(store.load_device()?.is_some());
    /// # Ok::<(), vitae_sdk::StoreError>(())
    /// ```
    fn load_device(&self) -> Result<Option<SecretString>, StoreError> {
        Ok(None)
    }

    /// Replaces the device token. It is kept apart from the login, which ends before it.
    fn save_device(&self, token: &SecretString) -> Result<(), StoreError> {
        let _ = token;
        Ok(())
    }

    /// Where the login is kept, for a person: `keyring`, a path, the name of a variable.
    fn source(&self) -> String;

    /// Whose login it is, as the store was told; an e-mail address.
    fn account(&self) -> Option<String> {
        None
    }

    /// Whether another process can reach the same login; then the client needs a lock directory.
    fn is_shared(&self) -> bool {
        true
    }
}
