//! The server's metrics at one instant, and their differences between two instants.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vitae_sdk::Timestamp;

use crate::client::exposition::{Sample, samples};
use crate::client::histogram::{Histogram, float};
use crate::terminal::text::{escaped, fit};

/// The maximum number of routes; a server has about forty.
const ROUTES: usize = 200;
/// The maximum width of a name in cells.
const NAME: usize = 120;
/// The maximum number of services.
const SERVICES: usize = 20;
/// Routes of health probes, which are left out; this screen itself calls one every two seconds.
const PROBES: &[&str] = &["/metrics", "/readyz", "/livez"];

/// The metrics of a server, counted since its start. All texts are escaped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Metrics {
    /// The time of the scrape.
    pub(crate) at: Timestamp,
    /// The start of the server, in seconds since 1970.
    pub(crate) started: Option<u64>,
    /// Whether each service is up.
    pub(crate) services: BTreeMap<String, bool>,
    /// The number of stalled event feeds.
    pub(crate) stuck: u64,
    /// The stalled feeds with the reasons, if the server reports them.
    pub(crate) stuck_feeds: BTreeMap<String, String>,
    pub(crate) streams: u64,
    pub(crate) counts: Counts,
}

/// Counters, which only grow while the server runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counts {
    /// The responses by method and path, without probes.
    pub(crate) routes: BTreeMap<String, Answers>,
    pub(crate) logins: u64,
    pub(crate) failed_logins: u64,
    /// The delay from a change until its event reached the gateway.
    pub(crate) lag: Histogram,
}

/// The responses of a route, or of all routes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answers {
    pub(crate) all: u64,
    /// Rejected requests (4xx).
    pub(crate) refused: u64,
    /// Failed requests (5xx).
    pub(crate) failed: u64,
    pub(crate) seconds: Histogram,
}

impl Metrics {
    /// Parses a scrape; `None` if it is not from a Vitae server.
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

    /// Returns whether this is a later scrape of the same run of the server.
    pub(crate) fn goes_on_from(&self, before: &Self) -> bool {
        let answers = |metrics: &Self| metrics.counts.answers().all;
        self.started == before.started
            && self.at > before.at
            && answers(self) >= answers(before)
            && self.counts.lag.count() >= before.counts.lag.count()
    }

    /// Returns the seconds since an earlier scrape.
    pub(crate) fn seconds_since(&self, before: &Self) -> f64 {
        let millis = u64::try_from(self.at.as_millis() - before.at.as_millis()).unwrap_or_default();
        float(millis) / 1000.0
    }

    /// Returns the seconds since the server started.
    pub(crate) fn uptime(&self) -> Option<u64> {
        u64::try_from(self.at.as_secs()).ok()?.checked_sub(self.started?)
    }

    /// Adds a sample, if it is a known one.
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
    /// Returns the increase since an earlier scrape.
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

    /// Returns the sum over all routes.
    pub(crate) fn answers(&self) -> Answers {
        self.routes.values().fold(Answers::default(), Answers::with)
    }

    fn route(&mut self, sample: &Sample<'_>) -> Option<&mut Answers> {
        let route = sample.label("route");
        if PROBES.contains(&route) {
            return None;
        }
        let name = match sample.label("method") {
            // Requests that match no route.
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

/// Returns a name from the server, escaped and truncated.
pub(crate) fn shown(name: &str) -> String {
    fit(&escaped(name), NAME)
}

fn bound(sample: &Sample<'_>) -> Option<f64> {
    sample.label("le").parse().ok()
}
