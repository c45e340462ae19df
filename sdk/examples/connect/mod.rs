//! The connection that all examples use.

use std::env;
use std::error::Error;

use vitae_sdk::{Client, MemoryStore, StaticToken};

/// Returns a client for `VITAE_SERVER` that uses the token in `VITAE_TOKEN`, or logs in as `VITAE_EMAIL`
/// with `VITAE_PASSWORD`.
pub(crate) async fn connect(program: &str) -> Result<Client, Box<dyn Error>> {
    let builder = Client::builder().base_url(variable("VITAE_SERVER")?).user_agent(program);
    if let Some(token) = StaticToken::from_environment() {
        return Ok(builder.token_store(token).build()?);
    }
    let client = builder.token_store(MemoryStore::new()).build()?;
    let password = variable("VITAE_PASSWORD")?.into();
    client.auth().login(&variable("VITAE_EMAIL")?, &password).await?;
    Ok(client)
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("{name} is not set"))
}
