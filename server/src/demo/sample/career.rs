//! When a person did what: jobs one after the other, studies before them.

use std::fmt;

use super::portfolio::{Job, Portfolio, Rung, Study};
use super::random::Random;

/// The month in which the newest resumes were last touched.
const TODAY: Month = Month::of(2026, 9);

/// A month of a year; shown as `2026-09`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month(u64);

impl Month {
    /// Month 1 to 12 of this year.
    pub(super) const fn of(year: u64, month: u64) -> Self {
        Self(year * 12 + month - 1)
    }

    /// This many months later.
    pub(super) const fn plus(self, months: u64) -> Self {
        Self(self.0 + months)
    }

    /// The year.
    pub(super) const fn year(self) -> u64 {
        self.0 / 12
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.year(), self.0 % 12 + 1)
    }
}

/// A job with its dates; without `end` it goes on.
#[derive(Clone, Copy)]
pub(super) struct Stint {
    pub(super) job: &'static Job,
    pub(super) rung: &'static Rung,
    pub(super) start: Month,
    pub(super) end: Option<Month>,
}

/// The jobs that are known at `as_of`, newest first.
pub(super) fn stints(person: &str, portfolio: &Portfolio, as_of: Month) -> Vec<Stint> {
    let first = first_day(person, portfolio);
    let mut random = Random::of(person, "length of jobs");
    let weights: Vec<u64> = portfolio.jobs.iter().map(|_| random.within(4, 7)).collect();
    let total: u64 = weights.iter().sum();
    let months = TODAY.0 - first.0;

    let mut spent = 0;
    let mut stints = Vec::new();
    for ((job, rung), weight) in portfolio.jobs.iter().zip(portfolio.trade.ladder).zip(weights) {
        let start = first.plus(months * spent / total);
        spent += weight;
        let next = first.plus(months * spent / total);
        // The next job begins one to three months after this one's last month.
        let end = Month(next.0 - random.within(1, 3));
        let ended = spent < total && end < as_of;
        let end = ended.then_some(end);
        stints.push(Stint { job, rung, start, end });
    }
    stints.retain(|stint| stint.start < as_of);
    stints.reverse();
    stints
}

/// The studies with their first and last month, newest first.
pub(super) fn studies(portfolio: &Portfolio) -> Vec<(&'static Study, String, String)> {
    let mut end = portfolio.since;
    let mut dated = Vec::new();
    for study in portfolio.studies.iter().rev() {
        let start = end - study.years;
        let (from, until) = match portfolio.term {
            Some((begins, ends)) => (Month::of(start, begins).to_string(), Month::of(end, ends).to_string()),
            None => (start.to_string(), end.to_string()),
        };
        dated.push((study, from, until));
        end = start;
    }
    dated
}

/// The month of something that happened `after` years in the trade.
///
/// By years and kind, not by words: the resumes of a person in two tongues agree.
pub(super) fn month_of(person: &str, portfolio: &Portfolio, kind: &str, after: u64) -> Month {
    let months = Random::of(person, &format!("{kind} {after}")).within(0, 9);
    first_day(person, portfolio).plus(12 * after + months)
}

fn first_day(person: &str, portfolio: &Portfolio) -> Month {
    let mut random = Random::of(person, "first day");
    let month = match portfolio.term {
        // Japanese companies take graduates in April.
        Some((4, _)) => 4,
        // After the last month of study, maybe in the next year.
        Some((_, ends)) => ends + random.within(1, 4),
        None => random.within(7, 10),
    };
    Month::of(portfolio.since, month)
}
