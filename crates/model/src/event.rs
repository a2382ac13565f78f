//! What comes in: raw batches, and the events and failures that parsing makes of them.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use crate::ids::{LogType, SourceId};

/// One accepted request body as the journal keeps it: already inflated, valid UTF-8, without NUL.
#[derive(Clone, Debug)]
pub struct RawBatch {
    /// Position in the journal; grows, never used twice.
    pub sequence: u64,
    /// The source that accepted it.
    pub source_id: SourceId,
    /// When it was accepted; never decreases along the journal. `p_parse_time` of its events and the
    /// processing time of dedup windows.
    pub accepted_at: Timestamp,
    /// The body.
    pub body: Bytes,
}

/// One normalised event: what rules see and what an alert keeps.
#[derive(Clone, Debug)]
pub struct Event {
    /// `p_log_type`.
    pub log_type: LogType,
    /// `p_row_id`: hex of (journal sequence, record, event).
    pub row_id: Arc<str>,
    /// `p_source_id`.
    pub source_id: SourceId,
    /// Acceptance time of its batch.
    pub accepted_at: Timestamp,
    /// The whole event with its standard fields as one compact JSON object; keys in input order,
    /// digits of numbers untouched.
    pub json: Arc<str>,
}

/// One record that did not parse or fits no schema of its source, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFailure {
    /// The source that accepted it.
    pub source_id: SourceId,
    /// When it was accepted.
    pub received_at: Timestamp,
    /// The last schema tried; `None` when the record was never tried (a broken stream).
    pub log_type: Option<LogType>,
    /// Why, naming each schema tried.
    pub reason: String,
    /// The record's text, cut at the limit of the store.
    pub payload: String,
    /// Whether `payload` was cut.
    pub truncated: bool,
}
