//! Events as they happen.

use std::time::Duration;

use vitae_contracts_core::{EventId, Timestamp, UserId};
use vitae_contracts_gateway::{AuditedObject, EventData, RawValue, ResumeSummary, SessionEvent, User};

use crate::client::Client;
use crate::event_stream::{EventStream, Heartbeat};
use crate::pages::Query;
use crate::sse::Frame;

/// The events of the server; from [`Client::events`].
#[derive(Debug, Clone)]
pub struct Events {
    client: Client,
}

impl Events {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Watches the events from now on that are visible to the login.
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

/// The options of a stream of events; from [`Events::watch`].
#[derive(Debug, Clone)]
#[must_use = "events are watched by `stream`"]
pub struct WatchEvents {
    client: Client,
    query: Query,
    after: Option<String>,
    heartbeat: Heartbeat,
}

impl WatchEvents {
    /// Resumes after the event with this id, for instance after a restart of the program.
    ///
    /// The id is from [`Event::id`] or [`EventStream::last_id`]. If the server no longer has the later
    /// events, the stream starts with [`Event::Reset`].
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

    /// Sets the interval of the server's heartbeats: 1 s to 300 s, whole seconds.
    ///
    /// Keeps proxies from cutting a silent connection, and detects a dead one: after this time and the
    /// client's [timeout](crate::ClientBuilder::timeout) without a byte, the stream reconnects. By default
    /// a server on this machine sends no heartbeats, any other one at its own interval (15 s). Zero turns
    /// them off.
    pub fn heartbeat(mut self, every: Duration) -> Self {
        let seconds = every.as_secs() + u64::from(every.subsec_nanos() > 0);
        self.query.set("heartbeat", seconds);
        self.heartbeat = Heartbeat::Every(every);
        self
    }

    /// Returns the stream; it connects with the first `next`.
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

/// An item of a stream of events. Every `id` is a position, for [`WatchEvents::after`].
#[derive(Debug, Clone)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "almost every value is the large one")]
pub enum Event {
    /// The stream is connected; no event after this id will be missed.
    ///
    /// The first item, and the first after each new connection.
    Ready {
        /// The position in the stream.
        id: String,
    },
    /// Events were missed that the server no longer has: read the objects again.
    Reset {
        /// The position in the stream.
        id: String,
    },
    /// A committed change.
    Event {
        /// The position in the stream after the event.
        id: String,
        /// The id of the event, as in the audit record.
        event_id: EventId,
        /// The action: service, object, verb, as in `users.user.deleted`.
        subject: String,
        /// The time of the commit.
        at: Timestamp,
        /// The user who made the change; `None` for the system.
        actor_id: Option<UserId>,
        /// The changed object.
        object: AuditedObject,
        /// The object after the change.
        details: EventDetails,
    },
    /// An item that this version of the crate does not know.
    Other {
        /// The position in the stream after the item.
        id: String,
        /// The name of the item; untrusted text, escape it for display.
        name: String,
        /// The data of the item; untrusted text, escape it for display.
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
    /// A login succeeded or failed, sessions ended, a password changed; for administrators.
    Session(SessionEvent),
    /// An object that this version does not know: the data of the event, unchanged.
    Other(Box<RawValue>),
}

impl Event {
    /// The position in the stream after the item, for [`WatchEvents::after`].
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
