//! Network settings of a command: time limit, proxy, certificates, retries and tracing.

mod trace;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use vitae_sdk::{ClientBuilder, Retry};

pub(crate) use self::trace::Tracer;

use crate::errors::Failure;
use crate::flags::{Global, Proxy};
use crate::settings::variable;

/// Time limit of diagnostic requests.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// The network settings from flags and environment.
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

    /// Disables retries, and shortens the time limit unless --timeout is given.
    pub(crate) fn without_retries(self) -> Self {
        Self { retry: Retry::never(), timeout: self.timeout.or(Some(PROBE_TIMEOUT)), ..self }
    }

    /// Disables the notices about retries; the console shows its own.
    pub(crate) fn without_retry_notices(mut self) -> Self {
        self.tracer.silence_retries();
        self
    }

    /// Sets the time limit.
    pub(crate) fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// Returns the proxy of --proxy.
    pub(crate) fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }

    /// Applies the settings to a client builder.
    pub(crate) fn configure(&self, builder: ClientBuilder) -> Result<ClientBuilder, Failure> {
        let mut builder = builder.retry(self.retry).middleware(self.tracer.clone());
        if let Some(timeout) = self.timeout {
            builder = builder.timeout(timeout);
        }
        builder = match &self.proxy {
            None => builder,
            Some(Proxy::None) => builder.no_proxy(),
            // The message must not repeat the password, as an error from clap would.
            Some(Proxy::Url(url)) if url.contains('@') => {
                return Err(Failure::usage(
                    "--proxy contains a password, and other users of this machine can read arguments",
                )
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
