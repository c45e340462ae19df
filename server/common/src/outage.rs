//! Rate limit for log lines of repeated failures: the first is logged, then exponentially fewer.

use std::time::{Duration, Instant};

/// The time from the first logged failure to the next one that is logged.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// The state that decides which failures of one kind are logged.
#[derive(Debug, Default)]
pub(crate) struct OutageLog {
    outage: Option<Outage>,
}

#[derive(Debug)]
struct Outage {
    began: Instant,
    pause: Duration,
    next: Instant,
}

impl OutageLog {
    /// Records a failure; returns whether to log it.
    pub(crate) fn record_failure(&mut self, now: Instant) -> bool {
        match &mut self.outage {
            Some(outage) if now < outage.next => false,
            Some(outage) => {
                outage.pause = (outage.pause * 2).min(LONGEST_PAUSE);
                outage.next = now + outage.pause;
                true
            }
            None => {
                self.outage = Some(Outage { began: now, pause: FIRST_PAUSE, next: now + FIRST_PAUSE });
                true
            }
        }
    }

    /// Records a success; returns the duration of the outage that it ends, if any.
    pub(crate) fn record_success(&mut self, now: Instant) -> Option<Duration> {
        self.outage.take().map(|outage| now.duration_since(outage.began))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_an_hour_are_logged_nine_times() {
        let (mut log, start) = (OutageLog::default(), Instant::now());
        let steps = 0..5 * 3600;
        let logged = steps.filter(|step| log.record_failure(start + *step * Duration::from_millis(200)));
        let seconds: Vec<_> = logged.map(|step| step / 5).collect();
        assert_eq!(seconds, [0, 10, 30, 70, 150, 310, 630, 1270, 2550]);
        let end = start + Duration::from_hours(1);
        assert_eq!(log.record_success(end), Some(Duration::from_hours(1)));
        assert_eq!(log.record_success(end), None);
        assert!(log.record_failure(end), "the next outage is another one");
    }
}
