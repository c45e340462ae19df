//! The host names accepted by the public port.
//!
//! A web page can have its own host name resolve to 127.0.0.1 and then read this server's responses
//! in the browser (DNS rebinding). The browser still sends that name as `Host`, so unknown names are rejected.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use http::uri::Authority;
use http::{HeaderMap, Request, Version, header};
use vitae_contracts_core::{Code, quoted};

use crate::error::ApiError;

/// The one path that accepts every host, because probes use any address of the server.
const ANY_HOST: &str = "/livez";

/// A host name by which clients reach the server: lower case, without a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicHost(String);

impl FromStr for PublicHost {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match host_of(text) {
            Some((host, None)) => Ok(Self(host)),
            _ => Err(format!(
                "expected a host name without a port, as in vitae.example, found {}",
                quoted(text)
            )),
        }
    }
}

/// The hosts accepted by one port.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    listening: Option<IpAddr>,
    public: Vec<PublicHost>,
}

impl Hosts {
    /// Accepts loopback names and addresses, the address of the port, and the public names.
    pub(crate) fn new(listening: Option<IpAddr>, public: Vec<PublicHost>) -> Self {
        Self { listening, public }
    }

    /// Rejects a request whose host is missing or not accepted (RFC 9112, section 3.2).
    pub(crate) fn check<B>(&self, request: &Request<B>) -> Result<(), ApiError> {
        let uri = request.uri();
        if uri.path() == ANY_HOST {
            return Ok(());
        }
        if uri.authority().is_none()
            && let Some(host) = plain_host(request.headers())
            && self.answers_for(host)
        {
            return Ok(());
        }
        let host = host_header(request.headers(), request.version())?;
        // A target in absolute form takes precedence over the header.
        let host = match uri.authority() {
            Some(authority) => {
                Some(host_of(authority.as_str()).ok_or_else(|| malformed(authority.as_str()))?.0)
            }
            None => host,
        };
        match host {
            Some(host) if !self.answers_for(&host) => {
                let name = quoted(&host);
                let message = format!(
                    "this server does not accept the host {name}; if it is a name of this server, start vitaed with --public-host {}",
                    name.trim_matches('"')
                );
                Err(ApiError::header(Code::InvalidHost, header::HOST.as_str(), message))
            }
            _ => Ok(()),
        }
    }

    fn answers_for(&self, host: &str) -> bool {
        is_loopback(host)
            || self.public.iter().any(|public| public.0 == host)
            || address(host).is_some_and(|address| Some(address) == self.listening)
    }
}

/// Returns the host of a header in the usual form: lower case, with or without a port.
///
/// A fast path without allocations; other forms are parsed by [`host_header`].
fn plain_host(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::HOST).iter();
    let text = values.next().filter(|_| values.next().is_none())?.to_str().ok()?;
    let host = match text.split_once(':') {
        Some((host, port)) => {
            // `parse` alone would accept a sign.
            port.bytes().all(|b| b.is_ascii_digit()).then(|| port.parse::<u16>().ok())??;
            host
        }
        None => text,
    };
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
    (!host.is_empty() && host.bytes().all(is_plain)).then_some(host)
}

/// Returns the host of the header; `None` if it is absent and the HTTP version does not require it.
fn host_header(headers: &HeaderMap, version: Version) -> Result<Option<String>, ApiError> {
    let mut values = headers.get_all(header::HOST).iter();
    let invalid = |message: &str| ApiError::header(Code::InvalidHost, header::HOST.as_str(), message);
    let Some(value) = values.next() else {
        // HTTP/1.0 does not require the header, and no browser sends that version.
        let is_old = version <= Version::HTTP_10;
        return if is_old { Ok(None) } else { Err(invalid("expected once, found nothing")) };
    };
    if values.next().is_some() {
        return Err(invalid("expected once, found more than once"));
    }
    let text = value.to_str().map_err(|_| invalid("expected visible ASCII"))?;
    host_of(text).map(|(host, _)| Some(host)).ok_or_else(|| malformed(text))
}

fn malformed(found: &str) -> ApiError {
    let message = format!("expected a host as in vitae.example or 127.0.0.1:7878, found {}", quoted(found));
    ApiError::header(Code::InvalidHost, header::HOST.as_str(), message)
}

/// Returns the host of an authority in lower case, and its port; `None` if it is malformed.
fn host_of(text: &str) -> Option<(String, Option<u16>)> {
    if text.contains('@') {
        return None;
    }
    let authority: Authority = text.parse().ok()?;
    let host = authority.host();
    let port = match text.strip_prefix(host)? {
        "" | ":" => None,
        port => Some(port.strip_prefix(':')?.parse().ok()?),
    };
    let is_name = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
    if host.is_empty() || !(is_name || host.starts_with('[') && address(host).is_some()) {
        return None;
    }
    Some((host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase(), port))
}

