//! Alarms of log sources: how long one may be silent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::number;

/// How long a source may be silent, as somebody says it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceAlarmForm {
    /// 15 to 43200 (30 days).
    #[schema(minimum = 15, maximum = 43200)]
    #[serde(deserialize_with = "number")]
    pub minutes_threshold: u64,
}

/// An alarm that was set.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceAlarm {
    /// `SOURCE_NO_DATA`.
    #[serde(rename = "type")]
    pub alarm_type: String,
    /// An alert is made after so many minutes without an event.
    pub minutes_threshold: u64,
}

/// An alarm, and whether it is raised.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceAlarmState {
    /// `SOURCE_NO_DATA`.
    #[serde(rename = "type")]
    pub alarm_type: String,
    /// An alert is made after so many minutes without an event.
    pub minutes_threshold: u64,
    /// `OK`, `ALARM`, or `INSUFFICIENT_DATA` while no event ever came and it is too early to complain.
    pub state: String,
}
