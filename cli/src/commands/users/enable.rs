//! `vitae users enable`

use clap::Args;
use vitae_sdk::{Deleted, User};

use super::target::UserTarget;
use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::output::{Output, Row as _};

const METADATA: CommandMetadata = CommandMetadata::new(User::FIELDS, exits::WRITE);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("Example:\n  vitae users enable ada@example.com"), add = METADATA)]
pub(crate) struct EnableArgs {
    #[command(flatten)]
    one: UserTarget,
}

pub(super) async fn run(
    connection: &Connection,
    options: &EnableArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let name = &options.one.user;
    let id = connection.user(name, Deleted::Exclude).await?;
    let user = connection.client.users().enable(id, None).await;
    output.one(&user.map_err(|e| connection.explain(&format!("enable {name}"), &e))?)
}
