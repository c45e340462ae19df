//! What a port allows its connections.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use vitae_contracts_core::limits;

use crate::Network;

/// Connections at once, whatever the system allows.
const CONNECTIONS: usize = 10_000;
/// Connections below which no limit of the system goes.
const FEWEST: usize = 8;
/// Descriptors kept free for files that are opened later: readers, backups, calls to peers.
const RESERVE: u64 = 16;

/// What a port allows its connections.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at once; at the limit the one that is idle for longest is closed for a new one.
    pub connections: usize,
    /// Connections at once of one peer address (of one /64 network with IPv6), proxies excepted.
    pub per_address: usize,
    /// Peers that connect on behalf of many clients.
    pub proxies: Vec<Network>,
    /// Whether every loopback peer counts as a proxy, since the TLS proxy runs on this machine.
    pub loopback_is_proxy: bool,
    /// How long a request's head may take; also how long a connection may wait for its next request.
    pub head: Duration,
    /// How long a peer may take or send no byte while bytes are queued for it or expected from it.
    pub stall: Duration,
    /// How long a peer may stay below `rate` while bytes are queued for it or expected from it.
    pub grace: Duration,
    /// The least bytes per second on average, after `grace`.
    pub rate: u64,
}

impl Default for Limits {
    /// The published limits, with as many connections as the system's limit of descriptors allows now.
    fn default() -> Self {
        Self {
            connections: connections(),
            per_address: 256,
            proxies: Vec::new(),
            loopback_is_proxy: true,
            head: Duration::from_secs(limits::HEADER_SECONDS),
            stall: Duration::from_secs(30),
            grace: Duration::from_mins(1),
            rate: 1 << 10,
        }
    }
}

impl Limits {
    /// Whether a peer that had `waited` for bytes and moved this many is too slow.
    pub fn is_too_slow(&self, waited: Duration, moved: u64) -> bool {
        let least = u128::from(self.rate).saturating_mul(waited.as_millis()) / 1000;
        waited > self.grace && u128::from(moved) < least
    }

    /// The address under which a peer's connections are counted; none for proxies.
    pub(super) fn counted_address(&self, peer: IpAddr) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        if (self.loopback_is_proxy && peer.is_loopback())
            || self.proxies.iter().any(|proxies| proxies.contains(peer))
        {
            return None;
        }
        Some(match peer {
            IpAddr::V4(_) => peer,
            // One customer of a provider has a /64 at least.
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
        })
    }
}

/// Connections that fit the descriptors which are left, once the soft limit is as high as it may be.
fn connections() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if limit.current != limit.maximum && setrlimit(Resource::Nofile, raised).is_ok() {
        limit = getrlimit(Resource::Nofile);
    }
    let Some(most) = limit.current else { return CONNECTIONS };
    // Not every system lists its descriptors; a stack has about 40 before its first connection.
    let used = std::fs::read_dir("/dev/fd").map_or(40, |entries| entries.count() as u64);
    let left = most.saturating_sub(used + RESERVE);
    usize::try_from(left).unwrap_or(CONNECTIONS).clamp(FEWEST, CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_counted_by_network_and_proxies_not_at_all() {
        let limits = Limits { proxies: vec!["192.0.2.1".parse().unwrap()], ..Limits::default() };
        let counted = |text: &str| limits.counted_address(text.parse().unwrap()).map(|ip| ip.to_string());
        for (peer, expected) in [
            ("198.51.100.7", Some("198.51.100.7")),
            ("::ffff:198.51.100.7", Some("198.51.100.7")),
            ("2001:db8:1:2:3:4:5:6", Some("2001:db8:1:2::")),
            ("127.0.0.9", None),
            ("::1", None),
            ("192.0.2.1", None),
            ("::ffff:192.0.2.1", None),
        ] {
            assert_eq!(counted(peer).as_deref(), expected, "{peer}");
        }
    }

    #[test]
    fn slowness_counts_after_the_grace_alone() {
        let limits = Limits { grace: Duration::from_mins(1), rate: 1000, ..Limits::default() };
        assert!(!limits.is_too_slow(Duration::from_mins(1), 0));
        assert!(limits.is_too_slow(Duration::from_secs(61), 60_999));
        assert!(!limits.is_too_slow(Duration::from_secs(61), 61_000));
    }
}
