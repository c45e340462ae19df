//! Attempts under way: so many at once for each account, the others in line.
//!
//! What an attempt costs is stored with its outcome. Until then it counts here, so that attempts made
//! at the same time cannot exceed a budget that each of them alone would keep.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use vitae_server_common::ServiceError;

/// Attempts of one key that may wait.
const WAITING: usize = 128;

/// Whose attempts are counted together.
pub(crate) type Key = [u8; 16];

/// What to do with an attempt, by how many others of its key are under way.
pub(crate) enum Verdict<T> {
    /// It may be made.
    Admit(T),
    /// It depends on the outcome of those that are under way.
    Wait,
    /// It is rejected, and may be repeated after this time.
    Throttle(Duration),
}

impl Verdict<()> {
    /// The same verdict, which admits as something else.
    pub(crate) fn admitting<T>(self, other: T) -> Verdict<T> {
        match self {
            Self::Admit(()) => Verdict::Admit(other),
            Self::Wait => Verdict::Wait,
            Self::Throttle(wait) => Verdict::Throttle(wait),
        }
    }
}

/// The outcome of [`Gate::enter`].
pub(crate) enum Entry<T> {
    Admitted(T, Slot),
    Throttled(Duration),
    /// Too many attempts of the same key wait already.
    Full,
}

/// Counts attempts under way. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<HashMap<Key, Arc<Line>>>>);

/// The attempts of one key.
#[derive(Default)]
struct Line {
    /// Held by the attempt that is next; a fair lock, so the others follow in their order.
    next: tokio::sync::Mutex<()>,
    present: AtomicUsize,
    under_way: AtomicI64,
    finished: Notify,
}

impl Gate {
    /// Waits until `decide` admits or rejects the attempt.
    ///
    /// `decide` is given the number of other attempts under way, and called again after each of them.
    pub(crate) async fn enter<T>(
        &self,
        key: Key,
        decide: impl Fn(i64) -> Result<Verdict<T>, ServiceError>,
    ) -> Result<Entry<T>, ServiceError> {
        let Some(seat) = self.seat(key) else { return Ok(Entry::Full) };
        // Rejected at once, without a place in line, where nothing under way can change it.
        if let Verdict::Throttle(wait) = decide(seat.under_way())? {
            return Ok(Entry::Throttled(wait));
        }
        let line = Arc::clone(&seat.line);
        let _next = line.next.lock().await;
        loop {
            match decide(seat.under_way())? {
                // Only the holder of `next` adds.
                Verdict::Admit(as_what) => return Ok(Entry::Admitted(as_what, Slot::of(seat))),
                Verdict::Throttle(wait) => return Ok(Entry::Throttled(wait)),
                // One that finished since `decide` was asked has left its permit.
                Verdict::Wait => line.finished.notified().await,
            }
        }
    }

    fn seat(&self, key: Key) -> Option<Seat> {
        let mut lines = self.lines();
        let line = Arc::clone(lines.entry(key).or_default());
        let present = line.present.fetch_add(1, Ordering::Relaxed);
        let seat = Seat { gate: self.clone(), key, line };
        // A seat that is dropped takes the lock.
        drop(lines);
        (present < WAITING + usize::try_from(seat.under_way()).unwrap_or(0)).then_some(seat)
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<Key, Arc<Line>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The presence of one attempt, waiting or under way; the last one removes the line.
struct Seat {
    gate: Gate,
    key: Key,
    line: Arc<Line>,
}

impl Seat {
    fn under_way(&self) -> i64 {
        self.line.under_way.load(Ordering::Acquire)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut lines = self.gate.lines();
        if self.line.present.fetch_sub(1, Ordering::Relaxed) == 1 {
            lines.remove(&self.key);
        }
    }
}

/// An attempt under way, until its outcome is stored.
pub(crate) struct Slot(Seat);

impl Slot {
    fn of(seat: Seat) -> Self {
        seat.line.under_way.fetch_add(1, Ordering::AcqRel);
        Self(seat)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.line.under_way.fetch_sub(1, Ordering::AcqRel);
        self.0.line.finished.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = [7; 16];

    fn at_most(most: i64) -> impl Fn(i64) -> Result<Verdict<()>, ServiceError> {
        move |others| Ok(if others < most { Verdict::Admit(()) } else { Verdict::Wait })
    }

    async fn admitted(gate: &Gate, most: i64) -> Slot {
        match gate.enter(KEY, at_most(most)).await {
            Ok(Entry::Admitted((), slot)) => slot,
            _ => panic!("not admitted"),
        }
    }

    #[tokio::test]
    async fn attempts_wait_for_each_other_in_their_order() {
        let gate = Gate::default();
        let first = admitted(&gate, 1).await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut waiting = Vec::new();
        for number in 0..5 {
            let (gate, order) = (gate.clone(), Arc::clone(&order));
            waiting.push(tokio::spawn(async move {
                let slot = admitted(&gate, 1).await;
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
        assert!(gate.lines().is_empty(), "no key is kept");
    }

    #[tokio::test]
    async fn an_attempt_that_gives_up_leaves_its_place_to_the_next() {
        let gate = Gate::default();
        let first = admitted(&gate, 1).await;
        let mut impatient = Box::pin(gate.enter(KEY, at_most(1)));
        assert!(futures(&mut impatient).await);
        let next = tokio::spawn({
            let gate = gate.clone();
            async move { drop(admitted(&gate, 1).await) }
        });
        tokio::task::yield_now().await;
        drop(impatient);
        drop(first);
        next.await.unwrap();
    }

    /// Polls once; whether it is still waiting.
    async fn futures<F: Future + Unpin>(future: &mut F) -> bool {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(context).is_pending())
        })
        .await
    }

    #[tokio::test]
    async fn the_line_of_a_key_is_bounded() {
        let gate = Gate::default();
        let _first = admitted(&gate, 1).await;
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(gate.enter(KEY, at_most(1)))).collect();
        for waiting in &mut waiting {
            assert!(futures(waiting).await);
        }
        assert!(matches!(gate.enter(KEY, at_most(1)).await, Ok(Entry::Full)));
        assert!(matches!(gate.enter([8; 16], at_most(1)).await, Ok(Entry::Admitted(..))));
    }

    #[tokio::test]
    async fn what_is_throttled_does_not_wait() {
        let gate = Gate::default();
        let _first = admitted(&gate, 1).await;
        let wait = Duration::from_secs(3);
        let entry = gate.enter::<()>(KEY, |_| Ok(Verdict::Throttle(wait))).await;
        assert!(matches!(entry, Ok(Entry::Throttled(found)) if found == wait));
    }
}
