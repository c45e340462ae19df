//! Logging in and out.

pub(super) mod explain;
pub(super) mod password;
pub(super) mod status;
pub(super) mod token;

pub(crate) use self::explain::SettingCandidate;
pub(crate) use self::status::LoginStatus;
pub(crate) use self::token::AccessToken;

use vitae_contracts_core::fold;
use vitae_sdk::{SecretString, StaticToken, StoreError, StoreErrorKind, User};

use crate::arguments::Global;
use crate::arguments::auth::{Login, Logout};
use crate::completion_cache;
use crate::config::{Config, Profile, StoreKind};
use crate::context::{Context, LoginStore, Online, SettingSource};
use crate::errors::Failure;
use crate::output::Output;
use crate::{exit, profiles, prompt, runtime};

const NO_KEYRING: &str = "unlock or start the keyring; or run `vitae login --insecure-storage`, which keeps the login in a plain file";

/// Logs in and remembers as whom.
pub(crate) fn login(global: &Global, options: Login, output: &mut Output) -> Result<(), Failure> {
    let context = Context::of(global, true)?;
    profiles::check_name(&context.profile_name.value)?;
    runtime::block_on(async {
        let account = fold(&email(options.email, &context).await?);
        let kind = if options.insecure_storage { StoreKind::File } else { StoreKind::Keyring };
        let store = context.store(kind, &account)?;
        Config::probe(&context.directory)?;
        let password = password(options.password_stdin, &store, &account, &context).await?;
        let online = context.online_with(store)?;
        let user = log_in(&online, &account, &password).await?;
        let context = &online.context;
        let kept = save_profile(context, &account, kind)?;
        remove_other_copy(context, &account, kind, output).await;
        print_login(&user, context, kind, output)?;
        if context.has_token() {
            let variable = StaticToken::VARIABLE;
            output.note(format_args!(
                "warning: {variable} is set, and wins over this login; unset {variable} to use it"
            ));
        } else if kept != context.profile_name.value {
            output.note(format_args!(
                "it is profile {kept}, and the current one; `vitae auth switch` goes back"
            ));
        }
        password::replace_generated(&online, &account, &password, output).await
    })
}

/// Writes down which profile the login belongs to, and answers its name.
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
        let kept = Profile { server, account, store: Some(kind), ..Profile::default() };
        draft.keep(&name, &kept);
        // Other names of the same login follow it to its new place.
        let others = known.profiles.iter().filter(|(other, profile)| {
            **other != name && profile.is_at(&context.origin) && profile.account == kept.account
        });
        others.for_each(|(other, profile)| {
            draft.keep(other, &Profile { store: Some(kind), ..profile.clone() });
        });
        if !is_named {
            draft.choose(&name);
        }
        Ok(())
    })?;
    Ok(name)
}

/// Ends the login.
pub(crate) fn logout(global: &Global, options: &Logout, output: &mut Output) -> Result<(), Failure> {
    let context = Context::of(global, false)?;
    if context.has_token() {
        let variable = StaticToken::VARIABLE;
        return Err(Failure::usage(format!(
            "the login comes from {variable}, and is nothing that is kept here"
        ))
        .next(format!("unset {variable} to stop using it")));
    }
    end_login(context, options.local, output)
}

/// Ends the login that a profile keeps, at the server and here.
pub(super) fn end_login(context: Context, is_local: bool, output: &mut Output) -> Result<(), Failure> {
    let store = match context.kept_login() {
        Ok(store) => store,
        Err(nobody) if nobody.exit == exit::NOT_LOGGED_IN => {
            output.note(&nobody.message);
            return Ok(());
        }
        Err(failure) => return Err(failure),
    };
    let server = context.server.value.clone();
    completion_cache::remove(&context);
    if is_local {
        store.as_store().clear().map_err(|e| Failure::store("forget the login", &e))?;
    } else if is_absent(&store)? {
        output.note(format_args!("nobody is logged in at {server}"));
        return Ok(());
    } else {
        let online = context.online_with(store)?;
        runtime::block_on(async { log_out(&online).await })?;
    }
    output.note(format_args!("logged out at {server}"));
    Ok(())
}

async fn email(given: Option<String>, context: &Context) -> Result<String, Failure> {
    match given {
        Some(email) => Ok(email),
        None if prompt::is_possible() => {
            let default = context.profile.account.clone();
            runtime::run_blocking(move || prompt::text("E-mail", default.as_deref())).await
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
        return runtime::run_blocking(prompt::password_from_stdin).await;
    }
    if !prompt::is_possible() {
        return Err(Failure::usage("there is no terminal to ask for the password on")
            .next("give it on standard input, with --password-stdin"));
    }
    let question = format!("Password of {account} at {}", context.server.value);
    let store = store.clone();
    runtime::run_blocking(move || {
        // Nobody should type a password for a login that cannot be kept.
        store.as_store().probe().map_err(|e| cannot_keep(&e))?;
        prompt::password(&question)
    })
    .await
}

async fn log_in(online: &Online, email: &str, password: &SecretString) -> Result<User, Failure> {
    let login = online.client.auth().login(email, password).await;
    login.map_err(|error| {
        if let Some(store) = error.store_error() {
            return cannot_keep(store);
        }
        let failure = online.explain(&format!("log in as {email}"), &error);
        if failure.exit == exit::NOT_LOGGED_IN {
            return failure.next("check the e-mail, the password and the server, then log in again");
        }
        failure
    })
}

async fn log_out(online: &Online) -> Result<(), Failure> {
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

fn cannot_keep(error: &StoreError) -> Failure {
    let failure = Failure::store("keep the login", error);
    match error.kind() {
        StoreErrorKind::Absent | StoreErrorKind::Locked | StoreErrorKind::Timeout => failure.next(NO_KEYRING),
        _ => failure,
    }
}

/// A login that moved leaves no copy where it was.
async fn remove_other_copy(context: &Context, account: &str, kind: StoreKind, output: &mut Output) {
    let was_in_keyring = context.config.profiles.values().any(|profile| {
        profile.is_at(&context.origin)
            && profile.account.as_deref() == Some(account)
            && profile.store == Some(StoreKind::Keyring)
    });
    let elsewhere = match kind {
        StoreKind::Keyring => StoreKind::File,
        // A keyring that holds nothing of ours is not asked: it might be the one that hangs.
        StoreKind::File if was_in_keyring => StoreKind::Keyring,
        StoreKind::File => return,
    };
    let Ok(stale) = context.store(elsewhere, account) else { return };
    let forget = move || stale.as_store().clear().map_err(|e| Failure::store("forget the old login", &e));
    if let Err(failure) = runtime::run_blocking(forget).await {
        // The new login is good either way.
        output.note(format_args!(
            "warning: {}; it stays in the {} until it ends at the server",
            failure.message,
            elsewhere.as_str()
        ));
    }
}

fn print_login(user: &User, context: &Context, kind: StoreKind, output: &mut Output) -> Result<(), Failure> {
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
    if output.is_format_requested() { output.one(user) } else { Ok(()) }
}

pub(super) fn kind_of(store: &LoginStore) -> &'static str {
    match store {
        LoginStore::Token(_) => "environment",
        LoginStore::Keyring(_) => StoreKind::Keyring.as_str(),
        LoginStore::File(_) => StoreKind::File.as_str(),
    }
}
