//! `vitae users delete`

use clap::Args;
use vitae_sdk::{Deleted, User};

use super::target::{self, UserTarget};
use crate::command_metadata::{CommandMetadata, exits};
use crate::confirmation::{confirm, require_confirmation};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::flags::Global;
use crate::output::{Output, Row as _};

const METADATA: CommandMetadata = CommandMetadata::new(User::FIELDS, exits::WRITE);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Asks for confirmation on a terminal; scripts need --yes. `vitae users restore` undoes it, unless the
account is your own: then only another administrator can restore it.

Examples:
  vitae users delete ada@example.com
  vitae users delete ada@example.com --yes"), add = METADATA)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    one: UserTarget,
}

pub(super) async fn run(
    connection: &Connection,
    global: &Global,
    options: &DeleteArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let name = &options.one.user;
    require_confirmation(global, "deleting a person")?;
    let id = connection.user(name, Deleted::Exclude).await?;
    let doing = format!("delete {name}");
    // The login ends with the account, so people who delete themselves cannot undo it.
    let me = connection.client.me().get().await.map_err(|e| connection.explain(&doing, &e))?;
    let is_own = me.id == id;
    if !global.yes {
        let user = connection.client.users().get(id).await.map_err(|e| connection.explain(&doing, &e))?;
        let (name, email) = (user.name.as_str(), user.email.as_str());
        let warning = if is_own {
            " This is your own account: you are logged out at once, and only another administrator can restore it."
        } else {
            ""
        };
        confirm(global, format!("Delete {name} <{email}> and their resumes?{warning}")).await?;
    }
    connection.client.users().delete(id, None).await.map_err(|e| connection.explain(&doing, &e))?;
    if is_own {
        output.note(format_args!(
            "deleted {name}, your own account; another administrator can restore it with `vitae users restore {id}`"
        ));
        return Ok(());
    }
    output.note(format_args!("deleted {name}; `vitae users restore {id}` undoes it"));
    target::print_if_requested(connection, id, output).await
}
