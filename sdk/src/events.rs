//! What happens, while it happens.

use std::time::Duration;

use vitae_contracts_core::{EventId, Timestamp, UserId};
use vitae_contracts_gateway::{AuditedObject, EventData, RawValue, ResumeSummary, SessionEvent, User};

use crate::client::Client;
use crate::event_stream::{EventStream, Heartbeat};
use crate::pages::Query;
use crate::sse::Frame;

/// What happens at the server; from [`Client::events`].
#[derive(Debug, Clone)]
pub struct Events {
    client: Client,
}

impl Events {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Watches what happens from now on, as far as the login may see it.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// use vitae_sdk::{Event, EventDetails};
    ///
    /// let mut events = client.events().watch().stream();
    /// while let Some(event) = events.next().await {
    ///     match event? {
    /// #       Event::Ready { .. } => { vitae_server_testkit::example_resume(&client).await; }
    ///         Event::Event { subject, details: EventDetails::Resume(resume), .. } => {
    ///             println!("{subject}: {}", resume.title.escaped());
    /// #           break;
    ///         }
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(()) });
    /// ```
    pub fn watch(&self) -> WatchEvents {
        WatchEvents {
            client: self.client.clone(),
            query: Query::new("/v1/events"),
            after: None,
            heartbeat: Heartbeat::ServerDefault,
        }
    }
}

/// How to watch; from [`Events::watch`].
#[derive(Debug, Clone)]
#[must_use = "events are watched by `stream`"]
pub struct WatchEvents {
    client: Client,
    query: Query,
    after: Option<String>,
    heartbeat: Heartbeat,
}

impl WatchEvents {
    /// Goes on behind the event of this id, as a program does that was stopped in between.
    ///
    /// An id of [`Event::id`] or [`EventStream::last_id`]. If the server keeps what came
    /// behind it no longer, the stream begins with [`Event::Reset`].
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let mut before = client.events().watch().stream();
    /// # let last_id = before.next().await.unwrap()?.id().to_owned();
    /// # vitae_server_testkit::example_resume(&client).await;
    /// let mut events = client.events().watch().after(last_id).stream();
    /// # events.next().await.unwrap()?;
    /// let missed = events.next().await;
    /// # assert!(matches!(missed, Some(Ok(vitae_sdk::Event::Event { .. }))));
    /// # Ok(()) });
    /// ```
    pub fn after(mut self, last_event_id: impl Into<String>) -> Self {
        self.after = Some(last_event_id.into());
        self
    }

    /// Has the server say every so often that it is there; 1 s to 300 s, whole seconds.
    ///
    /// For proxies that cut silent connections. It also tells a dead connection from a quiet
    /// one: after this time and the client's [timeout](crate::ClientBuilder::timeout) without a
    /// byte, the stream connects again. Unless told, a server on this machine says nothing while
    /// nothing happens, and any other one as often as it likes (every 15 s). Zero turns it off.
    pub fn heartbeat(mut self, every: Duration) -> Self {
        let seconds = every.as_secs() + u64::from(every.subsec_nanos() > 0);
        self.query.set("heartbeat", seconds);
        self.heartbeat = Heartbeat::Every(every);
        self
    }

    /// Begins to watch, with the first `next`.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// use std::time::Duration;
    /// use vitae_sdk::Event;
    ///
    /// let mut events = client.events().watch().heartbeat(Duration::from_secs(15)).stream();
    /// let first = events.next().await.unwrap()?;
    /// assert!(matches!(first, Event::Ready { .. }));
    /// # Ok(()) });
    /// ```
    pub fn stream(self) -> EventStream {
        EventStream::new(self.client, self.query, self.after, self.heartbeat)
    }
}

/// What a stream of events says. Every `id` is a place in the stream, for [`WatchEvents::after`].
#[derive(Debug, Clone)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "almost every value is the large one")]
pub enum Event {
    /// The server is connected, and nothing that comes behind this id will be missed.
    ///
    /// Comes first, and again whenever the stream had to connect again.
    Ready {
        /// Where the stream is.
        id: String,
    },
    /// Events were missed, which the server no longer keeps: read anew what you follow.
    Reset {
        /// Where the stream is.
        id: String,
    },
    /// Something happened.
    Event {
        /// Where the stream is after it.
        id: String,
        /// The event itself, as the audit record names it.
        event_id: EventId,
        /// What happened: service, object, verb, as in `users.user.deleted`.
        subject: String,
        /// When the change was committed.
        at: Timestamp,
        /// Who did it; `None` for the system's own doing.
        actor_id: Option<UserId>,
        /// What it was done to.
        object: AuditedObject,
        /// The object after it.
        details: EventDetails,
    },
    /// What only a newer version of this crate understands.
    Other {
        /// Where the stream is after it.
        id: String,
        /// What kind of thing it is; server text, show it escaped.
        name: String,
        /// Its data; server text, show it escaped.
        data: String,
    },
}

/// The object of an event, as it was after the event.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum EventDetails {
    /// A person was created, changed, deleted, ….
    User(User),
    /// A resume was created, changed, deleted, …; without its document.
    Resume(ResumeSummary),
    /// Somebody logged in or failed to, logins ended, a password changed; for administrators.
    Session(SessionEvent),
    /// Something that this version does not know: all data of the event, as it came.
    Other(Box<RawValue>),
}

impl Event {
    /// Where the stream is after it, for [`WatchEvents::after`].
    pub fn id(&self) -> &str {
        match self {
            Self::Ready { id } | Self::Reset { id } | Self::Event { id, .. } | Self::Other { id, .. } => id,
        }
    }

    pub(crate) fn of(frame: Frame) -> Self {
        let Frame { id, event: name, data } = frame;
        match name.as_str() {
            "ready" => return Self::Ready { id },
            "reset" => return Self::Reset { id },
            _ => {}
        }
        let Ok(happened) = serde_json::from_str::<EventData>(&data) else {
            return Self::Other { id, name, data };
        };
        let details = match (happened.user, happened.resume, happened.session) {
            (Some(user), ..) => EventDetails::User(user),
            (_, Some(resume), _) => EventDetails::Resume(resume),
            (.., Some(session)) => EventDetails::Session(session),
            (None, None, None) => match RawValue::from_string(data) {
                Ok(data) => EventDetails::Other(data),
                Err(_) => EventDetails::Other(Box::default()),
            },
        };
        Self::Event {
            id,
            event_id: happened.id,
            subject: happened.subject,
            at: happened.at,
            actor_id: happened.actor_id,
            object: happened.object,
            details,
        }
    }
}
