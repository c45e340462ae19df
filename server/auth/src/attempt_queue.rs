//! Running attempts: a bounded number for each account, the others in a queue.
//!
//! An attempt is charged when its outcome is stored. Until then it counts here, so that concurrent attempts
//! cannot exceed a budget that each of them alone would respect.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use vitae_server_common::ServiceError;

/// Attempts of one key that may wait at the same time.
const MAX_WAITING: usize = 128;

/// The keyed hash of an account, or of another scope with a queue of its own.
pub(crate) type AccountKey = [u8; 16];

/// The treatment of an attempt, given the number of running attempts of its key.
pub(crate) enum Decision<T> {
    /// Run it.
    Admit(T),
    /// Decide again when a running attempt has finished.
    Wait,
    /// Reject it; it may be repeated after this time.
    Throttle(Duration),
}

impl Decision<()> {
    /// Replaces the value of an admission.
    pub(crate) fn map<T>(self, other: T) -> Decision<T> {
        match self {
            Self::Admit(()) => Decision::Admit(other),
            Self::Wait => Decision::Wait,
            Self::Throttle(wait) => Decision::Throttle(wait),
        }
    }
}

/// The outcome of [`AttemptQueue::enter`].
pub(crate) enum Admission<T> {
    Admitted(T, Slot),
    Throttled(Duration),
    /// Too many attempts of the same key wait already.
    Full,
}

/// Running and waiting attempts by key. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct AttemptQueue(Arc<Mutex<HashMap<AccountKey, Arc<AccountQueue>>>>);

/// The attempts of one key.
#[derive(Default)]
struct AccountQueue {
    /// Held by the attempt that is next; the lock is fair, so the others follow in order.
    next: tokio::sync::Mutex<()>,
    present: AtomicUsize,
    running: AtomicI64,
    finished: Notify,
}

impl AttemptQueue {
    /// Waits until `decide` admits or rejects the attempt.
    ///
    /// `decide` gets the number of other running attempts, and is called again each time one of them finishes.
    pub(crate) async fn enter<T>(
        &self,
        key: AccountKey,
        decide: impl Fn(i64) -> Result<Decision<T>, ServiceError>,
    ) -> Result<Admission<T>, ServiceError> {
        let Some(entry) = self.entry(key) else { return Ok(Admission::Full) };
        // Rejected at once, without waiting, because no running attempt can change this decision.
        if let Decision::Throttle(wait) = decide(entry.running())? {
            return Ok(Admission::Throttled(wait));
        }
        let queue = Arc::clone(&entry.queue);
        let _next = queue.next.lock().await;
        loop {
            match decide(entry.running())? {
                // Only the holder of `next` increases the number of running attempts.
                Decision::Admit(admitted) => return Ok(Admission::Admitted(admitted, Slot::of(entry))),
                Decision::Throttle(wait) => return Ok(Admission::Throttled(wait)),
                // An attempt that finished since the call of `decide` has left its permit.
                Decision::Wait => queue.finished.notified().await,
            }
        }
    }

