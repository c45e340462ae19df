//! Delays rejections, so that clients that ignore `Retry-After` cannot keep the machine busy with them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// One rejection in each interval is not delayed.
const INTERVAL: Duration = Duration::from_millis(5);
/// Rejections in a row that are not delayed, expressed as time at the rate of [`INTERVAL`].
const BURST: Duration = Duration::from_secs(1);
/// The longest delay of a rejection.
const MAX_DELAY: Duration = Duration::from_secs(5);
/// Rejections that are delayed at the same time; more would use too much memory.
const MAX_DELAYED: usize = 8192;

/// Delays rejections that come faster than 200 a second, by five seconds at most. Clones share it.
///
/// A client that sends the next attempt as soon as it has its response then makes one in five seconds, however
/// many such clients there are. A client that is rejected only occasionally is not delayed.
#[derive(Clone, Default)]
pub(crate) struct RejectionDelay(Arc<State>);

#[derive(Default)]
struct State {
    /// When the next rejection is due at the rate of [`INTERVAL`], without the burst.
    next: Mutex<Option<Instant>>,
    delayed: AtomicUsize,
}

impl RejectionDelay {
    /// Waits for the delay of the next rejection.
    pub(crate) async fn wait(&self) {
        let delay = self.delay(Instant::now());
        if delay.is_zero() {
            return;
        }
        let delayed = Delayed(&self.0.delayed);
        if delayed.0.fetch_add(1, Ordering::Relaxed) < MAX_DELAYED {
            tokio::time::sleep(delay).await;
        }
    }

    fn delay(&self, now: Instant) -> Duration {
        let mut next = self.0.next.lock().unwrap_or_else(PoisonError::into_inner);
        let due = next.map_or(now, |next| next.max(now));
        // The due time never exceeds the longest delay.
        *next = Some((due + INTERVAL).min(now + BURST + MAX_DELAY));
        (due - now).saturating_sub(BURST)
    }
}

/// Counts a delayed rejection until it is dropped, also if its client disconnects.
struct Delayed<'a>(&'a AtomicUsize);

impl Drop for Delayed<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn rejections_are_delayed_only_when_there_are_many_and_never_long() {
        let (rejection_delay, now) = (RejectionDelay::default(), Instant::now());
        assert!((0..200).all(|_| rejection_delay.delay(now).is_zero()));
        let delays: Vec<_> = (0..5000).map(|_| rejection_delay.delay(now)).collect();
        assert!(delays.is_sorted() && delays[1] > Duration::ZERO);
        assert!(delays.iter().all(|delay| *delay <= MAX_DELAY), "{:?}", delays.last());
        let later = now + BURST + MAX_DELAY;
        assert!(rejection_delay.delay(later).is_zero(), "a pause is enough");
    }
}
