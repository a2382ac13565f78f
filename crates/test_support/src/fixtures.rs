//! Alerts and destinations to start a test from.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::{
    Alert, AlertId, AlertStatus, AlertType, Destination, DestinationId, DestinationType, DetectionKind,
    LogType, RoutingDecision, RoutingScenario, Severity, SourceId,
};
use serde_json::json;

/// An open high alert of the rule `Okta.Login.Strange`, created 2026-03-01T10:00:00.5Z.
pub fn sample_alert() -> Alert {
    let at: Timestamp = "2026-03-01T10:00:00.5Z".parse().expect("a valid time");
    let context = json!({"actor": "mallory@example.com", "ip": "203.0.113.7"});
    Alert {
        id: AlertId::of("Okta.Login.Strange", 1, "mallory@example.com"),
        alert_type: AlertType::Rule,
        severity: Severity::High,
        status: AlertStatus::Open,
        title: "Strange login of mallory@example.com".to_owned(),
        detection_id: "Okta.Login.Strange".into(),
        detection_kind: Some(DetectionKind::Rule),
        detection_name: Some("Strange Okta login".to_owned()),
        detection_version: Some("v1".to_owned()),
        system_error: None,
        dedup: "mallory@example.com".to_owned(),
        number: 1,
        created_at: at,
        first_event_at: at,
        last_event_at: at,
        updated_at: at,
        event_count: 1,
        log_types: BTreeSet::from([LogType::from("Okta.SystemLog")]),
        source_ids: BTreeSet::from([SourceId::from("okta")]),
        description: Some("Somebody logged in from where nobody works.".to_owned()),
        reference: None,
        runbook: Some("Ask the user.".to_owned()),
        context: context.as_object().cloned().expect("an object"),
        tags: vec!["Okta".to_owned(), "Identity".to_owned()],
        reports: BTreeMap::new(),
        assignee: None,
        quality: None,
        context_tags: Vec::new(),
        updated_by: None,
        routing: RoutingDecision {
            scenario: RoutingScenario::Configuration,
            destination_ids: Vec::new(),
            warnings: Vec::new(),
            explanation: Vec::new(),
        },
    }
}

/// An enabled destination for every severity; its id is its name.
pub fn sample_destination(name: &str, kind: &str) -> Destination {
    Destination {
        id: DestinationId::from(name),
        display_name: name.to_owned(),
        destination_type: DestinationType(kind.into()),
        severities: Severity::ALL.into_iter().collect(),
        alert_types: BTreeSet::new(),
        log_types: BTreeSet::new(),
        manual_dispatch: true,
        enabled: true,
        provisioned: false,
        mute: None,
    }
}
