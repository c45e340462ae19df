//! The state of the health screen: metrics of the server, read every two seconds while the screen is shown.

use std::collections::VecDeque;
use std::time::Duration;

use crate::app::effect::Effect;
use crate::app::location::Location;
use crate::client::collection::Collection;
use crate::client::error::ConsoleError;
use crate::client::histogram::{Quantile, float};
use crate::client::metrics::{Answers, Counts, Metrics};
use crate::client::request::{Request, Response};
use crate::client::ticket::{Issuer, Part, Pending, Ticket};

/// From one scrape to the next.
const EVERY: Duration = Duration::from_secs(2);
/// Scrapes that spark lines go back.
const BEATS: usize = 120;
/// Numbers are about so many seconds before the newest scrape.
const SPAN: f64 = 60.0;
/// The time between two scrapes, in seconds, from which no rates are shown.
const GAP: f64 = 15.0;
/// Lines between the indicators and the routes: a blank one and one of titles.
const BETWEEN: usize = 2;

/// One figure with a spark line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Indicator {
    Requests,
    Errors,
    Median,
    Slowest,
    Logins,
    FailedLogins,
    Lag,
    Streams,
}

impl Indicator {
    pub(crate) const ALL: [Self; 8] = [
        Self::Requests,
        Self::Errors,
        Self::Median,
        Self::Slowest,
        Self::Logins,
        Self::FailedLogins,
        Self::Lag,
        Self::Streams,
    ];

    /// Returns the name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Errors => "errors",
            Self::Median => "p50",
            Self::Slowest => "p99",
            Self::Logins => "logins",
            Self::FailedLogins => "failed logins",
            Self::Lag => "event lag p99",
            Self::Streams => "event streams",
        }
    }
}

/// The value of an indicator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value {
    /// Each second.
    Rate(f64),
    Time(Quantile),
    Count(u64),
}

/// A mark of each spark line; none where nothing is known.
type Sample = [Option<f64>; Indicator::ALL.len()];

/// The progress of scraping.
#[derive(Debug, Clone, Copy)]
enum Turn {
    /// The next scrape is due.
    Due,
    Asked(Pending<Option<Box<Metrics>>>),
    /// The last scrape has arrived; the timer for the next one is not set yet.
    Over,
    Waiting(Pending<()>),
    /// The server has no metrics; no further scrape is sent.
    Ended,
}

/// The screen.
#[derive(Debug, Clone)]
pub(crate) struct Health {
    /// The row at the cursor: the indicators first, then the routes.
    pub(crate) place: usize,
    /// The first visible line.
    pub(crate) top: usize,
    pub(crate) error: Option<ConsoleError>,
    /// Of one run of the server, over the last minute; the newest last.
    scrapes: VecDeque<Metrics>,
    samples: VecDeque<Sample>,
    /// The last minute, once there are two scrapes.
    span: Option<Span>,
    /// The routes of the last minute, the busiest first.
    routes: Vec<(String, Answers)>,
    turn: Turn,
    failures: u32,
}

impl Health {
    pub(crate) fn new() -> Self {
        Self {
            place: 0,
            top: 0,
            error: None,
            scrapes: VecDeque::new(),
            samples: VecDeque::new(),
            span: None,
            routes: Vec::new(),
            turn: Turn::Due,
            failures: 0,
        }
    }

    /// The newest scrape.
    pub(crate) fn newest(&self) -> Option<&Metrics> {
        self.scrapes.back()
    }

    /// Returns the value of an indicator over the last minute.
    pub(crate) fn value(&self, indicator: Indicator) -> Option<Value> {
        match (indicator, &self.span) {
            (Indicator::Streams, _) => self.newest().map(|newest| Value::Count(newest.streams)),
            (_, span) => span.as_ref()?.value(indicator),
        }
    }

    /// Returns the value of an indicator in each sample, the newest last.
    pub(crate) fn samples(&self, indicator: Indicator) -> impl DoubleEndedIterator<Item = Option<f64>> {
        let at = Indicator::ALL.iter().position(|known| *known == indicator).unwrap_or_default();
        self.samples.iter().map(move |sample| sample[at])
    }

