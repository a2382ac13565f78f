//! Counts over all alerts in one look: what waits, how many were made over time, and by which detections.

use std::sync::Arc;

use model::{AlertClass, AlertStatus, LogTypeAccess, RuleId, Severity};

use super::chunk::{Chunk, Entry};
use super::table::Table;
use super::wanted::Wanted;
use crate::request::AlertFilter;
use crate::rows::{nanos, timestamp};
use crate::tally::{AlertTally, DetectionTally, TallySpan, Waiting};

const WAITING: u32 = 1 << AlertStatus::Open as u32 | 1 << AlertStatus::Triaged as u32;

/// All alerts at one moment, and what is to be counted of them.
pub(super) struct Count {
    chunks: Vec<Arc<Chunk>>,
    /// Ids of detections, by number.
    detections: Vec<Box<str>>,
    visible: Wanted,
    span: TallySpan,
    times: Times,
}

/// The times of a span as entries hold theirs.
struct Times {
    before: i64,
    from: i64,
    to: i64,
    interval: i64,
    ages: Vec<i64>,
}

impl Times {
    fn of(span: &TallySpan) -> Times {
        let from = nanos(span.from);
        let next = nanos(span.from.saturating_add(span.interval).unwrap_or(span.to));
        Times {
            before: nanos(span.before),
            from,
            to: nanos(span.to),
            interval: next.saturating_sub(from).max(1),
            ages: span.ages.iter().map(|age| nanos(*age)).collect(),
        }
    }
}

impl Count {
    /// `None` when whoever asks may see no alert.
    pub(super) fn of(table: &Table, span: TallySpan, visible: &LogTypeAccess) -> Option<Count> {
        let filter = AlertFilter { visible: visible.clone(), ..AlertFilter::default() };
        let visible = Wanted::of(&filter, &table.names)?;
        let times = Times::of(&span);
        let detections = table.names.detections.texts();
        Some(Count { chunks: table.chunks.clone(), detections, visible, span, times })
    }

    /// Looks at every chunk in which something may count.
    pub(super) fn run(self) -> AlertTally {
        let mut tally = AlertTally::empty(&self.span);
        let mut of_detections: Vec<DetectionTally> =
            self.detections.iter().map(|id| DetectionTally::nothing(RuleId::from(&**id))).collect();
        for chunk in &self.chunks {
            let is_recent = chunk.entries.last().is_some_and(|last| last.created_at >= self.times.before);
            if !is_recent && chunk.summary.statuses & WAITING == 0 {
                continue;
            }
            for entry in chunk.entries.iter().filter(|entry| self.visible.takes(chunk, entry)) {
                self.add(entry, &mut tally, &mut of_detections);
            }
        }
        of_detections.retain(|counted| counted.alerts > 0);
        tally.detections = of_detections;
        tally.detections.sort_by(|a, b| b.alerts.cmp(&a.alerts).then_with(|| a.id.cmp(&b.id)));
        tally.detections.truncate(self.span.detections_max);
        tally
    }

    fn add(&self, entry: &Entry, tally: &mut AlertTally, of_detections: &mut [DetectionTally]) {
        let times = &self.times;
        let is_waiting = WAITING & (1 << entry.status as u32) != 0;
        let class = entry.alert_type.class();
        if is_waiting {
            let waiting = match class {
                AlertClass::Alert => &mut tally.alerts[severity_number(entry.severity)],
                AlertClass::DetectionError => &mut tally.detection_errors,
                AlertClass::SystemError => &mut tally.system_errors,
            };
            note(waiting, entry, &times.ages);
        }
        if class != AlertClass::Alert || entry.created_at > times.to || entry.created_at < times.before {
            return;
        }
        let Some(of_detection) = of_detections.get_mut(entry.detection as usize) else { return };
        if entry.created_at < times.from {
            of_detection.alerts_before += 1;
            return;
        }
        of_detection.alerts += 1;
        of_detection.events += u64::try_from(entry.event_count).unwrap_or_default();
        of_detection.waiting += u64::from(is_waiting);
        let number = usize::try_from((entry.created_at - times.from) / times.interval).unwrap_or(usize::MAX);
        if let Some(count) = tally.over_time[severity_number(entry.severity)].get_mut(number) {
            *count += 1;
        }
    }
}

/// Place of a severity in [`Severity::ALL`].
fn severity_number(severity: Severity) -> usize {
    severity as usize
}

fn note(waiting: &mut Waiting, entry: &Entry, ages: &[i64]) {
    // Ages are few, the youngest first; what is older than all of them comes last.
    let age = ages.iter().position(|from| entry.created_at >= *from).unwrap_or(ages.len());
    waiting.counts[age] += 1;
    // Alerts come in the order of their creation.
    waiting.oldest.get_or_insert_with(|| timestamp(entry.created_at));
}
