//! `vitae users get`

use clap::Args;
use vitae_sdk::{Deleted, User};

use super::target::UserTarget;
use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::output::{Output, Row as _};

const METADATA: CommandMetadata = CommandMetadata::new(User::FIELDS, exits::READ);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Examples:
  vitae users get ada@example.com
  vitae users get 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f -o json"), add = METADATA)]
pub(crate) struct GetArgs {
    #[command(flatten)]
    one: UserTarget,
}

pub(super) async fn run(
    connection: &Connection,
    options: &GetArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let name = &options.one.user;
    let id = connection.user(name, Deleted::Exclude).await?;
    let user = connection.client.users().get(id).await;
    output.details(&user.map_err(|e| connection.explain(&format!("get {name}"), &e))?)
}
