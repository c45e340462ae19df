//! `vitae events`

mod line;

pub(crate) use self::line::EventLine;

use std::time::Duration;

use vitae_sdk::{Event, EventStream};

use crate::arguments::events::{EventsCommand, Watch};
use crate::context::Online;
use crate::errors::Failure;
use crate::output::Output;
use crate::{exit, runtime};

/// The action in error messages.
const DOING: &str = "watch events";

pub(crate) async fn run(online: &Online, command: EventsCommand, output: &mut Output) -> Result<(), Failure> {
    match command {
        EventsCommand::Watch(options) => watch(online, options, output).await,
    }
}

async fn watch(online: &Online, options: Watch, output: &mut Output) -> Result<(), Failure> {
    // The stream reconnects forever: a wrong address would never be reported.
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
        // Without events nothing is written, so a closed pipe would go unnoticed.
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
