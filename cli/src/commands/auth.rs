//! Logging in and out.

use std::time::SystemTime;

use serde::Serialize;
use vitae_contracts_core::fold;
use vitae_sdk::{SecretString, SessionId, StaticToken, StoreError, StoreErrorKind, Timestamp, User, UserId};

use crate::arguments::auth::{Login, Logout};
use crate::arguments::{Form, Global};
use crate::config::{Config, Profile, StoreKind};
use crate::context::{self, Context, LoginStore, Online, Setting};
use crate::errors::Failure;
use crate::output::Output;
use crate::{exit, prompt, runtime};

const NO_KEYRING: &str = "unlock or start the keyring; or run `vitae login --insecure-storage`, which keeps the login in a plain file";

/// Logs in and remembers as whom.
pub(crate) fn login(global: &Global, options: Login, output: &mut Output) -> Result<(), Failure> {
    if context::has_token() {
        return Err(Failure::usage(format!("{} is set, and wins over any login", StaticToken::VARIABLE))
            .next(format!("unset {} first", StaticToken::VARIABLE)));
    }
    let context = Context::of(global, true)?;
    check_profile_name(&context.profile_name.value)?;
    runtime::block_on(async {
        let account = fold(&email(options.email, &context).await?);
        let kind = if options.insecure_storage { StoreKind::File } else { StoreKind::Keyring };
        let store = context.store(kind, &account)?;
        Config::probe(&context.directory)?;
        let password = password(options.password_stdin, &store, &account, &context).await?;
        let server = Some(context.server.value.clone());
        let kept = Profile { server, account: Some(account.clone()), store: Some(kind) };
        let online = context.online_with(store)?;
        let user = enter(&online, &account, &password).await?;
        let context = &online.context;
        Config::keep(&context.directory, &context.profile_name.value, &kept)?;
        forget_elsewhere(context, &kept).await;
        welcome(&user, context, kind, output)
    })
}

/// Ends the login.
pub(crate) fn logout(global: &Global, options: &Logout, output: &mut Output) -> Result<(), Failure> {
    let context = Context::of(global, false)?;
    let store = match context.login_store() {
        Ok(LoginStore::Token(_)) => {
            return Err(Failure::usage(format!(
                "the login comes from {}, and is nothing that is kept here",
                StaticToken::VARIABLE
            ))
            .next(format!("unset {} to stop using it", StaticToken::VARIABLE)));
        }
        Ok(store) => store,
        Err(nobody) if nobody.exit == exit::NOT_LOGGED_IN => {
            output.note(&nobody.message);
            return Ok(());
        }
        Err(failure) => return Err(failure),
    };
    let server = context.server.value.clone();
    if options.local {
        store.as_store().clear().map_err(|e| Failure::store("forget the login", &e))?;
    } else if is_absent(&store)? {
        output.note(format_args!("nobody is logged in at {server}"));
        return Ok(());
    } else {
        let online = context.online_with(store)?;
        runtime::block_on(async { leave(&online).await })?;
    }
    output.note(format_args!("logged out at {server}"));
    Ok(())
}

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

/// Says who is logged in, without asking the server.
pub(crate) fn status(global: &Global, output: &mut Output) -> Result<(), Failure> {
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
            status.store = Some(kind_of(&store));
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
        problem = Some(Failure::new(exit::NOT_LOGGED_IN, what).next("get a new one"));
    }
    status.logged_in = problem.is_none();
    if output.form() == Form::Table {
        output.pairs(&lines(&status))?;
    } else {
        output.json(&status)?;
    }
    problem.map_or(Ok(()), Err)
}

/// A profile's name is typed in commands and shown in messages.
fn check_profile_name(name: &str) -> Result<(), Failure> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && name.len() <= 64 && name.chars().all(is_plain) {
        return Ok(());
    }
    Err(Failure::usage(format!("\"{name}\" cannot be the name of a profile"))
        .next("use up to 64 letters, digits, dots, dashes and underscores"))
}

async fn email(given: Option<String>, context: &Context) -> Result<String, Failure> {
    match given {
        Some(email) => Ok(email),
        None if prompt::is_possible() => {
            let default = context.profile.account.clone();
            runtime::aside(move || prompt::text("E-mail", default.as_deref())).await
        }
        None => {
            Err(Failure::usage("there is no terminal to ask for the e-mail on").next("give it with --email"))
        }
    }
}

