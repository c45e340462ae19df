//! Whether there is a login, and what it may do.

use std::time::{Duration, SystemTime};

use vitae_sdk::{KeyringStore, Role, Timestamp, TokenStore as _, User};

use super::Check;
use crate::context::{Context, LoginStore};
use crate::errors::Failure;
use crate::{exit, runtime};

/// A keyring that has not answered by then waits for somebody to type a password.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn look(context: Context) -> Vec<Check> {
    let store = match context.login_store() {
        Ok(store) => store,
        Err(nobody) => {
            let keyring = keyring(&context).await;
            let rights = Check::skipped("rights", "nobody is logged in");
            return vec![keyring, Check::failed("login", &nobody), rights];
        }
    };
    let asked = hasty(store.clone());
    let loaded =
        runtime::aside(move || asked.as_store().load().map_err(|e| Failure::store("read the login", &e)));
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
    let kept = Check::ok("store", source);
    let Some(login) = login else {
        let nobody = context.not_logged_in();
        return vec![kept, Check::failed("login", &nobody), Check::skipped("rights", "nobody is logged in")];
    };
    let account = store.as_store().account().unwrap_or_else(|| "an access token".to_owned());
    let is_renewed = login.refresh_token().is_some();
    let detail = match login.expires_at() {
        _ if is_renewed => format!("{account}, renewed by itself"),
        Some(end) => format!("{account}, until {end}"),
        None => account,
    };
    let has_ended = login.expires_at().is_some_and(|end| end <= Timestamp::from(SystemTime::now()));
    if has_ended && !is_renewed {
        let ended = Failure::new(exit::NOT_LOGGED_IN, format!("{detail}; it has expired"))
            .next("get a new token, or unset VITAE_TOKEN and log in");
        return vec![kept, Check::failed("login", &ended), Check::skipped("rights", "the token has expired")];
    }
    vec![kept, Check::ok("login", detail), rights(context, store).await]
}

/// The same store, asked with less patience.
fn hasty(store: LoginStore) -> LoginStore {
    match store {
        LoginStore::Keyring(keyring) => LoginStore::Keyring(keyring.timeout(PATIENCE)),
        other => other,
    }
}

/// Whether a login could be kept. Asks for one that nobody has: no dialog comes up for that.
async fn keyring(context: &Context) -> Check {
    let Ok(keyring) = KeyringStore::new("nobody", &context.server.value) else {
        return Check::skipped("store", "the server's address cannot be used");
    };
    let ask = runtime::aside(move || {
        keyring.timeout(PATIENCE).load().map_err(|e| Failure::store("use the keyring", &e))
    });
    match ask.await {
        Ok(_) => Check::ok("store", "the keyring answers"),
        Err(failure) => Check::warning(
            "store",
            failure.message.clone(),
            "start or unlock the keyring, or log in with --insecure-storage or by VITAE_TOKEN",
        ),
    }
}

async fn rights(context: Context, store: LoginStore) -> Check {
    let online = match context.online_with(store) {
        Ok(online) => online,
        Err(failure) => return Check::failed("rights", &failure),
    };
    match online.client.me().get().await {
        Ok(_) if online.client.auth().password_change_required().await.unwrap_or_default() => Check::warning(
            "rights",
            "the generated first password must be changed before anything else".to_owned(),
            "run `vitae auth password`",
        ),
        Ok(user) => Check::ok("rights", may(&user)),
        Err(error) => {
            let failure = online.explain("ask who is logged in", &error);
            if failure.exit == exit::UNREACHABLE {
                return Check::skipped("rights", "the server does not answer");
            }
            Check::failed("rights", &failure)
        }
    }
}

/// What the person may do, in few words.
fn may(user: &User) -> String {
    let role = &user.role;
    let may = match role {
        Role::Admin => "everything",
        Role::Editor => "see people, change every resume",
        Role::Viewer => "see people and resumes",
        Role::Member => "see and change their own resumes",
        _ => "what the server says",
    };
    format!("{} is {role}: may {may}", user.email.as_str())
}
