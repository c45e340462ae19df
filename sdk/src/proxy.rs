//! The choice of a proxy.

use reqwest::{Proxy, Url};
use secrecy::{ExposeSecret as _, SecretString};

use crate::address;
use crate::error::{Error, Result};

/// The proxy of a client. A proxy's address can have a password, which `Debug` does not show.
#[derive(Debug, Clone, Default)]
pub(crate) enum ProxySetting {
    /// As `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say.
    #[default]
    Environment,
    /// No proxy.
    Disabled,
    /// This proxy.
    Url(SecretString),
}

impl ProxySetting {
    pub(crate) fn to_proxy(&self) -> Result<Option<Proxy>> {
        let Self::Url(url) = self else {
            return Ok(None);
        };
        let url = url.expose_secret();
        let invalid = |what: &str| {
            let shown = address::without_credentials(url);
            Error::input(format!("cannot use \"{shown}\" as the proxy: {what}"))
                .with_next_step("use an address such as http://proxy.example:3128")
        };
        let parsed = Url::parse(url).map_err(|e| invalid(&e.to_string()))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(invalid("expected http or https"));
        }
        // The library's message could quote the address with its password.
        Proxy::all(parsed).map(Some).map_err(|_| invalid("expected the address of a proxy"))
    }
}
