//! How the public port is set up.

use vitae_server_common::accept::Limits;

/// How the public port is set up.
#[derive(Debug, Clone, Default)]
pub struct EdgeOptions {
    /// What the port allows its connections; the published limits unless told.
    pub limits: Option<Limits>,
}

impl EdgeOptions {
    /// The limits of the port, as they are at the moment when it begins to accept.
    pub fn limits(&self) -> Limits {
        self.limits.clone().unwrap_or_default()
    }
}
