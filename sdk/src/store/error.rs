//! Errors of token stores.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::cause::Cause;

/// An error of a token store, with a next step.
///
/// Never contains a token.
///
/// ```
/// use vitae_sdk::{StoreError, StoreErrorKind};
///
/// let cause = std::io::Error::other("no space left");
/// let error = StoreError::new(StoreErrorKind::Failed, "cannot write the vault", "free some space").because(&cause);
/// assert_eq!(error.kind(), StoreErrorKind::Failed);
/// assert_eq!(error.next_step(), "free some space");
/// ```
#[derive(Debug, Clone)]
pub struct StoreError {
    kind: StoreErrorKind,
    what: String,
    next_step: String,
    cause: Option<Arc<Cause>>,
}

/// The kind of a token store's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// This machine, or this session, has no such store.
    Absent,
    /// The store is locked.
    Locked,
    /// The store did not respond in time.
    Timeout,
    /// Other users can read the store.
    Exposed,
    /// The store is read-only.
    ReadOnly,
    /// The content of the store is not a login.
    Damaged,
    /// The login is larger than some platforms can store.
    TooLarge,
    /// Another error; see the source.
    Failed,
}

impl StoreError {
    /// Creates an error from what happened and the next step, each one line without a full stop.
    ///
    /// ```
    /// use vitae_sdk::{StoreError, StoreErrorKind};
    ///
    /// let error = StoreError::new(StoreErrorKind::Locked, "the vault is sealed", "unseal the vault");
    /// assert_eq!(error.to_string(), "the vault is sealed");
    /// ```
    pub fn new(kind: StoreErrorKind, what: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { kind, what: what.into(), next_step: next_step.into(), cause: None }
    }

    /// Adds the text of the underlying error.
    #[must_use]
    pub fn because(mut self, cause: &(dyn Error + 'static)) -> Self {
        self.cause = Some(Arc::new(Cause::of(cause)));
        self
    }

    /// The kind of error.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Returns the next step for the user, as one line.
    pub fn next_step(&self) -> &str {
        &self.next_step
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| cause.as_ref() as _)
    }
}
