//! Health of a role (`grpc.health.v1`): of its port, and of each feed that it follows.
//!
//! The port is the service `""`, as the protocol has it; the feed from users is
//! `vitae.events.v1.Feed/users`.

use std::collections::BTreeMap;

use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus as Answered;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::server::HealthReporter;

use crate::feed::stuck_feed;
use crate::supervisor::watch_workers;
use crate::{Backend, FeedHealth, dead_workers};

/// A role of another process that follows feeds.
#[derive(Clone)]
pub struct FollowingPeer {
    /// Its name.
    pub consumer: &'static str,
    /// Whom it follows.
    pub sources: &'static [&'static str],
    /// The way to it.
    pub peer: Backend,
}

impl FollowingPeer {
    /// Its stuck feeds, as [`FeedHealth::stuck`] has them for feeds of this process.
    ///
    /// A peer that does not answer is named elsewhere; of its feeds nothing is known then.
    pub async fn stuck(&self) -> BTreeMap<String, String> {
        let mut stuck = BTreeMap::new();
        for source in self.sources {
            let request = HealthCheckRequest { service: service(source) };
            let why = match HealthClient::new(self.peer.clone()).check(request).await {
                Ok(answer) if answer.get_ref().status() == Answered::Serving => continue,
                Ok(_) => format!("it does not move; the log of {} says why", self.consumer),
                Err(status) if status.code() == tonic::Code::NotFound => "it has not begun".to_owned(),
                Err(_) => continue,
            };
            stuck.insert(stuck_feed(self.consumer, source), why);
        }
        stuck
    }
}

/// Reports the workers and the feeds of this process for as long as it is polled.
pub(super) async fn report(reporter: HealthReporter, health: FeedHealth) {
    tokio::join!(report_workers(&reporter), report_feeds(&reporter, health));
}

/// Reports the port itself as not serving while a worker is dead.
async fn report_workers(reporter: &HealthReporter) {
    let mut changes = watch_workers();
    loop {
        changes.mark_unchanged();
        let alive = dead_workers().is_empty();
        let status = if alive { ServingStatus::Serving } else { ServingStatus::NotServing };
        reporter.set_service_status("", status).await;
        if changes.changed().await.is_err() {
            return;
        }
    }
}

async fn report_feeds(reporter: &HealthReporter, health: FeedHealth) {
    let mut changes = health.watch();
    loop {
        let followed = changes.borrow_and_update().clone();
        for (feed, state) in followed {
            let status = if state.is_none() { ServingStatus::Serving } else { ServingStatus::NotServing };
            reporter.set_service_status(service(feed.source), status).await;
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

fn service(source: &str) -> String {
    format!("vitae.events.v1.Feed/{source}")
}
