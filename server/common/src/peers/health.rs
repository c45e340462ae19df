//! The health of a role (`grpc.health.v1`): of its port, and of each feed that it consumes.
//!
//! The port is the service `""`, as the protocol defines; the feed of users is
//! `vitae.events.v1.Feed/users`, and the same feed for the revocation cache is
//! `vitae.events.v1.Feed/users/revocations`.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus as Answered;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::server::HealthReporter;
use vitae_contracts_services::events::v1::CountParkedEventsRequest;
use vitae_contracts_services::events::v1::consumer_client::ConsumerClient;

use crate::feed::feed_name;
use crate::message_limits::RESPONSE_BYTES;
use crate::supervisor::watch_workers;
use crate::{Backend, Caller, FeedHealth, dead_workers};

/// The suffix of feeds whose events are handled in the role's file.
pub(super) const EFFECTS: &str = "";
/// The suffix of feeds that fill the role's revocation cache.
pub(super) const REVOCATIONS: &str = "/revocations";

/// A role in another process that consumes feeds.
#[derive(Clone)]
pub struct RemoteConsumer {
    /// The name of the role.
    pub consumer: &'static str,
    /// The sources of the events that it handles.
    pub sources: &'static [&'static str],
    /// The sources of the events that fill its revocation cache.
    pub revocations: &'static [&'static str],
    /// The client of the role.
    pub peer: Backend,
}

impl RemoteConsumer {
    /// Returns its stalled feeds, like [`FeedHealth::stuck`] for feeds of this process.
    ///
    /// Empty if the peer does not respond, which is reported separately.
    pub async fn stuck(&self) -> BTreeMap<String, String> {
        let mut stuck = BTreeMap::new();
        for source in self.sources {
            if let Some(why) = self.why_stuck(service(source, EFFECTS)).await {
                stuck.insert(feed_name(self.consumer, source), why);
            }
        }
        for source in self.revocations {
            if let Some(why) = self.why_stuck(service(source, REVOCATIONS)).await {
                let consumer = format!("{} (revocations)", self.consumer);
                stuck.insert(feed_name(&consumer, source), why);
            }
        }
        stuck
    }

    async fn why_stuck(&self, service: String) -> Option<String> {
        match self.health_client().check(HealthCheckRequest { service }).await {
            Ok(answer) if answer.get_ref().status() == Answered::Serving => None,
            Ok(_) => Some(format!("it is stalled; see the log of {}", self.consumer)),
            Err(status) if status.code() == tonic::Code::NotFound => Some("it has not started".to_owned()),
            Err(_) => None,
        }
    }

    /// Whether it reports `NOT_SERVING`: it is starting, or one of its workers is dead. `false` if it does not
    /// respond.
    pub async fn is_not_serving(&self) -> bool {
        let request = HealthCheckRequest { service: String::new() };
        let answer = self.health_client().check(request).await;
        answer.is_ok_and(|answer| answer.get_ref().status() == Answered::NotServing)
    }

    fn health_client(&self) -> HealthClient<Backend> {
        HealthClient::new(self.peer.clone()).max_decoding_message_size(RESPONSE_BYTES)
    }

    /// Returns the numbers of its parked events, like [`FeedHealth::parked`] for feeds of this process.
    ///
    /// Empty if the peer does not respond, which is reported separately.
    pub async fn parked(&self) -> BTreeMap<String, i64> {
        if self.sources.is_empty() {
            return BTreeMap::new();
        }
        let mut client = ConsumerClient::new(self.peer.clone()).max_decoding_message_size(RESPONSE_BYTES);
        let request = Arc::new(Caller::system()).attach(CountParkedEventsRequest {});
        let Ok(counted) = client.count_parked_events(request).await else { return BTreeMap::new() };
        let feeds = counted.into_inner().feeds.into_iter();
        feeds.map(|feed| (feed_name(self.consumer, &feed.source), feed.count)).collect()
    }
}

/// Reports the health of the port: serving once the role has started, unless a worker is dead.
pub(super) async fn report_port(reporter: &HealthReporter, mut started: watch::Receiver<bool>) {
    let mut workers = watch_workers();
    loop {
        workers.mark_unchanged();
        let is_serving = *started.borrow_and_update() && dead_workers().is_empty();
        let status = if is_serving { ServingStatus::Serving } else { ServingStatus::NotServing };
        reporter.set_service_status("", status).await;
        let changed = tokio::select! {
            changed = workers.changed() => changed,
            Ok(()) = started.changed() => Ok(()),
        };
        if changed.is_err() {
            return;
        }
    }
}

/// Reports the health of feeds of this process with this suffix while it is polled.
pub(super) async fn report(reporter: &HealthReporter, health: FeedHealth, suffix: &str) {
    let mut changes = health.watch();
    loop {
        let followed = changes.borrow_and_update().clone();
        for (feed, state) in followed {
            let status =
                if state.stuck.is_none() { ServingStatus::Serving } else { ServingStatus::NotServing };
            reporter.set_service_status(service(feed.source, suffix), status).await;
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

fn service(source: &str, suffix: &str) -> String {
    format!("vitae.events.v1.Feed/{source}{suffix}")
}
