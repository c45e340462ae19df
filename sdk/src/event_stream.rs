//! A stream of events that reconnects.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, Stream, StreamExt};
use tokio::time::{Instant, Sleep, sleep};

use crate::call::Call;
use crate::client::Client;
use crate::error::{Error, Kind, Result};
use crate::events::Event;
use crate::http_client::BodyStream;
use crate::lines::IdleTimeout;
use crate::pages::Query;
use crate::sse::{Frame, FrameParser, TooLong};

/// A stream of [`Event`]s; from [`WatchEvents::stream`](crate::WatchEvents::stream).
///
/// Reconnects without limit, with growing random waits, when the connection ends or the server cannot be
/// reached, and refreshes the login when necessary. Resumes after the last event returned, so no event is
/// lost or returned twice. Ends after an error: the login has ended for good, or the server rejects the
/// request.
///
/// Buffers one chunk of the response and reads no further than asked; it does not reconnect either unless
/// polled. Dropping it closes the connection.
pub struct EventStream {
    client: Client,
    query: Query,
    heartbeat: Heartbeat,
    /// The id of the last event returned; the next connection resumes after it.
    last_id: Option<String>,
    /// Consecutive connections without an event.
    failures: u32,
    state: State,
}

/// The heartbeat comments requested from the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heartbeat {
    /// Not requested: the server decides.
    ServerDefault,
    /// None: not needed on one machine.
    Off,
    /// At the interval set by the program; none if it is zero.
    Every(Duration),
}

enum State {
    Closed,
    Waiting(Pin<Box<Sleep>>),
    Opening(BoxFuture<'static, Result<Connection>>),
    Open(Box<Connection>),
    Ended,
}

struct Connection {
    call: Call,
    body: BodyStream,
    frames: FrameParser,
    /// The limit of silence, if the server has promised heartbeats.
    idle_timeout: Option<IdleTimeout>,
    since: Instant,
}

impl EventStream {
    pub(crate) fn new(client: Client, query: Query, after: Option<String>, heartbeat: Heartbeat) -> Self {
        // Nothing cuts a silent connection on this machine, and an idle program need not wake up.
        let heartbeat = match heartbeat {
            Heartbeat::ServerDefault if client.address().is_loopback() => Heartbeat::Off,
            heartbeat => heartbeat,
        };
        Self { client, query, heartbeat, last_id: after, failures: 0, state: State::Closed }
    }

    /// Waits for the next event; `None` after an error.
    ///
    /// For programs without a crate for streams. Dropping the future loses no event.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let mut events = client.events().watch().stream();
    /// let first = events.next().await.unwrap()?;
    /// println!("connected at {}", first.id());
    /// assert_eq!(events.last_id(), Some(first.id()));
    /// # Ok(()) });
    /// ```
    pub async fn next(&mut self) -> Option<Result<Event>> {
        StreamExt::next(self).await
    }

    /// The current position, for [`WatchEvents::after`](crate::WatchEvents::after); `None` before the
    /// first connection.
    pub fn last_id(&self) -> Option<&str> {
        self.last_id.as_deref()
    }

    /// Whether the stream is connected; if not, `next` reconnects.
    ///
    /// For programs that show the state of the connection.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let mut events = client.events().watch().stream();
    /// assert!(!events.is_connected());
    /// let ready = events.next().await.unwrap()?;
    /// assert!(events.is_connected());
    /// # Ok(()) });
    /// ```
    pub fn is_connected(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    fn open(&self) -> BoxFuture<'static, Result<Connection>> {
        let client = self.client.clone();
        let mut query = self.query.clone();
        if self.heartbeat == Heartbeat::Off {
            query.set("heartbeat", 0);
        }
        let call = query.call().events_after(self.last_id.clone());
        let frames = FrameParser::after(self.last_id.clone().unwrap_or_default());
        let idle_timeout = match self.heartbeat {
            Heartbeat::Every(every) if !every.is_zero() => {
                Some(IdleTimeout::new(every.saturating_add(client.timeout()), None))
            }
            _ => None,
        };
        async move {
            let response = client.send(&call, Instant::now() + client.timeout()).await?;
            let body = call.body_stream(response)?;
            Ok(Connection { call, body, frames, idle_timeout, since: Instant::now() })
        }
        .boxed()
    }

