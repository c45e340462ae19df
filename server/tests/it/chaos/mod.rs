//! Five processes under load, killed and stopped at random. Acknowledged changes are recorded
//! outside; after recovery all stores must match that record.
//!
//! `VITAE_CHAOS_SECONDS` is the duration (20 by default), `VITAE_CHAOS_SEED` repeats a run's choices.
#![expect(clippy::print_stdout, reason = "the counts of a run are its result")]

mod watcher;
mod worker;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::sync::watch;

use crate::checker::{public_inconsistencies, until_quiet};
use crate::ledger::{self, Written};
use crate::raw_http::send_one;
use crate::seeded_random::SeededRandom;
use crate::system::{ROLES, System};
use crate::vitaed::TIMEOUT;
use watcher::Watcher;
use worker::{WITH_PASSWORD, Worker};

/// Number of concurrent clients.
const CLIENTS: usize = 12;
/// Maximum downtime of a role in milliseconds; in long runs sometimes ten times as long.
const MAX_DOWNTIME: u64 = 1500;
/// Minimum duration in seconds of a run with long downtimes.
const LONG_RUN: u64 = 60;

fn setting<T: FromStr<Err: Debug>>(name: &str) -> Option<T> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

#[tokio::test]
async fn stores_match_acknowledged_changes_after_random_kills() {
    let seconds = setting("VITAE_CHAOS_SECONDS").unwrap_or(20);
    let mut random = setting("VITAE_CHAOS_SEED").map_or_else(SeededRandom::new, SeededRandom::of);
    println!("chaos: {seconds} s, VITAE_CHAOS_SEED={}", random.seed());
    let mut system = System::start().await;
    let (url, data) = (system.urls[4].clone(), system.data());
    let mut workers = Vec::new();
    for number in 0..CLIENTS {
        workers.push(Worker::log_in(number, &url, random.next()).await);
    }

    let over = watch::Sender::new(false);
    let mut watcher = Watcher::begin(&url).await;
    let (last_id, stop_watching) = (watcher.last_id.subscribe(), watch::Sender::new(false));
    let work = async {
        join_all(workers.iter_mut().map(|worker| worker.work(&over))).await;
        join_all(workers.iter_mut().map(Worker::finish_change)).await;
    };
    let trouble = async {
        let mut happened = BTreeMap::new();
        let end = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < end {
            disturb(&mut system, &mut random, seconds >= LONG_RUN, &mut happened).await;
        }
        over.send_replace(true);
        happened
    };
    let all = async {
        let (happened, ()) = tokio::join!(trouble, work);
        until_quiet(&data).await;
        until_received(last_id, &data).await;
        until_ready(&url).await;
        stop_watching.send_replace(true);
        happened
    };
    let (happened, ()) = tokio::join!(all, watcher.watch(&stop_watching));

    assert_eq!(public_inconsistencies(&workers[0].client, &data).await, [""; 0]);
    let _directory = system.stop().await;
    let written: Vec<&Written> = workers.iter().flat_map(|worker| &worker.written).collect();
    ledger::check(&data, &written, WITH_PASSWORD);
    ledger::check_sessions(&data, workers.iter().flat_map(|worker| &worker.sessions));
    watcher.check(&data);
    report(&happened, &workers, &watcher);
    assert!(!written.is_empty());
}

/// Kills or stops one or two roles, and starts them again after a random time.
async fn disturb(
    system: &mut System,
    random: &mut SeededRandom,
    long: bool,
    happened: &mut BTreeMap<String, u64>,
) {
    let first = usize::try_from(random.below(5)).unwrap();
    let second = (first + usize::try_from(1 + random.below(4)).unwrap()) % 5;
    let mut victims = if random.is_one_in(3) { vec![first, second] } else { vec![first] };
    // In the order in which the roles have to start.
    victims.sort_unstable();
    let stopped = random.is_one_in(3);
    for role in &victims {
        let how = if stopped { "stopped" } else { "killed" };
        *happened.entry(format!("{} {how}", ROLES[*role])).or_default() += 1;
        if stopped {
            system.signal(*role, "STOP").await;
        } else {
            system.kill(*role).await;
        }
    }
    let downtime = random.below(MAX_DOWNTIME) * if long && random.is_one_in(20) { 10 } else { 1 };
    // The duration of the outage; this is no wait for an event.
    tokio::time::sleep(Duration::from_millis(downtime)).await;
    for role in victims {
        if stopped {
            system.signal(role, "CONT").await;
            continue;
        }
        if random.is_one_in(4) {
            system.start_and_kill(role, Duration::from_millis(random.below(60))).await;
        }
        system.start_role(role).await;
    }
    tokio::time::sleep(Duration::from_millis(random.below(MAX_DOWNTIME))).await;
}

/// Waits until the stream has sent the last event of every log.
async fn until_received(mut last_id: watch::Receiver<String>, data: &Path) {
    let end = watcher::end_of_logs(data);
    let arrived = tokio::time::timeout(TIMEOUT, last_id.wait_for(|id| *id == end)).await;
    assert!(arrived.is_ok(), "the stream of events is not at {end}");
}

/// Waits until `/readyz` reports that the system is ready.
async fn until_ready(url: &str) {
    let address = url.strip_prefix("http://").unwrap().parse().unwrap();
    let request = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let ready = async {
        while send_one(address, request).await.status != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, ready).await.expect("the system is ready");
}

fn report(happened: &BTreeMap<String, u64>, workers: &[Worker], watcher: &Watcher) {
    let (mut confirmed, mut sessions, mut rejections) = (0, 0, BTreeMap::new());
    for worker in workers {
        confirmed += worker.written.len();
        sessions += worker.sessions.len();
        for (code, count) in &worker.rejections {
            *rejections.entry(code).or_insert(0) += count;
        }
    }
    println!("chaos: {happened:?}");
    println!(
        "chaos: {confirmed} changes and {sessions} logins confirmed and there; not answered or rejected: {rejections:?}"
    );
    println!(
        "chaos: {} events received over {} connections, none missed, none twice",
        watcher.event_count(),
        watcher.connections
    );
}
