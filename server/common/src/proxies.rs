//! Proxies in front of the public port, and the client's address behind them.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// The header that is believed unless another one is named.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A range of addresses in CIDR notation; an address alone is a range of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text is no range of addresses.
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
    /// Whether an address lies in the range. An IPv4 address written as IPv6 (`::ffff:10.0.0.1`) is an IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let differ = match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => u128::from(own.to_bits() ^ other.to_bits()) << 96,
            (IpAddr::V6(own), IpAddr::V6(other)) => own.to_bits() ^ other.to_bits(),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        differ.leading_zeros() >= u32::from(self.prefix)
    }
}

/// The peers that are believed when they say where a request came from, and the header they say it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedProxies {
    networks: Vec<Network>,
    header: HeaderName,
}

impl Default for TrustedProxies {
    /// Loopback peers, which say it in `X-Forwarded-For`.
    fn default() -> Self {
        Self::new(Vec::new(), X_FORWARDED_FOR)
    }
}

impl TrustedProxies {
    /// Loopback peers and those of these networks, which say it in this header.
    ///
    /// `Forwarded` is read as RFC 7239 has it, every other header as a list of addresses.
    pub fn new(networks: Vec<Network>, header: HeaderName) -> Self {
        Self { networks, header }
    }

    /// The networks, loopback left out.
    pub fn networks(&self) -> &[Network] {
        &self.networks
    }

    /// Whether a peer or hop is a proxy that is believed.
    pub fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_loopback() || self.networks.iter().any(|network| network.contains(address))
    }

    /// The client's address: the rightmost hop that is no trusted proxy.
    ///
    /// Every proxy appends the address from which a request reached it, so whatever stands further left
    /// may be made up. From a peer that is not trusted the header counts for nothing. Where a hop that
    /// matters is no address, the peer's own address is the answer.
    pub fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trust(peer) || !headers.contains_key(&self.header) {
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
                if !self.trust(address) {
                    return client;
                }
            }
        }
        client
    }
}

/// The parts between separators, none of which counts inside a quoted string.
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

/// The address in the `for` parameter of an element of `Forwarded` (RFC 7239, section 4).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut parameters = split(element, ';').into_iter().filter_map(|pair| pair.trim().split_once('='));
    let (_, node) = parameters.find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    // No address has a character that a quoted string has to escape.
    address(node.strip_prefix('"').and_then(|node| node.strip_suffix('"')).unwrap_or(node))
}

/// An address, with a port or without.
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
    fn networks_contain_their_addresses() {
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
    fn the_rightmost_untrusted_hop_is_the_client() {
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
            // Whatever stands further left may be made up.
            ("127.0.0.1", &["nonsense, 192.0.2.1"], "192.0.2.1"),
            ("127.0.0.1", &["nonsense, 10.1.1.1"], "127.0.0.1"),
            ("127.0.0.1", &["unknown"], "127.0.0.1"),
            ("127.0.0.1", &[""], "127.0.0.1"),
            ("127.0.0.1", &["192.0.2.1,"], "127.0.0.1"),
            ("127.0.0.1", &["192.0.2.1 198.51.100.9"], "127.0.0.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
            // Proxies all the way: the first of them made the request.
            ("127.0.0.1", &["10.1.1.1, 10.1.1.2"], "10.1.1.1"),
            // Nobody else is believed.
            ("192.0.2.66", &["198.51.100.9"], "192.0.2.66"),
        ] {
            assert_eq!(client(&proxies, peer, "x-forwarded-for", values), expected, "{peer} {values:?}");
        }
        // One header alone is believed.
        assert_eq!(client(&proxies, "127.0.0.1", "forwarded", &["for=192.0.2.1"]), "127.0.0.1");
        assert_eq!(client(&proxies, "127.0.0.1", "x-real-ip", &["192.0.2.1"]), "127.0.0.1");
    }

    #[test]
    fn forwarded_is_read_as_its_standard_has_it() {
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
