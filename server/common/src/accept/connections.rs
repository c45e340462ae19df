//! The open connections of one port.

use std::collections::HashMap;
use std::future::poll_fn;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use futures_util::task::AtomicWaker;
use tokio::sync::Notify;

use super::limits::Limits;

/// The open connections of one port, with their limits.
pub(super) struct Connections {
    pub(super) limits: Limits,
    open: Mutex<Open>,
    ended: Notify,
    started: Instant,
}

#[derive(Default)]
struct Open {
    next: u64,
    all: HashMap<u64, Arc<Activity>>,
    by_address: HashMap<IpAddr, usize>,
}

/// The last activity of one connection, and whether it must be closed.
pub(super) struct Activity {
    /// The time of the last transferred byte, in microseconds since the start of the port.
    moved_at: AtomicU64,
    closed: AtomicBool,
    waker: AtomicWaker,
}

impl Activity {
    /// Returns ready once the connection must be closed for another one.
    pub(super) fn poll_closed(&self, context: &mut Context<'_>) -> Poll<()> {
        self.waker.register(context.waker());
        if self.closed.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Waits until the connection must be closed for another one.
    pub(super) async fn closed(&self) {
        poll_fn(|context| self.poll_closed(context)).await;
    }

    fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.waker.wake();
    }
}

/// The registration of one open connection, removed on drop.
pub(super) struct Registered {
    id: u64,
    address: Option<IpAddr>,
    connections: Arc<Connections>,
    pub(super) activity: Arc<Activity>,
}

impl Registered {
    /// Records a transfer of bytes.
    pub(super) fn touch(&self, now: Instant) {
        self.activity.moved_at.store(self.connections.micros(now), Ordering::Relaxed);
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.connections.limits
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        open.all.remove(&self.id);
        if let Some(address) = self.address
            && let Some(count) = open.by_address.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                open.by_address.remove(&address);
            }
        }
        drop(open);
        self.connections.ended.notify_one();
    }
}

impl Connections {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, open: Mutex::default(), ended: Notify::new(), started: Instant::now() })
    }

    /// Registers a connection; returns `None` if its address has reached its limit.
    pub(super) fn register(self: &Arc<Self>, peer: IpAddr) -> Option<Registered> {
        let address = self.limits.counted_address(peer);
        let mut open = self.open();
        if let Some(address) = address {
            let count = open.by_address.entry(address).or_default();
            if *count >= self.limits.per_address {
                return None;
            }
            *count += 1;
        }
        let activity = Arc::new(Activity {
            moved_at: AtomicU64::new(self.micros(Instant::now())),
            closed: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        });
        let id = open.next;
        open.next += 1;
        open.all.insert(id, Arc::clone(&activity));
        Some(Registered { id, address, connections: Arc::clone(self), activity })
    }

    pub(super) fn count(&self) -> usize {
        self.open().all.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.count() >= self.limits.connections
    }

    /// Closes the connection that has been idle for longest.
    pub(super) fn close_idlest(&self) {
        let open = self.open();
        let alive = open.all.values().filter(|activity| !activity.closed.load(Ordering::Acquire));
        let idlest = alive.min_by_key(|activity| activity.moved_at.load(Ordering::Relaxed)).cloned();
        drop(open);
        if let Some(idlest) = idlest {
            idlest.close();
        }
    }

    /// Waits until a connection has ended since the last call. For a single waiter.
    pub(super) async fn ended(&self) {
        self.ended.notified().await;
    }

    fn micros(&self, now: Instant) -> u64 {
        u64::try_from(now.duration_since(self.started).as_micros()).unwrap_or(u64::MAX)
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
