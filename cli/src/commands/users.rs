//! `vitae users`

mod create;
mod delete;
mod disable;
mod enable;
mod export;
mod filters;
mod get;
mod import;
mod list;
mod restore;
mod set_password;
mod target;
mod update;

use clap::Subcommand;

use crate::bulk;
use crate::connection::{self, Connection};
use crate::errors::Failure;
use crate::flags::Global;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum UsersCommand {
    /// List people
    List(list::ListArgs),
    /// Show one person
    Get(get::GetArgs),
    /// Add a person
    Create(create::CreateArgs),
    /// Change a person
    Update(update::UpdateArgs),
    /// Disable the login of a person
    Disable(disable::DisableArgs),
    /// Enable the login of a disabled person
    Enable(enable::EnableArgs),
    /// Delete a person with their resumes
    Delete(delete::DeleteArgs),
    /// Restore a deleted person, with the resumes deleted with them
    Restore(restore::RestoreArgs),
    /// Create people from CSV or lines of JSON
    Import(import::args::ImportArgs),
    /// Export all people, as CSV by default
    Export(export::ExportArgs),
    /// Set the password of a person, which ends their sessions
    SetPassword(set_password::SetPasswordArgs),
}

pub(crate) fn run(command: UsersCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let is_import = matches!(command, UsersCommand::Import(_));
    let outcome =
        connection::run(global, async |connection| run_connected(connection, global, command, output).await);
    if is_import { outcome.map_err(bulk::interrupted) } else { outcome }
}

async fn run_connected(
    connection: &Connection,
    global: &Global,
    command: UsersCommand,
    output: &mut Output,
) -> Result<(), Failure> {
    match command {
        UsersCommand::List(options) => list::run(connection, options, output).await,
        UsersCommand::Get(options) => get::run(connection, &options, output).await,
        UsersCommand::Create(options) => create::run(connection, options, output).await,
        UsersCommand::Update(options) => update::run(connection, options, output).await,
        UsersCommand::Disable(options) => disable::run(connection, &options, output).await,
        UsersCommand::Enable(options) => enable::run(connection, &options, output).await,
        UsersCommand::Delete(options) => delete::run(connection, global, &options, output).await,
        UsersCommand::Restore(options) => restore::run(connection, &options, output).await,
        UsersCommand::Import(options) => import::run(connection, global, options, output).await,
        UsersCommand::Export(options) => export::run(connection, options, output).await,
        UsersCommand::SetPassword(options) => set_password::run(connection, options, output).await,
    }
}