    pub(crate) fn routes(&self) -> &[(String, Answers)] {
        &self.routes
    }

    /// How many places the cursor can be on.
    pub(crate) fn places(&self) -> usize {
        Indicator::ALL.len() + self.routes.len()
    }

    /// The line that a place stands on.
    pub(crate) fn line(place: usize) -> usize {
        if place < Indicator::ALL.len() { place } else { place + BETWEEN }
    }

    /// Where more about what the cursor is on can be seen.
    pub(crate) fn destination(&self) -> Option<Location> {
        let audit = |action: &str| Location::filtered(Collection::AUDIT, action);
        let list = Location::list;
        let Some(at) = self.place.checked_sub(Indicator::ALL.len()) else {
            return match Indicator::ALL[self.place] {
                Indicator::Logins => Some(audit("auth.session.created")),
                Indicator::FailedLogins => Some(audit("auth.login.failed")),
                Indicator::Requests
                | Indicator::Errors
                | Indicator::Median
                | Indicator::Slowest
                | Indicator::Lag
                | Indicator::Streams => None,
            };
        };
        let (_, path) = self.routes.get(at)?.0.split_once(' ')?;
        match path {
            "/v1/auth/login" => Some(audit("auth.")),
            "/v1/me/sessions" => Some(Location::MySessions),
            _ if path.starts_with("/v1/users") => Some(list(Collection::PEOPLE)),
            _ if path.starts_with("/v1/resumes") => Some(list(Collection::RESUMES)),
            _ if path.starts_with("/v1/audit") => Some(list(Collection::AUDIT)),
            _ => None,
        }
    }

    /// Moves the cursor by lines.
    pub(crate) fn step(&mut self, lines: i64, height: usize) {
        let lines = isize::try_from(lines).unwrap_or(if lines < 0 { isize::MIN } else { isize::MAX });
        self.go_to(self.place.saturating_add_signed(lines), height);
    }

    /// Puts the cursor on a place, and keeps it visible.
    pub(crate) fn go_to(&mut self, place: usize, height: usize) {
        let last = self.places() - 1;
        self.place = place.min(last);
        let line = Self::line(self.place);
        // The first route is seen with the titles above it.
        let above = if self.place == Indicator::ALL.len() { line - 1 } else { line };
        let bottom = (Self::line(last) + 1).saturating_sub(height);
        self.top = self.top.min(above).max((line + 1).saturating_sub(height)).min(bottom);
    }

    /// Requests metrics that are due, or a timer for the next request.
    pub(crate) fn load(&mut self, tickets: &mut Issuer<'_>) -> Option<Effect> {
        let mut tickets = tickets.part(Part::Object);
        match self.turn {
            Turn::Due => {
                let pending = tickets.next();
                self.turn = Turn::Asked(pending);
                Some(Effect::Send(pending.ticket(), Request::Metrics))
            }
            Turn::Over => {
                let timer = tickets.next();
                self.turn = Turn::Waiting(timer);
                Some(Effect::Wake(timer.ticket(), EVERY * (1 << self.failures.min(4))))
            }
            Turn::Asked(_) | Turn::Waiting(_) | Turn::Ended => None,
        }
    }

    /// Takes the metrics that were requested; returns whether they were waited for.
    pub(crate) fn response(&mut self, ticket: Ticket, response: Result<Response, ConsoleError>) -> bool {
        let Turn::Asked(pending) = self.turn else { return false };
        if !pending.is(ticket) {
            return false;
        }
        self.turn = Turn::Over;
        match pending.open(response) {
            Ok(Some(metrics)) => self.take(*metrics),
            Ok(None) => {
                let what = "the response to GET /metrics is not from a Vitae server";
                let next = "ask the operator whether a proxy is in front of the server";
                self.fail(ConsoleError::local(what, next));
            }
            Err(error) => self.fail(error),
        }
        true
    }

    /// Requests metrics again when the timer ends.
    pub(crate) fn wake(&mut self, ticket: Ticket) {
        if matches!(self.turn, Turn::Waiting(timer) if timer.is(ticket)) {
            self.turn = Turn::Due;
        }
    }

