//! What happens, while it happens.

mod line;

pub(crate) use self::line::EventLine;

use std::time::Duration;

use vitae_sdk::{Event, EventStream};

use crate::arguments::events::{EventsCommand, Watch};
use crate::context::Online;
use crate::errors::Failure;
use crate::output::Output;
use crate::{exit, runtime};

/// What a failed watch was about.
const DOING: &str = "watch events";

pub(crate) async fn run(online: &Online, command: EventsCommand, output: &mut Output) -> Result<(), Failure> {
    match command {
        EventsCommand::Watch(options) => watch(online, options, output).await,
    }
}

async fn watch(online: &Online, options: Watch, output: &mut Output) -> Result<(), Failure> {
    // The stream itself waits for a server for ever: a wrong address would never be told.
    online.client.me().get().await.map_err(|e| online.explain(DOING, &e))?;
    let mut watch = online.client.events().watch();
    if let Some(id) = options.after {
        watch = watch.after(id);
    }
    if let Some(seconds) = options.heartbeat {
        watch = watch.heartbeat(Duration::from_secs(seconds));
    }
    tokio::select! {
        outcome = write(online, watch.stream(), output) => outcome,
        // While nothing happens nothing is written, and no write fails.
        () = runtime::reader_gone() => Err(Failure::new(exit::DONE, "")),
    }
}

async fn write(online: &Online, mut events: EventStream, output: &mut Output) -> Result<(), Failure> {
    let mut lines = output.stream();
    let mut is_connected = false;
    while let Some(event) = events.next().await {
        match event.map_err(|e| online.explain(DOING, &e))? {
            Event::Ready { id } if !is_connected => {
                let server = &online.context.server.value;
                lines.output().note(format_args!("watching {server} from {id} on; ctrl-C ends it"));
            }
            Event::Ready { .. } => {}
            Event::Reset { id } => lines.output().note(format_args!(
                "warning: events were missed that the server no longer keeps; read anew what you follow, it goes on from {id}"
            )),
            Event::Event { id, event_id, subject, at, actor_id, object, details } => {
                let line = EventLine { last_event_id: id, id: event_id, subject, at, actor_id, object, details };
                lines.page(&[line])?;
            }
            Event::Other { name, .. } => lines
                .output()
                .note(format_args!("warning: passed over \"{name}\", which a newer vitae may understand")),
            _ => lines.output().note("warning: passed over an event that a newer vitae may understand"),
        }
        is_connected = true;
    }
    Ok(())
}
