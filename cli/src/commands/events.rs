//! `vitae events`

mod watch;

use clap::Subcommand;

use crate::connection;
use crate::errors::Failure;
use crate::flags::Global;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Print a line for each event as it happens, until ctrl-C
    Watch(watch::WatchArgs),
}

pub(crate) fn run(command: EventsCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        EventsCommand::Watch(options) => {
            connection::run(global, async |connection| watch::run(connection, options, output).await)
        }
    }
}
