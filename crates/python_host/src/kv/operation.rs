//! What each operation does to a row.
//!
//! Two edges differ on purpose, as in the reference: at the second in which a row expires reads do not see
//! it any more, while additions still count it as alive.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::{KV_EXPIRED_KEPT_SECONDS, KvRow};
use serde::{Deserialize, Serialize};

/// Longest key in bytes.
pub const KV_KEY_BYTES_MAX: usize = 2048;
/// Most bytes that a key may hold: its dictionary as JSON, or its strings together.
pub const KV_VALUE_BYTES_MAX: usize = 400 * 1024;
/// Most strings of one set.
pub const KV_SET_MEMBERS_MAX: usize = 10_000;

/// Life of a row when the caller names none, in seconds.
const DEFAULT_SECONDS: i64 = 90 * 24 * 60 * 60;
/// Smaller numbers are seconds from now, others seconds since 1970.
const ABSOLUTE_MIN: i64 = 1_000_000_000;

/// One operation, as a worker asks for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do", deny_unknown_fields)]
pub(crate) enum KvOperation {
    /// What time it is for the cache.
    Now,
    /// Reads the counter.
    Count { key: String },
    /// Reads the string set.
    Strings { key: String },
    /// Reads the dictionary.
    Dictionary { key: String },
    /// Adds to the counter.
    Increment { key: String, by: i64, ttl: Ttl },
    /// Adds one to the counter; at the threshold removes it.
    Threshold { key: String, threshold: i64, ttl: Ttl },
    /// Removes the counter.
    ResetCount { key: String },
    /// Says when the row expires.
    Expire { key: String, ttl: Ttl },
    /// Replaces the row by a dictionary, given as JSON text.
    PutDictionary { key: String, text: String, ttl: Ttl },
    /// Replaces the row by a string set.
    PutStrings { key: String, members: BTreeSet<String>, ttl: Ttl },
    /// Adds to the string set.
    AddStrings { key: String, members: BTreeSet<String>, ttl: Ttl },
    /// Removes from the string set.
    RemoveStrings { key: String, members: BTreeSet<String>, ttl: Ttl },
    /// Removes the string set.
    ResetStrings { key: String },
}

/// When a row shall expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ttl {
    /// The caller gave `None` where that is not the default.
    Keep,
    /// In 90 days.
    Default,
    /// In so many seconds; a large number is seconds since 1970.
    Seconds(i64),
}

impl Ttl {
    fn expiry(self, now: i64) -> i64 {
        match self {
            Ttl::Keep | Ttl::Default => now.saturating_add(DEFAULT_SECONDS),
            Ttl::Seconds(seconds) if seconds < ABSOLUTE_MIN => now.saturating_add(seconds),
            Ttl::Seconds(seconds) => seconds,
        }
    }
}

/// What an operation answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum KvValue {
    Nothing,
    Truth(bool),
    Number(i64),
    Seconds(f64),
    Strings(BTreeSet<String>),
    Text(Option<String>),
}

/// Why an operation was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KvError {
    /// It would pass a limit: the caller's fault.
    #[error("{0}")]
    Refused(String),
    /// The row cannot be read now.
    #[error("{0}")]
    Unavailable(String),
}

impl KvOperation {
    /// The key that it is about.
    pub(crate) fn key(&self) -> Option<&str> {
        match self {
            KvOperation::Now => None,
            KvOperation::Count { key }
            | KvOperation::Strings { key }
            | KvOperation::Dictionary { key }
            | KvOperation::Increment { key, .. }
            | KvOperation::Threshold { key, .. }
            | KvOperation::ResetCount { key }
            | KvOperation::Expire { key, .. }
            | KvOperation::PutDictionary { key, .. }
            | KvOperation::PutStrings { key, .. }
            | KvOperation::AddStrings { key, .. }
            | KvOperation::RemoveStrings { key, .. }
            | KvOperation::ResetStrings { key } => Some(key),
        }
    }

