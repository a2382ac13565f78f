//! What came in of each source: how much over time, and when last.

use jiff::{SignedDuration, Timestamp};
use model::{LogType, SourceId};

/// Volumes are added up over so long; a multiple of it is an hour.
pub const QUARTER: SignedDuration = SignedDuration::from_mins(15);
/// Quarters of an hour are kept so long, then their hours.
pub const QUARTERS_KEPT: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Hours are kept so long.
pub const HOURS_KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// What a commit adds about sources; a replay adds nothing.
#[derive(Clone, Debug, Default)]
pub struct Arrivals {
    /// Volumes to add, at most one of each quarter, source and log type.
    pub volumes: Vec<VolumeAdd>,
    /// When the sources were heard of, each once.
    pub marks: Vec<SourceMark>,
}

/// A volume to add to a quarter of an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeAdd {
    /// Start of the quarter, as [`quarter_of`] gives it.
    pub started_at: Timestamp,
    /// Where it came from.
    pub source_id: SourceId,
    /// The log type; `None` for accepted bodies as a whole, whatever became of them.
    pub log_type: Option<LogType>,
    /// How much.
    pub volume: Volume,
}

/// An amount of logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// Bytes of the bodies; of a log type, bytes of the records that fit it, as they came.
    pub bytes: u64,
    /// Events; of bodies, records.
    pub events: u64,
    /// Records kept as failures.
    pub failures: u64,
    /// Sum of the time from event to acceptance, over `timed_events`.
    pub latency_ms: u64,
    /// Events that count for the latency.
    pub timed_events: u64,
}

impl Volume {
    /// Adds another amount to this.
    pub fn add(&mut self, other: Volume) {
        let Volume { bytes, events, failures, latency_ms, timed_events } = other;
        self.bytes += bytes;
        self.events += events;
        self.failures += failures;
        self.latency_ms += latency_ms;
        self.timed_events += timed_events;
    }
}

/// When a source was heard of; `None` leaves as is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceMark {
    /// The source.
    pub source_id: SourceId,
    /// Acceptance time of a body.
    pub received_at: Timestamp,
    /// Acceptance time of a body with an event.
    pub processed_at: Option<Timestamp>,
    /// Acceptance time of a body with a record that fits no schema.
    pub unclassified_at: Option<Timestamp>,
    /// Acceptance time of a body that is not made up as the stream type of its source says.
    pub unreadable_at: Option<Timestamp>,
}

/// When a source was heard of last; times of acceptance, `None` for never.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceState {
    /// When the source was first seen in the configuration.
    pub known_at: Option<Timestamp>,
    /// Last body.
    pub received_at: Option<Timestamp>,
    /// Last body with an event.
    pub processed_at: Option<Timestamp>,
    /// Last body with a record that fits no schema.
    pub unclassified_at: Option<Timestamp>,
    /// Last body that is not made up as the stream type of its source says.
    pub unreadable_at: Option<Timestamp>,
}

/// Volume of a log type, or of the bodies of a source, within one interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntervalVolume {
    /// Number of the interval, from 0.
    pub interval: u64,
    /// The log type; `None` for bodies.
    pub log_type: Option<LogType>,
    /// Where it came from.
    pub source_id: SourceId,
    /// How much.
    pub volume: Volume,
}

/// Start of the quarter of an hour (UTC) in which a time lies.
pub fn quarter_of(at: Timestamp) -> Timestamp {
    floor(at, QUARTER)
}

/// Start of the hour (UTC) in which a time lies.
pub(crate) fn hour_of(at: Timestamp) -> Timestamp {
    floor(at, SignedDuration::from_hours(1))
}

fn floor(at: Timestamp, length: SignedDuration) -> Timestamp {
    let seconds = at.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(length.as_secs())).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_belongs_to_the_quarter_and_hour_that_began_last() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(quarter_of(at("2026-03-01T10:14:59.999Z")), at("2026-03-01T10:00:00Z"));
        assert_eq!(quarter_of(at("2026-03-01T10:15:00Z")), at("2026-03-01T10:15:00Z"));
        assert_eq!(hour_of(at("2026-03-01T10:59:59.5Z")), at("2026-03-01T10:00:00Z"));
        assert_eq!(quarter_of(at("1969-12-31T23:59:59Z")), at("1969-12-31T23:45:00Z"));
    }
}
