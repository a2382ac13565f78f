//! Counts of alerts for one page: what waits and how old it is, what was made over time, which detections make most.

use jiff::{SignedDuration, Timestamp};
use model::{LogTypeAccess, RuleId, Severity};

use crate::error::StoreError;
use crate::store::Store;

/// Most intervals of one tally.
const INTERVALS_MAX: usize = 1_000;

/// What to count, and over which times.
#[derive(Clone, Debug)]
pub struct TallySpan {
    /// Where the time begins that is compared with the span.
    pub before: Timestamp,
    /// Where the span begins.
    pub from: Timestamp,
    /// Where the span ends; alerts made at that moment count.
    pub to: Timestamp,
    /// Length of the intervals, which begin at `from`.
    pub interval: SignedDuration,
    /// Where ages begin, the youngest first; what is older than the last is an age too.
    pub ages: Vec<Timestamp>,
    /// Most detections to tell of.
    pub detections_max: usize,
}

impl TallySpan {
    /// How many intervals the span has, the last of which may be cut.
    pub fn interval_count(&self) -> usize {
        let length = self.interval.as_secs().max(1);
        let count = self.to.duration_since(self.from).as_secs() / length + 1;
        usize::try_from(count).unwrap_or_default().min(INTERVALS_MAX)
    }
}

/// Alerts that are open or triaged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many there are of each age.
    pub counts: Vec<u64>,
    /// When the oldest of them was made.
    pub oldest: Option<Timestamp>,
}

/// What one detection made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetectionTally {
    /// Its id.
    pub id: RuleId,
    /// Alerts of the span.
    pub alerts: u64,
    /// Their events.
    pub events: u64,
    /// How many of them are open or triaged.
    pub waiting: u64,
    /// Alerts of the time before the span.
    pub alerts_before: u64,
}

impl DetectionTally {
    pub(crate) fn nothing(id: RuleId) -> DetectionTally {
        DetectionTally { id, alerts: 0, events: 0, waiting: 0, alerts_before: 0 }
    }
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertTally {
    /// Alerts that wait, by severity in the order of [`Severity::ALL`].
    pub alerts: Vec<Waiting>,
    /// Errors of detections that wait.
    pub detection_errors: Waiting,
    /// Errors of the platform that wait.
    pub system_errors: Waiting,
    /// Alerts made in each interval, by severity in the order of [`Severity::ALL`].
    pub over_time: Vec<Vec<u64>>,
    /// Detections with most alerts, the most first.
    pub detections: Vec<DetectionTally>,
}

impl AlertTally {
    /// Nothing, in the shape of the span.
    pub(crate) fn empty(span: &TallySpan) -> AlertTally {
        let none = Waiting { counts: vec![0; span.ages.len() + 1], oldest: None };
        AlertTally {
            alerts: vec![none.clone(); Severity::ALL.len()],
            detection_errors: none.clone(),
            system_errors: none,
            over_time: vec![vec![0; span.interval_count()]; Severity::ALL.len()],
            detections: Vec::new(),
        }
    }
}

impl Store {
    /// Counts the alerts that whoever asks may see. Errors of detections and of the platform count only where it
    /// says so.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn tally_alerts(
        &self,
        span: TallySpan,
        visible: &LogTypeAccess,
    ) -> Result<AlertTally, StoreError> {
        self.alert_index.tally(&self.readers, span, visible).await
    }
}
