//! The one source of time, so that tests can move it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use vitae_contracts_core::Timestamp;

/// Tells the time; the system's, or one that a test moves.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Milliseconds by which a test has moved the clock.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        let system = Timestamp::from(SystemTime::now());
        Timestamp::from_millis(system.as_millis() + self.ahead.load(Ordering::Relaxed))
    }

    /// Moves every holder of this clock into the future; for tests.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.ahead.fetch_add(millis, Ordering::Relaxed);
    }
}
