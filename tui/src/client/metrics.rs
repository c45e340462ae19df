//! The server's metrics at one instant, and what became of them until a later one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vitae_sdk::Timestamp;

use crate::client::exposition::{Sample, samples};
use crate::client::histogram::{Histogram, float};
use crate::terminal::text::{escaped, fit};

/// Routes that are kept; a server has about forty.
const ROUTES: usize = 200;
/// Columns that are kept of a name.
const NAME: usize = 120;
/// Services that are kept.
const SERVICES: usize = 20;
/// Routes by which machines ask how the server fares: this screen itself, every two seconds.
const PROBES: &[&str] = &["/metrics", "/readyz", "/livez"];

/// What a server says of itself, counted since it started. All texts are safe to show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Metrics {
    /// When it was said.
    pub(crate) at: Timestamp,
    /// When the server started, in seconds since 1970.
    pub(crate) started: Option<u64>,
    /// Whether each service answers.
    pub(crate) services: BTreeMap<String, bool>,
    /// Feeds of events that do not move.
    pub(crate) stuck: u64,
    /// Which, and why, where the server says so.
    pub(crate) stuck_feeds: BTreeMap<String, String>,
    pub(crate) streams: u64,
    pub(crate) counts: Counts,
}

/// What is counted, and only grows while the server runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counts {
    /// By method and path, without the probes.
    pub(crate) routes: BTreeMap<String, Answers>,
    pub(crate) logins: u64,
    pub(crate) failed_logins: u64,
    /// From a change until the gateway heard of it.
    pub(crate) lag: Histogram,
}

/// The answers of a route, or of all of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answers {
    pub(crate) all: u64,
    /// Refused: the client's fault (4xx).
    pub(crate) refused: u64,
    /// Failed: the server's (5xx).
    pub(crate) failed: u64,
    pub(crate) seconds: Histogram,
}

impl Metrics {
    /// Reads a scrape; none if it is of something else than this server.
    pub(crate) fn read(text: &str, at: Timestamp) -> Option<Self> {
        let mut metrics = Self {
            at,
            started: None,
            services: BTreeMap::new(),
            stuck: 0,
            stuck_feeds: BTreeMap::new(),
            streams: 0,
            counts: Counts::default(),
        };
        let mut is_ours = false;
        for sample in samples(text) {
            is_ours |= metrics.take(&sample).is_some() && sample.name.starts_with("vitae_");
        }
        is_ours.then_some(metrics)
    }

    /// Whether this is the same run of the server as before, only later.
    pub(crate) fn goes_on_from(&self, before: &Self) -> bool {
        let answers = |metrics: &Self| metrics.counts.answers().all;
        self.started == before.started
            && self.at > before.at
            && answers(self) >= answers(before)
            && self.counts.lag.count() >= before.counts.lag.count()
    }

    /// Seconds since an earlier state.
    pub(crate) fn seconds_since(&self, before: &Self) -> f64 {
        let millis = u64::try_from(self.at.as_millis() - before.at.as_millis()).unwrap_or_default();
        float(millis) / 1000.0
    }

    /// Seconds since the server started.
    pub(crate) fn uptime(&self) -> Option<u64> {
        u64::try_from(self.at.as_secs()).ok()?.checked_sub(self.started?)
    }

    /// Takes a sample in, if it is one that is known.
    fn take(&mut self, sample: &Sample<'_>) -> Option<()> {
        let count = sample.count()?;
        let counts = &mut self.counts;
        match sample.name {
            "process_start_time_seconds" => self.started = Some(count),
            "vitae_service_up" if self.services.len() < SERVICES => {
                self.services.insert(shown(sample.label("service")), count > 0);
            }
            "vitae_stuck_feeds" => self.stuck = count,
            "vitae_event_streams" => self.streams = count,
            "vitae_logins_total" if sample.label("outcome") == "accepted" => add(&mut counts.logins, count),
            "vitae_logins_total" => add(&mut counts.failed_logins, count),
            "vitae_event_delay_seconds_bucket" => counts.lag.put(bound(sample)?, count),
            "vitae_http_requests_total" => counts.route(sample)?.count(sample.label("status"), count),
            "vitae_http_request_duration_seconds_bucket" => {
                let bound = bound(sample)?;
                counts.route(sample)?.seconds.put(bound, count);
            }
            _ => return None,
        }
        Some(())
    }
}

impl Counts {
    /// What came in since an earlier state.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let none = Answers::default();
        let gained = |(route, answers): (&String, &Answers)| {
            (route.clone(), answers.since(before.routes.get(route).unwrap_or(&none)))
        };
        Self {
            routes: self.routes.iter().map(gained).collect(),
            logins: self.logins.saturating_sub(before.logins),
            failed_logins: self.failed_logins.saturating_sub(before.failed_logins),
            lag: self.lag.since(&before.lag),
        }
    }

    /// The answers of all routes.
    pub(crate) fn answers(&self) -> Answers {
        self.routes.values().fold(Answers::default(), Answers::with)
    }

    fn route(&mut self, sample: &Sample<'_>) -> Option<&mut Answers> {
        let route = sample.label("route");
        if PROBES.contains(&route) {
            return None;
        }
        let name = match sample.label("method") {
            // What no route takes.
            "other" => "other".to_owned(),
            method => shown(&format!("{method} {route}")),
        };
        if self.routes.len() >= ROUTES && !self.routes.contains_key(&name) {
            return None;
        }
        Some(self.routes.entry(name).or_default())
    }
}

impl Answers {
    fn count(&mut self, status: &str, count: u64) {
        add(&mut self.all, count);
        match status.as_bytes().first() {
            Some(b'4') => add(&mut self.refused, count),
            Some(b'5') => add(&mut self.failed, count),
            _ => {}
        }
    }

    fn since(&self, before: &Self) -> Self {
        Self {
            all: self.all.saturating_sub(before.all),
            refused: self.refused.saturating_sub(before.refused),
            failed: self.failed.saturating_sub(before.failed),
            seconds: self.seconds.since(&before.seconds),
        }
    }

    fn with(mut self, other: &Self) -> Self {
        add(&mut self.all, other.all);
        add(&mut self.refused, other.refused);
        add(&mut self.failed, other.failed);
        self.seconds.add(&other.seconds);
        self
    }
}

fn add(sum: &mut u64, count: u64) {
    *sum = sum.saturating_add(count);
}

/// A name of the server, safe to show and no longer than a line.
pub(crate) fn shown(name: &str) -> String {
    fit(&escaped(name), NAME)
}

fn bound(sample: &Sample<'_>) -> Option<f64> {
    sample.label("le").parse().ok()
}
