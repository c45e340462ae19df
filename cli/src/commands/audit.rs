//! `vitae audit`

mod list;
mod row;

use clap::Subcommand;

use crate::connection;
use crate::errors::Failure;
use crate::flags::Global;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List audit entries, newest first by default; for administrators
    List(list::ListArgs),
}

pub(crate) fn run(command: AuditCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        AuditCommand::List(options) => {
            connection::run(global, async |connection| list::run(connection, options, output).await)
        }
    }
}
