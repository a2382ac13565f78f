//! Alerts: `api.md` §3.1, with our additions `dedup`, `logTypes`, `description`, `reference`, `tags`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::common::{Actor, wire_time};
use crate::words;

/// One alert.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// 32 hex digits.
    pub id: String,
    /// `RULE`, `RULE_ERROR`, `SYSTEM_ERROR`, …
    #[serde(rename = "type")]
    #[schema(value_type = words::AlertType)]
    pub alert_type: String,
    /// At most 1,000 characters.
    pub title: String,
    /// `INFO` … `CRITICAL`.
    #[schema(value_type = words::Severity)]
    pub severity: String,
    /// `OPEN`, `TRIAGED`, `RESOLVED` or `CLOSED` (shown as "Invalid").
    #[schema(value_type = words::AlertStatus)]
    pub status: String,
    /// The detection; null for system errors.
    pub detection: Option<AlertDetection>,
    /// The fault; null unless `type` is `SYSTEM_ERROR`.
    pub system_error: Option<AlertSystemError>,
    /// Who works on it.
    pub assignee: Option<Actor>,
    /// What it turned out to be: `TRUE_POSITIVE`, `BENIGN_POSITIVE` or `FALSE_POSITIVE`; null when nobody said.
    #[schema(value_type = Option<words::AlertQuality>)]
    pub quality: Option<String>,
    /// Words that people put on it.
    pub context_tags: Vec<String>,
    /// Who changed any of these last.
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
    #[schema(value_type = Object)]
    pub context: Value,
    /// Tags of the detection.
    pub tags: Vec<String>,
    /// What groups its events.
    pub dedup: String,
    /// Log types of its events.
    pub log_types: Vec<String>,
    /// Attempts to tell its destinations, oldest first; the newest 100.
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
    #[schema(value_type = words::DetectionKind)]
    pub detection_type: String,
}

/// The fault behind a system error.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertSystemError {
    /// `ALERT_DELIVERY`, `STORAGE_FULL`, …
    #[serde(rename = "type")]
    #[schema(value_type = words::SystemErrorType)]
    pub error_type: String,
    /// What it is about: a destination id, a detection id, a log source id, `journal`.
    pub source_id: String,
    /// What kind of thing that is: `destination`, `detection`, `log-source` or `journal`; null when it has none.
    #[schema(value_type = Option<words::SystemErrorSource>)]
    pub source_type: Option<String>,
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
#[serde(rename_all = "camelCase")]
pub struct AlertPatch {
    /// `OPEN`, `TRIAGED`, `RESOLVED` or `CLOSED`.
    #[serde(default)]
    #[schema(value_type = Option<words::AlertStatus>)]
    pub status: Option<String>,
    /// Any text of up to 128 characters; empty unassigns.
    #[serde(default)]
    #[schema(max_length = 128)]
    pub assignee: Option<String>,
    /// `TRUE_POSITIVE`, `BENIGN_POSITIVE` or `FALSE_POSITIVE`; empty takes it back.
    #[serde(default)]
    #[schema(value_type = Option<words::NewAlertQuality>)]
    pub quality: Option<String>,
    /// All its words: at most 10, each of 1 to 30 small letters, digits, `_` and `-`.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub context_tags: Option<Vec<String>>,
}

/// A change of several alerts: all or none.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertBulkPatch {
    /// Alert ids, at least one.
    #[schema(min_items = 1)]
    pub ids: Vec<String>,
    /// `OPEN`, `TRIAGED`, `RESOLVED` or `CLOSED`.
    #[serde(default)]
    #[schema(value_type = Option<words::AlertStatus>)]
    pub status: Option<String>,
    /// Any text of up to 128 characters; empty unassigns.
    #[serde(default)]
    #[schema(max_length = 128)]
    pub assignee: Option<String>,
    /// `TRUE_POSITIVE`, `BENIGN_POSITIVE` or `FALSE_POSITIVE`; empty takes it back.
    #[serde(default)]
    #[schema(value_type = Option<words::NewAlertQuality>)]
    pub quality: Option<String>,
    /// All its words: at most 10, each of 1 to 30 small letters, digits, `_` and `-`.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub context_tags: Option<Vec<String>>,
}

