//! A circuit breaker: after failures, calls to a peer fail at once for a moment.
//!
//! It also decides when an unreachable peer is logged, because all calls to the peer pass through it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::outage::OutageLog;

/// The number of consecutive failures that open the circuit.
const FAILURES: u32 = 3;
/// The time for which the circuit is open before the next attempt.
const OPEN_TIME: Duration = Duration::from_secs(1);

/// The circuit breaker of one peer.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    open_until: Option<Instant>,
    outage: OutageLog,
}

/// A change of a peer's reachability that should be logged.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReachabilityChange {
    /// The peer is unreachable, or still is.
    Unreachable,
    /// The peer responds again after this time.
    Recovered(Duration),
}

impl Breaker {
    /// Whether a call may be made now. While the circuit is open, one attempt per second is allowed.
    pub(super) fn admits(&self, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.open_until {
            Some(until) if now < until => false,
            Some(_) => {
                state.open_until = Some(now + OPEN_TIME);
                true
            }
            None => true,
        }
    }

    /// Records the outcome of a call.
    pub(super) fn record(&self, responded: bool, now: Instant) -> Option<ReachabilityChange> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if responded {
            (state.failures, state.open_until) = (0, None);
            return state.outage.record_success(now).map(ReachabilityChange::Recovered);
        }
        state.failures = state.failures.saturating_add(1);
        if state.failures < FAILURES {
            return None;
        }
        state.open_until = Some(now + OPEN_TIME);
        state.outage.record_failure(now).then_some(ReachabilityChange::Unreachable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_open_the_circuit_and_one_response_closes_it() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for failure in 1..=FAILURES {
            assert!(breaker.admits(start));
            let change = (failure == FAILURES).then_some(ReachabilityChange::Unreachable);
            assert_eq!(breaker.record(false, start), change, "{failure}");
        }
        assert!(!breaker.admits(start));
        let later = start + OPEN_TIME;
        assert!(breaker.admits(later), "one may try");
        assert!(!breaker.admits(later), "and only one");
        assert_eq!(breaker.record(true, later), Some(ReachabilityChange::Recovered(OPEN_TIME)));
        assert_eq!(breaker.record(true, later), None);
        assert!(breaker.admits(later));
    }
}
