//! The parse stage: raw batches become one group of events and failures, with its counts.

use model::{Event, RawBatch, RecordFailure, metric};
use parsers::parse_batch;

use crate::arrivals::Arrived;
use crate::counters::Counters;
use crate::world::World;

/// What one or more journal batches became; the unit of evaluation and of commit.
#[derive(Debug)]
pub(crate) struct Group {
    /// Journal position after this group.
    pub(crate) last_sequence: u64,
    /// Acceptance time of the last batch.
    pub(crate) accepted_at: jiff::Timestamp,
    pub(crate) events: Vec<Event>,
    pub(crate) failures: Vec<RecordFailure>,
    pub(crate) counters: Counters,
    pub(crate) arrived: Arrived,
}

/// Parses batches, in order, into one group. `None` when there is no batch.
///
/// CPU work: call it on a thread that may block.
pub(crate) fn parse_group(batches: &[RawBatch], world: &World) -> Option<Group> {
    let last = batches.last()?;
    let mut group = Group {
        last_sequence: last.sequence,
        accepted_at: last.accepted_at,
        events: Vec::new(),
        failures: Vec::new(),
        counters: Counters::default(),
        arrived: Arrived::default(),
    };
    for batch in batches {
        parse_one(batch, world, &mut group);
    }
    Some(group)
}

fn parse_one(batch: &RawBatch, world: &World, group: &mut Group) {
    let source_id = batch.source_id.as_str();
    let Some(source) = world.sources.get(&batch.source_id) else {
        let pieces = unknown_source(batch);
        group.arrived.add_unknown(batch, pieces.len() as u64);
        for name in [metric::EVENTS_ACCEPTED, metric::RECORDS_FAILED] {
            group.counters.add(name, &[("source", source_id)], pieces.len() as u64);
        }
        group.failures.extend(pieces);
        return;
    };
    let parsed = parse_batch(batch, source);
    group.arrived.add(batch, &parsed);
    let source_label = [("source", source_id)];
    group.counters.add(metric::EVENTS_ACCEPTED, &source_label, parsed.record_count);
    group.counters.add(metric::RECORDS_FAILED, &source_label, parsed.failure_count);
    for (log_type, count) in &parsed.event_counts {
        let labels = [("source", source_id), ("log_type", log_type.as_str())];
        group.counters.add(metric::EVENTS_PARSED, &labels, *count);
    }
    for (log_type, count) in &parsed.unknown_keys {
        group.counters.add(metric::UNKNOWN_KEYS, &[("log_type", log_type.as_str())], *count);
    }
    group.events.extend(parsed.events);
    group.failures.extend(parsed.failures);
}

/// A batch whose source left the configuration before a restart: kept whole, as failures of at most 64 KiB
/// each.
fn unknown_source(batch: &RawBatch) -> Vec<RecordFailure> {
    const PAYLOAD_BYTES_MAX: usize = 64 * 1024;
    let text = String::from_utf8_lossy(&batch.body);
    let mut rest: &str = &text;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let (payload, _) = stdx::truncate_bytes(rest, PAYLOAD_BYTES_MAX);
        rest = &rest[payload.len()..];
        pieces.push(RecordFailure {
            source_id: batch.source_id.clone(),
            received_at: batch.accepted_at,
            log_type: None,
            reason: format!(
                "the source `{}` is not in the configuration any more; add it and send the logs again",
                batch.source_id
            ),
            payload: payload.to_owned(),
            truncated: false,
        });
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_of_a_removed_source_is_kept_whole() {
        let body = "ä".repeat(100_000);
        let batch = RawBatch {
            sequence: 1,
            source_id: "gone".into(),
            accepted_at: jiff::Timestamp::UNIX_EPOCH,
            body: body.clone().into_bytes().into(),
        };
        let pieces = unknown_source(&batch);
        assert_eq!(pieces.len(), 4);
        assert_eq!(pieces.iter().map(|piece| piece.payload.as_str()).collect::<String>(), body);
    }
}
