//! The server's address.

use std::borrow::Cow;
use std::net::IpAddr;

use reqwest::Url;

use crate::error::{Error, Result};

/// The address of a server: an origin and, behind a reverse proxy, a path prefix.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    /// Ends in a slash, so that paths can be appended.
    base: Url,
    origin: String,
}

impl Address {
    /// Parses `http://host[:port][/prefix]` or the same with `https`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let invalid = |what: &str| {
            let what =
                format!("cannot use \"{}\" as the server's address: {what}", without_credentials(text));
            Error::input(what).with_next_step("use an address such as https://vitae.example")
        };
        let mut base = Url::parse(text).map_err(|e| invalid(&e.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(invalid("expected http or https"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(invalid("expected no user name and no password"));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(invalid("expected no query and no fragment"));
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let origin = base.origin().ascii_serialization();
        Ok(Self { base, origin })
    }

    /// The scheme, host and port, without a default port.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// Returns the URL of a path that starts with a slash.
    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{}", self.base.path(), &path[1..]));
        url
    }

    /// Returns the URL of a path with query parameters.
    pub(crate) fn url_with(&self, path: &str, parameters: &[(Cow<'static, str>, String)]) -> Url {
        let mut url = self.url(path);
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        url
    }

    /// Returns a path [below](Self::contains) the prefix as it is sent.
    pub(crate) fn normalize(&self, path: &str) -> String {
        self.url(path).path()[self.base.path().len() - 1..].to_owned()
    }

    /// Whether a path stays below the prefix after normalization.
    pub(crate) fn contains(&self, path: &str) -> bool {
        path.starts_with('/') && self.url(path).path().starts_with(self.base.path())
    }

    pub(crate) fn is_https(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// Whether requests to this address stay on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.base.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            // RFC 6761, section 6.3: names below localhost are loopback.
            Err(_) => bare == "localhost" || bare.ends_with(".localhost"),
        }
    }
}

/// Returns the text without what may be a user name and password: an invalid address can be a URL that has
/// them.
pub(crate) fn without_credentials(text: &str) -> String {
    let text = match text.rsplit_once('@') {
        Some((_, rest)) => format!("…@{rest}"),
        None => text.to_owned(),
    };
    crate::cause::escape_line(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_servers() {
        for (text, origin, url, loopback) in [
            ("http://127.0.0.1:7878", "http://127.0.0.1:7878", "http://127.0.0.1:7878/v1/me", true),
            ("HTTP://LocalHost/", "http://localhost", "http://localhost/v1/me", true),
            ("http://[::1]:1", "http://[::1]:1", "http://[::1]:1/v1/me", true),
            ("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]", "http://[::ffff:7f00:1]/v1/me", true),
            ("https://cv.example:443/vitae", "https://cv.example", "https://cv.example/vitae/v1/me", false),
            (
                "https://localhost.example",
                "https://localhost.example",
                "https://localhost.example/v1/me",
                false,
            ),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.origin(), origin);
            assert_eq!(address.url("/v1/me").as_str(), url);
            assert_eq!(address.is_loopback(), loopback, "{text}");
        }
    }

    #[test]
    fn invalid_address_is_shown_without_its_password() {
        for text in [
            "",
            "cv.example",
            "ftp://cv.example",
            "https://ada:hunter22@cv.example",
            "hunter22@cv.example",
            "https://cv.example/?a=b",
            "https://cv.example/#a",
        ] {
            let error = Address::parse(text).unwrap_err();
            assert!(error.is_invalid_input(), "{text}");
            assert!(!format!("{error} {error:?}").contains("hunter22"), "{text}");
        }
    }
}
