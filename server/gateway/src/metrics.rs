//! Metrics of the gateway in the text format of Prometheus (version 0.0.4).
//!
//! Labels are bounded: they contain routes of the table, never the path of a request.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::{HeaderValue, Method, StatusCode, header};
use prometheus::{
    Encoder as _, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};
use vitae_contracts_core::{Code, Timestamp};
use vitae_server_common::{lost_log_lines, worker_restarts};

use crate::call::{Body, Call, HandlerResult};
use crate::error::ApiError;
use crate::meta::{Health, READY, require_operator};

/// Buckets of histograms in seconds: from a read in memory to the deadline.
const SECONDS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// The label of requests without a route.
const NO_ROUTE: &str = "other";

/// The route of a request, stored in the response's extensions.
#[derive(Debug, Clone)]
pub(crate) struct MatchedRoute {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
}

/// The metrics of the gateway.
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    in_flight: IntGauge,
    logins: IntCounterVec,
    streams: IntGauge,
    event_delay: HistogramVec,
    services: IntGaugeVec,
    stuck: IntGauge,
    log_lines_lost: IntCounter,
    restarts: IntCounterVec,
    /// Held by one scrape at a time, because it copies counts from elsewhere.
    scrape: Mutex<()>,
    parked: IntGaugeVec,
}

impl Metrics {
    /// Creates metrics with all counts at zero.
    ///
    /// Fails only for invalid names and labels, which a test would detect.
    pub(crate) fn new() -> prometheus::Result<Self> {
        let help = |name: &str, help: &str| Opts::new(format!("vitae_{name}"), help);
        let seconds =
            |name: &str, text: &str| HistogramOpts::from(help(name, text)).buckets(SECONDS.to_vec());
        let metrics = Self {
            registry: Registry::new(),
            requests: IntCounterVec::new(
                help("http_requests_total", "Completed requests."),
                &["method", "route", "status"],
            )?,
            seconds: HistogramVec::new(
                seconds("http_request_duration_seconds", "Time until the head of the response."),
                &["method", "route"],
            )?,
            in_flight: IntGauge::with_opts(help("http_requests_in_flight", "Requests in progress."))?,
            logins: IntCounterVec::new(help("logins_total", "Logins with a password."), &["outcome"])?,
            streams: IntGauge::with_opts(help("event_streams", "Open streams of /v1/events."))?,
            event_delay: HistogramVec::new(
                seconds("event_delay_seconds", "Time from a change until the gateway received its event."),
                &["source"],
            )?,
            services: IntGaugeVec::new(
                help("service_up", "Whether a service responds (1) or not (0)."),
                &["service"],
            )?,
            stuck: IntGauge::with_opts(help(
                "stuck_feeds",
                "Event feeds between services that are stalled.",
            ))?,
            log_lines_lost: IntCounter::with_opts(help(
                "log_lines_lost_total",
                "Log lines of this process that could not be written.",
            ))?,
            restarts: IntCounterVec::new(
                help("worker_restarts_total", "Threads and tasks that panicked and were restarted."),
                &["worker"],
            )?,
            scrape: Mutex::new(()),
            parked: IntGaugeVec::new(
                help("parked_events", "Events that a service could not process and skipped."),
                &["feed"],
            )?,
        };
        metrics.register()?;
        Ok(metrics)
    }

