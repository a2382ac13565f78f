//! The alert that "send a test" sends.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::{
    Alert, AlertId, AlertStatus, AlertType, DetectionKind, RoutingDecision, RoutingScenario, RuleId, Severity,
};
use serde_json::Map;

/// Alert id and detection id of the test alert; no stored alert can have it, because ids are hex.
pub const TEST_ALERT_ID: &str = "Test.Alert";

/// The test alert. It is never stored, and sent whatever a destination's filters say.
/// Source: `destinations.md` §1.8.
pub fn test_alert(now: Timestamp) -> Alert {
    Alert {
        id: AlertId::from(TEST_ALERT_ID),
        alert_type: AlertType::Rule,
        severity: Severity::Info,
        status: AlertStatus::Open,
        title: "This is a Test Alert".to_owned(),
        detection_id: RuleId::from(TEST_ALERT_ID),
        detection_kind: Some(DetectionKind::Rule),
        detection_name: Some("Test Alert".to_owned()),
        detection_version: Some("abcdefg".to_owned()),
        system_error: None,
        dedup: TEST_ALERT_ID.to_owned(),
        number: 1,
        created_at: now,
        first_event_at: now,
        last_event_at: now,
        updated_at: now,
        event_count: 0,
        log_types: BTreeSet::new(),
        source_ids: BTreeSet::new(),
        description: Some("This is a Test Alert".to_owned()),
        reference: None,
        runbook: Some("Stuck? Check out our docs: docs/routing.md".to_owned()),
        context: Map::new(),
        tags: vec!["test".to_owned()],
        reports: BTreeMap::new(),
        assignee: None,
        quality: None,
        context_tags: Vec::new(),
        updated_by: None,
        routing: RoutingDecision {
            scenario: RoutingScenario::Manual,
            destination_ids: Vec::new(),
            warnings: Vec::new(),
            explanation: Vec::new(),
        },
    }
}