    /// Scrapes at once.
    pub(crate) fn retry(&mut self) {
        if !matches!(self.turn, Turn::Asked(_)) {
            self.turn = Turn::Due;
        }
    }

    /// Stops until the screen is shown again.
    pub(crate) fn hide(&mut self) -> Option<Effect> {
        match std::mem::replace(&mut self.turn, Turn::Due) {
            Turn::Asked(pending) => Some(Effect::Cancel(pending.ticket())),
            Turn::Waiting(timer) => Some(Effect::Cancel(timer.ticket())),
            Turn::Due | Turn::Over | Turn::Ended => None,
        }
    }

    fn take(&mut self, metrics: Metrics) {
        (self.error, self.failures) = (None, 0);
        let goes_on = |before: &&Metrics| metrics.goes_on_from(before) && metrics.seconds_since(before) < GAP;
        match self.scrapes.back().filter(goes_on) {
            Some(before) => {
                let span = Span::between(before, &metrics);
                let streams = Value::Count(metrics.streams);
                self.sample(Indicator::ALL.map(|indicator| match indicator {
                    Indicator::Streams => Some(streams.number()),
                    _ => span.value(indicator).map(Value::number),
                }));
            }
            None => {
                self.miss();
                self.scrapes.clear();
            }
        }
        while self.scrapes.front().is_some_and(|oldest| metrics.seconds_since(oldest) > SPAN) {
            self.scrapes.pop_front();
        }
        self.span = self.scrapes.front().map(|oldest| Span::between(oldest, &metrics));
        self.scrapes.push_back(metrics);
        self.sort();
    }

    fn fail(&mut self, error: ConsoleError) {
        self.miss();
        self.failures += 1;
        if !error.may_pass() {
            self.turn = Turn::Ended;
        }
        self.error = Some(error);
    }

    /// A hole in the spark lines.
    fn miss(&mut self) {
        if !self.samples.is_empty() {
            self.sample(Sample::default());
        }
    }

    fn sample(&mut self, sample: Sample) {
        if self.samples.len() == BEATS {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }

    /// The busiest route first; the cursor stays with its route.
    fn sort(&mut self) {
        let at = self.place.checked_sub(Indicator::ALL.len());
        let under = at.and_then(|at| self.routes.get(at)).map(|(route, _)| route.clone());
        let routes = self.span.as_ref().map(|span| span.counts.routes.clone()).unwrap_or_default();
        self.routes = routes.into_iter().collect();
        self.routes.sort_by_key(|(_, answers)| std::cmp::Reverse(answers.all));
        if let Some(at) = self.routes.iter().position(|(route, _)| Some(route) == under.as_ref()) {
            self.place = Indicator::ALL.len() + at;
        }
    }
}

/// The increase between two scrapes.
#[derive(Debug, Clone)]
struct Span {
    seconds: f64,
    counts: Counts,
    answers: Answers,
}

impl Span {
    fn between(before: &Metrics, after: &Metrics) -> Self {
        let counts = after.counts.since(&before.counts);
        Self { seconds: after.seconds_since(before), answers: counts.answers(), counts }
    }

    /// None for what happened too seldom to say, and for what is no difference.
    fn value(&self, indicator: Indicator) -> Option<Value> {
        let rate = |count| Value::Rate(float(count) / self.seconds);
        match indicator {
            Indicator::Requests => Some(rate(self.answers.all)),
            Indicator::Errors => Some(rate(self.answers.failed)),
            Indicator::Median => self.answers.seconds.quantile(0.5).map(Value::Time),
            Indicator::Slowest => self.answers.seconds.quantile(0.99).map(Value::Time),
            Indicator::Logins => Some(Value::Count(self.counts.logins)),
            Indicator::FailedLogins => Some(Value::Count(self.counts.failed_logins)),
            Indicator::Lag => self.counts.lag.quantile(0.99).map(Value::Time),
            Indicator::Streams => None,
        }
    }
}

impl Value {
    fn number(self) -> f64 {
        match self {
            Self::Rate(rate) => rate,
            Self::Time(time) => time.seconds(),
            Self::Count(count) => float(count),
        }
    }
}