/// Attempts shown with an alert, the newest; the delivery history has more.
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
            quality,
            context_tags,
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
            quality: quality.map(|word| word.to_string()),
            context_tags: context_tags.clone(),
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
        let source_type = match error_type {
            model::SystemErrorType::AlertDelivery => "destination",
            model::SystemErrorType::CorrelationSignalsDropped
            | model::SystemErrorType::CorrelationTimeout
            | model::SystemErrorType::DetectionBenched
            | model::SystemErrorType::DetectionAlertLimitExceeded => "detection",
            model::SystemErrorType::SourceClassificationFailures
            | model::SystemErrorType::SourceLogProcessingErrors
            | model::SystemErrorType::SourceNoData => "log-source",
            model::SystemErrorType::StorageFull => "journal",
        };
        AlertSystemError {
            error_type: error_type.to_string(),
            source_id: component.clone(),
            source_type: Some(source_type.to_owned()),
            detection: (source_type == "detection")
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
    all.drain(..all.len().saturating_sub(DELIVERIES_MAX));
    let overflow = total > all.len() as u64;
    (all.into_iter().map(|(_, shown)| shown).collect(), overflow)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{
        AttemptRecord, DeliveryId, DeliveryState, DestinationType, SystemError, SystemErrorType, Trigger,
    };
    use test_support::sample_alert;

    use super::*;

    /// A delivery with one failed attempt in each of these seconds.
    fn delivery(id: &str, seconds: impl Iterator<Item = i64>) -> model::Delivery {
        let attempts: Vec<AttemptRecord> = seconds
            .map(|second| AttemptRecord {
                at: jiff::Timestamp::from_second(second).unwrap(),
                duration: Duration::from_millis(5),
                status_code: Some(503),
                success: false,
                message: second.to_string(),
            })
            .collect();
        model::Delivery {
            id: DeliveryId::from(id),
            alert_id: sample_alert().id,
            destination_id: id.into(),
            destination_name: id.to_owned(),
            destination_type: DestinationType("webhook".into()),
            state: DeliveryState::Pending,
            trigger: Trigger::Auto,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            next_attempt_at: None,
            remote_id: None,
            remote_url: None,
            attempt_count: attempts.len() as u64,
            attempts,
        }
    }

    #[test]
    fn the_newest_attempts_are_shown_oldest_first() {
        let deliveries = [delivery("even", (0..160).step_by(2)), delivery("odd", (1..160).step_by(2))];
        let shown = Alert::new(&sample_alert(), &deliveries);
        let messages: Vec<String> = shown.deliveries.iter().map(|attempt| attempt.message.clone()).collect();
        assert_eq!(messages, (60..160).map(|second| second.to_string()).collect::<Vec<_>>());
        assert!(shown.delivery_overflow);

        let shown = Alert::new(&sample_alert(), &deliveries[..1]);
        assert_eq!(shown.deliveries.len(), 80);
        assert!(!shown.delivery_overflow);
    }

    #[test]
    fn a_fault_says_what_kind_of_thing_it_is_about() {
        for (error_type, source_type, of_detection) in [
            (SystemErrorType::AlertDelivery, "destination", false),
            (SystemErrorType::CorrelationSignalsDropped, "detection", true),
            (SystemErrorType::CorrelationTimeout, "detection", true),
            (SystemErrorType::DetectionAlertLimitExceeded, "detection", true),
            (SystemErrorType::DetectionBenched, "detection", true),
            (SystemErrorType::SourceClassificationFailures, "log-source", false),
            (SystemErrorType::SourceLogProcessingErrors, "log-source", false),
            (SystemErrorType::SourceNoData, "log-source", false),
            (SystemErrorType::StorageFull, "journal", false),
        ] {
            let fault = SystemError { error_type, component: "it".to_owned() };
            let shown = serde_json::to_value(AlertSystemError::from(&fault)).unwrap();
            assert_eq!(shown["sourceType"], source_type);
            assert_eq!(shown["sourceId"], "it");
            assert_eq!(shown["detection"].is_object(), of_detection, "{error_type}");
        }
    }
}
