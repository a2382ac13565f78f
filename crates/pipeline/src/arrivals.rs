//! What came in of each source, added up per group and written in the group's transaction.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::{LogType, RawBatch, SourceId};
use parsers::ParsedBatch;
use store::{Arrivals, SourceMark, Volume, VolumeAdd, quarter_of};

/// Adds up the arrivals of one group.
#[derive(Debug, Default)]
pub(crate) struct Arrived {
    volumes: BTreeMap<(Timestamp, SourceId, Option<LogType>), Volume>,
    marks: BTreeMap<SourceId, SourceMark>,
}

impl Arrived {
    /// Adds a body and what it was parsed to.
    pub(crate) fn add(&mut self, batch: &RawBatch, parsed: &ParsedBatch) {
        let at = batch.accepted_at;
        self.add_body(batch, parsed.record_count, parsed.failure_count);
        for (log_type, amount) in &parsed.amounts {
            let volume = Volume {
                bytes: amount.bytes,
                events: parsed.event_counts.get(log_type).copied().unwrap_or_default(),
                failures: 0,
                latency_ms: amount.latency_ms,
                timed_events: amount.timed_events,
            };
            self.volume(batch, Some(log_type.clone())).add(volume);
        }
        let mark = self.mark(batch);
        let has_events = parsed.event_counts.values().any(|count| *count > 0);
        mark.processed_at = has_events.then_some(at).or(mark.processed_at);
        let has_unreadable = parsed.unreadable_count > 0;
        mark.unreadable_at = has_unreadable.then_some(at).or(mark.unreadable_at);
        let has_unclassified = parsed.failure_count > parsed.unreadable_count;
        mark.unclassified_at = has_unclassified.then_some(at).or(mark.unclassified_at);
    }

    /// Adds a body of a source that is gone: nobody can parse it.
    pub(crate) fn add_unknown(&mut self, batch: &RawBatch, failure_count: u64) {
        self.add_body(batch, failure_count, failure_count);
    }

    /// What to write.
    pub(crate) fn into_rows(self) -> Arrivals {
        let volumes = self.volumes.into_iter().map(|((started_at, source_id, log_type), volume)| VolumeAdd {
            started_at,
            source_id,
            log_type,
            volume,
        });
        Arrivals { volumes: volumes.collect(), marks: self.marks.into_values().collect() }
    }

    fn add_body(&mut self, batch: &RawBatch, records: u64, failures: u64) {
        let bytes = batch.body.len() as u64;
        let volume = Volume { bytes, events: records, failures, ..Volume::default() };
        self.volume(batch, None).add(volume);
        self.mark(batch).received_at = batch.accepted_at;
    }

    fn volume(&mut self, batch: &RawBatch, log_type: Option<LogType>) -> &mut Volume {
        let key = (quarter_of(batch.accepted_at), batch.source_id.clone(), log_type);
        self.volumes.entry(key).or_default()
    }

    fn mark(&mut self, batch: &RawBatch) -> &mut SourceMark {
        self.marks.entry(batch.source_id.clone()).or_insert_with(|| SourceMark {
            source_id: batch.source_id.clone(),
            received_at: batch.accepted_at,
            processed_at: None,
            unclassified_at: None,
            unreadable_at: None,
        })
    }
}
