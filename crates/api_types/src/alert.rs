//! Alerts: `api.md` §3.1, with our additions `dedup`, `logTypes`, `description`, `reference`, `tags`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::common::{Actor, wire_time};

/// One alert.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// 32 hex digits.
    pub id: String,
    /// `RULE`, `RULE_ERROR`, `SYSTEM_ERROR`, …
    #[serde(rename = "type")]
    pub alert_type: String,
    /// At most 1,000 characters.
    pub title: String,
    /// `INFO` … `CRITICAL`.
    pub severity: String,
    /// `OPEN`, `TRIAGED`, `RESOLVED` or `CLOSED` (shown as "Invalid").
    pub status: String,
    /// The detection; null for system errors.
    pub detection: Option<AlertDetection>,
    /// The fault; null unless `type` is `SYSTEM_ERROR`.
    pub system_error: Option<AlertSystemError>,
    /// Who works on it.
    pub assignee: Option<Actor>,
    /// Who changed status or assignee last.
    pub updated_by: Option<Actor>,
    /// First match, or the moment the threshold was reached.
    pub created_at: String,
    /// When the first event of the window was accepted.
    pub first_event_occurred_at: String,
    /// When the last event was accepted.
    pub last_received_event_at: String,
    /// Exact number of events.
    pub event_count: u64,
    /// What to do.
    pub runbook: Option<String>,
    /// What it means.
    pub description: Option<String>,
    /// Where to read on.
    pub reference: Option<String>,
    /// Output of `alert_context()`.
    pub context: Value,
    /// Tags of the detection.
    pub tags: Vec<String>,
    /// What groups its events.
    pub dedup: String,
    /// Log types of its events.
    pub log_types: Vec<String>,
    /// Attempts to tell its destinations, oldest first; at most 100.
    pub deliveries: Vec<AlertDelivery>,
    /// Whether `deliveries` was cut.
    pub delivery_overflow: bool,
}

/// The detection that made an alert.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlertDetection {
    /// Its id; it may be gone.
    pub id: String,
    /// `RULE`, `SCHEDULED_RULE`, `POLICY` or `CORRELATION_RULE`.
    #[serde(rename = "type")]
    pub detection_type: String,
}

/// The fault behind a system error.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertSystemError {
    /// `ALERT_DELIVERY`, `STORAGE_FULL`, …
    #[serde(rename = "type")]
    pub error_type: String,
    /// What it is about: a destination id, a detection id, a folder.
    pub source_id: String,
    /// The detection, for faults of one.
    pub detection: Option<AlertDetection>,
}

/// One attempt to tell one destination.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertDelivery {
    /// The destination.
    pub output_id: String,
    /// Its name.
    pub label: String,
    /// Reply or reason.
    pub message: String,
    /// HTTP status; 0 when no reply came.
    pub status_code: u16,
    /// Whether it took the alert.
    pub success: bool,
    /// When the attempt began.
    pub dispatched_at: String,
}

/// A page of alerts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlertPage {
    /// The alerts.
    pub results: Vec<Alert>,
    /// Pass it back as `cursor`; null on the last page.
    pub next: Option<String>,
}

/// A page of events, each as the rules saw it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EventPage {
    /// The events.
    #[schema(value_type = Vec<Object>)]
    pub results: Vec<Value>,
    /// Pass it back as `cursor`; null on the last page.
    pub next: Option<String>,
    /// Whether the alert has more events than are kept (the first 1,000 are).
    pub truncated: bool,
}

/// A change of one alert; absent keys stay as they are.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct AlertPatch {
    /// `OPEN`, `TRIAGED`, `RESOLVED` or `CLOSED`.
    #[serde(default)]
    pub status: Option<String>,
    /// Any text of up to 128 characters; empty unassigns.
    #[serde(default)]
    pub assignee: Option<String>,
}

/// A change of several alerts: all or none.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct AlertBulkPatch {
    /// Alert ids, at least one.
    pub ids: Vec<String>,
    /// `OPEN`, `TRIAGED`, `RESOLVED` or `CLOSED`.
    #[serde(default)]
    pub status: Option<String>,
    /// Any text of up to 128 characters; empty unassigns.
    #[serde(default)]
    pub assignee: Option<String>,
}

/// Attempts shown with an alert; the delivery history has all of them.
const DELIVERIES_MAX: usize = 100;

impl Alert {
    /// Converts a stored alert and its deliveries.
    pub fn new(alert: &model::Alert, deliveries: &[model::Delivery]) -> Self {
        let model::Alert {
            id,
            alert_type,
            severity,
            status,
            title,
            detection_id,
            detection_kind,
            detection_name: _,
            detection_version: _,
            system_error,
            dedup,
            number: _,
            created_at,
            first_event_at,
            last_event_at,
            updated_at: _,
            event_count,
            log_types,
            source_ids: _,
            description,
            reference,
            runbook,
            context,
            tags,
            reports: _,
            assignee,
            updated_by,
            routing: _,
        } = alert;
        let (deliveries, delivery_overflow) = attempts(deliveries);
        Alert {
            id: id.to_string(),
            alert_type: alert_type.to_string(),
            title: title.clone(),
            severity: severity.to_string(),
            status: status.to_string(),
            detection: detection_kind.map(|kind| AlertDetection {
                id: detection_id.to_string(),
                detection_type: model::AlertType::of(kind, false).to_string(),
            }),
            system_error: system_error.as_ref().map(AlertSystemError::from),
            assignee: assignee.as_ref().map(|id| Actor { id: id.clone(), actor_type: "user".to_owned() }),
            updated_by: updated_by.as_ref().map(Actor::from),
            created_at: wire_time(*created_at),
            first_event_occurred_at: wire_time(*first_event_at),
            last_received_event_at: wire_time(*last_event_at),
            event_count: *event_count,
            runbook: runbook.clone(),
            description: description.clone(),
            reference: reference.clone(),
            context: Value::Object(context.clone()),
            tags: tags.clone(),
            dedup: dedup.clone(),
            log_types: log_types.iter().map(ToString::to_string).collect(),
            deliveries,
            delivery_overflow,
        }
    }
}

impl From<&model::SystemError> for AlertSystemError {
    fn from(fault: &model::SystemError) -> Self {
        let model::SystemError { error_type, component } = fault;
        let is_detection = matches!(
            error_type,
            model::SystemErrorType::DetectionBenched | model::SystemErrorType::DetectionAlertLimitExceeded
        );
        AlertSystemError {
            error_type: error_type.to_string(),
            source_id: component.clone(),
            detection: is_detection
                .then(|| AlertDetection { id: component.clone(), detection_type: "RULE".to_owned() }),
        }
    }
}

fn attempts(deliveries: &[model::Delivery]) -> (Vec<AlertDelivery>, bool) {
    let mut all: Vec<(jiff::Timestamp, AlertDelivery)> = deliveries
        .iter()
        .flat_map(|delivery| {
            delivery.attempts.iter().map(|attempt| {
                let shown = AlertDelivery {
                    output_id: delivery.destination_id.to_string(),
                    label: delivery.destination_name.clone(),
                    message: attempt.message.clone(),
                    status_code: attempt.status_code.unwrap_or(0),
                    success: attempt.success,
                    dispatched_at: wire_time(attempt.at),
                };
                (attempt.at, shown)
            })
        })
        .collect();
    all.sort_by_key(|(at, _)| *at);
    let total: u64 = deliveries.iter().map(|delivery| delivery.attempt_count).sum();
    all.truncate(DELIVERIES_MAX);
    let overflow = total > all.len() as u64;
    (all.into_iter().map(|(_, shown)| shown).collect(), overflow)
}
