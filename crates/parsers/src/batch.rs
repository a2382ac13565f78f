//! One accepted body, from bytes to events and failures.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use model::{Event, LogType, RawBatch, RecordFailure, SourceId};
use schema::{Normalised, Rejected, Schema, Stamp, finish};
use stdx::truncate_bytes;

use crate::classify::{Classified, Classifier};
use crate::split::{Entry, StreamType, for_each_entry};

/// Longest payload kept with a failure.
const PAYLOAD_BYTES_MAX: usize = 64 << 10;

/// Most failures of one body that are kept one by one; the rest is summed up in one more, so that a
/// small compressed body of garbage cannot fill the memory.
const FAILURES_MAX: u64 = 100_000;

/// Longest time from event to acceptance that counts for the latency: 30 days. What is older is an import of old
/// logs, and says nothing about how late logs come.
const LATENCY_MS_MAX: i64 = 30 * 24 * 3_600 * 1_000;

/// What parsing has to know of a source.
#[derive(Clone, Debug)]
pub struct SourceSpec {
    /// `p_source_id`.
    pub id: SourceId,
    /// `p_source_label`.
    pub label: Arc<str>,
    /// How its bodies are made up.
    pub stream_type: StreamType,
    /// Path of the array inside the document, for [`StreamType::JsonArray`]; empty = the document.
    pub envelope: Vec<String>,
    /// The schemas of its log types, in the order of the configuration.
    pub schemas: Vec<Arc<Schema>>,
}

/// What became of one body.
#[derive(Debug, Default)]
pub struct ParsedBatch {
    /// The events, in the order of the body.
    pub events: Vec<Event>,
    /// What did not parse or fits no schema, in the order of the body; beyond 100,000 one last
    /// failure says how many more there are.
    pub failures: Vec<RecordFailure>,
    /// The line of the body in which the record of each failure begins, from 1; as long as `failures`.
    pub failure_lines: Vec<u64>,
    /// How many records failed; equals `failures.len()` unless some are summed up.
    pub failure_count: u64,
    /// Non-empty entries of the body.
    pub record_count: u64,
    /// Events by log type.
    pub event_counts: BTreeMap<LogType, u64>,
    /// Keys that the schemas do not declare, by log type; only log types that have some.
    pub unknown_keys: BTreeMap<LogType, u64>,
    /// How much fits each log type.
    pub amounts: BTreeMap<LogType, Amount>,
    /// Of the failures, entries of a `json` or `json_array` body that are not JSON: the body is not made up as
    /// its source says.
    pub unreadable_count: u64,
}

/// How much of a body fits one log type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Bytes of the entries, as they came.
    pub bytes: u64,
    /// Sum of the time from event to acceptance, over `timed_events`.
    pub latency_ms: u64,
    /// Events that have a time of their own, at most 30 days before acceptance.
    pub timed_events: u64,
}

/// Parses one body: splits it, classifies every entry, completes the events. The same batch gives the
/// same result, row ids included: hex of (journal sequence, record, event).
pub fn parse_batch(batch: &RawBatch, source: &SourceSpec) -> ParsedBatch {
    let body = String::from_utf8_lossy(&batch.body);
    let mut step = Step {
        batch,
        source,
        body: &body,
        counted: (0, 1),
        classifier: Classifier::new(&source.schemas),
        parsed: ParsedBatch::default(),
    };
    for_each_entry(&body, source.stream_type, &source.envelope, &mut |entry| step.take(entry));
    step.sum_up();
    step.parsed
}

/// Completes an event with what it owes to its batch and source; `place` is its record, and its number in that.
pub(crate) fn complete(
    batch: &RawBatch,
    source: &SourceSpec,
    log_type: &LogType,
    place: (u64, usize),
    normalised: Normalised,
) -> Event {
    let (record, number) = place;
    let stamp = Stamp {
        log_type,
        row_id: format!("{:016x}{record:08x}{number:08x}", batch.sequence),
        accepted_at: batch.accepted_at,
        source_id: &source.id,
        source_label: &source.label,
    };
    finish(normalised, stamp)
}

