//! A peer that does not answer is left alone for a moment, and everybody told at once.
//!
//! Here is also decided when a missing peer is logged: all calls to it pass through.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::outage::OutageLog;

/// Failures in a row that open the circuit.
const FAILURES: u32 = 3;
/// How long it stays open before one call may try again.
const OPEN: Duration = Duration::from_secs(1);

/// The state of the way to one peer.
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

/// A change in whether a peer can be reached that is worth a line in the log.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Notice {
    /// The peer cannot be reached, or still not.
    Missing,
    /// The peer answers again after this time.
    Found(Duration),
}

impl Breaker {
    /// Whether a call may be made now. While the circuit is open, one a second tries.
    pub(super) fn admits(&self, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.open_until {
            Some(until) if now < until => false,
            Some(_) => {
                state.open_until = Some(now + OPEN);
                true
            }
            None => true,
        }
    }

    /// Notes how a call ended.
    pub(super) fn note(&self, answered: bool, now: Instant) -> Option<Notice> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if answered {
            (state.failures, state.open_until) = (0, None);
            return state.outage.record_success(now).map(Notice::Found);
        }
        state.failures = state.failures.saturating_add(1);
        if state.failures < FAILURES {
            return None;
        }
        state.open_until = Some(now + OPEN);
        state.outage.record_failure(now).then_some(Notice::Missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_open_and_one_answer_closes() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for failure in 1..=FAILURES {
            assert!(breaker.admits(start));
            let notice = (failure == FAILURES).then_some(Notice::Missing);
            assert_eq!(breaker.note(false, start), notice, "{failure}");
        }
        assert!(!breaker.admits(start));
        let later = start + OPEN;
        assert!(breaker.admits(later), "one may try");
        assert!(!breaker.admits(later), "and only one");
        assert_eq!(breaker.note(true, later), Some(Notice::Found(OPEN)));
        assert_eq!(breaker.note(true, later), None);
        assert!(breaker.admits(later));
    }
}
