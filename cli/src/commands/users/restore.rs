//! `vitae users restore`

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
Examples:
  vitae users list --deleted only
  vitae users restore ada@example.com"), add = METADATA)]
pub(crate) struct RestoreArgs {
    #[command(flatten)]
    one: UserTarget,
}

pub(super) async fn run(
    connection: &Connection,
    options: &RestoreArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let name = &options.one.user;
    let id = connection.user(name, Deleted::Only).await?;
    let user = connection.client.users().restore(id, None).await;
    output.one(&user.map_err(|e| connection.explain(&format!("restore {name}"), &e))?)
}
