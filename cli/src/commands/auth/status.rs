//! `vitae auth status`

use std::time::SystemTime;

use clap::Args;
use serde::Serialize;
use vitae_sdk::{SessionId, StaticToken, Timestamp, UserId};

use crate::command_metadata::{CommandMetadata, exits};
use crate::context::Context;
use crate::errors::Failure;
use crate::exit;
use crate::flags::Global;
use crate::output::{Column, Output, Row};
use crate::settings::Setting;

const METADATA: CommandMetadata = CommandMetadata::new(LoginStatus::FIELDS, exits::STATUS);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Examples:
  vitae auth status
  vitae auth status -o json | jq -r .server.value"), add = METADATA)]
pub(crate) struct StatusArgs {}

/// The login with the sources of its settings.
#[derive(Serialize)]
struct LoginStatus {
    logged_in: bool,
    server: Setting,
    profile: Setting,
    account: Option<String>,
    /// `environment`, `keyring` or `file`.
    store: Option<&'static str>,
    user_id: Option<UserId>,
    session_id: Option<SessionId>,
    expires_at: Option<Timestamp>,
    renewable: bool,
}

/// Prints the login, without contacting the server.
pub(super) fn run(global: &Global, output: &mut Output) -> Result<(), Failure> {
    let context = Context::of(global, false)?;
    let mut status = LoginStatus {
        logged_in: false,
        server: context.server.clone(),
        profile: context.profile_name.clone(),
        account: None,
        store: None,
        user_id: None,
        session_id: None,
        expires_at: None,
        renewable: false,
    };
    let mut problem = match context.login_store() {
        Ok(store) => {
            status.store = Some(store.kind());
            status.account = store.as_store().account();
            match store.as_store().load().map_err(|e| Failure::store("read the login", &e))? {
                Some(login) => {
                    status.user_id = login.user_id();
                    status.session_id = login.session_id();
                    status.expires_at = login.expires_at();
                    status.renewable = login.refresh_token().is_some();
                    None
                }
                None => Some(context.not_logged_in()),
            }
        }
        Err(failure) if failure.exit == exit::NOT_LOGGED_IN => Some(failure),
        Err(failure) => return Err(failure),
    };
    let has_ended = status.expires_at.is_some_and(|at| at <= Timestamp::from(SystemTime::now()));
    if has_ended && !status.renewable {
        let what = format!("the access token in {} has expired", StaticToken::VARIABLE);
        problem = Some(Failure::new(exit::NOT_LOGGED_IN, what).next("set a new token"));
    }
    status.logged_in = problem.is_none();
    output.report(&status)?;
    problem.map_or(Ok(()), Err)
}

impl Row for LoginStatus {
    const FIELDS: &'static [&'static str] = &[
        "logged_in",
        "server.value",
        "server.source",
        "profile.value",
        "profile.source",
        "account",
        "store",
        "user_id",
        "session_id",
        "expires_at",
        "renewable",
    ];
    const COLUMNS: &'static [Column] = &[Column::text("ACCOUNT"), Column::text("SERVER")];

    fn id(&self) -> String {
        self.profile.value.clone()
    }

    fn cells(&self, _: bool) -> Vec<String> {
        vec![self.account.clone().unwrap_or_default(), self.server.value.clone()]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let setting = |setting: &Setting| format!("{} ({})", setting.value, setting.source.as_str());
        let mut lines = vec![
            ("logged in", if self.logged_in { "yes" } else { "no" }.to_owned()),
            ("server", setting(&self.server)),
            ("profile", setting(&self.profile)),
        ];
        lines.extend(self.account.clone().map(|account| ("account", account)));
        lines.extend(self.store.map(|store| match store {
            "environment" => ("login from", StaticToken::VARIABLE.to_owned()),
            store => ("login from", store.to_owned()),
        }));
        lines.extend(self.user_id.map(|id| ("user id", id.to_string())));
        lines.extend(self.session_id.map(|id| ("session id", id.to_string())));
        lines.extend(self.expires_at.map(|at| {
            let renewal = if self.renewable { " (refreshed automatically)" } else { "" };
            ("token expires", format!("{at}{renewal}"))
        }));
        lines
    }
}
