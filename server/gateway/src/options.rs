//! How the public port is set up.

use std::time::Duration;

use vitae_server_common::TrustedProxies;
use vitae_server_common::accept::Limits;

use crate::hosts::PublicHost;

/// How the public port is set up.
#[derive(Debug, Clone, Default)]
pub struct PublicPortOptions {
    /// What the port allows its connections; the published limits unless told.
    pub limits: Option<Limits>,
    /// Proxies in front of the port, which are believed about where requests come from.
    pub proxies: TrustedProxies,
    /// Names by which clients reach the port, beside those of this machine.
    pub public_hosts: Vec<PublicHost>,
    /// How often a stream of events says that it is there; every 15 s unless told.
    pub heartbeat: Option<Duration>,
}

impl PublicPortOptions {
    /// The limits of the port, as they are at the moment when it begins to accept.
    pub fn limits(&self) -> Limits {
        let mut limits = self.limits.clone().unwrap_or_default();
        limits.proxies.extend_from_slice(self.proxies.networks());
        limits
    }
}
