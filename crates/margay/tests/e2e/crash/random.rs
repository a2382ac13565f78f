//! Random numbers that a seed repeats.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// A xorshift generator (Marsaglia 2003): enough for moments and sizes.
pub(crate) struct Random(u64);

/// A seed that differs from run to run.
pub(crate) fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 11) % limit
    }

    /// A time up to `max`.
    pub(crate) fn duration(&mut self, max: Duration) -> Duration {
        max.mul_f64(self.below(1_000_000) as f64 / 1e6)
    }
}
