//! `vitae auth logout`

use clap::Args;
use vitae_sdk::{StaticToken, StoreErrorKind};

use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::context::{Context, LoginStore};
use crate::errors::Failure;
use crate::flags::Global;
use crate::output::Output;
use crate::{completion_cache, exit, runtime};

const METADATA: CommandMetadata = CommandMetadata::new(&[], exits::LOGOUT);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Examples:
  vitae logout
  vitae logout --local     # the server no longer exists; its session expires"), add = METADATA)]
pub(crate) struct LogoutArgs {
    /// Remove the login here without contacting the server
    #[arg(long)]
    local: bool,
}

/// Ends the login.
pub(crate) fn run(global: &Global, options: &LogoutArgs, output: &mut Output) -> Result<(), Failure> {
    let context = Context::of(global, false)?;
    if context.has_token() {
        let variable = StaticToken::VARIABLE;
        return Err(Failure::usage(format!("the login comes from {variable} and is not stored here"))
            .next(format!("unset {variable} to stop using it")));
    }
    end_login(context, options.local, output)
}

/// Ends the login of a profile, at the server and here.
pub(crate) fn end_login(context: Context, is_local: bool, output: &mut Output) -> Result<(), Failure> {
    let store = match context.profile_login_store() {
        Ok(store) => store,
        Err(failure) if failure.exit == exit::NOT_LOGGED_IN => {
            output.note(&failure.message);
            return Ok(());
        }
        Err(failure) => return Err(failure),
    };
    let server = context.server.value.clone();
    completion_cache::remove(&context);
    if is_local {
        store.as_store().clear().map_err(|e| Failure::store("remove the login", &e))?;
    } else if is_absent(&store)? {
        output.note(format_args!("not logged in at {server}"));
        return Ok(());
    } else {
        let connection = context.connect_with(store)?;
        runtime::block_on(async { log_out(&connection).await })?;
    }
    output.note(format_args!("logged out at {server}"));
    Ok(())
}

async fn log_out(connection: &Connection) -> Result<(), Failure> {
    connection.client.auth().logout().await.map_err(|error| {
        let failure = connection.explain("log out", &error);
        if failure.exit == exit::UNREACHABLE {
            return failure.next("the login is kept; retry, or remove it with `vitae logout --local`");
        }
        failure
    })
}

/// Whether the store has no login; a damaged login counts as present, so that it is removed.
fn is_absent(store: &LoginStore) -> Result<bool, Failure> {
    match store.as_store().load() {
        Ok(login) => Ok(login.is_none()),
        Err(error) if error.kind() == StoreErrorKind::Damaged => Ok(false),
        Err(error) => Err(Failure::store("read the login", &error)),
    }
}