struct Step<'a> {
    batch: &'a RawBatch,
    source: &'a SourceSpec,
    body: &'a str,
    /// Where counting lines stopped: bytes of the body, and the line there.
    counted: (usize, u64),
    classifier: Classifier<'a>,
    parsed: ParsedBatch,
}

impl Step<'_> {
    fn take(&mut self, entry: Entry<'_>) {
        let record = self.parsed.record_count;
        self.parsed.record_count += 1;
        let entry_text = entry.text;
        let is_unreadable = entry.parsed.is_err()
            && matches!(self.source.stream_type, StreamType::Json | StreamType::JsonArray);
        self.parsed.unreadable_count += u64::from(is_unreadable);
        match self.classifier.classify(entry) {
            Ok(Classified { schema, outcome }) => {
                let log_type = self.source.schemas[schema].log_type();
                self.parsed.amounts.entry(log_type.clone()).or_default().bytes += entry_text.len() as u64;
                for (number, normalised) in outcome.events.into_iter().enumerate() {
                    self.keep_event(log_type, record, number, normalised);
                }
                for Rejected { text, mismatch } in outcome.rejected {
                    let line = self.line_of(entry_text);
                    self.keep_failure(Some(log_type.clone()), format!("{log_type}: {mismatch}"), &text, line);
                }
            }
            Err(unclassified) => {
                let line = self.line_of(entry_text);
                self.keep_failure(unclassified.log_type, unclassified.reason, entry_text, line);
            }
        }
    }

    fn keep_event(&mut self, log_type: &LogType, record: u64, number: usize, normalised: Normalised) {
        if normalised.unknown_keys > 0 {
            *self.parsed.unknown_keys.entry(log_type.clone()).or_default() += normalised.unknown_keys;
        }
        *self.parsed.event_counts.entry(log_type.clone()).or_default() += 1;
        self.count_latency(log_type, normalised.event_time);
        self.parsed.events.push(complete(self.batch, self.source, log_type, (record, number), normalised));
    }

    /// An event from the future came at once.
    fn count_latency(&mut self, log_type: &LogType, event_time: Option<Timestamp>) {
        let Some(event_time) = event_time else { return };
        let latency_ms = self.batch.accepted_at.duration_since(event_time).as_millis().max(0);
        if let (Ok(latency_ms), true) = (u64::try_from(latency_ms), latency_ms <= i128::from(LATENCY_MS_MAX))
        {
            let amount = self.parsed.amounts.entry(log_type.clone()).or_default();
            amount.latency_ms += latency_ms;
            amount.timed_events += 1;
        }
    }

    /// The line in which an entry begins. Entries come in order, so every byte is counted once.
    fn line_of(&mut self, entry: &str) -> u64 {
        let (from, line) = self.counted;
        let at = entry.as_ptr().addr().wrapping_sub(self.body.as_ptr().addr());
        if at < from || at > self.body.len() {
            return line;
        }
        let passed = self.body.as_bytes()[from..at].iter().filter(|&&byte| byte == b'\n').count();
        self.counted = (at, line + passed as u64);
        self.counted.1
    }

    fn keep_failure(&mut self, log_type: Option<LogType>, reason: String, text: &str, line: u64) {
        self.parsed.failure_count += 1;
        if self.parsed.failure_count > FAILURES_MAX + 1 {
            return;
        }
        let (payload, truncated) = truncate_bytes(text, PAYLOAD_BYTES_MAX);
        self.parsed.failure_lines.push(line);
        self.parsed.failures.push(RecordFailure {
            source_id: self.source.id.clone(),
            received_at: self.batch.accepted_at,
            log_type,
            reason,
            payload: payload.to_owned(),
            truncated,
        });
    }

    /// Says in the last kept failure how many more there are.
    fn sum_up(&mut self) {
        let more = self.parsed.failure_count.saturating_sub(FAILURES_MAX);
        if more > 1
            && let Some(last) = self.parsed.failures.last_mut()
        {
            last.reason = format!(
                "{more} more records of this body failed and are not kept one by one; the first of them: {}",
                last.reason
            );
            last.truncated = true;
        }
    }
}
