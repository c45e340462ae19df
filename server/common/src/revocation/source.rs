//! A feed that fills the cache, and what to do while it is broken.

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

/// How long the cache is good without news of whether there is news. A peer that hangs is
/// noticed 12 s later (`peers`), which comes on top.
pub(super) const BOUND: Duration = Duration::from_secs(10);
/// How long a source may take to open its stream, or to answer what the cache cannot.
const PATIENCE: Duration = Duration::from_secs(1);

/// One followed feed.
pub(super) struct Source {
    pub(super) name: &'static str,
    feed: Backend,
    /// How far it has been heard.
    heard: watch::Sender<i64>,
    /// Whether the stream is broken, or has not caught up since.
    broken: AtomicBool,
    pub(super) broken_since: Mutex<Instant>,
    /// Whether the stream has been read to its end once.
    pub(super) caught_up: watch::Sender<bool>,
    /// Why the service rejects this reader.
    rejected: watch::Sender<Option<ServiceError>>,
    /// Which failures are logged.
    failures: Mutex<OutageLog>,
    /// Whether the service answered when it was last tried.
    reachable: AtomicBool,
}

impl Source {
    pub(super) fn new(name: &'static str, feed: Backend) -> Self {
        Self {
            name,
            feed,
            heard: watch::channel(-1).0,
            broken: AtomicBool::new(true),
            broken_since: Mutex::new(Instant::now()),
            caught_up: watch::channel(false).0,
            rejected: watch::channel(None).0,
            failures: Mutex::default(),
            reachable: AtomicBool::new(true),
        }
    }

    /// Whether there may be revocations that the cache does not have.
    pub(super) fn is_stale(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
            && (!self.has_caught_up() || self.broken_since().elapsed() > BOUND)
    }

    pub(super) fn has_caught_up(&self) -> bool {
        *self.caught_up.borrow()
    }

    /// Waits until the stream has been read to its end once.
    pub(super) async fn wait_until_caught_up(&self) {
        // The sender is this object: it is there for as long as somebody waits.
        drop(self.caught_up.subscribe().wait_for(|caught_up| *caught_up).await);
    }

    /// Waits until the service rejects this reader.
    pub(super) async fn wait_for_rejection(&self) -> ServiceError {
        let mut rejected = self.rejected.subscribe();
        let refusal = rejected.wait_for(Option::is_some).await.ok().and_then(|refusal| refusal.clone());
        match refusal {
            Some(refusal) => refusal,
            None => std::future::pending().await,
        }
    }

    /// Logs why the stream broke off. A peer that does not answer is logged where it is called.
    pub(super) fn log(&self, consumer: &str, refusal: &ServiceError) {
        let unreachable = matches!(refusal.code, Code::Unavailable | Code::Timeout);
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if unreachable || !failures.record_failure(std::time::Instant::now()) {
            tracing::debug!(consumer, source = self.name, %refusal, "the feed of revocations broke off");
        } else {
            tracing::warn!(consumer, source = self.name, %refusal, "the feed of revocations broke off");
        }
    }

    /// Asks the service what its feed has not told; `None` if it does not answer.
    ///
    /// A service that did not answer is not waited for again before it shows a sign of life.
    pub(super) async fn ask<T>(&self, question: impl Future<Output = Result<T, ServiceError>>) -> Option<T> {
        if !self.reachable.load(Ordering::Relaxed) {
            return None;
        }
        let answer = timeout(PATIENCE, question).await;
        self.note(answer.as_ref().map_or(Some(&no_answer(self.name)), |answer| answer.as_ref().err()));
        answer.ok()?.ok()
    }

    /// Waits until all that the source has committed so far is heard here.
    pub(super) async fn settle(&self, patience: Duration) -> Result<(), ServiceError> {
        let late =
            || ServiceError::new(Code::Unavailable, format!("the events of {} do not arrive", self.name));
        let tail = FeedStream::open(self.name, self.feed.clone(), Start::AfterPosition(i64::MAX)).await?.tail;
        let mut heard = self.heard.subscribe();
        let arrived = timeout(patience, heard.wait_for(|position| *position >= tail)).await;
        arrived.map_err(|_| late())?.map(drop).map_err(|_| late())
    }

    /// As [`Source::settle`], however much there is to hear, as long as something arrives.
    pub(super) async fn catch_up(&self, next: Duration) -> Result<(), ServiceError> {
        let late =
            || ServiceError::new(Code::Unavailable, format!("the events of {} do not arrive", self.name));
        let tail = FeedStream::open(self.name, self.feed.clone(), Start::AfterPosition(i64::MAX)).await?.tail;
        let mut heard = self.heard.subscribe();
        while *heard.borrow_and_update() < tail {
            timeout(next, heard.changed()).await.map_err(|_| late())?.map_err(|_| late())?;
        }
        Ok(())
    }

    /// Reads the stream until it breaks; moves `start` to where the next one has to begin.
    ///
    /// What is heard comes with whether it happened while the stream was open.
    pub(super) async fn read(
        &self,
        start: &mut Start,
        again: Start,
        hear: impl Fn(&Event, bool),
        opened: impl Fn(),
    ) -> Result<(), ServiceError> {
        let opening = timeout(PATIENCE, FeedStream::open(self.name, self.feed.clone(), *start)).await;
        let opening = opening.unwrap_or_else(|_| Err(no_answer(self.name)));
        self.note(opening.as_ref().err());
        let mut stream = opening?;
        opened();
        if matches!(start, Start::AfterPosition(position) if *position != stream.start) {
            // Another log than the one that was heard: nothing is known of it.
            *start = again;
            return Err(ServiceError::new(
                Code::Internal,
                format!("the log of {} is another one", self.name),
            ));
        }
        let tail = stream.tail;
        let reach = |position| {
            self.heard.send_replace(position);
            if position >= tail && self.broken.swap(false, Ordering::Relaxed) {
                self.caught_up.send_replace(true);
                self.log_recovery();
            }
        };
        reach(stream.start);
        while let Some(event) = stream.events.next().await {
            let event = event.map_err(|status| ServiceError::from(&status))?;
            hear(&event, event.position > tail);
            *start = Start::AfterPosition(event.position);
            reach(event.position);
        }
        Ok(())
    }

    fn log_recovery(&self) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.record_success(std::time::Instant::now()).is_some() {
            tracing::warn!(source = self.name, "the feed of revocations goes on");
        }
    }

    /// Notes that the stream is broken.
    pub(super) fn broke(&self) {
        if !self.broken.swap(true, Ordering::Relaxed) {
            *self.broken_since() = Instant::now();
        }
    }

    fn note(&self, refusal: Option<&ServiceError>) {
        let answers =
            refusal.is_none_or(|refusal| !matches!(refusal.code, Code::Unavailable | Code::Timeout));
        self.reachable.store(answers, Ordering::Relaxed);
        if let Some(refusal) = refusal.filter(|refusal| refusal.is_authentication_error()) {
            self.rejected.send_replace(Some(refusal.clone()));
        }
    }

    fn broken_since(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.broken_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_answer(name: &str) -> ServiceError {
    ServiceError::new(Code::Timeout, format!("{name} does not answer"))
}
