//! Retries and the waits before them.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::error::{Error, Kind};

/// The number of attempts at a request, and the waits between them.
///
/// Only requests that may safely arrive twice are retried: reads, deletions, changes with an idempotency
/// key, and the refresh and end of a login. They are retried when the connection fails or is lost, and on
/// 429, 502, 503 and 504. The wait is random between zero and a bound that doubles (full jitter), or the
/// server's `Retry-After`. If the wait would pass the deadline of the call, the last error is returned at
/// once.
///
/// ```
/// use std::time::Duration;
/// use vitae_sdk::{Client, Retry};
///
/// let client = Client::builder()
///     .base_url("http://127.0.0.1:7878")
///     .retry(Retry::new().attempts(5).first_wait(Duration::from_millis(50)).longest_wait(Duration::from_secs(2)))
///     .build()?;
/// # Ok::<(), vitae_sdk::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    attempts: u32,
    first: Duration,
    longest: Duration,
}

impl Retry {
    /// Returns the default: three attempts; waits of up to 100 ms, 200 ms, … and at most 5 s.
    pub const fn new() -> Self {
        Self { attempts: 3, first: Duration::from_millis(100), longest: Duration::from_secs(5) }
    }

    /// Returns a policy of a single attempt.
    pub const fn never() -> Self {
        Self::new().attempts(1)
    }

    /// Sets the maximum number of attempts; at least one is made.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the bound of the first wait; it doubles with each attempt.
    #[must_use]
    pub const fn first_wait(mut self, wait: Duration) -> Self {
        self.first = wait;
        self
    }

    /// Sets the bound of all waits, except `Retry-After`.
    #[must_use]
    pub const fn longest_wait(mut self, wait: Duration) -> Self {
        self.longest = wait;
        self
    }

    /// Returns the wait after this many attempts and this error; `None` to give up.
    pub(crate) fn wait(self, attempts_made: u32, error: &Error) -> Option<Duration> {
        if attempts_made >= self.attempts || !is_transient(error) {
            return None;
        }
        Some(error.retry_after().unwrap_or_else(|| self.backoff(attempts_made)))
    }

    /// Returns the wait after this many consecutive failures.
    pub(crate) fn backoff(self, failures: u32) -> Duration {
        let bound = self.first.saturating_mul(1 << failures.saturating_sub(1).min(16));
        bound.min(self.longest).mul_f64(random_fraction())
    }

    /// The bound of all waits.
    pub(crate) const fn longest(self) -> Duration {
        self.longest
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self::new()
    }
}

/// Parses `Retry-After`: seconds or a date (RFC 9110, section 10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// Whether the cause of this error may be temporary.
fn is_transient(error: &Error) -> bool {
    matches!(error.status(), Some(429 | 502..=504))
        || matches!(error.kind(), Kind::Connect | Kind::ConnectionLost)
}

/// Returns a random number between 0 and 1.
fn random_fraction() -> f64 {
    let mut bytes = [0; 4];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
        // Without random numbers the whole wait is the safe choice.
        Err(_) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(status: u16) -> Error {
        Error::rejected_without_problem(status, None)
    }

    #[test]
    fn only_transient_errors_are_retried() {
        for (error, again) in [
            (rejected(400), false),
            (rejected(401), false),
            (rejected(409), false),
            (rejected(429), true),
            (rejected(500), false),
            (rejected(502), true),
            (rejected(503), true),
            (rejected(504), true),
            (rejected(507), false),
            (Error::new(Kind::Connect, ""), true),
            (Error::new(Kind::ConnectionLost, ""), true),
            (Error::new(Kind::Tls, ""), false),
            (Error::new(Kind::Timeout, ""), false),
            (Error::new(Kind::InvalidResponse, ""), false),
        ] {
            assert_eq!(Retry::new().wait(1, &error).is_some(), again, "{error:?}");
            assert_eq!(Retry::new().wait(3, &error), None, "attempts are bounded");
            assert_eq!(Retry::never().wait(1, &error), None);
        }
    }

    #[test]
    fn waits_double_up_to_the_limit() {
        let retry = Retry::new().attempts(u32::MAX);
        for (attempts_made, bound) in [(1, 100), (2, 200), (3, 400), (7, 5000), (4_000_000, 5000)] {
            let wait = retry.wait(attempts_made, &rejected(503)).unwrap();
            assert!(wait <= Duration::from_millis(bound), "{attempts_made}: {wait:?}");
        }
    }

    #[test]
    fn retry_after_replaces_the_wait() {
        let asked = Some(Duration::from_mins(1));
        let error = rejected(503).with_retry_after(asked);
        assert_eq!(Retry::new().wait(1, &error), asked);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        for (text, least, most) in [
            ("0", Some(0), 0),
            ("120", Some(120), 120),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(1_000_000), u64::MAX),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0), 0),
            ("-1", None, 0),
            ("soon", None, 0),
            ("Sun, 06 Foo 1994 08:49:37 GMT", None, 0),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            let after = retry_after(&headers).map(|after| after.as_secs());
            assert_eq!(after.is_some(), least.is_some(), "{text}");
            let after = after.unwrap_or(0);
            assert!(least.unwrap_or(0) <= after && after <= most, "{text}: {after}");
        }
    }
}
