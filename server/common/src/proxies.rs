//! Trusted proxies in front of the public port, and the client address of requests through them.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// The default header for client addresses.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A range of IP addresses in CIDR notation; a single address is a range of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// The error for a text that is not a range of IP addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an address or a range in CIDR notation such as 10.0.0.0/8, found {0:?}")]
pub struct InvalidNetwork(String);

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let invalid = || InvalidNetwork(text.to_owned());
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => longest,
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().ok().filter(|prefix| *prefix <= longest).ok_or_else(invalid)?
            }
            Some(_) => return Err(invalid()),
        };
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Network {
    /// Whether the range contains an address. An IPv4 address written as IPv6 (`::ffff:10.0.0.1`) is an IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let differ = match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => u128::from(own.to_bits() ^ other.to_bits()) << 96,
            (IpAddr::V6(own), IpAddr::V6(other)) => own.to_bits() ^ other.to_bits(),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        differ.leading_zeros() >= u32::from(self.prefix)
    }
}

/// The proxies that are trusted to report client addresses, and the header they use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedProxies {
    networks: Vec<Network>,
    header: HeaderName,
}

impl Default for TrustedProxies {
    /// Returns loopback addresses as trusted, with `X-Forwarded-For`.
    fn default() -> Self {
        Self::new(Vec::new(), X_FORWARDED_FOR)
    }
}

impl TrustedProxies {
    /// Returns loopback addresses and these networks as trusted, with this header.
    ///
    /// `Forwarded` is parsed as in RFC 7239, any other header as a list of addresses.
    pub fn new(networks: Vec<Network>, header: HeaderName) -> Self {
        Self { networks, header }
    }

    /// Returns the networks without loopback.
    pub fn networks(&self) -> &[Network] {
        &self.networks
    }

    /// Whether an address is that of a trusted proxy.
    pub fn is_trusted(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_loopback() || self.networks.iter().any(|network| network.contains(address))
    }

    /// Returns the client's address: the rightmost hop that is not a trusted proxy.
    ///
    /// Every proxy appends the address from which it received the request, so entries further left may be
    /// forged. The header of an untrusted peer is ignored. If an entry before the result is not an
    /// address, the peer's own address is returned.
    pub fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.is_trusted(peer) || !headers.contains_key(&self.header) {
            return peer;
        }
        let mut client = peer;
        let values: Vec<&HeaderValue> = headers.get_all(&self.header).iter().collect();
        for value in values.into_iter().rev() {
            let Ok(text) = value.to_str() else { return peer };
            for hop in split(text, ',').into_iter().rev() {
                let address =
                    if self.header == header::FORWARDED { forwarded_for(hop) } else { address(hop) };
                let Some(address) = address else { return peer };
                client = address;
                if !self.is_trusted(address) {
                    return client;
                }
            }
        }
        client
    }
}

/// Splits a text at a separator, except inside quoted strings.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if c == separator && !quoted => {
                parts.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Returns the address in the `for` parameter of an element of `Forwarded` (RFC 7239, section 4).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut parameters = split(element, ';').into_iter().filter_map(|pair| pair.trim().split_once('='));
    let (_, node) = parameters.find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    // An address has no characters that need an escape in a quoted string.
    address(node.strip_prefix('"').and_then(|node| node.strip_suffix('"')).unwrap_or(node))
}