async fn password(
    is_piped: bool,
    store: &LoginStore,
    account: &str,
    context: &Context,
) -> Result<SecretString, Failure> {
    if is_piped {
        return runtime::aside(prompt::password_from_stdin).await;
    }
    if !prompt::is_possible() {
        return Err(Failure::usage("there is no terminal to ask for the password on")
            .next("give it on standard input, with --password-stdin"));
    }
    let question = format!("Password of {account} at {}", context.server.value);
    let store = store.clone();
    runtime::aside(move || {
        // Nobody should type a password for a login that cannot be kept.
        store.as_store().probe().map_err(|e| unkept(&e))?;
        prompt::password(&question)
    })
    .await
}

async fn enter(online: &Online, email: &str, password: &SecretString) -> Result<User, Failure> {
    let login = online.client.auth().login(email, password).await;
    login.map_err(|error| {
        if let Some(store) = error.store_error() {
            return unkept(store);
        }
        let failure = online.explain(&format!("log in as {email}"), &error);
        if failure.exit == exit::NOT_LOGGED_IN {
            return failure.next("check the e-mail, the password and the server, then log in again");
        }
        failure
    })
}

async fn leave(online: &Online) -> Result<(), Failure> {
    online.client.auth().logout().await.map_err(|error| {
        let failure = online.explain("log out", &error);
        if failure.exit == exit::UNREACHABLE {
            return failure.next("the login is kept; try again, or forget it with `vitae logout --local`");
        }
        failure
    })
}

/// Whether nothing is kept; what cannot be read is there, and is to be forgotten.
fn is_absent(store: &LoginStore) -> Result<bool, Failure> {
    match store.as_store().load() {
        Ok(login) => Ok(login.is_none()),
        Err(error) if error.kind() == StoreErrorKind::Damaged => Ok(false),
        Err(error) => Err(Failure::store("read the login", &error)),
    }
}

fn unkept(error: &StoreError) -> Failure {
    let failure = Failure::store("keep the login", error);
    match error.kind() {
        StoreErrorKind::Absent | StoreErrorKind::Locked | StoreErrorKind::Timeout => failure.next(NO_KEYRING),
        _ => failure,
    }
}

/// A login that moved leaves no copy where it was.
async fn forget_elsewhere(context: &Context, kept: &Profile) {
    let Some(account) = &kept.account else { return };
    let stale = match kept.store {
        Some(StoreKind::Keyring) => context.store(StoreKind::File, account),
        // A keyring that holds nothing of ours is not asked: it might be the one that hangs.
        Some(StoreKind::File) if context.profile.store == Some(StoreKind::Keyring) => {
            context.store(StoreKind::Keyring, account)
        }
        _ => return,
    };
    if let Ok(stale) = stale {
        // Best effort: the new login is good either way.
        let forget = move || {
            let _ = stale.as_store().clear();
            Ok(())
        };
        let _ = runtime::aside(forget).await;
    }
}

fn welcome(user: &User, context: &Context, kind: StoreKind, output: &mut Output) -> Result<(), Failure> {
    let place = match kind {
        StoreKind::Keyring => "the keyring",
        StoreKind::File => "a plain file that only you can read",
    };
    output.note(format_args!(
        "logged in at {} as {} <{}> ({}); the login is kept in {place}",
        context.server.value,
        user.name.as_str(),
        user.email.as_str(),
        user.role
    ));
    if output.form() == Form::Table { Ok(()) } else { output.json(user) }
}

fn kind_of(store: &LoginStore) -> &'static str {
    match store {
        LoginStore::Token(_) => "environment",
        LoginStore::Keyring(_) => StoreKind::Keyring.as_str(),
        LoginStore::File(_) => StoreKind::File.as_str(),
    }
}

fn lines(status: &LoginStatus) -> Vec<(&'static str, String)> {
    let setting = |setting: &Setting| format!("{} ({})", setting.value, setting.source.as_str());
    let mut lines = vec![
        ("logged in", if status.logged_in { "yes" } else { "no" }.to_owned()),
        ("server", setting(&status.server)),
        ("profile", setting(&status.profile)),
    ];
    lines.extend(status.account.clone().map(|account| ("account", account)));
    lines.extend(status.store.map(|store| match store {
        "environment" => ("login from", StaticToken::VARIABLE.to_owned()),
        store => ("login from", store.to_owned()),
    }));
    lines.extend(status.user_id.map(|id| ("user id", id.to_string())));
    lines.extend(status.session_id.map(|id| ("session id", id.to_string())));
    lines.extend(status.expires_at.map(|at| {
        let renewal = if status.renewable { " (renewed by itself)" } else { "" };
        ("token expires", format!("{at}{renewal}"))
    }));
    lines
}
