//! A login in memory.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;

use super::{StoreError, StoredLogin, TokenStore};

/// Stores the login in the memory of this process. Clones share it.
///
/// ```
/// use vitae_sdk::{Client, MemoryStore};
///
/// let client = Client::builder()
///     .base_url("http://127.0.0.1:7878")
///     .token_store(MemoryStore::new())
///     .build()?;
/// # Ok::<(), vitae_sdk::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Contents>>);

#[derive(Default)]
struct Contents {
    login: Option<StoredLogin>,
    device: Option<SecretString>,
}

impl MemoryStore {
    /// Returns an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a store with this login.
    pub fn holding(login: StoredLogin) -> Self {
        Self(Arc::new(Mutex::new(Contents { login: Some(login), device: None })))
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore")
    }
}

impl TokenStore for MemoryStore {
    fn load(&self) -> Result<Option<StoredLogin>, StoreError> {
        Ok(self.contents().login.clone())
    }

    fn save(&self, login: &StoredLogin) -> Result<(), StoreError> {
        self.contents().login = Some(login.clone());
        Ok(())
    }

    fn clear(&self) -> Result<(), StoreError> {
        self.contents().login = None;
        Ok(())
    }

    fn probe(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn load_device(&self) -> Result<Option<SecretString>, StoreError> {
        Ok(self.contents().device.clone())
    }

    fn save_device(&self, token: &SecretString) -> Result<(), StoreError> {
        self.contents().device = Some(token.clone());
        Ok(())
    }

    fn source(&self) -> String {
        "memory".to_owned()
    }

    fn is_shared(&self) -> bool {
        false
    }
}
