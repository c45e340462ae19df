//! `vitae users disable`

use clap::Args;
use vitae_sdk::{Deleted, User};

use super::target::UserTarget;
use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::output::{Output, Row as _};

const METADATA: CommandMetadata = CommandMetadata::new(User::FIELDS, exits::WRITE);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Ends their sessions; the person and their resumes are kept. `vitae users enable` undoes it.

Example:
  vitae users disable ada@example.com"), add = METADATA)]
pub(crate) struct DisableArgs {
    #[command(flatten)]
    one: UserTarget,
}

pub(super) async fn run(
    connection: &Connection,
    options: &DisableArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let name = &options.one.user;
    let id = connection.user(name, Deleted::Exclude).await?;
    let user = connection.client.users().disable(id, None).await;
    output.one(&user.map_err(|e| connection.explain(&format!("disable {name}"), &e))?)
}
