//! An access token that is managed elsewhere.

use std::env;
use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

use super::{StoreError, StoreErrorKind, StoredLogin, TokenStore};

/// A fixed access token; it is never refreshed and never written.
///
/// ```
/// use vitae_sdk::{Client, MemoryStore, StaticToken};
///
/// // A script's token wins; without one, the program logs in itself.
/// let builder = Client::builder().base_url("http://127.0.0.1:7878");
/// let client = match StaticToken::from_environment() {
///     Some(token) => builder.token_store(token).build()?,
///     None => builder.token_store(MemoryStore::new()).build()?,
/// };
/// # Ok::<(), vitae_sdk::Error>(())
/// ```
#[derive(Clone)]
pub struct StaticToken {
    token: SecretString,
    source: &'static str,
}

impl StaticToken {
    /// The environment variable with a token for scripts.
    pub const VARIABLE: &'static str = "VITAE_TOKEN";

    /// Creates a store with this token.
    pub fn new(token: SecretString) -> Self {
        Self { token, source: "a given token" }
    }

    /// Creates a store with the token in `VITAE_TOKEN`; `None` if it is unset or empty.
    pub fn from_environment() -> Option<Self> {
        let text = env::var_os(Self::VARIABLE)?;
        // A token is ASCII; other text stays damaged and is rejected when it is used.
        let token = text.to_string_lossy().trim().to_owned();
        (!token.is_empty()).then(|| Self { token: token.into(), source: Self::VARIABLE })
    }

    fn read_only(&self) -> StoreError {
        let source = self.source;
        StoreError::new(
            StoreErrorKind::ReadOnly,
            format!("the login comes from {source}, which is read-only"),
            match source {
                Self::VARIABLE => "unset VITAE_TOKEN first",
                _ => "use another token store",
            },
        )
    }
}

impl fmt::Debug for StaticToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticToken").field("source", &self.source).finish_non_exhaustive()
    }
}

impl TokenStore for StaticToken {
    fn load(&self) -> Result<Option<StoredLogin>, StoreError> {
        if !self.token.expose_secret().bytes().all(|b| b.is_ascii_graphic()) {
            return Err(StoreError::new(
                StoreErrorKind::Damaged,
                format!("{} is not an access token", self.source),
                "set it to the output of `vitae auth token`",
            ));
        }
        Ok(Some(StoredLogin::from_access_token(self.token.clone())))
    }

    fn save(&self, _: &StoredLogin) -> Result<(), StoreError> {
        Err(self.read_only())
    }

    fn clear(&self) -> Result<(), StoreError> {
        Err(self.read_only())
    }

    fn probe(&self) -> Result<(), StoreError> {
        Err(self.read_only())
    }

    fn source(&self) -> String {
        self.source.to_owned()
    }

    fn is_shared(&self) -> bool {
        false
    }
}
