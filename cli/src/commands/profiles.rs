//! `vitae profiles`

mod add;
mod list;
mod remove;
pub(crate) mod row;
pub(crate) mod select;
mod use_profile;

use clap::Subcommand;

use crate::errors::Failure;
use crate::flags::Global;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum ProfilesCommand {
    /// List servers and accounts
    List(list::ListArgs),
    /// Set the current profile
    Use(use_profile::UseArgs),
    /// Add a server before the first login
    Add(add::AddArgs),
    /// Remove a profile and end its login
    Remove(remove::RemoveArgs),
}

pub(crate) fn run(command: ProfilesCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        ProfilesCommand::List(_) => list::run(output),
        ProfilesCommand::Use(options) => use_profile::run(&options, output),
        ProfilesCommand::Add(options) => add::run(global, &options, output),
        ProfilesCommand::Remove(options) => remove::run(global, &options, output),
    }
}