    fn entry(&self, key: AccountKey) -> Option<QueueEntry> {
        let mut queues = self.queues();
        let queue = Arc::clone(queues.entry(key).or_default());
        let present = queue.present.fetch_add(1, Ordering::Relaxed);
        let entry = QueueEntry { attempt_queue: self.clone(), key, queue };
        // Dropping an entry takes the same lock.
        drop(queues);
        (present < MAX_WAITING + usize::try_from(entry.running()).unwrap_or(0)).then_some(entry)
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<AccountKey, Arc<AccountQueue>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One attempt in the queue of its key, waiting or running; the last one removes the queue.
struct QueueEntry {
    attempt_queue: AttemptQueue,
    key: AccountKey,
    queue: Arc<AccountQueue>,
}

impl QueueEntry {
    fn running(&self) -> i64 {
        self.queue.running.load(Ordering::Acquire)
    }
}

impl Drop for QueueEntry {
    fn drop(&mut self) {
        let mut queues = self.attempt_queue.queues();
        if self.queue.present.fetch_sub(1, Ordering::Relaxed) == 1 {
            queues.remove(&self.key);
        }
    }
}

/// A running attempt, until its outcome is stored.
pub(crate) struct Slot(QueueEntry);

impl Slot {
    fn of(entry: QueueEntry) -> Self {
        entry.queue.running.fetch_add(1, Ordering::AcqRel);
        Self(entry)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.queue.running.fetch_sub(1, Ordering::AcqRel);
        self.0.queue.finished.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: AccountKey = [7; 16];

    fn at_most(most: i64) -> impl Fn(i64) -> Result<Decision<()>, ServiceError> {
        move |others| Ok(if others < most { Decision::Admit(()) } else { Decision::Wait })
    }

    async fn admitted(attempt_queue: &AttemptQueue, most: i64) -> Slot {
        match attempt_queue.enter(KEY, at_most(most)).await {
            Ok(Admission::Admitted((), slot)) => slot,
            _ => panic!("not admitted"),
        }
    }

    #[tokio::test]
    async fn waiting_attempts_are_admitted_in_order() {
        let attempt_queue = AttemptQueue::default();
        let first = admitted(&attempt_queue, 1).await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut waiting = Vec::new();
        for number in 0..5 {
            let (attempt_queue, order) = (attempt_queue.clone(), Arc::clone(&order));
            waiting.push(tokio::spawn(async move {
                let slot = admitted(&attempt_queue, 1).await;
                order.lock().unwrap().push(number);
                tokio::task::yield_now().await;
                drop(slot);
            }));
            tokio::task::yield_now().await;
        }
        assert!(order.lock().unwrap().is_empty());
        drop(first);
        for waiting in waiting {
            waiting.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
        assert!(attempt_queue.queues().is_empty(), "the queue of the key is removed");
    }

    #[tokio::test]
    async fn dropped_attempt_does_not_block_the_next() {
        let attempt_queue = AttemptQueue::default();
        let first = admitted(&attempt_queue, 1).await;
        let mut impatient = Box::pin(attempt_queue.enter(KEY, at_most(1)));
        assert!(is_pending(&mut impatient).await);
        let next = tokio::spawn({
            let attempt_queue = attempt_queue.clone();
            async move { drop(admitted(&attempt_queue, 1).await) }
        });
        tokio::task::yield_now().await;
        drop(impatient);
        drop(first);
        next.await.unwrap();
    }

    /// Polls once; returns whether the future is still pending.
    async fn is_pending<F: Future + Unpin>(future: &mut F) -> bool {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(context).is_pending())
        })
        .await
    }

    #[tokio::test]
    async fn queue_of_a_key_is_bounded() {
        let attempt_queue = AttemptQueue::default();
        let _first = admitted(&attempt_queue, 1).await;
        let mut waiting: Vec<_> =
            (0..MAX_WAITING).map(|_| Box::pin(attempt_queue.enter(KEY, at_most(1)))).collect();
        for waiting in &mut waiting {
            assert!(is_pending(waiting).await);
        }
        assert!(matches!(attempt_queue.enter(KEY, at_most(1)).await, Ok(Admission::Full)));
        assert!(matches!(attempt_queue.enter([8; 16], at_most(1)).await, Ok(Admission::Admitted(..))));
    }

    #[tokio::test]
    async fn throttled_attempt_does_not_wait() {
        let attempt_queue = AttemptQueue::default();
        let _first = admitted(&attempt_queue, 1).await;
        let wait = Duration::from_secs(3);
        let entry = attempt_queue.enter::<()>(KEY, |_| Ok(Decision::Throttle(wait))).await;
        assert!(matches!(entry, Ok(Admission::Throttled(found)) if found == wait));
    }
}
