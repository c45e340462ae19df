//! `vitae events`

mod watch;

use clap::Subcommand;

use crate::errors::Failure;
use crate::flags::Global;
use crate::online;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Print a line for each event as it happens, until ctrl-C
    Watch(watch::WatchArgs),
}

pub(crate) fn run(command: EventsCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        EventsCommand::Watch(options) => {
            online::run(global, async |online| watch::run(online, options, output).await)
        }
    }
}