/// Parses an address with an optional port.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    let address = hop.parse().ok().or_else(with_port).or_else(bracketed)?;
    Some(IpAddr::to_canonical(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn network_contains_its_addresses() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.1.2", "11.0.0.0"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("10.0.0.0/8", "::ffff:10.1.1.1", "::a01:101"),
            ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"),
            ("fd00::1", "fd00::1", "fd00::2"),
            ("0.0.0.0/0", "255.255.255.255", "::"),
        ] {
            let range: Network = network.parse().unwrap();
            assert!(range.contains(ip(inside)), "{inside} is in {network}");
            assert!(!range.contains(ip(outside)), "{outside} is not in {network}");
        }
        for text in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0",
            "proxy",
            "1/8/8",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text:?}");
        }
    }

    fn client(proxies: &TrustedProxies, peer: &str, name: &str, values: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        proxies.client_address(ip(peer), &headers).to_string()
    }

    #[test]
    fn rightmost_untrusted_hop_is_the_client() {
        let networks = vec!["10.0.0.0/8".parse().unwrap()];
        let proxies = TrustedProxies::new(networks, X_FORWARDED_FOR);
        for (peer, values, expected) in [
            ("127.0.0.1", &["192.0.2.1"][..], "192.0.2.1"),
            ("127.0.0.1", &["198.51.100.9, 192.0.2.1"], "192.0.2.1"),
            ("127.0.0.1", &["198.51.100.9", "192.0.2.1, 10.1.1.1"], "192.0.2.1"),
            ("10.2.2.2", &["192.0.2.1:5678"], "192.0.2.1"),
            ("::1", &["[2001:db8::1]:443"], "2001:db8::1"),
            ("::1", &["2001:db8::1"], "2001:db8::1"),
            ("::ffff:127.0.0.1", &["::ffff:192.0.2.1"], "192.0.2.1"),
            // Entries further left may be forged.
            ("127.0.0.1", &["nonsense, 192.0.2.1"], "192.0.2.1"),
            ("127.0.0.1", &["nonsense, 10.1.1.1"], "127.0.0.1"),
            ("127.0.0.1", &["unknown"], "127.0.0.1"),
            ("127.0.0.1", &[""], "127.0.0.1"),
            ("127.0.0.1", &["192.0.2.1,"], "127.0.0.1"),
            ("127.0.0.1", &["192.0.2.1 198.51.100.9"], "127.0.0.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
            // All hops are proxies: the first one made the request.
            ("127.0.0.1", &["10.1.1.1, 10.1.1.2"], "10.1.1.1"),
            // The header of an untrusted peer is ignored.
            ("192.0.2.66", &["198.51.100.9"], "192.0.2.66"),
        ] {
            assert_eq!(client(&proxies, peer, "x-forwarded-for", values), expected, "{peer} {values:?}");
        }
        // Only the configured header is used.
        assert_eq!(client(&proxies, "127.0.0.1", "forwarded", &["for=192.0.2.1"]), "127.0.0.1");
        assert_eq!(client(&proxies, "127.0.0.1", "x-real-ip", &["192.0.2.1"]), "127.0.0.1");
    }

    #[test]
    fn forwarded_header_is_parsed_as_in_rfc_7239() {
        let proxies = TrustedProxies::new(Vec::new(), header::FORWARDED);
        for (values, expected) in [
            (&["for=192.0.2.1"][..], "192.0.2.1"),
            (&["For=\"[2001:db8::1]:4711\";proto=https;by=203.0.113.43"], "2001:db8::1"),
            (&["proto=https; for=192.0.2.1"], "192.0.2.1"),
            (&["for=198.51.100.9, for=192.0.2.1"], "192.0.2.1"),
            (&["for=198.51.100.9", "for=\"192.0.2.1:80\", for=127.0.0.1"], "192.0.2.1"),
            (&["for=198.51.100.9;host=\"a, for=203.0.113.1\""], "198.51.100.9"),
            (&["for=198.51.100.9;host=\"a\\\", for=203.0.113.1\""], "198.51.100.9"),
            (&["for=unknown"], "127.0.0.1"),
            (&["for=_hidden"], "127.0.0.1"),
            (&["by=203.0.113.43"], "127.0.0.1"),
            (&["192.0.2.1"], "127.0.0.1"),
        ] {
            assert_eq!(client(&proxies, "127.0.0.1", "forwarded", values), expected, "{values:?}");
        }
        assert_eq!(client(&proxies, "127.0.0.1", "x-forwarded-for", &["192.0.2.1"]), "127.0.0.1");
    }
}
