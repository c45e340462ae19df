//! Numbers that differ from run to run, and come again from the same seed.

use std::hash::{BuildHasher as _, RandomState};

/// Xorshift: good enough to choose what happens next.
pub(crate) struct SeededRandom(u64);

impl SeededRandom {
    pub(crate) fn new() -> Self {
        Self::of(RandomState::new().hash_one("vitae"))
    }

    pub(crate) fn of(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// What makes the same numbers again.
    pub(crate) fn seed(&self) -> u64 {
        self.0
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn is_one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}
