//! Checks of the login and its rights.

use std::time::{Duration, SystemTime};

use vitae_sdk::{KeyringStore, Role, Timestamp, TokenStore as _, User};

use super::check::Check;
use crate::connection::Connection;
use crate::context::{Context, LoginStore};
use crate::errors::Failure;
use crate::{exit, runtime};

/// Maximum number of listed people.
const MAX_LISTED: u32 = 20;
/// Time limit of the keyring, which may be waiting for its password.
const KEYRING_TIMEOUT: Duration = Duration::from_secs(3);

pub(super) async fn run_checks(context: Context) -> Vec<Check> {
    let store = match context.login_store() {
        Ok(store) => store,
        Err(failure) => {
            let keyring = keyring(&context).await;
            let rights = Check::skipped("rights", "not logged in");
            return vec![keyring, Check::failed("login", &failure), rights];
        }
    };
    let asked = with_short_timeout(store.clone());
    let loaded = runtime::run_blocking(move || {
        asked.as_store().load().map_err(|e| Failure::store("read the login", &e))
    });
    let source = store.as_store().source();
    let login = match loaded.await {
        Ok(login) => login,
        Err(failure) => {
            let why = "the login cannot be read";
            return vec![
                Check::failed("store", &failure),
                Check::skipped("login", why),
                Check::skipped("rights", why),
            ];
        }
    };
    let store_check = Check::ok("store", source);
    let Some(login) = login else {
        let failure = context.not_logged_in();
        return vec![
            store_check,
            Check::failed("login", &failure),
            Check::skipped("rights", "not logged in"),
        ];
    };
    let account = store.as_store().account().unwrap_or_else(|| "an access token".to_owned());
    let is_renewed = login.refresh_token().is_some();
    let detail = match login.expires_at() {
        _ if is_renewed => format!("{account}, refreshed automatically"),
        Some(end) => format!("{account}, until {end}"),
        None => account,
    };
    let has_ended = login.expires_at().is_some_and(|end| end <= Timestamp::from(SystemTime::now()));
    if has_ended && !is_renewed {
        let ended = Failure::new(exit::NOT_LOGGED_IN, format!("{detail}; it has expired"))
            .next("get a new token, or unset VITAE_TOKEN and log in");
        return vec![
            store_check,
            Check::failed("login", &ended),
            Check::skipped("rights", "the token has expired"),
        ];
    }
    let [rights, addresses] = rights(context, store).await;
    vec![store_check, Check::ok("login", detail), rights, addresses]
}

/// Returns the store with a short time limit.
fn with_short_timeout(store: LoginStore) -> LoginStore {
    match store {
        LoginStore::Keyring(keyring) => LoginStore::Keyring(keyring.timeout(KEYRING_TIMEOUT)),
        other => other,
    }
}

/// Checks that the keyring works, by reading a login that does not exist: this opens no dialog.
async fn keyring(context: &Context) -> Check {
    let Ok(keyring) = KeyringStore::new("nobody", &context.server.value) else {
        return Check::skipped("store", "the server's address cannot be used");
    };
    let probe = runtime::run_blocking(move || {
        keyring.timeout(KEYRING_TIMEOUT).load().map_err(|e| Failure::store("use the keyring", &e))
    });
    match probe.await {
        Ok(_) => Check::ok("store", "the keyring works"),
        Err(failure) => Check::warning(
            "store",
            failure.message.clone(),
            "start or unlock the keyring, or log in with --insecure-storage or by VITAE_TOKEN",
        ),
    }
}

/// Checks the rights of the login, and the addresses of all people.
async fn rights(context: Context, store: LoginStore) -> [Check; 2] {
    let unknown = || Check::skipped("addresses", "the login does not work");
    let connection = match context.connect_with(store) {
        Ok(connection) => connection,
        Err(failure) => return [Check::failed("rights", &failure), unknown()],
    };
    match connection.client.me().get().await {
        Ok(_) if connection.client.auth().password_change_required().await.unwrap_or_default() => {
            let rights = Check::warning(
                "rights",
                "the generated first password must be changed before anything else".to_owned(),
                "run `vitae auth password`",
            );
            [rights, Check::skipped("addresses", "the password must be changed first")]
        }
        Ok(user) => [Check::ok("rights", permissions(&user)), addresses(&connection, &user).await],
        Err(error) => {
            let failure = connection.explain("read the account", &error);
            if failure.exit == exit::UNREACHABLE {
                return [Check::skipped("rights", "the server does not respond"), unknown()];
            }
            [Check::failed("rights", &failure), unknown()]
        }
    }
}

/// Lists people with similar e-mail addresses; the server rejects new ones and keeps existing ones.
async fn addresses(connection: &Connection, user: &User) -> Check {
    if user.role != Role::Admin {
        return Check::skipped("addresses", "only an administrator can change them");
    }
    let page =
        match connection.client.users().list().similar(true).sort("email").limit(MAX_LISTED).send().await {
            Ok(page) => page,
            // Older servers do not know the parameter.
            Err(error) if error.is_invalid_input() => {
                return Check::skipped("addresses", "the server cannot compare them");
            }
            Err(error) => {
                let failure = connection.explain("search for similar addresses", &error);
                return Check::failed("addresses", &failure);
            }
        };
    if page.items.is_empty() {
        return Check::ok("addresses", "no similar addresses");
    }
    let people = page.items.iter().map(|user| format!("{} ({})", user.email.as_str(), user.id));
    let more = if page.next_cursor.is_some() { ", and more" } else { "" };
    let detail = format!("similar addresses: {}{more}", people.collect::<Vec<_>>().join(", "));
    Check::warning(
        "addresses",
        detail,
        "check who they are, then change or delete all but one: vitae users update ID --email ADDRESS",
    )
}

/// Describes the rights of a role.
fn permissions(user: &User) -> String {
    let role = &user.role;
    let allowed = match role {
        Role::Admin => "full rights",
        Role::Editor => "read people, change all resumes",
        Role::Viewer => "read people and resumes",
        Role::Member => "read and change their own resumes",
        _ => "rights unknown to this version",
    };
    format!("{} is {role}: {allowed}", user.email.as_str())
}
