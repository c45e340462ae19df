//! A feed that fills the cache, and the calls to its service while it is interrupted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use vitae_contracts_core::Code;
use vitae_contracts_services::events::v1::Event;
use vitae_contracts_services::events::v1::read_events_request::Start;

use crate::outage::OutageLog;
use crate::{Backend, FeedStream, ServiceError};

/// The time after an interruption of the feed for which the cache alone decides. A peer that hangs is
/// detected after another 12 s (`peers`).
pub(super) const MAX_STALENESS: Duration = Duration::from_secs(10);
/// The timeout of a source for opening its stream, or for a call.
const TIMEOUT: Duration = Duration::from_secs(1);

/// One consumed feed.
pub(super) struct Source {
    pub(super) name: &'static str,
    feed: Backend,
    /// The position of the last event received.
    reached: watch::Sender<i64>,
    /// Whether the stream is interrupted, or has not caught up since.
    interrupted: AtomicBool,
    pub(super) interrupted_since: Mutex<Instant>,
    /// Whether the stream has been read to its end at least once.
    pub(super) caught_up: watch::Sender<bool>,
    /// The error with which the service rejects this consumer.
    rejected: watch::Sender<Option<ServiceError>>,
    /// The state that decides which failures are logged.
    failures: Mutex<OutageLog>,
    /// Whether the service responded to the last call.
    reachable: AtomicBool,
}

impl Source {
    pub(super) fn new(name: &'static str, feed: Backend) -> Self {
        Self {
            name,
            feed,
            reached: watch::channel(-1).0,
            interrupted: AtomicBool::new(true),
            interrupted_since: Mutex::new(Instant::now()),
            caught_up: watch::channel(false).0,
            rejected: watch::channel(None).0,
            failures: Mutex::default(),
            reachable: AtomicBool::new(true),
        }
    }

    /// Whether there may be revocations that the cache does not have.
    pub(super) fn is_stale(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
            && (!self.has_caught_up() || self.interrupted_since().elapsed() > MAX_STALENESS)
    }

    pub(super) fn has_caught_up(&self) -> bool {
        *self.caught_up.borrow()
    }

    /// Waits until the stream has been read to its end at least once.
    pub(super) async fn wait_until_caught_up(&self) {
        // Cannot fail: `self` owns the sender.
        drop(self.caught_up.subscribe().wait_for(|caught_up| *caught_up).await);
    }

    /// Waits until the service rejects this consumer.
    pub(super) async fn wait_for_rejection(&self) -> ServiceError {
        let mut rejected = self.rejected.subscribe();
        let error = rejected.wait_for(Option::is_some).await.ok().and_then(|error| error.clone());
        match error {
            Some(error) => error,
            None => std::future::pending().await,
        }
    }

    /// Logs why the stream ended. An unreachable peer is logged by its client.
    pub(super) fn log(&self, consumer: &str, error: &ServiceError) {
        let unreachable = matches!(error.code, Code::Unavailable | Code::Timeout);
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if unreachable || !failures.record_failure(std::time::Instant::now()) {
            tracing::debug!(consumer, source = self.name, %error, "the stream of the feed of revocations ended");
        } else {
            tracing::warn!(consumer, source = self.name, %error, "the stream of the feed of revocations ended");
        }
    }

    /// Runs a call to the service; `None` if it does not respond.
    ///
    /// After a failure, no further call is made until the service responds to the feed's reconnect.
    pub(super) async fn ask<T>(&self, call: impl Future<Output = Result<T, ServiceError>>) -> Option<T> {
        if !self.reachable.load(Ordering::Relaxed) {
            return None;
        }
        let answer = timeout(TIMEOUT, call).await;
        self.note(answer.as_ref().map_or(Some(&no_response(self.name)), |answer| answer.as_ref().err()));
        answer.ok()?.ok()
    }

    /// Waits until all events that the source has committed so far have arrived.
    pub(super) async fn wait_for_events(&self, limit: Duration) -> Result<(), ServiceError> {
        let late = || {
            ServiceError::new(Code::Unavailable, format!("the events of {} do not arrive in time", self.name))
        };
        let tail = FeedStream::open(self.name, self.feed.clone(), Start::AfterPosition(i64::MAX)).await?.tail;
        let mut reached = self.reached.subscribe();
        let arrived = timeout(limit, reached.wait_for(|position| *position >= tail)).await;
        arrived.map_err(|_| late())?.map(drop).map_err(|_| late())
    }

    /// Like [`Source::wait_for_events`], without a limit on the total time, only between two events.
    pub(super) async fn catch_up(&self, next: Duration) -> Result<(), ServiceError> {
        let late = || {
            ServiceError::new(Code::Unavailable, format!("the events of {} do not arrive in time", self.name))
        };
        let tail = FeedStream::open(self.name, self.feed.clone(), Start::AfterPosition(i64::MAX)).await?.tail;
        let mut reached = self.reached.subscribe();
        while *reached.borrow_and_update() < tail {
            timeout(next, reached.changed()).await.map_err(|_| late())?.map_err(|_| late())?;
        }
        Ok(())
    }

    /// Reads the stream until it ends; moves `start` to the position for the next stream.
    ///
    /// `handle` is called with each event and whether it was committed after the stream was opened.
    pub(super) async fn read(
        &self,
        start: &mut Start,
        restart: Start,
        handle: impl Fn(&Event, bool),
        opened: impl Fn(),
    ) -> Result<(), ServiceError> {
        let opening = timeout(TIMEOUT, FeedStream::open(self.name, self.feed.clone(), *start)).await;
        let opening = opening.unwrap_or_else(|_| Err(no_response(self.name)));
        self.note(opening.as_ref().err());
        let mut stream = opening?;
        opened();
        if matches!(start, Start::AfterPosition(position) if *position != stream.start) {
            // Not a continuation of the same log, for example after a restore: start anew.
            *start = restart;
            return Err(ServiceError::new(Code::Internal, format!("the log of {} was replaced", self.name)));
        }
        let tail = stream.tail;
        let reach = |position| {
            self.reached.send_replace(position);
            if position >= tail && self.interrupted.swap(false, Ordering::Relaxed) {
                self.caught_up.send_replace(true);
                self.log_recovery();
            }
        };
        reach(stream.start);
        while let Some(event) = stream.events.next().await {
            let event = event.map_err(|status| ServiceError::from(&status))?;
            handle(&event, event.position > tail);
            *start = Start::AfterPosition(event.position);
            reach(event.position);
        }
        Ok(())
    }

    fn log_recovery(&self) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.record_success(std::time::Instant::now()).is_some() {
            tracing::warn!(source = self.name, "the feed of revocations works again");
        }
    }

    /// Marks the stream as interrupted.
    pub(super) fn set_interrupted(&self) {
        if !self.interrupted.swap(true, Ordering::Relaxed) {
            *self.interrupted_since() = Instant::now();
        }
    }

    fn note(&self, error: Option<&ServiceError>) {
        let is_reachable = error.is_none_or(|error| !matches!(error.code, Code::Unavailable | Code::Timeout));
        self.reachable.store(is_reachable, Ordering::Relaxed);
        if let Some(error) = error.filter(|error| error.is_authentication_error()) {
            self.rejected.send_replace(Some(error.clone()));
        }
    }

    fn interrupted_since(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.interrupted_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_response(name: &str) -> ServiceError {
    ServiceError::new(Code::Timeout, format!("{name} does not respond"))
}
