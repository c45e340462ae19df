//! Token stores: storage of logins.

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

/// A store of one login: of one account at one server.
///
/// The methods may block, even on a prompt of the keyring: the client calls them on the blocking pool of
/// the runtime. They are called by one thread at a time and, if the store is [shared](Self::is_shared),
/// under the lock of the login whenever they change it.
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
    /// Returns the login, or `None` if there is none.
    fn load(&self) -> Result<Option<StoredLogin>, StoreError>;

    /// Replaces the login, atomically: after an error the old one remains.
    ///
    /// [`StoredLogin::to_text`] has all its data.
    fn save(&self, login: &StoredLogin) -> Result<(), StoreError>;

    /// Removes the login; no error if there is none. The device token stays.
    fn clear(&self) -> Result<(), StoreError>;

    /// Checks whether [`save`](Self::save) would work, without changing the store.
    ///
    /// Called before a login, and before an unfinished refresh is repeated.
    fn probe(&self) -> Result<(), StoreError>;

    /// Returns the device token of the account's last login, or `None` if there is none.
    ///
    /// It grants no access. At the next login it tells the server that this client has logged in before,
    /// so that failed logins of other devices do not delay it. Stores need not store it.
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

    /// Replaces the device token. It is stored apart from the login, which ends earlier.
    fn save_device(&self, token: &SecretString) -> Result<(), StoreError> {
        let _ = token;
        Ok(())
    }

    /// The place of the login, for users: `keyring`, a path or the name of a variable.
    fn source(&self) -> String;

    /// The account that the store was created for; an e-mail address.
    fn account(&self) -> Option<String> {
        None
    }

    /// Whether other processes can use the same login; the client then needs a lock directory.
    fn is_shared(&self) -> bool {
        true
    }
}