    /// Does it to a row. Answers the row as it is afterwards; nothing changes on an error.
    pub(crate) fn apply(
        &self,
        row: Option<&KvRow>,
        at: Timestamp,
    ) -> Result<(Option<KvRow>, KvValue), KvError> {
        let now = at.as_second();
        let mut row = row.filter(|row| !is_gone(row, now)).cloned().unwrap_or_default();
        let value = match self {
            KvOperation::Now => KvValue::Seconds(seconds(at)),
            KvOperation::Count { .. } => KvValue::Number(visible(&row, now).count.unwrap_or(0)),
            KvOperation::Strings { .. } => KvValue::Strings(visible(&row, now).strings),
            KvOperation::Dictionary { .. } => KvValue::Text(visible(&row, now).dictionary),
            KvOperation::Increment { by, ttl, .. } => KvValue::Number(increment(&mut row, *by, *ttl, now)?),
            KvOperation::Threshold { threshold, ttl, .. } => {
                let is_reached = increment(&mut row, 1, *ttl, now)? >= *threshold;
                if is_reached {
                    row.count = None;
                }
                KvValue::Truth(is_reached)
            }
            KvOperation::ResetCount { .. } => {
                row.count = None;
                KvValue::Nothing
            }
            KvOperation::Expire { ttl, .. } => {
                row.expires_at = Some(ttl.expiry(now));
                KvValue::Nothing
            }
            KvOperation::PutDictionary { text, ttl, .. } => {
                let dictionary = Some(text.clone());
                row = KvRow { dictionary, expires_at: Some(ttl.expiry(now)), ..KvRow::default() };
                KvValue::Nothing
            }
            KvOperation::PutStrings { members, ttl, .. } => {
                let strings = members.clone();
                row = KvRow { strings, expires_at: Some(ttl.expiry(now)), ..KvRow::default() };
                KvValue::Nothing
            }
            KvOperation::AddStrings { members, ttl, .. } => {
                // Members that expired come back: the set is added to as it lies there.
                row.strings.extend(members.iter().cloned());
                if *ttl != Ttl::Keep {
                    row.expires_at = Some(ttl.expiry(now));
                }
                KvValue::Strings(row.strings.clone())
            }
            KvOperation::RemoveStrings { members, ttl, .. } => remove_strings(&mut row, members, *ttl, now),
            KvOperation::ResetStrings { .. } => {
                row.strings.clear();
                KvValue::Nothing
            }
        };
        check(&row)?;
        Ok(((row != KvRow::default()).then_some(row), value))
    }
}

/// The counter after the addition, or the addition alone where the row had expired or never would.
fn increment(row: &mut KvRow, by: i64, ttl: Ttl, now: i64) -> Result<i64, KvError> {
    let was_alive = is_alive(row, now);
    let count = row.count.unwrap_or(0).checked_add(by).ok_or_else(|| {
        KvError::Refused("the counter would pass 64 bits; reset it with `reset_counter`".to_owned())
    })?;
    row.count = Some(count);
    if was_alive || ttl != Ttl::Keep {
        row.expires_at = Some(ttl.expiry(now));
    }
    Ok(if was_alive { count } else { by })
}

fn remove_strings(row: &mut KvRow, members: &BTreeSet<String>, ttl: Ttl, now: i64) -> KvValue {
    if is_alive(row, now) {
        row.strings.retain(|member| !members.contains(member));
        row.expires_at = Some(ttl.expiry(now));
    } else {
        row.strings.clear();
    }
    KvValue::Strings(row.strings.clone())
}

/// What a read sees of a row.
fn visible(row: &KvRow, now: i64) -> KvRow {
    if row.expires_at.is_some_and(|at| at <= now) { KvRow::default() } else { row.clone() }
}

/// Whether additions go on from what a row holds; one that never expires counts as new.
fn is_alive(row: &KvRow, now: i64) -> bool {
    row.expires_at.is_some_and(|at| at >= now)
}

/// Whether a row expired so long ago that it may have been purged.
fn is_gone(row: &KvRow, now: i64) -> bool {
    row.expires_at.is_some_and(|at| at.saturating_add(KV_EXPIRED_KEPT_SECONDS) <= now)
}

fn check(row: &KvRow) -> Result<(), KvError> {
    if row.strings.len() > KV_SET_MEMBERS_MAX {
        let count = row.strings.len();
        return Err(KvError::Refused(format!(
            "the set would have {count} strings; at most {KV_SET_MEMBERS_MAX} are kept, spread them over keys"
        )));
    }
    let bytes = row.value_bytes();
    if bytes > KV_VALUE_BYTES_MAX {
        return Err(KvError::Refused(format!(
            "the key would hold {bytes} bytes; at most {KV_VALUE_BYTES_MAX} are kept, spread them over keys"
        )));
    }
    Ok(())
}

/// Seconds since 1970 with their fraction.
#[expect(clippy::cast_precision_loss, reason = "microseconds of our time are below 2⁵³")]
fn seconds(at: Timestamp) -> f64 {
    at.as_microsecond() as f64 / 1e6
}

#[cfg(test)]
#[path = "operation_tests.rs"]
mod tests;
