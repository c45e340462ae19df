//! `vitae users delete`

use clap::Args;
use vitae_sdk::{Deleted, User};

use super::target::{self, OneUser};
use crate::command_metadata::{CommandMetadata, exits};
use crate::confirmation::{confirm, require_confirmation};
use crate::errors::Failure;
use crate::flags::Global;
use crate::online::Online;
use crate::output::{Output, Row as _};

const METADATA: CommandMetadata = CommandMetadata::new(User::FIELDS, exits::WRITE);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Asks for confirmation on a terminal; scripts need --yes. `vitae users restore` undoes it.

Examples:
  vitae users delete ada@example.com
  vitae users delete ada@example.com --yes"), add = METADATA)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    one: OneUser,
}

pub(super) async fn run(
    online: &Online,
    global: &Global,
    options: &DeleteArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let name = &options.one.user;
    require_confirmation(global, "deleting a person")?;
    let id = online.user(name, Deleted::Exclude).await?;
    let doing = format!("delete {name}");
    if !global.yes {
        let user = online.client.users().get(id).await.map_err(|e| online.explain(&doing, &e))?;
        let (name, email) = (user.name.as_str(), user.email.as_str());
        confirm(global, format!("Delete {name} <{email}> and their resumes?")).await?;
    }
    online.client.users().delete(id, None).await.map_err(|e| online.explain(&doing, &e))?;
    output.note(format_args!("deleted {name}; `vitae users restore {id}` undoes it"));
    target::print_if_requested(online, id, output).await
}
