//! `vitaed unlock`.

use std::time::SystemTime;

use anyhow::{Result, anyhow};
use vitae_contracts_core::limits;

use crate::arguments::UnlockOptions;
use crate::{output, serve};

pub(crate) fn unlock(options: UnlockOptions) -> Result<()> {
    let email = options.email;
    limits::check_email(&email).map_err(|message| anyhow!("{message}"))?;
    let data = serve::data_directory(options.data)?;
    let address = options.address.map(|address| address.to_string());
    vitae_server_stack::unlock(&data, &email, address.as_deref(), SystemTime::now().into())?;
    let from = address.map(|address| format!(" from {address}")).unwrap_or_default();
    output::note(&format!("if there is an account {email}, one login{from} is allowed within the next hour"));
    Ok(())
}
