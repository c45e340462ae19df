//! How the public port is set up.

use vitae_server_common::TrustedProxies;
use vitae_server_common::accept::Limits;

/// How the public port is set up.
#[derive(Debug, Clone, Default)]
pub struct EdgeOptions {
    /// What the port allows its connections; the published limits unless told.
    pub limits: Option<Limits>,
    /// Proxies in front of the port, which are believed about where requests come from.
    pub proxies: TrustedProxies,
}

impl EdgeOptions {
    /// The limits of the port, as they are at the moment when it begins to accept.
    pub fn limits(&self) -> Limits {
        let mut limits = self.limits.clone().unwrap_or_default();
        limits.proxies.extend_from_slice(self.proxies.networks());
        limits
    }
}
