//! Supervision of the threads and tasks that the process always needs.
//!
//! After a panic, the worker runs again. A worker that cannot continue is dead, which `/livez` and
//! `grpc.health.v1` report. All workers of a process are in one list, because liveness is a property of the
//! whole process.

use std::any::Any;
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use tokio::sync::watch;

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The running time after which a task counts as recovered from its last panic.
const STEADY: Duration = Duration::from_mins(1);
/// The number of panics without a steady run in between after which a task counts as dead.
const MAX_PANICS: u32 = 5;

static WORKERS: Mutex<Vec<Weak<State>>> = Mutex::new(Vec::new());
/// Notified whenever a worker dies or recovers.
static CHANGES: LazyLock<watch::Sender<()>> = LazyLock::new(|| watch::Sender::new(()));

/// A thread or task that is restarted after a panic.
///
/// It is in the list of workers until the last clone is dropped.
#[derive(Clone)]
pub(crate) struct Worker(Arc<State>);

struct State {
    name: String,
    dead: AtomicBool,
    restarts: AtomicU64,
}

impl Worker {
    /// Adds a worker to the list; the name appears in the log, in `/livez` and in `/metrics`.
    pub(crate) fn new(name: impl Into<String>) -> Self {
        let (dead, restarts) = (AtomicBool::new(false), AtomicU64::new(0));
        let state = Arc::new(State { name: name.into(), dead, restarts });
        let mut workers = workers();
        workers.retain(|worker| worker.strong_count() > 0);
        workers.push(Arc::downgrade(&state));
        Self(state)
    }

    /// Returns the worker's name.
    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    /// Runs the work of a thread until it returns; runs it again after a panic.
    pub(crate) fn run(&self, mut work: impl FnMut()) {
        let ended = DeadUnlessEnded(self);
        while let Err(panic) = catch_unwind(AssertUnwindSafe(&mut work)) {
            self.restarting(panic);
        }
        std::mem::forget(ended);
    }

    /// Marks the worker as dead, or as alive again.
    pub(crate) fn set_dead(&self, dead: bool) {
        if self.0.dead.swap(dead, Ordering::Relaxed) == dead {
            return;
        }
        if dead {
            tracing::error!(worker = self.0.name, "a worker is dead; restart the process");
        } else {
            tracing::warn!(worker = self.0.name, "a worker that was dead is running again");
        }
        CHANGES.send_replace(());
    }

    fn restarting(&self, panic: Box<dyn Any + Send>) {
        // The panic hook has logged the message. Dropping the payload can panic as well.
        drop(catch_unwind(AssertUnwindSafe(|| drop(panic))));
        self.0.restarts.fetch_add(1, Ordering::Relaxed);
        tracing::error!(worker = self.0.name, "a worker panicked and was restarted");
    }
}

/// Marks a worker as dead if its thread unwinds through the supervisor.
struct DeadUnlessEnded<'a>(&'a Worker);

impl Drop for DeadUnlessEnded<'_> {
    fn drop(&mut self) {
        self.0.set_dead(true);
    }
}

/// Runs the work of a task until it returns; runs it again after a panic, with exponential back-off.
///
/// Dropping the future does not mark the worker as dead: that is how a process stops its tasks.
pub async fn supervise<F: Future<Output = ()>>(name: impl Into<String>, work: impl Fn() -> F) {
    let worker = Worker::new(name);
    let (mut wait, mut panics) = (FIRST_WAIT, 0);
    loop {
        let began = Instant::now();
        let mut run = std::pin::pin!(AssertUnwindSafe(async { work().await }).catch_unwind());
        let outcome = match tokio::time::timeout(STEADY, &mut run).await {
            Ok(outcome) => outcome,
            Err(_) => {
                worker.set_dead(false);
                run.await
            }
        };
        let Err(panic) = outcome else {
            return worker.set_dead(false);
        };
        if began.elapsed() >= STEADY {
            (wait, panics) = (FIRST_WAIT, 0);
        }
        panics += 1;
        worker.restarting(panic);
        if panics >= MAX_PANICS {
            worker.set_dead(true);
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Returns the names of the dead workers, sorted.
pub fn dead_workers() -> Vec<String> {
    let workers = workers();
    let dead = workers.iter().filter_map(Weak::upgrade).filter(|worker| worker.dead.load(Ordering::Relaxed));
    let mut names: Vec<_> = dead.map(|worker| worker.name.clone()).collect();
    names.sort();
    names.dedup();
    names
}

/// Returns the number of restarts of each worker since the start of the process.
pub fn worker_restarts() -> BTreeMap<String, u64> {
    let mut restarts = BTreeMap::new();
    for worker in workers().iter().filter_map(Weak::upgrade) {
        *restarts.entry(worker.name.clone()).or_insert(0) += worker.restarts.load(Ordering::Relaxed);
    }
    restarts
}

/// Returns a receiver that is notified whenever a worker dies or recovers.
pub(crate) fn watch_workers() -> watch::Receiver<()> {
    CHANGES.subscribe()
}

fn workers() -> MutexGuard<'static, Vec<Weak<State>>> {
    WORKERS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn panicking_thread_work_is_restarted() {
        let worker = Worker::new("thread that panics twice");
        let mut runs = 0;
        worker.run(|| {
            runs += 1;
            assert!(runs > 2, "run {runs} panics");
        });
        assert_eq!(runs, 3);
        assert_eq!(worker_restarts()[worker.name()], 2);
        assert!(!dead_workers().contains(&worker.name().to_owned()));
    }

    #[test]
    fn payload_whose_drop_panics_does_not_end_the_worker() {
        struct Payload;
        impl Drop for Payload {
            fn drop(&mut self) {
                panic!("the payload panics, too");
            }
        }
        let worker = Worker::new("thread with a bad payload");
        let mut runs = 0;
        worker.run(|| {
            runs += 1;
            if runs == 1 {
                std::panic::panic_any(Payload);
            }
        });
        assert_eq!(runs, 2);
    }

    #[test]
    fn dead_worker_is_listed_until_it_is_dropped() {
        let worker = Worker::new("thread that could not be started");
        let mut changes = watch_workers();
        worker.set_dead(true);
        assert!(changes.has_changed().unwrap());
        changes.mark_unchanged();
        assert!(dead_workers().contains(&worker.name().to_owned()));
        drop(worker);
        assert!(!dead_workers().contains(&"thread that could not be started".to_owned()));
    }

    #[tokio::test(start_paused = true)]
    async fn task_that_panics_at_once_is_dead_until_it_runs_steadily() {
        const NAME: &str = "task that panics often";
        let runs = Cell::new(0);
        let work = || {
            runs.set(runs.get() + 1);
            let run = runs.get();
            async move {
                assert!(run > 5, "run {run} panics");
                std::future::pending::<()>().await;
            }
        };
        let is_dead = || dead_workers().contains(&NAME.to_owned());
        let mut supervised = std::pin::pin!(supervise(NAME, work));
        let mut observed = Vec::new();
        for seconds in [1, 1, 10, 120] {
            let span = Duration::from_secs(seconds);
            assert!(tokio::time::timeout(span, supervised.as_mut()).await.is_err());
            observed.push((runs.get(), is_dead()));
        }
        // Runs begin after 0, 0.1, 0.3, 0.7, 1.5 and 3.1 s.
        assert_eq!(observed, [(4, false), (5, true), (6, true), (6, false)]);
        assert_eq!(worker_restarts()[NAME], 5);
    }
}