    /// Waits before the next connection, longer after each failure.
    fn back_off(&mut self, asked: Option<Duration>) {
        self.failures = self.failures.saturating_add(1);
        let wait = asked.unwrap_or_else(|| self.client.retry().backoff(self.failures));
        self.state = State::Waiting(Box::pin(sleep(wait)));
    }

    fn end(&mut self, error: Error) -> Poll<Option<Result<Event>>> {
        self.state = State::Ended;
        Poll::Ready(Some(Err(error)))
    }

    fn deliver(&mut self, frame: Frame) -> Poll<Option<Result<Event>>> {
        let event = Event::of(frame);
        // A connection that only sends its first event may be cut again and again, so that event does not
        // reset the back-off.
        if !matches!(event, Event::Ready { .. } | Event::Reset { .. }) {
            self.failures = 0;
        }
        self.last_id = Some(event.id().to_owned());
        Poll::Ready(Some(Ok(event)))
    }
}

impl Connection {
    /// Returns the next frame; `None` when the connection has ended, for any reason.
    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Frame>>> {
        loop {
            match self.frames.next() {
                Ok(Some(frame)) => return Poll::Ready(Ok(Some(frame))),
                Ok(None) => {}
                Err(TooLong) => {
                    let error =
                        Error::new(Kind::InvalidResponse, "an event is larger than this version supports");
                    return Poll::Ready(Err(self.call.add_context(error)));
                }
            }
            match self.body.poll_next_unpin(context) {
                Poll::Ready(Some(Ok(chunk))) => {
                    self.frames.push(&chunk);
                    if let Some(idle_timeout) = &mut self.idle_timeout {
                        idle_timeout.reset();
                    }
                }
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(Ok(None)),
                Poll::Pending => {
                    if let Some(idle_timeout) = &mut self.idle_timeout {
                        // Silence is handled like a lost connection.
                        return idle_timeout.poll_timeout(context).map(|_| Ok(None));
                    }
                    return Poll::Pending;
                }
            }
        }
    }
}

impl Stream for EventStream {
    type Item = Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Event>>> {
        loop {
            match &mut self.state {
                State::Closed => self.state = State::Opening(self.open()),
                State::Waiting(sleep) => {
                    ready!(sleep.as_mut().poll(context));
                    self.state = State::Closed;
                }
                State::Opening(opening) => match ready!(opening.poll_unpin(context)) {
                    Ok(connection) => self.state = State::Open(Box::new(connection)),
                    // An older server accepts only 1 to 300 and sends no heartbeats by default.
                    Err(error) if self.heartbeat == Heartbeat::Off && error.status() == Some(400) => {
                        self.heartbeat = Heartbeat::ServerDefault;
                        self.state = State::Closed;
                    }
                    Err(error) if is_transient(&error) => self.back_off(error.retry_after()),
                    Err(error) => return self.end(error),
                },
                State::Open(connection) => match ready!(connection.poll_frame(context)) {
                    Ok(Some(frame)) => return self.deliver(frame),
                    Ok(None) => {
                        // The server ends every stream with its access token, so a long connection is no
                        // failure.
                        if connection.since.elapsed() >= self.client.retry().longest() {
                            self.failures = 0;
                        }
                        self.back_off(None);
                    }
                    Err(error) => return self.end(error),
                },
                State::Ended => return Poll::Ready(None),
            }
        }
    }
}

/// No field is pinned.
impl Unpin for EventStream {}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Closed => "closed",
            State::Waiting(_) => "waiting",
            State::Opening(_) => "opening",
            State::Open(_) => "open",
            State::Ended => "ended",
        };
        f.debug_struct("EventStream")
            .field("state", &state)
            .field("last_id", &self.last_id)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}

/// Whether a later connection may succeed.
fn is_transient(error: &Error) -> bool {
    error.is_retryable() || error.status().is_some_and(|status| status >= 500)
}
