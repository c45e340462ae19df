//! `vitae audit`

mod list;
mod row;

use clap::Subcommand;

use crate::errors::Failure;
use crate::flags::Global;
use crate::online;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List audit entries, newest first by default; for administrators
    List(list::ListArgs),
}

pub(crate) fn run(command: AuditCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        AuditCommand::List(options) => {
            online::run(global, async |online| list::run(online, options, output).await)
        }
    }
}
