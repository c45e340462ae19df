//! The source of the current time, which tests can move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use vitae_contracts_core::Timestamp;

/// A clock: the system's, or one that a test has moved.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// The offset from the system's clock in milliseconds, set by tests.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// Returns the system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// Returns the current time.
    pub fn now(&self) -> Timestamp {
        let system = Timestamp::from(SystemTime::now());
        Timestamp::from_millis(system.as_millis() + self.ahead.load(Ordering::Relaxed))
    }

    /// Moves this clock and its clones forward; for tests.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.ahead.fetch_add(millis, Ordering::Relaxed);
    }
}
