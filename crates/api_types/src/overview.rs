//! What the first page of the console shows, part by part; a part that the caller may not see is null.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words;

/// One look at everything that waits and at what does not work.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// When it was counted.
    pub now: String,
    /// Where the span begins.
    pub from: String,
    /// Length of the span: 24, 168 or 720 hours.
    #[schema(value_type = words::OverviewHours)]
    pub hours: u32,
    /// Length of the intervals, the first of which begins with the span.
    pub interval_seconds: u32,
    /// Alerts; null without `AlertRead`.
    pub alerts: Option<OverviewAlerts>,
    /// What came in; null without `SummaryRead` or `LogSourceRead`.
    pub volumes: Option<OverviewVolumes>,
    /// Destinations; null without `DestinationRead`.
    pub destinations: Option<OverviewDestinations>,
    /// Log sources; null without `LogSourceRead`.
    pub sources: Option<OverviewSources>,
    /// Detections that are switched on; null without `RuleRead`.
    pub enabled_detections: Option<u64>,
    /// People who are not disabled, invited ones too; null without `UserRead`.
    pub people: Option<u64>,
}

/// Alerts of log types that the caller may see.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewAlerts {
    /// The ages that counts are of, the youngest first.
    pub ages: Vec<OverviewAge>,
    /// Alerts that are open or triaged, the worst severity first.
    pub waiting: Vec<OverviewWaiting>,
    /// Errors of detections that are open or triaged.
    pub detection_errors: OverviewErrors,
    /// Errors of the platform that are open or triaged.
    pub system_errors: OverviewErrors,
    /// Alerts made in each interval, the worst severity first.
    pub over_time: Vec<OverviewSeverity>,
    /// Detections with most alerts in the span, ten at most.
    pub noisy: Vec<OverviewDetection>,
}

/// An age of alerts, as bounds of their time; a list with these bounds has what is counted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewAge {
    /// Hours that the alerts are old at most; null for the last, which has the others.
    pub hours_max: Option<u32>,
    /// Made then or later; null for the last.
    pub created_after: Option<String>,
    /// Made then or earlier; null for the first.
    pub created_before: Option<String>,
}

/// Alerts of one severity that are open or triaged.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewWaiting {
    /// The severity.
    #[schema(value_type = words::Severity)]
    pub severity: String,
    /// How many there are of each age.
    pub counts: Vec<u64>,
    /// When the oldest was made; null when there is none.
    pub oldest: Option<String>,
}

/// Errors that are open or triaged.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OverviewErrors {
    /// How many.
    pub count: u64,
    /// When the oldest was made; null when there is none.
    pub oldest: Option<String>,
}

/// Alerts of one severity over time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OverviewSeverity {
    /// The severity.
    #[schema(value_type = words::Severity)]
    pub severity: String,
    /// How many were made in each interval.
    pub counts: Vec<u64>,
}

/// A detection and what it made in the span.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewDetection {
    /// Its id.
    pub id: String,
    /// What to call it: its display name, else its id.
    pub name: String,
    /// Whether it is there; one that was deleted is not.
    pub exists: bool,
    /// Alerts of the span.
    pub alerts: u64,
    /// Their events.
    pub events: u64,
    /// How many of the alerts are open or triaged.
    pub waiting: u64,
    /// Alerts of the time of the same length before the span.
    pub alerts_before: u64,
}

/// What came in of log types that the caller may see.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewVolumes {
    /// Log types with most events, eight at most, the most first.
    pub log_types: Vec<OverviewVolume>,
    /// All other log types together; null when there are none.
    pub others: Option<OverviewVolume>,
}

/// What came in of one log type.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewVolume {
    /// The log type; null for all others together.
    pub log_type: Option<String>,
    /// Events in each interval.
    pub events: Vec<u64>,
    /// Bytes of their records in each interval.
    pub bytes: Vec<u64>,
}

/// Destinations that do not take what is sent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewDestinations {
    /// How many destinations there are.
    pub total: u64,
    /// How many of them are disabled.
    pub disabled: u64,
    /// How many of the others are muted.
    pub muted: u64,
    /// Failed deliveries of one destination are counted up to this number.
    pub failed_counted_max: u64,
    /// Those with failures, by name, fifty at most.
    pub failing: Vec<OverviewDestination>,
}

/// A destination with failures.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewDestination {
    /// Its id.
    pub id: String,
    /// Its name.
    pub display_name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub destination_type: String,
    /// How it does.
    #[schema(value_type = words::DestinationState)]
    pub state: String,
    /// Deliveries that were given up, of alerts that the caller may see.
    pub failed: u64,
    /// Failed attempts since the last success.
    pub failures_in_a_row: u64,
    /// When the first of them was.
    pub failing_since: Option<String>,
    /// What the last of them said.
    pub last_error: Option<String>,
}

/// How log sources do.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewSources {
    /// How many there are.
    pub total: u64,
    /// How many are in trouble, silent ones too.
    pub troubled: u64,
    /// Those in trouble first, then the degraded ones, then by label; a hundred at most.
    pub sources: Vec<OverviewSource>,
}

/// A log source.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewSource {
    /// Its id.
    pub id: String,
    /// Its label.
    pub label: String,
    /// `well`, `degraded` (it works), `silent` (nothing for longer than its alarm allows) or `failing`.
    #[schema(value_type = words::OverviewSourceState)]
    pub state: String,
    /// What is wrong or may not be meant so, in a sentence; null when nothing is.
    pub problem: Option<String>,
    /// Since when.
    pub since: Option<String>,
    /// When something came last.
    pub last_event: Option<String>,
    /// Records of the span; null when the caller may not see all of its log types.
    pub records: Option<u64>,
    /// Records of the span that were kept as failures; null likewise.
    pub failures: Option<u64>,
    /// Bytes of the span; null likewise.
    pub bytes: Option<u64>,
}
