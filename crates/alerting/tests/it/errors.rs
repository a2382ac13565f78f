//! Errors of detections and faults of the platform.

use alerting::keys;
use model::{
    AlertId, AlertStatus, AlertType, Finding, FindingKind, Severity, SystemErrorType, SystemFinding,
};
use serde_json::{Map, Value, json};

use crate::support::{Ledger, at, detection, failed, found, match_of};

fn fault(time: &str, component: &str) -> Finding {
    Finding {
        event: None,
        at: at(time),
        kind: FindingKind::System(SystemFinding {
            error_type: SystemErrorType::AlertDelivery,
            component: component.to_owned(),
            episode: None,
            title: "Deliveries to dev-general are failing".to_owned(),
            context: Map::from_iter([("component".to_owned(), Value::from(component))]),
            never_send_to: None,
        }),
    }
}

#[test]
fn an_error_alerts_at_once_whatever_the_threshold() {
    let mut rule = detection("R");
    rule.threshold = 100;
    let mut ledger = Ledger::with([rule]);
    let changes =
        ledger.run(vec![failed(at("10:00"), "R", "KeyError"), failed(at("10:30"), "R", "KeyError")]);
    assert_eq!(changes.new_alerts.len(), 1);
    let alert = &changes.new_alerts[0].alert;
    assert_eq!(alert.id, AlertId::of("R", 1, "KeyError:error"));
    assert_eq!((alert.alert_type, alert.status), (AlertType::RuleError, AlertStatus::Open));
    assert_eq!((alert.title.as_str(), alert.dedup.as_str()), ("KeyError('x')", "KeyError"));
    assert_eq!((alert.severity, alert.event_count), (Severity::Medium, 2));
    assert_eq!(Value::Object(alert.context.clone()), json!({"error": "'x': R.py, line 4, in rule"}));
    assert_eq!(alert.runbook.as_deref(), Some("own runbook"));
    assert_eq!(ledger.kept[alert.id.as_str()].len(), 2);
}

#[test]
fn errors_and_matches_never_share_a_row() {
    let mut ledger = Ledger::with([detection("R")]);
    let texts = ["KeyError", "KeyError:error", "KeyError:error:match"];
    let mut findings = vec![failed(at("10:00"), "R", "KeyError")];
    findings.extend(texts.map(|dedup| found(at("10:00"), match_of("R", dedup))));
    let changes = ledger.run(findings);
    assert_eq!((changes.new_alerts.len(), changes.groups.len()), (4, 4));
    assert_eq!(ledger.alert("R", 1, "KeyError").alert_type, AlertType::Rule);
}

#[test]
fn errors_alert_although_the_detection_makes_no_alerts() {
    let mut rule = detection("R");
    rule.create_alert = false;
    let mut ledger = Ledger::with([rule]);
    assert_eq!(ledger.run(vec![failed(at("10:00"), "R", "KeyError")]).new_alerts.len(), 1);
}

#[test]
fn a_fault_makes_one_alert_per_component_and_day() {
    let mut ledger = Ledger::default();
    let findings = vec![fault("00:00", "d1"), fault("12:00", "d2"), fault("23:59", "d1")];
    let changes = ledger.run(findings);
    assert_eq!(changes.new_alerts.len(), 2);
    let alert = &changes.new_alerts[0].alert;
    assert_eq!(alert.id, AlertId::of_system("ALERT_DELIVERY", "d1", 1));
    assert_eq!((alert.alert_type, alert.severity), (AlertType::SystemError, Severity::Critical));
    assert_eq!(alert.detection_id.as_str(), "ALERT_DELIVERY");
    assert_eq!(alert.detection_name.as_deref(), Some("ALERT_DELIVERY"));
    assert_eq!((alert.detection_kind, alert.event_count), (None, 2));
    assert_eq!(alert.title, "Deliveries to dev-general are failing");
    let mut next_day = fault("00:00", "d1");
    next_day.at = "2026-01-02T00:00:00Z".parse().unwrap();
    let changes = ledger.run(vec![next_day]);
    assert_eq!(changes.new_alerts[0].alert.id, AlertId::of_system("ALERT_DELIVERY", "d1", 2));
}

#[test]
fn keys_name_every_group_once_and_the_limit_groups_of_matching_rules() {
    let findings = vec![
        found(at("10:00"), match_of("R", "a")),
        found(at("10:00"), match_of("R", "a")),
        failed(at("10:00"), "S", "KeyError"),
        fault("10:00", "d1"),
    ];
    let (groups, rules) = keys(&findings);
    assert_eq!(groups.len(), 4, "the match, its rule's limit, the error, the fault");
    assert_eq!(rules, ["R".into()]);
}
