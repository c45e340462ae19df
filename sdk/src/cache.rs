//! Answers that are kept to be asked for only if they have changed (RFC 9111, section 4.3).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{ETAG, HeaderValue, IF_NONE_MATCH};
use vitae_contracts_core::UserId;

use crate::call::{Call, Reading};
use crate::transport::Received;

/// Keeps whole answers with a strong tag, the least used of them first to go.
///
/// What is kept is never used without asking: the server looks at login, role and version each
/// time, and says "not modified" (304) to who may see it. So a cache saves bytes, never a check.
#[derive(Debug)]
pub(crate) struct Cache {
    limit: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<Key, Answer>,
    size: usize,
    /// Counts uses, so that the one longest ago is known.
    clock: u64,
}

/// Whose answer to what. Two people may be shown different things under one tag.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    user: Option<UserId>,
    target: String,
}

struct Answer {
    tag: HeaderValue,
    media_type: Option<String>,
    bytes: Bytes,
    used: u64,
}

impl Cache {
    /// A cache of so many bytes of bodies.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, kept: Mutex::default() }
    }

    /// Has a call ask whether what is kept is still right; `None` for calls that are not kept.
    pub(crate) fn ask(&self, call: &mut Call, user: Option<UserId>) -> Option<Key> {
        if call.method != Method::GET || call.reading != Reading::Whole {
            return None;
        }
        let target = call.query.iter().fold(call.path.clone(), |target, (name, value)| {
            // Lengths, so that no two lists of parameters look alike.
            format!("{target}\n{}:{name}{}:{value}", name.len(), value.len())
        });
        let key = Key { user, target };
        if let Some(answer) = self.kept().answers.get(&key) {
            call.set_header(IF_NONE_MATCH, answer.tag.clone());
        }
        Some(key)
    }

    /// The answer to use: the one that came, or what is kept if that has not changed.
    ///
    /// `None` if the server calls something unchanged that is not kept any more.
    pub(crate) fn settle(&self, key: &Key, received: Received) -> Option<Received> {
        let mut kept = self.kept();
        if received.status == 304 {
            return kept.reuse(key, received);
        }
        kept.remove(key);
        if let Some(tag) = received.headers.get(ETAG).filter(|tag| tag.as_bytes().starts_with(b"\"")) {
            let (tag, media_type) = (tag.clone(), received.media_type.clone());
            kept.insert(key, Answer { tag, media_type, bytes: received.bytes.clone(), used: 0 }, self.limit);
        }
        Some(received)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn reuse(&mut self, key: &Key, mut received: Received) -> Option<Received> {
        self.clock += 1;
        let answer = self.answers.get_mut(key)?;
        // "Not modified" about another version than the one that was asked about is no answer.
        if received.headers.get(ETAG).is_some_and(|tag| *tag != answer.tag) {
            self.remove(key);
            return None;
        }
        answer.used = self.clock;
        received.media_type.clone_from(&answer.media_type);
        received.bytes = answer.bytes.clone();
        Some(received)
    }

    fn insert(&mut self, key: &Key, answer: Answer, limit: usize) {
        let size = weight(key, &answer);
        if size > limit {
            return;
        }
        while self.size + size > limit {
            let Some(oldest) = self.answers.iter().min_by_key(|(_, answer)| answer.used) else {
                break;
            };
            let oldest = oldest.0.clone();
            self.remove(&oldest);
        }
        self.clock += 1;
        self.size += size;
        self.answers.insert(key.clone(), Answer { used: self.clock, ..answer });
    }

    fn remove(&mut self, key: &Key) {
        if let Some(answer) = self.answers.remove(key) {
            self.size -= weight(key, &answer);
        }
    }
}

/// Bytes that an answer takes, about.
fn weight(key: &Key, answer: &Answer) -> usize {
    answer.bytes.len() + key.target.len() + 128
}

/// Bodies are not for logs.
impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("tag", &self.tag)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
