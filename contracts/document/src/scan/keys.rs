//! Detection of duplicate keys.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::string::unescaped;

/// The maximum number of keys that are compared one by one; larger objects use a hash set.
const MAX_LINEAR_KEYS: usize = 32;

/// The keys of all open objects, outermost first.
///
/// One stack is shared by a whole scan, so an object of usual size allocates nothing.
#[derive(Default)]
pub(super) struct Keys<'a> {
    stack: Vec<Key<'a>>,
}

struct Key<'a> {
    /// A hash: the same for equal keys, possibly the same for different ones.
    fingerprint: u64,
    text: Cow<'a, str>,
}

/// The part of [`Keys`] that belongs to one object.
pub(super) struct KeysOfObject<'a> {
    base: usize,
    /// Used once the object is large, or two keys have the same fingerprint:
    /// its hash has a random seed, so an attacker cannot choose keys that make it slow.
    set: Option<HashSet<Cow<'a, str>>>,
}

impl<'a> Keys<'a> {
    pub(super) fn open(&self) -> KeysOfObject<'a> {
        KeysOfObject { base: self.stack.len(), set: None }
    }

    pub(super) fn close(&mut self, object: &KeysOfObject<'a>) {
        self.stack.truncate(object.base);
    }

    /// Adds the key written as `raw`; returns false if the object already has it.
    pub(super) fn insert(&mut self, object: &mut KeysOfObject<'a>, raw: &'a str) -> bool {
        let text = unescaped(raw);
        if let Some(set) = &mut object.set {
            return set.insert(text);
        }
        let fingerprint = fingerprint(text.as_bytes());
        let known = self.stack.get(object.base..).unwrap_or_default();
        let alike = known.iter().find(|key| key.fingerprint == fingerprint);
        if alike.is_some_and(|key| key.text == text) {
            return false;
        }
        if alike.is_none() && known.len() < MAX_LINEAR_KEYS {
            self.stack.push(Key { fingerprint, text });
            return true;
        }
        let known = self.stack.drain(object.base..).map(|key| key.text);
        object.set.insert(known.collect()).insert(text)
    }
}

/// A fast hash without a seed; collisions only cost time, and [`KeysOfObject::set`] bounds it.
fn fingerprint(key: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    let (words, rest) = key.as_chunks::<8>();
    let whole = words.iter().fold(key.len() as u64, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let last = rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    mix(whole, last)
}
