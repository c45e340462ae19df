//! `vitae events …`

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Print a line for each event as it happens, until ctrl-C
    Watch(Watch),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Prints the events visible to this login. After a lost connection it reconnects and misses no event. With -o json \
and -o ndjson each event is one JSON object per line; --after accepts its last_event_id.

Examples:
  vitae events watch
  vitae events watch -o ndjson | jq -r 'select(.subject == \"resumes.resume.created\") | .resume.title'
  vitae events watch --after a12.u5.r88 --heartbeat 30")]
pub(crate) struct Watch {
    /// Start after the event with this id instead of now
    #[arg(long, value_name = "ID")]
    pub(crate) after: Option<String>,
    /// Interval of heartbeats from the server, 1 to 300; detects dead connections
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=300))]
    pub(crate) heartbeat: Option<u64>,
}
