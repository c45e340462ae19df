//! `vitae users disable`

use clap::Args;
use vitae_sdk::{Deleted, User};

use super::target::OneUser;
use crate::command_metadata::{CommandMetadata, exits};
use crate::errors::Failure;
use crate::online::Online;
use crate::output::{Output, Row as _};

const METADATA: CommandMetadata = CommandMetadata::new(User::FIELDS, exits::WRITE);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Ends their sessions; the person and their resumes are kept. `vitae users enable` undoes it.

Example:
  vitae users disable ada@example.com"), add = METADATA)]
pub(crate) struct DisableArgs {
    #[command(flatten)]
    one: OneUser,
}

pub(super) async fn run(online: &Online, options: &DisableArgs, output: &mut Output) -> Result<(), Failure> {
    let name = &options.one.user;
    let id = online.user(name, Deleted::Exclude).await?;
    let user = online.client.users().disable(id, None).await;
    output.one(&user.map_err(|e| online.explain(&format!("disable {name}"), &e))?)
}
