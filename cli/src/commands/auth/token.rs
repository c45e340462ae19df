//! `vitae auth token`

use std::time::SystemTime;

use clap::Args;
use serde::Serialize;
use vitae_sdk::{ExposeSecret as _, StaticToken, Timestamp};

use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::context::{Context, LoginStore};
use crate::errors::Failure;
use crate::flags::Global;
use crate::output::{Column, Output, Row};
use crate::{exit, runtime};

const METADATA: CommandMetadata = CommandMetadata::new(PrintedToken::FIELDS, exits::ACCOUNT);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Standard output contains only the token, which is valid for at least 30 seconds.

Examples:
  curl -H \"Authorization: Bearer $(vitae auth token)\" http://127.0.0.1:7878/v1/me
  VITAE_TOKEN=$(vitae auth token) ./nightly-report
  vitae auth token -o json"), add = METADATA)]
pub(crate) struct TokenArgs {}

/// An access token; the only output of this program that contains a secret.
#[derive(Serialize)]
struct PrintedToken {
    access_token: String,
    token_type: &'static str,
    expires_at: Option<Timestamp>,
}

/// Prints a token that is valid for at least 30 seconds, refreshed if necessary.
pub(super) fn run(global: &Global, output: &mut Output) -> Result<(), Failure> {
    let context = Context::of(global, false)?;
    let store = context.login_store()?;
    reject_expired(&store)?;
    let connection = context.connect_with(store)?;
    runtime::block_on(async {
        let token = token(&connection).await?;
        if output.is_format_requested() { output.one(&token) } else { output.line(&token.access_token) }
    })
}

async fn token(connection: &Connection) -> Result<PrintedToken, Failure> {
    let explain = |error| connection.explain("get a token", &error);
    let access_token = connection.client.auth().access_token().await.map_err(explain)?;
    let state = connection.client.auth().login_state().await.map_err(explain)?;
    Ok(PrintedToken {
        access_token: access_token.expose_secret().to_owned(),
        token_type: "Bearer",
        expires_at: state.and_then(|state| state.expires_at),
    })
}

/// Rejects an expired `VITAE_TOKEN`, which cannot be refreshed.
fn reject_expired(store: &LoginStore) -> Result<(), Failure> {
    let LoginStore::Token(_) = store else { return Ok(()) };
    let login = store.as_store().load().map_err(|e| Failure::store("read the login", &e))?;
    let end = login.and_then(|login| login.expires_at());
    if end.is_none_or(|end| end > Timestamp::from(SystemTime::now())) {
        return Ok(());
    }
    let what = format!("the access token in {} has expired", StaticToken::VARIABLE);
    Err(Failure::new(exit::NOT_LOGGED_IN, what).next("set a new token"))
}

impl Row for PrintedToken {
    const FIELDS: &'static [&'static str] = &["access_token", "token_type", "expires_at"];
    const COLUMNS: &'static [Column] = &[Column::fixed("ACCESS_TOKEN"), Column::fixed("EXPIRES")];

    fn id(&self) -> String {
        self.access_token.clone()
    }

    fn cells(&self, _: bool) -> Vec<String> {
        vec![self.id(), self.expires_at.map(|at| at.to_string()).unwrap_or_default()]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![("access token", self.id())]
    }
}
