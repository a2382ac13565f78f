//! The state that alerting decides on and the changes that it decides, applied by `store` in one
//! transaction: dedup groups, alerts, routes and deliveries.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::alert::Alert;
use crate::delivery::NewDelivery;
use crate::event::Event;
use crate::ids::{AlertId, DestinationId, GroupKey, LogType, RuleId, SourceId};
use crate::severity::Severity;

/// Running state of one (detection, dedup string) pair.
#[derive(Clone, Debug, PartialEq)]
pub struct DedupGroup {
    /// Primary key.
    pub key: GroupKey,
    /// The detection; for system errors the fault's type word.
    pub rule_id: RuleId,
    /// Dedup string, without the error mark.
    pub dedup: String,
    /// Whether it groups errors rather than matches.
    pub is_error: bool,
    /// Alerts opened so far.
    pub alert_count: u64,
    /// Acceptance time of the first event of the open window.
    pub window_start: Timestamp,
    /// When the open window ends; an event at or after it opens a new one.
    pub window_end: Timestamp,
    /// Events in the open window.
    pub event_count: u64,
    /// Of them, how many are kept.
    pub kept_event_count: u64,
    /// Log types seen in the open window.
    pub log_types: BTreeSet<LogType>,
    /// Sources seen in the open window.
    pub source_ids: BTreeSet<SourceId>,
    /// Last event of the open window.
    pub last_event_at: Timestamp,
    /// The alert of the open window, once there is one.
    pub alert_id: Option<AlertId>,
    /// Texts of the opening match; kept only until the alert exists.
    pub opening: Option<OpeningMatch>,
    /// Distinct values of `unique()` (their 64-bit hashes), for rules that define it.
    pub unique_hashes: BTreeSet<u64>,
}

/// What the first match of a window said; becomes the alert when the threshold is reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpeningMatch {
    /// Final title.
    pub title: String,
    /// Final severity.
    pub severity: Severity,
    /// Final text.
    pub description: Option<String>,
    /// Final link.
    pub reference: Option<String>,
    /// Final text.
    pub runbook: Option<String>,
    /// Raw output of `destinations()`.
    pub destinations: Option<Vec<String>>,
    /// Final context.
    #[serde(deserialize_with = "crate::json::object")]
    pub context: Map<String, Value>,
    /// Log type of the opening event: the one that routing filters by.
    pub log_type: Option<LogType>,
    /// Warnings of the alert functions.
    pub warnings: Vec<String>,
}

/// What an operator or the limiter said about a detection; absent = nothing was said.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectionState {
    /// The detection.
    pub rule_id: RuleId,
    /// An operator's switch; `None` follows the content.
    pub enabled_override: Option<bool>,
    /// The limiter switched its alerts off at this time; signals go on.
    pub limited_at: Option<Timestamp>,
    /// Start of the limiter's current hour.
    pub limit_window_start: Option<Timestamp>,
    /// Alerts made in that hour.
    pub limit_window_alerts: u64,
}

/// What `store` loads for one decision. Missing keys mean: never seen.
#[derive(Clone, Debug, Default)]
pub struct LedgerState {
    /// Dedup groups by key.
    pub groups: HashMap<GroupKey, DedupGroup>,
    /// Detection states by id.
    pub detections: HashMap<RuleId, DetectionState>,
}

/// What one decision changes; `store` applies all of it or nothing.
#[derive(Clone, Debug, Default)]
pub struct LedgerChanges {
    /// Groups to insert or replace.
    pub groups: Vec<DedupGroup>,
    /// Alerts to insert, with their routes and deliveries.
    pub new_alerts: Vec<NewAlert>,
    /// Alerts that took more events.
    pub merges: Vec<AlertMerge>,
    /// Events to keep for an alert, or for the alert that a group may still make.
    pub kept_events: Vec<AlertEvents>,
    /// Would-be alerts whose window ended below the threshold: their kept events go. Applied before
    /// `kept_events`: the group's next would-be alert has the same id, and its events stay.
    pub dropped_events: Vec<AlertId>,
    /// Detection states to insert or replace.
    pub detections: Vec<DetectionState>,
    /// Matches that made no alert because alerts are off, per detection.
    pub signals: BTreeMap<RuleId, u64>,
}

/// A new alert; `alert.routing` tells why the deliveries are what they are.
#[derive(Clone, Debug)]
pub struct NewAlert {
    /// The alert.
    pub alert: Arc<Alert>,
    /// One row per destination.
    pub deliveries: Vec<NewDelivery>,
}

/// More events for an alert that exists. Values are totals, not differences.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertMerge {
    /// The alert.
    pub alert_id: AlertId,
    /// Exact number of events after the merge.
    pub event_count: u64,
    /// Log types after the merge.
    pub log_types: BTreeSet<LogType>,
    /// Sources after the merge.
    pub source_ids: BTreeSet<SourceId>,
    /// Last event.
    pub last_event_at: Timestamp,
}

/// Events to keep for one alert, at most 1,000 over its life.
#[derive(Clone, Debug)]
pub struct AlertEvents {
    /// The alert, or the one that its group would make next.
    pub alert_id: AlertId,
    /// The events, in order.
    pub events: Vec<Event>,
}

/// Which rule of routing decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoutingScenario {
    /// `destinations()` of the rule.
    Dynamic,
    /// `OutputIds` of the detection.
    Static,
    /// Severities, types and log types of the destinations.
    Configuration,
    /// A person chose.
    Manual,
    /// Nobody was to be told.
    None,
}

/// Where an alert went and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingDecision {
    /// Which rule of routing decided.
    pub scenario: RoutingScenario,
    /// The chosen destinations, each once.
    pub destination_ids: Vec<DestinationId>,
    /// What was odd on the way: unknown names, failed functions, cut lists.
    pub warnings: Vec<String>,
    /// For every destination of that time, whether it was chosen and which rule decided; empty for alerts of
    /// versions that did not keep it.
    #[serde(default)]
    pub explanation: Vec<RouteExplanation>,
}

/// Why one destination got an alert, or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteExplanation {
    /// The destination.
    pub destination_id: DestinationId,
    /// Its name at that time.
    pub display_name: String,
    /// Whether it got the alert.
    pub chosen: bool,
    /// The rule that decided, for a person.
    pub reason: String,
}
