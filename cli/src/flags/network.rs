//! Network flags.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use crate::values;

#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub(crate) struct NetworkFlags {
    /// Time limit of a request: 500ms, 30s, 2m [default: 30s]
    #[arg(long, global = true, value_name = "TIME", value_parser = values::duration)]
    pub(crate) timeout: Option<Duration>,
    #[arg(
        long,
        global = true,
        value_name = "URL|none",
        help = "Connect through this proxy [env: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY]"
    )]
    pub(crate) proxy: Option<Proxy>,
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help = "Also trust the certificates in this PEM file [env: VITAE_CA_CERT]"
    )]
    pub(crate) ca_cert: Option<PathBuf>,
    /// Print a line for each request
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    /// Print each request with its headers, without secrets and bodies
    #[arg(long, global = true)]
    pub(crate) debug: bool,
}

/// A proxy, or explicitly none.
#[derive(Debug, Clone)]
pub(crate) enum Proxy {
    None,
    Url(String),
}

impl FromStr for Proxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            "" => Err("expected a URL or none".to_owned()),
            _ => Ok(Self::Url(text.to_owned())),
        }
    }
}
