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
        let refuse = |what: &str| {
            let shown = address::without_credentials(url);
            Error::input(format!("cannot use \"{shown}\" as the proxy: {what}"))
                .with_next_step("give an address as in http://proxy.example:3128")
        };
        let parsed = Url::parse(url).map_err(|e| refuse(&e.to_string()))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(refuse("expected http or https"));
        }
        // The library's message could quote the address with its password.
        Proxy::all(parsed).map(Some).map_err(|_| refuse("it is no address of a proxy"))
    }
}
