//! Which feeds are stuck, for `/readyz`.

use std::collections::BTreeMap;

use tokio::sync::watch;

/// Feeds that a consumer follows.
#[derive(Debug, Clone, Default)]
pub struct FeedHealth {
    followed: watch::Sender<BTreeMap<Feed, State>>,
}

/// Who follows whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Feed {
    pub(crate) consumer: &'static str,
    pub(crate) source: &'static str,
}

/// Why a feed does not move; `None` while it does.
pub(crate) type State = Option<String>;

impl FeedHealth {
    /// Every stuck feed as `consumer from source`, with why.
    pub fn stuck(&self) -> BTreeMap<String, String> {
        let followed = self.followed.borrow();
        let stuck = followed.iter().filter_map(|(feed, state)| Some((feed, state.clone()?)));
        stuck.map(|(feed, why)| (stuck_feed(feed.consumer, feed.source), why)).collect()
    }

    /// Reports a feed as stuck, or as moving again.
    pub fn set(&self, consumer: &'static str, source: &'static str, why: Option<String>) {
        self.followed.send_if_modified(|followed| {
            followed.insert(Feed { consumer, source }, why.clone()) != Some(why)
        });
    }

    /// Tells of every change.
    pub(crate) fn watch(&self) -> watch::Receiver<BTreeMap<Feed, State>> {
        self.followed.subscribe()
    }
}

/// How `/readyz` names a feed.
pub(crate) fn stuck_feed(consumer: &str, source: &str) -> String {
    format!("{consumer} from {source}")
}
