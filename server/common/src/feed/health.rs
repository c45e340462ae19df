//! Stalled feeds and parked events, for `/readyz`.

use std::collections::BTreeMap;

use tokio::sync::watch;

/// The health of the feeds that this process consumes. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct FeedHealth {
    followed: watch::Sender<BTreeMap<Feed, State>>,
}

/// The consumer and the source of a feed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Feed {
    pub(crate) consumer: &'static str,
    pub(crate) source: &'static str,
}

/// The state of one feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// The reason why the feed is stalled; `None` if it is not.
    pub(crate) stuck: Option<String>,
    /// The number of parked events.
    parked: i64,
}

impl FeedHealth {
    /// Returns the stalled feeds as `consumer from source`, with the reasons.
    pub fn stuck(&self) -> BTreeMap<String, String> {
        let followed = self.followed.borrow();
        let stuck = followed.iter().filter_map(|(feed, state)| Some((feed, state.stuck.clone()?)));
        stuck.map(|(feed, why)| (feed_name(feed.consumer, feed.source), why)).collect()
    }

    /// Returns the feeds with parked events as `consumer from source`, with their numbers.
    pub fn parked(&self) -> BTreeMap<String, i64> {
        let followed = self.followed.borrow();
        let parked = followed.iter().filter(|(_, state)| state.parked > 0);
        parked.map(|(feed, state)| (feed_name(feed.consumer, feed.source), state.parked)).collect()
    }

    /// Reports a feed as stalled, or as working (`None`).
    pub fn set(&self, consumer: &'static str, source: &'static str, why: Option<String>) {
        self.change(consumer, source, |state| state.stuck = why);
    }

    /// Reports the number of parked events of a feed.
    pub fn set_parked(&self, consumer: &'static str, source: &'static str, parked: i64) {
        self.change(consumer, source, |state| state.parked = parked);
    }

    fn change(&self, consumer: &'static str, source: &'static str, change: impl FnOnce(&mut State)) {
        self.followed.send_if_modified(|followed| {
            let feed = Feed { consumer, source };
            let before = followed.get(&feed).cloned();
            let mut after = before.clone().unwrap_or_default();
            change(&mut after);
            let changed = before.as_ref() != Some(&after);
            followed.insert(feed, after);
            changed
        });
    }

    /// Returns a receiver that is notified of every change.
    pub(crate) fn watch(&self) -> watch::Receiver<BTreeMap<Feed, State>> {
        self.followed.subscribe()
    }
}

/// Returns the name of a feed in `/readyz`.
pub(crate) fn feed_name(consumer: &str, source: &str) -> String {
    format!("{consumer} from {source}")
}