    fn register(&self) -> prometheus::Result<()> {
        let started = IntGauge::with_opts(Opts::new(
            "process_start_time_seconds",
            "When the process started, in seconds since 1970.",
        ))?;
        started.set(Timestamp::from(SystemTime::now()).as_secs());
        let labels = Opts::new("vitae_build_info", "The running version.")
            .const_label("version", env!("CARGO_PKG_VERSION"));
        let build = IntGauge::with_opts(labels)?;
        build.set(1);
        self.registry.register(Box::new(started))?;
        self.registry.register(Box::new(build))?;
        self.registry.register(Box::new(self.requests.clone()))?;
        self.registry.register(Box::new(self.seconds.clone()))?;
        self.registry.register(Box::new(self.in_flight.clone()))?;
        self.registry.register(Box::new(self.logins.clone()))?;
        self.registry.register(Box::new(self.streams.clone()))?;
        self.registry.register(Box::new(self.event_delay.clone()))?;
        self.registry.register(Box::new(self.services.clone()))?;
        self.registry.register(Box::new(self.stuck.clone()))?;
        self.registry.register(Box::new(self.log_lines_lost.clone()))?;
        self.registry.register(Box::new(self.restarts.clone()))?;
        self.registry.register(Box::new(self.parked.clone()))
    }

    /// Counts a request in progress until the result is dropped.
    pub(crate) fn start_request(&self) -> InFlight {
        InFlight::new(&self.in_flight)
    }

    /// Records a response.
    pub(crate) fn record_response(&self, matched: Option<&MatchedRoute>, status: StatusCode, took: Duration) {
        let (method, path) =
            matched.map_or((NO_ROUTE, NO_ROUTE), |matched| (matched.method.as_str(), matched.path));
        self.requests.with_label_values(&[method, path, status.as_str()]).inc();
        self.seconds.with_label_values(&[method, path]).observe(took.as_secs_f64());
    }

    /// Records a login with a password.
    pub(crate) fn record_login(&self, error: Option<Code>) {
        let outcome = match error {
            None => "accepted",
            Some(Code::InvalidCredentials) => "refused",
            Some(Code::RateLimited) => "throttled",
            Some(_) => "failed",
        };
        self.logins.with_label_values(&[outcome]).inc();
    }

    /// Counts an open event stream until the result is dropped.
    pub(crate) fn start_stream(&self) -> InFlight {
        InFlight::new(&self.streams)
    }

    /// Records the delay of an event.
    pub(crate) fn record_event_delay(&self, source: &str, happened: Timestamp, now: Timestamp) {
        // Clocks jump; an event from the future has no delay.
        let millis = u64::try_from(now.as_millis() - happened.as_millis()).unwrap_or(0);
        let delay = Duration::from_millis(millis);
        self.event_delay.with_label_values(&[source]).observe(delay.as_secs_f64());
    }

    fn text(&self, health: &Health) -> prometheus::Result<Vec<u8>> {
        let _one = self.scrape.lock().unwrap_or_else(PoisonError::into_inner);
        raise_to(&self.log_lines_lost, lost_log_lines());
        for (worker, restarts) in worker_restarts() {
            raise_to(&self.restarts.with_label_values(&[worker]), restarts);
        }
        for (service, state) in &health.services {
            self.services.with_label_values(&[*service]).set(i64::from(*state == READY));
        }
        self.stuck.set(i64::try_from(health.stuck_feeds.len()).unwrap_or(i64::MAX));
        for (feed, parked) in &health.parked {
            self.parked.with_label_values(&[feed.as_str()]).set(*parked);
        }
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

/// Raises a counter to a count from elsewhere.
fn raise_to(counter: &IntCounter, count: u64) {
    counter.inc_by(count.saturating_sub(counter.get()));
}

/// Increments a gauge until it is dropped.
pub(crate) struct InFlight(IntGauge);

impl InFlight {
    fn new(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Returns the metrics, with the current health of the services.
pub(crate) async fn scrape(call: Call) -> HandlerResult {
    call.reject_query()?;
    require_operator(&call).await?;
    let health = Health::of(&call.gateway).await;
    let text = call.gateway.metrics.text(&health).map_err(|error| {
        tracing::error!(%error, "the metrics could not be encoded");
        ApiError::new(Code::Internal, "the metrics could not be encoded")
    })?;
    let mut response = http::Response::new(Body::from(text));
    let media_type = HeaderValue::from_static("text/plain; version=0.0.4");
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    Ok(response)
}
