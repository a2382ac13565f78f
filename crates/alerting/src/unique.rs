//! Counting distinct values of `unique()`.

use std::collections::BTreeSet;

use md5::{Digest, Md5};

/// Distinct values counted per window. A rule that defines `unique()` alerts at the latest here, also when
/// its threshold is higher: the set that counts is bounded, and a late alert would be none.
pub const UNIQUE_VALUES_MAX: usize = 10_000;

/// Adds a value to the window's set; a full set stays as it is.
pub(crate) fn add(hashes: &mut BTreeSet<u64>, value: &str) {
    if hashes.len() < UNIQUE_VALUES_MAX {
        hashes.insert(stable_hash(value));
    }
}

/// The first eight bytes of the MD5: the same in every process and version, unlike the hashes of the
/// standard library.
fn stable_hash(value: &str) -> u64 {
    let digest = Md5::digest(value.as_bytes());
    digest.iter().take(8).fold(0, |hash, &byte| hash << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_stable() {
        // `printf a | md5sum` begins with 0cc175b9c0f1b6a8.
        assert_eq!(stable_hash("a"), 0x0cc1_75b9_c0f1_b6a8);
    }

    #[test]
    fn the_set_is_bounded() {
        let mut hashes = BTreeSet::new();
        for number in 0..UNIQUE_VALUES_MAX + 50 {
            add(&mut hashes, &number.to_string());
        }
        assert_eq!(hashes.len(), UNIQUE_VALUES_MAX);
    }
}
