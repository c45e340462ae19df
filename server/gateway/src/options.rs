//! Options of the public port.

use std::time::Duration;

use vitae_server_common::TrustedProxies;
use vitae_server_common::accept::Limits;

use crate::hosts::PublicHost;

/// Options of the public port.
#[derive(Debug, Clone, Default)]
pub struct PublicPortOptions {
    /// Limits of connections; `None` for the documented defaults.
    pub limits: Option<Limits>,
    /// Trusted proxies, whose headers determine the client address.
    pub proxies: TrustedProxies,
    /// Host names accepted in addition to loopback names.
    pub public_hosts: Vec<PublicHost>,
    /// Interval of heartbeats in event streams; `None` for 15 s.
    pub heartbeat: Option<Duration>,
}

impl PublicPortOptions {
    /// Returns the limits of the port at this time.
    pub fn limits(&self) -> Limits {
        let mut limits = self.limits.clone().unwrap_or_default();
        limits.proxies.extend_from_slice(self.proxies.networks());
        limits
    }
}
