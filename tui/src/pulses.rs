//! How the server fares: its figures, read every two seconds while somebody looks.

use std::collections::VecDeque;
use std::time::Duration;

use crate::effect::Effect;
use crate::figures::{Answers, Counts, Figures};
use crate::histogram::{Quantile, float};
use crate::place::Place;
use crate::request::{Answer, Request, Ticket, Tickets};
use crate::source::Source;
use crate::trouble::Trouble;

/// From one scrape to the next.
const EVERY: Duration = Duration::from_secs(2);
/// Scrapes that spark lines go back.
const BEATS: usize = 120;
/// Numbers are about so many seconds before the newest scrape.
const SPAN: f64 = 60.0;
/// Nothing is said about the time between scrapes that lie so many seconds apart.
const GAP: f64 = 15.0;
/// Lines between the pulses and the routes: one of air, one of titles.
const BETWEEN: usize = 2;

/// One figure with a spark line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pulse {
    Requests,
    Errors,
    Median,
    Slowest,
    Logins,
    FailedLogins,
    Lag,
    Streams,
}

impl Pulse {
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

    /// What it is called.
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

/// What a pulse is at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value {
    /// Each second.
    Rate(f64),
    Time(Quantile),
    Count(u64),
}

/// A mark of each spark line; none where nothing is known.
type Beat = [Option<f64>; Pulse::ALL.len()];

/// What a scrape is waited for with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// The next one is to be asked for.
    Due,
    Asked(Ticket),
    /// The last one is there; the next one is some time away.
    Over,
    Waiting(Ticket),
    /// Asking again would change nothing.
    Ended,
}

/// The screen.
#[derive(Debug, Clone)]
pub(crate) struct Pulses {
    /// What the cursor is on: the pulses count first, then the routes.
    pub(crate) place: usize,
    /// The first visible line.
    pub(crate) top: usize,
    pub(crate) trouble: Option<Trouble>,
    /// Of one run of the server, over the last minute; the newest last.
    scrapes: VecDeque<Figures>,
    beats: VecDeque<Beat>,
    /// The last minute, once there are two scrapes.
    span: Option<Span>,
    /// The routes of the last minute, the busiest first.
    routes: Vec<(String, Answers)>,
    turn: Turn,
    failures: u32,
}

impl Pulses {
    pub(crate) fn new() -> Self {
        Self {
            place: 0,
            top: 0,
            trouble: None,
            scrapes: VecDeque::new(),
            beats: VecDeque::new(),
            span: None,
            routes: Vec::new(),
            turn: Turn::Due,
            failures: 0,
        }
    }

    /// The newest scrape.
    pub(crate) fn newest(&self) -> Option<&Figures> {
        self.scrapes.back()
    }

    /// What a pulse is at, over the last minute.
    pub(crate) fn value(&self, pulse: Pulse) -> Option<Value> {
        match (pulse, &self.span) {
            (Pulse::Streams, _) => self.newest().map(|newest| Value::Count(newest.streams)),
            (_, span) => span.as_ref()?.value(pulse),
        }
    }

    /// What a pulse was at in each beat, the newest last.
    pub(crate) fn beats(&self, pulse: Pulse) -> impl DoubleEndedIterator<Item = Option<f64>> {
        let at = Pulse::ALL.iter().position(|known| *known == pulse).unwrap_or_default();
        self.beats.iter().map(move |beat| beat[at])
    }

    pub(crate) fn routes(&self) -> &[(String, Answers)] {
        &self.routes
    }

    /// How many places the cursor can be on.
    pub(crate) fn places(&self) -> usize {
        Pulse::ALL.len() + self.routes.len()
    }

    /// The line that a place stands on.
    pub(crate) fn line(place: usize) -> usize {
        if place < Pulse::ALL.len() { place } else { place + BETWEEN }
    }

