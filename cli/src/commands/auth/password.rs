//! `vitae auth password`

use clap::Args;
use vitae_contracts_core::Code;
use vitae_sdk::{Client, Error, ExposeSecret as _, SecretString, User};

use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::context::Context;
use crate::errors::Failure;
use crate::flags::Global;
use crate::output::{Output, Row as _};
use crate::{exit, prompt, runtime};

const METADATA: CommandMetadata = CommandMetadata::new(User::FIELDS, exits::ACCOUNT);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Asks for the current password, then twice for the new one. A new password has 8 to 512 bytes; common passwords, your \
e-mail and your name are rejected. Several unrelated words make a good password.

Examples:
  vitae auth password
  printf '%s\\n' \"$CURRENT\" \"$NEW\" | vitae auth password --password-stdin
  vitae auth password --password-stdin < two-lines"), add = METADATA)]
pub(crate) struct PasswordArgs {
    /// Read two lines from standard input: the current password, then the new one
    #[arg(long)]
    password_stdin: bool,
}

const DOING: &str = "change your password";

/// Changes the password of the logged-in account.
pub(super) fn run(global: &Global, options: &PasswordArgs, output: &mut Output) -> Result<(), Failure> {
    let connection = Context::of(global, false)?.connect()?;
    let is_piped = options.password_stdin;
    runtime::block_on(async {
        let (current, new) = runtime::run_blocking(move || both(is_piped)).await?;
        change(&connection.client, &current, &new)
            .await
            .map_err(|error| connection.explain(DOING, &error))?;
        output.note("password changed; your other logins are ended");
        if !output.is_format_requested() {
            return Ok(());
        }
        let me = connection.client.me().get().await;
        output.one(&me.map_err(|error| connection.explain("read who is logged in", &error))?)
    })
}

/// Asks for a new password after a login with a generated one.
///
/// The login is kept, so that the password can also be changed later.
pub(super) async fn replace_generated(
    connection: &Connection,
    account: &str,
    current: &SecretString,
    output: &mut Output,
) -> Result<(), Failure> {
    let is_required = connection.client.auth().password_change_required().await;
    if !is_required.map_err(|error| connection.explain("read the login", &error))? {
        return Ok(());
    }
    if !prompt::is_possible() {
        let what = format!("the generated first password of {account} must be changed before anything else");
        let mut failure = Failure::new(exit::FORBIDDEN, what)
            .next("change it with `vitae auth password`; without a terminal, with --password-stdin");
        failure.code = Some(Code::PasswordChangeRequired.as_str().to_owned());
        return Err(failure);
    }
    output.note("this password was generated; choose a new one now");
    loop {
        let asked = runtime::run_blocking(prompt::new_password).await;
        let new = match asked {
            Ok(new) => new,
            Err(failure) if failure.exit == exit::USAGE => {
                output.note(format_args!("{}; try again", failure.message));
                continue;
            }
            Err(failure) => return Err(failure.next("change the password with `vitae auth password`")),
        };
        match change(&connection.client, current, &new).await {
            Ok(()) => break,
            Err(error) => match rejected(&error) {
                Some(why) => output.note(format_args!("{why}; try again")),
                None => return Err(connection.explain(DOING, &error)),
            },
        }
    }
    output.note("password changed");
    Ok(())
}

async fn change(client: &Client, current: &SecretString, new: &SecretString) -> vitae_sdk::Result<()> {
    client.me().change_password(current, new).await
}

/// Returns the reason why the server rejected the new password, if it did.
fn rejected(error: &Error) -> Option<&str> {
    let errors = error.problem().map(|problem| problem.errors.as_slice()).unwrap_or_default();
    let is_password = error.known_code() == Some(Code::ValidationFailed);
    errors.first().filter(|_| is_password).map(|error| error.message.as_str())
}

/// The current password and the new one.
fn both(is_piped: bool) -> Result<(SecretString, SecretString), Failure> {
    if is_piped && !prompt::is_possible() {
        return from_lines(&prompt::password_from_stdin()?);
    }
    if !prompt::is_possible() {
        return Err(Failure::usage("no terminal to ask for the passwords")
            .next("pass both on standard input with --password-stdin: the current password, then the new one, one per line"));
    }
    Ok((prompt::password("Current password")?, prompt::new_password()?))
}

fn from_lines(text: &SecretString) -> Result<(SecretString, SecretString), Failure> {
    let mut lines = text.expose_secret().split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    match (lines.next(), lines.next(), lines.next()) {
        (Some(current), Some(new), None) if !current.is_empty() && !new.is_empty() => {
            Ok((current.to_owned().into(), new.to_owned().into()))
        }
        _ => {
            Err(Failure::usage("standard input must hold two lines: the current password, then the new one")
                .next("pipe both in: vitae auth password --password-stdin < FILE"))
        }
    }
}
