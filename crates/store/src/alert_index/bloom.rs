//! A set of many hashes that may say yes where it should say no, rarely.

use std::hash::{BuildHasher as _, RandomState};

/// Bits of a set: for the thousand alerts of a chunk it says yes to about one hash in twenty that is not there.
const WORDS: usize = 128;

/// Hashes of texts, keyed anew in each process: nobody makes texts whose hashes are the same.
#[derive(Debug, Default)]
pub(super) struct Hashes(RandomState);

impl Hashes {
    /// The hash of a text.
    pub(super) fn of(&self, text: &str) -> u64 {
        self.0.hash_one(text)
    }
}

/// A set of hashes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bloom([u64; WORDS]);

impl Default for Bloom {
    fn default() -> Self {
        Bloom([0; WORDS])
    }
}

impl Bloom {
    pub(super) fn add(&mut self, hash: u64) {
        for (word, bit) in places(hash) {
            self.0[word] |= bit;
        }
    }

    /// Whether the hash may be among those that were added.
    pub(super) fn may_have(&self, hash: u64) -> bool {
        places(hash).into_iter().all(|(word, bit)| self.0[word] & bit != 0)
    }
}

/// Two places of a hash, from parts of it that have nothing to do with each other.
fn places(hash: u64) -> [(usize, u64); 2] {
    [hash, hash >> 32].map(|part| {
        let place = (part & 0x1fff) as usize;
        (place / 64 % WORDS, 1 << (place % 64))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_found_and_little_else() {
        let hashes = Hashes::default();
        let mut set = Bloom::default();
        for number in 0..1_024 {
            set.add(hashes.of(&format!("in {number}")));
        }
        assert!((0..1_024).all(|number| set.may_have(hashes.of(&format!("in {number}")))));
        let wrong = (0..10_000).filter(|number| set.may_have(hashes.of(&format!("out {number}")))).count();
        assert!(wrong < 1_000, "{wrong} of 10,000 that are not there are said to be");
    }
}
