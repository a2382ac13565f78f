//! Log sources of every kind as the console lists them: how they do, and how much came in.

use model::LogType;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words;

/// One log source of whatever kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceOverview {
    /// Its id.
    pub id: String,
    /// Unique name.
    pub label: String,
    /// `http-ingest` or `audit-log`.
    #[serde(rename = "type")]
    pub source_type: String,
    /// Schemas to try, in this order.
    #[schema(value_type = Vec<String>)]
    pub log_types: Vec<LogType>,
    /// How a sender proves who it is; null where there is no sender.
    #[schema(value_type = Option<words::AuthMethod>)]
    pub auth_method: Option<String>,
    /// Whether nothing is wrong with it: no problem, and no trouble that lasts.
    pub is_healthy: bool,
    /// Why it takes nothing, when its stored secrets cannot be used.
    pub problem: Option<String>,
    /// What may not be meant so.
    pub warnings: Vec<String>,
    /// What is wrong with what it sent, or that it sends nothing.
    pub troubles: Vec<SourceTrouble>,
    /// Declared in the configuration file, or part of the server: read-only here.
    pub provisioned: bool,
    /// When it was made; null for one of the file.
    pub created_at: Option<String>,
    /// When it was changed last.
    pub updated_at: Option<String>,
    /// When the last body was accepted, of those that are processed.
    pub last_event_received_at: Option<String>,
    /// When the last body with an event was accepted, of those that are processed.
    pub last_event_processed_at: Option<String>,
    /// How long it may be silent; null without an alarm.
    pub alarm: Option<SourceAlarmOverview>,
    /// How much came in; null when the caller may not see all of its log types.
    pub volume: Option<SourceVolume>,
}

/// Something that is wrong with a source now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceTrouble {
    /// What is wrong.
    #[serde(rename = "type")]
    #[schema(value_type = words::SystemErrorType)]
    pub trouble_type: String,
    /// Since when.
    pub since: String,
    /// The alert that says so.
    pub alert_id: String,
}

/// An alarm of a source, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceAlarmOverview {
    /// An alert is made after so many minutes without an event.
    pub minutes_threshold: u64,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: String,
    /// Set in the configuration file: read-only here.
    pub provisioned: bool,
}

/// How much came in lately.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceVolume {
    /// The last 24 hours, by full hours: the present one is the last.
    pub day: SourceAmount,
    /// The last 7 days.
    pub week: SourceAmount,
    /// Events of each of the last 24 hours, oldest first.
    pub hourly_events: Vec<u64>,
}

/// Counts of a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceAmount {
    /// Events.
    pub events: u64,
    /// Accepted bytes, inflated.
    pub bytes: u64,
    /// Records that did not parse or fit no schema.
    pub failures: u64,
}

/// Log sources by label.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SourceOverviewPage {
    /// The sources.
    pub results: Vec<SourceOverview>,
    /// How many there are; more than `results` holds when there are very many.
    pub total: u64,
}

/// What came in from one source over a span of time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceVolumeSeries {
    /// Minutes of one interval.
    pub interval_minutes: u64,
    /// Every interval of the span, oldest first; the last one goes on.
    pub results: Vec<SourceInterval>,
    /// The events of the whole span by log type.
    pub log_types: Vec<LogTypeEvents>,
}

/// What came in within one interval.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceInterval {
    /// When it begins.
    pub at: String,
    /// Events.
    pub events: u64,
    /// Accepted bytes, inflated.
    pub bytes: u64,
    /// Records that did not parse or fit no schema.
    pub failures: u64,
}

/// Events of one log type.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogTypeEvents {
    /// The log type.
    #[schema(value_type = String)]
    pub log_type: LogType,
    /// How many.
    pub events: u64,
}
