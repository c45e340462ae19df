//! `vitae events …`

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Write a line for each event as it happens, until ctrl-C
    Watch(Watch),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Shows what this login may see. When the connection is lost it is made again, and nothing is missed. With -o json \
and -o ndjson each event is one JSON object on a line; its last_event_id is what --after takes.

Examples:
  vitae events watch
  vitae events watch -o ndjson | jq -r 'select(.subject == \"resumes.resume.created\") | .resume.title'
  vitae events watch --after a12.u5.r88 --heartbeat 30")]
pub(crate) struct Watch {
    /// Begin behind the event of this id, not with what happens from now on
    #[arg(long, value_name = "ID")]
    pub(crate) after: Option<String>,
    /// Have the server say so often that it is there, 1 to 300; notices dead connections
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=300))]
    pub(crate) heartbeat: Option<u64>,
}
