//! `vitae users set-password`

use clap::Args;
use vitae_sdk::{Deleted, SecretString, User};

use super::target::{self, UserTarget};
use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::output::{Output, Row as _};
use crate::{prompt, runtime};

const METADATA: CommandMetadata = CommandMetadata::new(User::FIELDS, exits::WRITE);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Examples:
  vitae users set-password ada@example.com
  vitae users set-password ada@example.com --password-stdin < password-file"), add = METADATA)]
pub(crate) struct SetPasswordArgs {
    #[command(flatten)]
    one: UserTarget,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
}

pub(super) async fn run(
    connection: &Connection,
    options: SetPasswordArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let name = &options.one.user;
    let is_piped = options.password_stdin;
    let password = runtime::run_blocking(move || new_password(is_piped)).await?;
    let id = connection.user(name, Deleted::Exclude).await?;
    let set = connection.client.users().set_password(id, &password).await;
    set.map_err(|e| connection.explain(&format!("set the password of {name}"), &e))?;
    output.note(format_args!("password of {name} set; their sessions have ended"));
    target::print_if_requested(connection, id, output).await
}

fn new_password(is_piped: bool) -> Result<SecretString, Failure> {
    if is_piped {
        return prompt::password_from_stdin();
    }
    if !prompt::is_possible() {
        return Err(Failure::usage("no terminal to ask for the password")
            .next("pass it on standard input with --password-stdin"));
    }
    prompt::new_password()
}
