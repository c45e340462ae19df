//! Which feeds are stuck, for `/readyz`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Feeds that do not move, by consumer and source.
#[derive(Debug, Clone, Default)]
pub struct FeedHealth {
    stuck: Arc<Mutex<BTreeMap<String, String>>>,
}

impl FeedHealth {
    /// Every stuck feed as `consumer from source`, with why.
    pub fn stuck(&self) -> BTreeMap<String, String> {
        self.stuck.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reports a feed as stuck, or as moving again.
    pub fn set(&self, consumer: &str, source: &str, why: Option<String>) {
        let name = format!("{consumer} from {source}");
        let mut stuck = self.stuck.lock().unwrap_or_else(PoisonError::into_inner);
        match why {
            Some(why) => stuck.insert(name, why),
            None => stuck.remove(&name),
        };
    }
}
