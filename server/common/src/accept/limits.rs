//! The limits of a port's connections.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use vitae_contracts_core::limits;

use crate::Network;

/// The maximum number of concurrent connections, even if the system allows more.
const CONNECTIONS: usize = 10_000;
/// The minimum limit of connections, even if the system allows fewer.
const MIN_CONNECTIONS: usize = 8;
/// The number of descriptors reserved for files opened later: readers, backups, calls to peers.
const RESERVE: u64 = 16;

/// The limits of a port's connections.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The maximum number of connections; at the limit, the longest idle one is closed for a new one.
    pub connections: usize,
    /// The maximum number of connections of one peer address (with IPv6, of one /64 network), except proxies.
    pub per_address: usize,
    /// The peers that connect on behalf of many clients.
    pub proxies: Vec<Network>,
    /// Whether every loopback peer counts as a proxy, since the TLS proxy runs on this machine.
    pub loopback_is_proxy: bool,
    /// The timeout for the head of a request, also while a connection waits for its next request.
    pub head: Duration,
    /// The maximum time without a transferred byte while bytes are queued for the peer or expected from it.
    pub stall: Duration,
    /// The time after which `rate` applies while bytes are queued for the peer or expected from it.
    pub grace: Duration,
    /// The minimum average of bytes per second after `grace`.
    pub rate: u64,
}

impl Default for Limits {
    /// Returns the documented limits, with the number of connections that the descriptor limit allows now.
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
    /// Whether a transfer of `moved` bytes in the time `waited` is too slow.
    pub fn is_too_slow(&self, waited: Duration, moved: u64) -> bool {
        let least = u128::from(self.rate).saturating_mul(waited.as_millis()) / 1000;
        waited > self.grace && u128::from(moved) < least
    }

    /// Returns the address under which a peer's connections are counted; `None` for proxies.
    pub(super) fn counted_address(&self, peer: IpAddr) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        if (self.loopback_is_proxy && peer.is_loopback())
            || self.proxies.iter().any(|proxies| proxies.contains(peer))
        {
            return None;
        }
        Some(match peer {
            IpAddr::V4(_) => peer,
            // A customer of a provider has at least a /64 network.
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
        })
    }
}

/// Raises the soft limit of descriptors to the hard one; returns the number of connections that it allows.
fn connections() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if limit.current != limit.maximum && setrlimit(Resource::Nofile, raised).is_ok() {
        limit = getrlimit(Resource::Nofile);
    }
    let Some(most) = limit.current else { return CONNECTIONS };
    // Not every system lists the descriptors; a server has about 40 open before its first connection.
    let used = std::fs::read_dir("/dev/fd").map_or(40, |entries| entries.count() as u64);
    let left = most.saturating_sub(used + RESERVE);
    usize::try_from(left).unwrap_or(CONNECTIONS).clamp(MIN_CONNECTIONS, CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_counted_by_network_and_proxies_are_exempt() {
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
    fn minimum_rate_applies_after_the_grace_time() {
        let limits = Limits { grace: Duration::from_mins(1), rate: 1000, ..Limits::default() };
        assert!(!limits.is_too_slow(Duration::from_mins(1), 0));
        assert!(limits.is_too_slow(Duration::from_secs(61), 60_999));
        assert!(!limits.is_too_slow(Duration::from_secs(61), 61_000));
    }
}
