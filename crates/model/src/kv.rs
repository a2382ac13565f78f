//! Rows of the key-value store that detections keep between events.

use std::collections::BTreeSet;

/// How long a row stays after it expired, in seconds: reads do not see it any more, but an increment or an
/// addition still finds what it held. Afterwards it is gone for everybody, whether it was purged or not.
pub const KV_EXPIRED_KEPT_SECONDS: i64 = 48 * 60 * 60;

/// One row. A row that holds nothing and does not expire is no row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KvRow {
    /// The counter.
    pub count: Option<i64>,
    /// The string set; empty = none.
    pub strings: BTreeSet<String>,
    /// The dictionary as JSON text.
    pub dictionary: Option<String>,
    /// When it expires, in seconds since 1970; `None` = never.
    pub expires_at: Option<i64>,
}

impl KvRow {
    /// Bytes of the texts that it holds.
    pub fn value_bytes(&self) -> usize {
        let strings: usize = self.strings.iter().map(String::len).sum();
        strings + self.dictionary.as_ref().map_or(0, String::len)
    }
}

/// What became of one key; the last word of an evaluation about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvChange {
    /// The key.
    pub key: String,
    /// The row as it is now; `None` = it is gone.
    pub row: Option<KvRow>,
}
