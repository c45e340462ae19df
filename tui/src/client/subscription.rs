//! The subscription to the server's events, as messages.

use std::future::{Future as _, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Sleep, sleep};
use vitae_sdk::{Client, Event, EventDetails, EventStream};

use crate::app::message::{About, Link, LiveUpdate, Message};
use crate::client::error::ConsoleError;
use crate::client::executor::tell;

/// The time after which a lost connection is reported: the server ends each stream when its token expires, and the next one follows at once.
const GRACE: Duration = Duration::from_secs(1);

/// Sends events and changes of the connection state as messages.
pub(crate) async fn follow(client: Client, sender: UnboundedSender<Message>) {
    let mut events = client.events().watch().stream();
    loop {
        let Some(event) = next(&mut events, &sender).await else { return };
        let message = match event {
            Ok(Event::Ready { .. }) => Message::Link(Link::Up),
            Ok(Event::Reset { .. }) => Message::Link(Link::Gap),
            Ok(Event::Event { subject, details, .. }) => {
                let about = match details {
                    EventDetails::User(user) => About::User(Box::new(user)),
                    EventDetails::Resume(resume) => About::Resume(Box::new(resume)),
                    EventDetails::Session(_) => About::Session,
                    _ => About::Other,
                };
                Message::LiveUpdate(Box::new(LiveUpdate { subject, about }))
            }
            Ok(_) => continue,
            Err(error) => Message::Link(Link::Ended(ConsoleError::of(&error))),
        };
        tell(&sender, message);
    }
}

/// Returns the next event; reports when the connection is lost for longer than [`GRACE`].
async fn next(
    events: &mut EventStream,
    sender: &UnboundedSender<Message>,
) -> Option<vitae_sdk::Result<Event>> {
    let mut away: Option<Pin<Box<Sleep>>> = None;
    let mut is_told = false;
    poll_fn(|context| {
        if let Poll::Ready(event) = events.poll_next_unpin(context) {
            return Poll::Ready(event);
        }
        if !events.is_connected() && !is_told {
            let away = away.get_or_insert_with(|| Box::pin(sleep(GRACE)));
            if away.as_mut().poll(context).is_ready() {
                is_told = true;
                tell(sender, Message::Link(Link::Down));
            }
        }
        Poll::Pending
    })
    .await
}
