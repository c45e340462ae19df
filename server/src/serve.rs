//! `vitaed serve`.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail};
use etcetera::BaseStrategy as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use vitae_server_stack::{Config, Stack, StackError};

use crate::arguments::ServeOptions;
use crate::{first_start, output};

pub(crate) async fn serve(options: ServeOptions) -> Result<()> {
    let data = data_directory(options.data)?;
    let stop = stop_signal()?;
    // First, so that a port in use is reported before anything is created.
    let listener = listen(options.listen)?;
    let mut config = Config { quotas: options.quotas.into(), ..Config::new(data.clone()) };
    config.edge.proxies = options.proxies.into();
    config.edge.public_hosts = options.public_hosts;
    let stack = Stack::open(&config).await?;
    first_start::when_users_answer(stack.auth(), &data).await.map_err(StackError::FirstStart)?;
    tokio::spawn(first_start::remove_password_file(stack.auth().clone(), data));
    output::ready(listener.local_addr()?);
    stack.serve(listener, stop).await;
    Ok(())
}

/// Opens a listener on a loopback address: passwords and tokens are sent to it in plain text.
pub(crate) fn listen(address: SocketAddr) -> Result<TcpListener> {
    if !address.ip().is_loopback() {
        bail!(
            "{address} is not a loopback address, and the port uses plain HTTP; \
             listen on 127.0.0.1 and run a TLS proxy in front of it on this machine"
        );
    }
    vitae_server_stack::listen(address).map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            anyhow!("{address} is in use by another program; stop that one, or choose another with --listen")
        }
        _ => anyhow!(error).context(format!("cannot listen on {address}")),
    })
}

/// Returns a future that completes with SIGTERM or SIGINT.
pub(crate) fn stop_signal() -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Returns the data directory: as named, or the default of the platform.
pub(crate) fn data_directory(named: Option<PathBuf>) -> Result<PathBuf> {
    if let Some(data) = named {
        return Ok(data);
    }
    let platform = etcetera::choose_base_strategy()
        .context("the home directory is unknown; name a data directory with --data")?;
    Ok(platform.data_dir().join("vitae"))
}
