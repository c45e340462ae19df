//! `vitae auth login`

use clap::Args;
use vitae_contracts_core::fold;
use vitae_sdk::{SecretString, StaticToken, StoreError, StoreErrorKind, User};

use crate::command_metadata::{CommandMetadata, exits};
use crate::commands::auth::password;
use crate::config::{Config, Profile, StoreKind};
use crate::connection::Connection;
use crate::context::{Context, LoginStore};
use crate::errors::Failure;
use crate::flags::Global;
use crate::output::{Output, Row as _};
use crate::settings::SettingSource;
use crate::{exit, profiles, prompt, runtime};

const METADATA: CommandMetadata = CommandMetadata::new(User::FIELDS, exits::LOGIN);

const NO_KEYRING: &str =
    "unlock or start the keyring, or run `vitae login --insecure-storage` to store the login in a plain file";

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
On a terminal, missing values are asked for. A login is stored in plain text only with --insecure-storage. \
Scripts can set VITAE_TOKEN to an access token instead; then nothing is stored.

A generated password, such as that of the first administrator, must be changed first: on a terminal the new \
password is asked for at once; scripts change it with `vitae auth password --password-stdin`.

A second account or another server gets its own profile, which becomes the current one; `vitae auth switch` \
switches back.

Examples:
  vitae login
  vitae login --server https://vitae.example --email ada@example.com
  vitae login --email ada@example.com --password-stdin < password-file
  vitae login --profile staging --server https://staging.example --email ada@example.com"), add = METADATA)]
pub(crate) struct LoginArgs {
    /// E-mail of the account; asked for on a terminal
    #[arg(long, value_name = "EMAIL")]
    email: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Store the login in a plain file that only you can read, instead of the keyring
    #[arg(long)]
    insecure_storage: bool,
}

/// Logs in and stores login and profile.
pub(crate) fn run(global: &Global, options: LoginArgs, output: &mut Output) -> Result<(), Failure> {
    let context = Context::of(global, true)?;
    profiles::check_name(&context.profile_name.value)?;
    runtime::block_on(async {
        let account = fold(&email(options.email, &context).await?);
        let kind = if options.insecure_storage { StoreKind::File } else { StoreKind::Keyring };
        let store = context.store(kind, &account)?;
        Config::probe(&context.directory)?;
        let password = ask_password(options.password_stdin, &store, &account, &context).await?;
        let connection = context.connect_with(store)?;
        let user = log_in(&connection, &account, &password).await?;
        let context = &connection.context;
        let stored = save_profile(context, &account, kind)?;
        remove_other_copy(context, &account, kind, output).await;
        print_login(&user, context, kind, output)?;
        if context.has_token() {
            let variable = StaticToken::VARIABLE;
            output.note(format_args!(
                "warning: {variable} is set and takes precedence over this login; unset {variable} to use the login"
            ));
        } else if stored != context.profile_name.value {
            output.note(format_args!(
                "stored as profile {stored}, now the current profile; `vitae auth switch` switches back"
            ));
        }
        password::replace_generated(&connection, &account, &password, output).await
    })
}

/// Saves the profile of the login, and returns its name.
fn save_profile(context: &Context, account: &str, kind: StoreKind) -> Result<String, Failure> {
    let is_named = matches!(context.profile_name.source, SettingSource::Flag | SettingSource::Environment);
    let wanted = context.profile_name.value.as_str();
    let mut name = wanted.to_owned();
    Config::change(&context.directory, |draft| {
        let known = draft.known.clone();
        if !is_named {
            name = known.profile_for(wanted, &context.origin, account);
        }
        let server = Some(context.server.value.clone());
        let account = Some(account.to_owned());
        let stored = Profile { server, account, store: Some(kind), ..Profile::default() };
        draft.set_profile(&name, &stored);
        // Other profiles with the same login refer to its new store.
        let others = known.profiles.iter().filter(|(other, profile)| {
            **other != name && profile.is_at(&context.origin) && profile.account == stored.account
        });
        others.for_each(|(other, profile)| {
            draft.set_profile(other, &Profile { store: Some(kind), ..profile.clone() });
        });
        if !is_named {
            draft.choose(&name);
        }
        Ok(())
    })?;
    Ok(name)
}

