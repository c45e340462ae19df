//! How the server is reached, and what is told of it on the way.

mod trace;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use vitae_sdk::{ClientBuilder, Retry};

pub(crate) use self::trace::Tracer;

use crate::arguments::{Global, network::Proxy};
use crate::context::variable;
use crate::errors::Failure;

/// Who asks whether a server is there does not want to wait for one that is not.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// What flags and environment say about the way to the server.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    timeout: Option<Duration>,
    proxy: Option<Proxy>,
    authority: Option<PathBuf>,
    retry: Retry,
    pub(crate) tracer: Tracer,
}

impl Network {
    pub(crate) fn of(global: &Global) -> Self {
        let flags = &global.network;
        Self {
            timeout: flags.timeout,
            proxy: flags.proxy.clone(),
            authority: flags.ca_cert.clone().or_else(|| variable("VITAE_CA_CERT").map(PathBuf::from)),
            retry: Retry::new(),
            tracer: Tracer::new(global),
        }
    }

    /// The same way, without a second attempt, and with a shorter timeout unless told.
    pub(crate) fn without_retries(self) -> Self {
        Self { retry: Retry::never(), timeout: self.timeout.or(Some(PROBE_TIMEOUT)), ..self }
    }

    /// The same way, silent unless more was asked for: the console says itself what takes longer.
    pub(crate) fn without_retry_notices(mut self) -> Self {
        self.tracer.silence_retries();
        self
    }

    /// The same way, with no longer timeout than this.
    pub(crate) fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// The proxy that was named, if one was.
    pub(crate) fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }

    /// A client that goes this way.
    pub(crate) fn configure(&self, builder: ClientBuilder) -> Result<ClientBuilder, Failure> {
        let mut builder = builder.retry(self.retry).middleware(self.tracer.clone());
        if let Some(timeout) = self.timeout {
            builder = builder.timeout(timeout);
        }
        builder = match &self.proxy {
            None => builder,
            Some(Proxy::None) => builder.no_proxy(),
            // The message must not repeat it, as a refusal of the argument itself would.
            Some(Proxy::Url(url)) if url.contains('@') => {
                return Err(Failure::usage("--proxy holds a password, and other people can read arguments")
                    .next("set HTTPS_PROXY instead"));
            }
            Some(Proxy::Url(url)) => builder.proxy(url.as_str()),
        };
        match &self.authority {
            None => Ok(builder),
            Some(path) => {
                let pem = fs::read(path).map_err(|e| {
                    Failure::io(format_args!("read the certificates in {}", path.display()), &e)
                        .next("check the path that --ca-cert or VITAE_CA_CERT names")
                })?;
                Ok(builder.add_root_certificate_pem(pem))
            }
        }
    }
}
