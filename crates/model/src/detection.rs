//! What alerting needs to know of a detection; its code stays with `content` and `python_host`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::{LogType, RuleId};
use crate::severity::Severity;

/// Kind of a detection; decides the type of its alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DetectionKind {
    /// Runs over every event of its log types.
    Rule,
    /// Runs over the rows of a scheduled query.
    ScheduledRule,
    /// Runs over cloud resources.
    Policy,
    /// Runs over signals of other rules.
    CorrelationRule,
}

/// Metadata of one detection, defaults already applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// `RuleID`.
    pub id: RuleId,
    /// What it is.
    pub kind: DetectionKind,
    /// `DisplayName`; `None` when absent or empty.
    pub display_name: Option<String>,
    /// `Enabled` of the YAML; an operator's switch is kept apart, in `DetectionState`.
    pub enabled: bool,
    /// `Severity`.
    pub severity: Severity,
    /// `LogTypes`.
    pub log_types: Vec<LogType>,
    /// `DedupPeriodMinutes`: absent or 0 is 60 minutes, 1–4 is 5.
    pub dedup_period: Duration,
    /// `Threshold`: absent or 0 is 1.
    pub threshold: u64,
    /// `CreateAlert`; `false` makes signals only.
    pub create_alert: bool,
    /// `Description`, `None` when absent or empty.
    pub description: Option<String>,
    /// `Reference`, `None` when absent or empty.
    pub reference: Option<String>,
    /// `Runbook`, `None` when absent or empty.
    pub runbook: Option<String>,
    /// `Tags`.
    pub tags: Vec<String>,
    /// `Reports`: framework name to its entries.
    pub reports: BTreeMap<String, Vec<String>>,
    /// `OutputIds`: static destinations, ids or names.
    pub output_ids: Vec<String>,
    /// `SummaryAttributes`.
    pub summary_attributes: Vec<String>,
    /// Opaque version: changes whenever the item's YAML or code does.
    pub version: String,
}
