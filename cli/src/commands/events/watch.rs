//! `vitae events watch`

mod line;

use std::time::Duration;

use clap::Args;
use vitae_sdk::{Event, EventStream};

use self::line::EventLine;
use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::output::{Output, Row as _};
use crate::{exit, runtime};

const METADATA: CommandMetadata = CommandMetadata::new(EventLine::FIELDS, exits::READ);

/// The action in error messages.
const DOING: &str = "watch events";

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Prints the events visible to this login. After a lost connection it reconnects and misses no event. With -o json \
and -o ndjson each event is one JSON object per line; --after accepts its last_event_id.

Examples:
  vitae events watch
  vitae events watch -o ndjson | jq -r 'select(.subject == \"resumes.resume.created\") | .resume.title'
  vitae events watch --after a12.u5.r88 --heartbeat 30"), add = METADATA)]
pub(crate) struct WatchArgs {
    /// Start after the event with this id instead of now
    #[arg(long, value_name = "ID")]
    after: Option<String>,
    /// Interval of heartbeats from the server, 1 to 300; detects dead connections
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=300))]
    heartbeat: Option<u64>,
}

pub(super) async fn run(
    connection: &Connection,
    options: WatchArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    // The stream reconnects forever: a wrong address would never be reported.
    connection.client.me().get().await.map_err(|e| connection.explain(DOING, &e))?;
    let mut watch = connection.client.events().watch();
    if let Some(id) = options.after {
        watch = watch.after(id);
    }
    if let Some(seconds) = options.heartbeat {
        watch = watch.heartbeat(Duration::from_secs(seconds));
    }
    tokio::select! {
        outcome = write(connection, watch.stream(), output) => outcome,
        // Without events nothing is written, so a closed pipe would go unnoticed.
        () = runtime::reader_gone() => Err(Failure::new(exit::DONE, "")),
    }
}

async fn write(connection: &Connection, mut events: EventStream, output: &mut Output) -> Result<(), Failure> {
    let mut lines = output.stream();
    let mut is_connected = false;
    while let Some(event) = events.next().await {
        match event.map_err(|e| connection.explain(DOING, &e))? {
            Event::Ready { id } if !is_connected => {
                let server = &connection.context.server.value;
                lines.output().note(format_args!("watching {server} from {id}; press ctrl-C to stop"));
            }
            Event::Ready { .. } => {}
            Event::Reset { id } => lines.output().note(format_args!(
                "warning: some events are no longer stored on the server and were missed; reload your data, the stream continues from {id}"
            )),
            Event::Event { id, event_id, subject, at, actor_id, object, details } => {
                let line = EventLine { last_event_id: id, id: event_id, subject, at, actor_id, object, details };
                lines.page(&[line])?;
            }
            Event::Other { name, .. } => lines
                .output()
                .note(format_args!("warning: skipped unknown event \"{name}\"; a newer vitae may support it")),
            _ => lines.output().note("warning: skipped an unknown event; a newer vitae may support it"),
        }
        is_connected = true;
    }
    Ok(())
}
