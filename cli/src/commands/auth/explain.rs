//! `vitae auth explain`: the sources of each setting, and the one that wins.

use clap::Args;
use serde::Serialize;
use vitae_sdk::StaticToken;

use crate::command_metadata::{CommandMetadata, exits};
use crate::config::{self, StoreKind};
use crate::context::{Context, LoginStore};
use crate::errors::Failure;
use crate::flags::Global;
use crate::output::{Column, Output, Row};
use crate::settings::{self, DEFAULT_PROFILE, DEFAULT_SERVER, SettingSource};

const METADATA: CommandMetadata = CommandMetadata::new(SettingCandidate::FIELDS, exits::LOCAL);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
The first source with a value wins: flag, environment, profile, default. Contacts no server and never prints \
a token.

Examples:
  vitae auth explain
  vitae auth explain -o json | jq '.[] | select(.wins)'"), add = METADATA)]
pub(crate) struct ExplainArgs {}

/// A possible source of a setting.
#[derive(Debug, Serialize)]
struct SettingCandidate {
    setting: &'static str,
    source: SettingSource,
    value: Option<String>,
    wins: bool,
    why: String,
}

/// The value of a source, or the reason for its absence.
struct SourceValue {
    source: SettingSource,
    value: Option<String>,
    absence: String,
}

/// Lists the sources of server, profile, account, token and store by precedence.
pub(super) fn run(global: &Global, output: &mut Output) -> Result<(), Failure> {
    let context = Context::of(global, true)?;
    let mut all = rank("server", server(global, &context));
    all.extend(rank("profile", profile(global, &context)));
    all.extend(rank("account", account(&context)));
    all.extend(rank("token", token(&context)));
    all.extend(rank("store", store(&context)));
    let mut list = output.list();
    list.page(&all)?;
    list.finish()?;
    Ok(())
}

/// Marks the first source with a value as the winner.
fn rank(setting: &'static str, places: Vec<SourceValue>) -> Vec<SettingCandidate> {
    let mut winner = None;
    let mut all = Vec::new();
    for SourceValue { source, value, absence } in places {
        let why = match (&value, winner) {
            (None, _) => absence,
            (Some(_), None) => "no earlier source has a value".to_owned(),
            (Some(_), Some(winner)) => format!("the {} takes precedence", SettingSource::as_str(winner)),
        };
        let wins = value.is_some() && winner.is_none();
        if wins {
            winner = Some(source);
        }
        all.push(SettingCandidate { setting, source, value, wins, why });
    }
    all
}

fn server(global: &Global, context: &Context) -> Vec<SourceValue> {
    let name = &context.profile_name.value;
    let mut places = vec![
        source_value(SettingSource::Flag, global.server.clone(), "--server is not given"),
        source_value(
            SettingSource::Environment,
            settings::variable("VITAE_SERVER"),
            "VITAE_SERVER is not set",
        ),
        source_value(
            SettingSource::Profile,
            context.profile.server.clone(),
            &format!("profile {name} names no server"),
        ),
        source_value(SettingSource::Default, Some(DEFAULT_SERVER.to_owned()), ""),
    ];
    if context.profile_name.source == SettingSource::Flag {
        // The profile in --profile precedes the environment.
        places.swap(1, 2);
    }
    places
}

fn profile(global: &Global, context: &Context) -> Vec<SourceValue> {
    let given = settings::given_server(global);
    let at_server = given.and_then(|server| context.config.profile_at(&server.value));
    let file = config::file_in(&context.directory);
    let no_current = format!("{} names no current profile", file.display());
    vec![
        source_value(SettingSource::Flag, global.profile.clone(), "--profile is not given"),
        source_value(
            SettingSource::Environment,
            settings::variable("VITAE_PROFILE"),
            "VITAE_PROFILE is not set",
        ),
        source_value(SettingSource::Server, at_server, "the given server selects no other profile"),
        source_value(SettingSource::Config, context.config.current.clone(), &no_current),
        source_value(SettingSource::Default, Some(DEFAULT_PROFILE.to_owned()), ""),
    ]
}

fn account(context: &Context) -> Vec<SourceValue> {
    let name = &context.profile_name.value;
    let of_token = context.environment_token().map(|token| {
        let login = LoginStore::Token(token).as_store().load().ok().flatten();
        let id = login.and_then(|login| login.user_id());
        id.map_or_else(|| "the account of the token".to_owned(), |id| id.to_string())
    });
    vec![
        source_value(SettingSource::Environment, of_token, no_token(context)),
        source_value(
            SettingSource::Profile,
            context.profile.account.clone(),
            &format!("profile {name} names no account"),
        ),
    ]
}

/// Returns why `VITAE_TOKEN` is not used.
fn no_token(context: &Context) -> &'static str {
    match StaticToken::from_environment() {
        Some(_) if !context.has_token() => "VITAE_TOKEN is set, but --profile names a login of its own",
        _ => "VITAE_TOKEN is not set",
    }
}

/// The sources of a token, never the token itself.
fn token(context: &Context) -> Vec<SourceValue> {
    let of_environment = context.has_token().then(|| "VITAE_TOKEN".to_owned());
    let (stored, absence) = match context.profile_login_store() {
        Err(failure) => (None, failure.message.clone()),
        Ok(store) => match store.as_store().load() {
            Ok(Some(login)) => {
                let end = login.expires_at().map(|end| format!(", valid until {end}")).unwrap_or_default();
                (Some(format!("{}{end}", store.kind())), String::new())
            }
            Ok(None) => (None, format!("the {} holds no login", store.kind())),
            Err(error) => (None, error.to_string()),
        },
    };
    vec![
        source_value(SettingSource::Environment, of_environment, no_token(context)),
        source_value(SettingSource::Profile, stored, &absence),
    ]
}

fn store(context: &Context) -> Vec<SourceValue> {
    let name = &context.profile_name.value;
    let stored = context.profile.store.map(|store| store.as_str().to_owned());
    let of_environment = context.has_token().then(|| "environment".to_owned());
    vec![
        source_value(SettingSource::Environment, of_environment, no_token(context)),
        source_value(SettingSource::Profile, stored, &format!("profile {name} names no store")),
        source_value(SettingSource::Default, Some(StoreKind::Keyring.as_str().to_owned()), ""),
    ]
}

fn source_value(source: SettingSource, value: Option<String>, absence: &str) -> SourceValue {
    SourceValue { source, value: value.filter(|value| !value.is_empty()), absence: absence.to_owned() }
}

impl Row for SettingCandidate {
    const FIELDS: &'static [&'static str] = &["setting", "source", "value", "wins", "why"];
    const COLUMNS: &'static [Column] = &[
        Column::fixed("SETTING"),
        Column::fixed("SOURCE"),
        Column::text("VALUE"),
        Column::fixed("WINS"),
        Column::text("WHY"),
    ];

    fn id(&self) -> String {
        self.setting.to_owned()
    }

    fn cells(&self, _: bool) -> Vec<String> {
        let wins = if self.wins { "yes" } else { "no" };
        vec![
            self.setting.to_owned(),
            self.source.as_str().to_owned(),
            self.value.clone().unwrap_or_default(),
            wins.to_owned(),
            self.why.clone(),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        Self::FIELDS.iter().copied().zip(self.cells(false)).collect()
    }
}