/// Returns whether a host is a loopback name or address (RFC 6761, section 6.3).
fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || address(host).is_some_and(|address| address.to_canonical().is_loopback())
}

fn address(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

/// Returns whether a request comes from a program on this machine and not through a proxy.
pub(crate) fn is_local(peer: Option<IpAddr>, headers: &HeaderMap) -> bool {
    const FORWARDED: &[&str] =
        &["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];
    let through_proxy = FORWARDED.iter().any(|name| headers.contains_key(*name));
    // A proxy that adds no header still forwards the public host name, unless it is configured otherwise.
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).and_then(host_of);
    let is_named_so = host.is_none_or(|(host, _)| is_loopback(&host));
    peer.is_some_and(|peer| peer.to_canonical().is_loopback()) && !through_proxy && is_named_so
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(request: http::request::Builder) -> Option<Code> {
        let hosts = Hosts::new(Some([192, 0, 2, 7].into()), vec!["vitae.example".parse().unwrap()]);
        hosts.check(&request.body(()).unwrap()).err().map(|error| error.code)
    }

    #[test]
    fn only_hosts_of_this_server_are_accepted() {
        for (host, is_ours) in [
            ("localhost", true),
            ("LOCALHOST:7878", true),
            ("localhost.", true),
            ("app.localhost:1", true),
            ("127.0.0.1", true),
            ("127.9.9.9:80", true),
            ("[::1]:7878", true),
            ("[::ffff:127.0.0.1]", true),
            ("192.0.2.7:443", true),
            ("vitae.example", true),
            ("Vitae.Example.:8443", true),
            ("localhost:", true),
            ("", false),
            ("evil.example", false),
            ("vitae.example.evil.example", false),
            ("localhost.evil.example", false),
            ("notlocalhost", false),
            ("192.0.2.8", false),
            ("127.1", false),
            ("0x7f000001", false),
            ("[::2]", false),
            ("[::1", false),
            ("::1", false),
            ("localhost:x", false),
            ("localhost:99999", false),
            ("user@localhost", false),
            ("localhost, evil.example", false),
            ("localhost/..", false),
            ("local host", false),
        ] {
            let found = check(Request::get("/v1/me").header("host", host));
            assert_eq!(found, (!is_ours).then_some(Code::InvalidHost), "{host:?}");
        }
    }

    #[test]
    fn target_in_absolute_form_takes_precedence() {
        for (target, is_ours) in [
            ("http://localhost/v1/me", true),
            ("http://evil.example/v1/me", false),
            ("http://user@localhost/v1/me", false),
            ("http://evil.example/livez", true),
        ] {
            let found = check(Request::get(target).header("host", "localhost"));
            assert_eq!(found, (!is_ours).then_some(Code::InvalidHost), "{target}");
        }
        assert_eq!(check(Request::get("http://localhost/v1/me")), Some(Code::InvalidHost), "no header");
    }

    #[test]
    fn missing_or_repeated_host_header_is_rejected() {
        let get = || Request::get("/v1/me");
        assert_eq!(check(get()), Some(Code::InvalidHost));
        assert_eq!(check(get().version(Version::HTTP_10)), None);
        let twice = get().header("host", "localhost").header("host", "localhost");
        assert_eq!(check(twice), Some(Code::InvalidHost));
        assert_eq!(check(Request::get("/livez").header("host", "evil.example")), None);
        assert_eq!(check(Request::get("/livez/").header("host", "evil.example")), Some(Code::InvalidHost));
    }

    #[test]
    fn public_hosts_are_names_without_a_port() {
        assert_eq!("Vitae.Example".parse(), Ok(PublicHost("vitae.example".to_owned())));
        for text in ["", "vitae.example:443", "https://vitae.example", "a b", "*.example"] {
            assert!(text.parse::<PublicHost>().is_err(), "{text}");
        }
    }

    #[test]
    fn requests_through_a_proxy_are_not_local() {
        let local = |peer: &str, headers: &[(&'static str, &str)]| {
            let headers = headers.iter().map(|(name, value)| {
                (http::HeaderName::from_static(name), http::HeaderValue::from_str(value).unwrap())
            });
            is_local(peer.parse().ok(), &headers.collect())
        };
        assert!(local("127.0.0.1", &[("host", "127.0.0.1:7878")]));
        assert!(local("::1", &[("host", "localhost")]));
        assert!(!local("127.0.0.1", &[("host", "vitae.example")]));
        assert!(!local("127.0.0.1", &[("host", "localhost"), ("x-forwarded-for", "127.0.0.1")]));
        assert!(!local("192.0.2.1", &[("host", "localhost")]));
    }
}
