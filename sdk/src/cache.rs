//! Responses kept in memory and revalidated before use (RFC 9111, section 4.3).

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use lru::LruCache;
use reqwest::Method;
use reqwest::header::{ETAG, HeaderValue, IF_NONE_MATCH};
use vitae_contracts_core::UserId;

use crate::call::{BodyMode, Call};
use crate::transport::Response;

/// Bytes counted for an entry besides its body and its key.
const ENTRY_OVERHEAD: usize = 128;

/// Whole responses with a strong `ETag`, evicted in the order of their last use.
///
/// An entry is never used without asking: the server checks login, role and version each time and
/// answers 304 only to a caller who may see it. The cache saves bytes, never a check.
#[derive(Debug)]
pub(crate) struct Cache {
    limit: usize,
    entries: Mutex<Entries>,
}

#[derive(Debug)]
struct Entries {
    responses: LruCache<Key, CachedResponse>,
    size: usize,
}

/// A request and its user. Two people may get different bodies under one tag.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    user: Option<UserId>,
    target: String,
}

struct CachedResponse {
    tag: HeaderValue,
    media_type: Option<String>,
    bytes: Bytes,
}

impl Cache {
    /// Returns an empty cache of at most this many bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, entries: Mutex::new(Entries { responses: LruCache::unbounded(), size: 0 }) }
    }

    /// Makes a call conditional if its response is cached; `None` for calls that are never cached.
    pub(crate) fn add_condition(&self, call: &mut Call, user: Option<UserId>) -> Option<Key> {
        if call.method != Method::GET || call.body_mode != BodyMode::Buffered {
            return None;
        }
        let target = call.query.iter().fold(call.path.clone(), |target, (name, value)| {
            // The lengths keep two lists of parameters from having the same key.
            format!("{target}\n{}:{name}{}:{value}", name.len(), value.len())
        });
        let key = Key { user, target };
        if let Some(cached) = self.entries().responses.peek(&key) {
            call.set_header(IF_NONE_MATCH, cached.tag.clone());
        }
        Some(key)
    }

    /// Returns the response to use: the one received, or the cached one after a 304.
    ///
    /// `None` after a 304 about a response that has been evicted or has another tag.
    pub(crate) fn resolve(&self, key: &Key, response: Response) -> Option<Response> {
        let mut entries = self.entries();
        if response.status == 304 {
            return entries.reuse(key, response);
        }
        entries.remove(key);
        if let Some(tag) = response.headers.get(ETAG).filter(|tag| tag.as_bytes().starts_with(b"\"")) {
            let (tag, media_type) = (tag.clone(), response.media_type.clone());
            let cached = CachedResponse { tag, media_type, bytes: response.bytes.clone() };
            entries.insert(key, cached, self.limit);
        }
        Some(response)
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn reuse(&mut self, key: &Key, mut response: Response) -> Option<Response> {
        let cached = self.responses.get(key)?;
        if response.headers.get(ETAG).is_some_and(|tag| *tag != cached.tag) {
            self.remove(key);
            return None;
        }
        response.media_type.clone_from(&cached.media_type);
        response.bytes = cached.bytes.clone();
        Some(response)
    }

    fn insert(&mut self, key: &Key, cached: CachedResponse, limit: usize) {
        let size = size_of(key, &cached);
        if size > limit {
            return;
        }
        while self.size + size > limit
            && let Some((key, evicted)) = self.responses.pop_lru()
        {
            self.size -= size_of(&key, &evicted);
        }
        self.size += size;
        self.responses.put(key.clone(), cached);
    }

    fn remove(&mut self, key: &Key) {
        if let Some(cached) = self.responses.pop(key) {
            self.size -= size_of(key, &cached);
        }
    }
}

/// The bytes of memory of an entry, approximately.
fn size_of(key: &Key, cached: &CachedResponse) -> usize {
    cached.bytes.len() + key.target.len() + ENTRY_OVERHEAD
}

/// Shows no body: bodies are not for logs.
impl std::fmt::Debug for CachedResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CachedResponse")
            .field("tag", &self.tag)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
