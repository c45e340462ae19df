//! Which failures of one kind are logged: the first, then exponentially rarer.

use std::time::{Duration, Instant};

/// Time from the first logged failure to the next one that is logged.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// The log lines of one outage.
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
    /// Notes a failure; returns whether it is to be logged.
    pub(crate) fn fails(&mut self, now: Instant) -> bool {
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

    /// Notes a success; returns how long the outage lasted, if there was one.
    pub(crate) fn recovers(&mut self, now: Instant) -> Option<Duration> {
        self.outage.take().map(|outage| now.duration_since(outage.began))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_of_an_hour_is_logged_nine_times() {
        let (mut log, start) = (OutageLog::default(), Instant::now());
        let steps = 0..5 * 3600;
        let logged = steps.filter(|step| log.fails(start + *step * Duration::from_millis(200)));
        let seconds: Vec<_> = logged.map(|step| step / 5).collect();
        assert_eq!(seconds, [0, 10, 30, 70, 150, 310, 630, 1270, 2550]);
        let end = start + Duration::from_hours(1);
        assert_eq!(log.recovers(end), Some(Duration::from_hours(1)));
        assert_eq!(log.recovers(end), None);
        assert!(log.fails(end), "the next outage is another one");
    }
}