    /// Where more about what the cursor is on can be seen.
    pub(crate) fn leads_to(&self) -> Option<Place> {
        let audit = |action: &str| Place::List {
            source: Source::AUDIT,
            query: action.to_owned(),
            sort: None,
            seek: None,
        };
        let list = |source| Place::List { source, query: String::new(), sort: None, seek: None };
        let Some(at) = self.place.checked_sub(Pulse::ALL.len()) else {
            return match Pulse::ALL[self.place] {
                Pulse::Logins => Some(audit("auth.session.created")),
                Pulse::FailedLogins => Some(audit("auth.login.failed")),
                _ => None,
            };
        };
        let (_, path) = self.routes.get(at)?.0.split_once(' ')?;
        match path {
            "/v1/auth/login" => Some(audit("auth.")),
            "/v1/me/sessions" => Some(Place::MySessions),
            _ if path.starts_with("/v1/users") => Some(list(Source::PEOPLE)),
            _ if path.starts_with("/v1/resumes") => Some(list(Source::RESUMES)),
            _ if path.starts_with("/v1/audit") => Some(list(Source::AUDIT)),
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
        let above = if self.place == Pulse::ALL.len() { line - 1 } else { line };
        let bottom = (Self::line(last) + 1).saturating_sub(height);
        self.top = self.top.min(above).max((line + 1).saturating_sub(height)).min(bottom);
    }

    /// Asks for a scrape that is due, or to be woken for the next one.
    pub(crate) fn ask(&mut self, tickets: &mut Tickets) -> Option<Effect> {
        match self.turn {
            Turn::Due => {
                let ticket = tickets.next();
                self.turn = Turn::Asked(ticket);
                Some(Effect::Ask(ticket, Request::Figures))
            }
            Turn::Over => {
                let ticket = tickets.next();
                self.turn = Turn::Waiting(ticket);
                Some(Effect::Wake(ticket, EVERY * (1 << self.failures.min(4))))
            }
            Turn::Asked(_) | Turn::Waiting(_) | Turn::Ended => None,
        }
    }

    /// Takes an answer in, if it is one to this screen; tells whether it was.
    pub(crate) fn answer(&mut self, ticket: Ticket, answer: &Result<Answer, Trouble>) -> bool {
        if self.turn != Turn::Asked(ticket) {
            return false;
        }
        self.turn = Turn::Over;
        match answer {
            Ok(Answer::Figures(Some(figures))) => self.take((**figures).clone()),
            Ok(_) => {
                let what = "what the server answers to GET /metrics is not of Vitae";
                self.fail(Trouble::local(
                    what,
                    "ask the operator whether something stands before the server",
                ));
            }
            Err(trouble) => self.fail(trouble.clone()),
        }
        true
    }

    /// Scrapes again if this is the ticket that the next scrape was put off to.
    pub(crate) fn woken(&mut self, ticket: Ticket) {
        if self.turn == Turn::Waiting(ticket) {
            self.turn = Turn::Due;
        }
    }

    /// Scrapes at once.
    pub(crate) fn try_again(&mut self) {
        if !matches!(self.turn, Turn::Asked(_)) {
            self.turn = Turn::Due;
        }
    }

    /// Stops until somebody looks again.
    pub(crate) fn rest(&mut self) -> Option<Effect> {
        match std::mem::replace(&mut self.turn, Turn::Due) {
            Turn::Asked(ticket) | Turn::Waiting(ticket) => Some(Effect::Cancel(ticket)),
            Turn::Due | Turn::Over | Turn::Ended => None,
        }
    }

    fn take(&mut self, figures: Figures) {
        (self.trouble, self.failures) = (None, 0);
        let goes_on = |before: &&Figures| figures.goes_on_from(before) && figures.seconds_since(before) < GAP;
        match self.scrapes.back().filter(goes_on) {
            Some(before) => {
                let span = Span::between(before, &figures);
                let streams = Value::Count(figures.streams);
                self.beat(Pulse::ALL.map(|pulse| match pulse {
                    Pulse::Streams => Some(streams.number()),
                    _ => span.value(pulse).map(Value::number),
                }));
            }
            None => {
                self.miss();
                self.scrapes.clear();
            }
        }
        while self.scrapes.front().is_some_and(|oldest| figures.seconds_since(oldest) > SPAN) {
            self.scrapes.pop_front();
        }
        self.span = self.scrapes.front().map(|oldest| Span::between(oldest, &figures));
        self.scrapes.push_back(figures);
        self.sort();
    }

    fn fail(&mut self, trouble: Trouble) {
        self.miss();
        self.failures += 1;
        if !trouble.may_pass() {
            self.turn = Turn::Ended;
        }
        self.trouble = Some(trouble);
    }

    /// A hole in the spark lines.
    fn miss(&mut self) {
        if !self.beats.is_empty() {
            self.beat(Beat::default());
        }
    }

    fn beat(&mut self, beat: Beat) {
        if self.beats.len() == BEATS {
            self.beats.pop_front();
        }
        self.beats.push_back(beat);
    }

    /// The busiest route first; the cursor stays with its route.
    fn sort(&mut self) {
        let at = self.place.checked_sub(Pulse::ALL.len());
        let under = at.and_then(|at| self.routes.get(at)).map(|(route, _)| route.clone());
        let routes = self.span.as_ref().map(|span| span.counts.routes.clone()).unwrap_or_default();
        self.routes = routes.into_iter().collect();
        self.routes.sort_by_key(|(_, answers)| std::cmp::Reverse(answers.all));
        if let Some(at) = self.routes.iter().position(|(route, _)| Some(route) == under.as_ref()) {
            self.place = Pulse::ALL.len() + at;
        }
    }
}

/// What came in from one scrape to a later one.
#[derive(Debug, Clone)]
struct Span {
    seconds: f64,
    counts: Counts,
    answers: Answers,
}

impl Span {
    fn between(before: &Figures, after: &Figures) -> Self {
        let counts = after.counts.since(&before.counts);
        Self { seconds: after.seconds_since(before), answers: counts.answers(), counts }
    }

    /// None for what happened too seldom to say, and for what is no difference.
    fn value(&self, pulse: Pulse) -> Option<Value> {
        let rate = |count| Value::Rate(float(count) / self.seconds);
        match pulse {
            Pulse::Requests => Some(rate(self.answers.all)),
            Pulse::Errors => Some(rate(self.answers.failed)),
            Pulse::Median => self.answers.seconds.quantile(0.5).map(Value::Time),
            Pulse::Slowest => self.answers.seconds.quantile(0.99).map(Value::Time),
            Pulse::Logins => Some(Value::Count(self.counts.logins)),
            Pulse::FailedLogins => Some(Value::Count(self.counts.failed_logins)),
            Pulse::Lag => self.counts.lag.quantile(0.99).map(Value::Time),
            Pulse::Streams => None,
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