async fn email(given: Option<String>, context: &Context) -> Result<String, Failure> {
    match given {
        Some(email) => Ok(email),
        None if prompt::is_possible() => {
            let default = context.profile.account.clone();
            runtime::run_blocking(move || prompt::text("E-mail", default.as_deref())).await
        }
        None => Err(Failure::usage("no terminal to ask for the e-mail").next("specify it with --email")),
    }
}

async fn ask_password(
    is_piped: bool,
    store: &LoginStore,
    account: &str,
    context: &Context,
) -> Result<SecretString, Failure> {
    if is_piped {
        return runtime::run_blocking(prompt::password_from_stdin).await;
    }
    if !prompt::is_possible() {
        return Err(Failure::usage("no terminal to ask for the password")
            .next("pass it on standard input with --password-stdin"));
    }
    let question = format!("Password of {account} at {}", context.server.value);
    let store = store.clone();
    runtime::run_blocking(move || {
        // Checked before the password is typed: an unusable store would discard the login.
        store.as_store().probe().map_err(|e| cannot_keep(&e))?;
        prompt::password(&question)
    })
    .await
}

async fn log_in(connection: &Connection, email: &str, password: &SecretString) -> Result<User, Failure> {
    let login = connection.client.auth().login(email, password).await;
    login.map_err(|error| {
        if let Some(store) = error.store_error() {
            return cannot_keep(store);
        }
        let failure = connection.explain(&format!("log in as {email}"), &error);
        if failure.exit != exit::NOT_LOGGED_IN {
            return failure;
        }
        // The server is named: the password may be the right one of another server.
        let context = &connection.context;
        let failure = connection.explain(&format!("log in at {} as {email}", context.server.value), &error);
        failure.next(format!(
            "check the e-mail and the password, or choose another server with --server (this address is {})",
            context.server_source()
        ))
    })
}

fn cannot_keep(error: &StoreError) -> Failure {
    let failure = Failure::store("store the login", error);
    match error.kind() {
        StoreErrorKind::Absent | StoreErrorKind::Locked | StoreErrorKind::Timeout => failure.next(NO_KEYRING),
        _ => failure,
    }
}

/// Removes the copy in the other store when a login moves.
async fn remove_other_copy(context: &Context, account: &str, kind: StoreKind, output: &mut Output) {
    let was_in_keyring = context.config.profiles.values().any(|profile| {
        profile.is_at(&context.origin)
            && profile.account.as_deref() == Some(account)
            && profile.store == Some(StoreKind::Keyring)
    });
    let elsewhere = match kind {
        StoreKind::Keyring => StoreKind::File,
        // A keyring without our login is not opened: it may be the one that hangs.
        StoreKind::File if was_in_keyring => StoreKind::Keyring,
        StoreKind::File => return,
    };
    let Ok(stale) = context.store(elsewhere, account) else { return };
    let forget = move || stale.as_store().clear().map_err(|e| Failure::store("remove the old login", &e));
    if let Err(failure) = runtime::run_blocking(forget).await {
        // The new login works in any case.
        output.note(format_args!(
            "warning: {}; the old login stays in the {} until it expires",
            failure.message,
            elsewhere.as_str()
        ));
    }
}

fn print_login(user: &User, context: &Context, kind: StoreKind, output: &mut Output) -> Result<(), Failure> {
    let location = match kind {
        StoreKind::Keyring => "the keyring",
        StoreKind::File => "a plain file that only you can read",
    };
    output.note(format_args!(
        "logged in at {} as {} <{}> ({}); the login is stored in {location}",
        context.server.value,
        user.name.as_str(),
        user.email.as_str(),
        user.role
    ));
    if output.is_format_requested() { output.one(user) } else { Ok(()) }
}
