//! Random numbers that can be repeated from their seed.

use std::hash::{BuildHasher as _, RandomState};

/// A xorshift generator, good enough to choose test steps.
pub(crate) struct SeededRandom(u64);

impl SeededRandom {
    pub(crate) fn new() -> Self {
        Self::of(RandomState::new().hash_one("vitae"))
    }

    pub(crate) fn of(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// Returns the seed that repeats the following numbers.
    pub(crate) fn seed(&self) -> u64 {
        self.0
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Returns a number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn is_one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}
