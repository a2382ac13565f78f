//! The cases of `testdata/routing`: a file added there is a test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use alerting::check_manual_dispatch;
use model::{
    Actor, ActorKind, Alert, AlertType, Destination, DestinationId, DestinationType, Detection,
    DetectionKind, Finding, FindingKind, Mute, RoutingDecision, RoutingScenario, Severity, SystemErrorType,
    SystemFinding,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Map;

use crate::support::{Ledger, at, detection, event, failed, found, match_of};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DestinationCase {
    name: String,
    id: String,
    #[serde(rename = "type")]
    destination_type: String,
    #[serde(default)]
    severities: Vec<Severity>,
    #[serde(default)]
    alert_types: Vec<AlertType>,
    #[serde(default)]
    log_types: Vec<String>,
    #[serde(default)]
    manual_dispatch: bool,
}

/// One alert and where it must go. Destinations are called by their letters, `id(A)` is the id of one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(rename = "type", default = "rule")]
    alert_type: AlertType,
    /// Severity of the detection.
    severity: Severity,
    /// What `severity()` returned, as the worker hands it on.
    generated_severity: Option<String>,
    final_severity: Option<Severity>,
    log_type: Option<String>,
    dynamic: Option<Vec<String>>,
    #[serde(default)]
    function_warnings: Vec<String>,
    #[serde(default)]
    output_ids: Vec<String>,
    #[serde(default)]
    disabled: Vec<String>,
    /// Until which time of the day a destination is muted; alerts are made at 10:00.
    #[serde(default)]
    muted: BTreeMap<String, String>,
    #[serde(default)]
    extra_destinations: u32,
    /// Id of the first extra destination.
    extra_first_id: Option<String>,
    never_send_to: Option<String>,
    create_alert: Option<bool>,
    threshold: Option<u64>,
    /// Log types of further matches in the window.
    #[serde(default)]
    then: Vec<String>,
    /// Alerts that are made; 1 unless said.
    alerts: Option<usize>,
    #[serde(default)]
    signals: u64,
    #[serde(default)]
    expect: Vec<String>,
    scenario: Option<RoutingScenario>,
    /// A part of the reason, by the letter of a destination.
    #[serde(default)]
    reasons: BTreeMap<String, String>,
    /// A part of each warning, in order.
    #[serde(default)]
    warnings: Vec<String>,
    /// A person's choice for the alert that was made.
    manual: Option<Vec<String>>,
    manual_chosen: Option<Vec<String>>,
    manual_error: Option<String>,
}

fn rule() -> AlertType {
    AlertType::Rule
}

#[test]
fn every_case_goes_where_it_must() {
    let mut types = Vec::new();
    for path in case_files() {
        for case in read::<Vec<Case>>(&path) {
            check(&case);
            types.push(case.alert_type);
        }
    }
    assert!(types.len() >= 28 + 10, "only {} cases were found", types.len());
    for alert_type in AlertType::ALL {
        assert!(types.contains(alert_type), "no case for {alert_type}");
    }
}

fn check(case: &Case) {
    let by_letter = destinations(case);
    let mut ledger = Ledger::with([detection_of(case, &by_letter)]);
    ledger.destinations = by_letter.values().cloned().collect();
    let changes = ledger.run(findings_of(case, &by_letter));
    let name = &case.name;
    assert_eq!(changes.new_alerts.len(), case.alerts.unwrap_or(1), "{name}: alerts");
    assert_eq!(changes.signals.values().sum::<u64>(), case.signals, "{name}: signals");
    let Some(new) = changes.new_alerts.first() else { return };

    let expected: Vec<DestinationId> =
        case.expect.iter().map(|letter| by_letter[letter].id.clone()).collect();
    let routing = &new.alert.routing;
    assert_eq!(routing.destination_ids, expected, "{name}: destinations");
    let delivered: Vec<_> = new.deliveries.iter().map(|delivery| delivery.destination_id.clone()).collect();
    assert_eq!(delivered, expected, "{name}: deliveries");
    assert_eq!(Some(routing.scenario), case.scenario, "{name}: scenario");
    assert_eq!(new.alert.alert_type, case.alert_type, "{name}: type");
    assert_eq!(new.alert.severity, case.final_severity.unwrap_or(case.severity), "{name}: severity");
    assert_eq!(new.alert.event_count, 1 + case.then.len() as u64, "{name}: events");
    assert_eq!(routing.warnings.len(), case.warnings.len(), "{name}: {:?}", routing.warnings);
    for (warning, part) in routing.warnings.iter().zip(&case.warnings) {
        assert!(warning.contains(part.as_str()) && warning.ends_with('.'), "{name}: {warning}");
    }
    check_reasons(case, routing, &by_letter);
    check_manual(case, &new.alert, &ledger.destinations, &by_letter);
}

/// Every destination has one line that says what happened.
fn check_reasons(case: &Case, routing: &RoutingDecision, by_letter: &BTreeMap<String, Destination>) {
    let name = &case.name;
    assert_eq!(routing.explanation.len(), by_letter.len(), "{name}: one line each");
    for (letter, destination) in by_letter {
        let line = routing
            .explanation
            .iter()
            .find(|line| line.destination_id == destination.id)
            .expect("every destination has a line");
        assert_eq!(line.display_name, destination.display_name, "{name}");
        assert_eq!(line.chosen, routing.destination_ids.contains(&destination.id), "{name}: {line:?}");
        assert!(!line.reason.is_empty() && !line.reason.ends_with('.'), "{name}: {line:?}");
        if let Some(part) = case.reasons.get(letter) {
            assert!(line.reason.contains(part.as_str()), "{name}: {letter}: {}", line.reason);
        }
    }
}

fn check_manual(
    case: &Case,
    alert: &Alert,
    destinations: &[Destination],
    by_letter: &BTreeMap<String, Destination>,
) {
    let Some(chosen) = &case.manual else { return };
    let outcome = check_manual_dispatch(alert, &with_ids(chosen, by_letter), destinations)
        .map(|open| open.iter().map(|destination| destination.id.clone()).collect::<Vec<_>>())
        .map_err(|error| error.to_string());
    let expected = match (&case.manual_chosen, &case.manual_error) {
        (Some(letters), None) => Ok(letters.iter().map(|letter| by_letter[letter].id.clone()).collect()),
        (None, Some(message)) => Err(message.clone()),
        _ => panic!("{}: say either `manual_chosen` or `manual_error`", case.name),
    };
    assert_eq!(outcome, expected, "{}: manual dispatch", case.name);
}

fn findings_of(case: &Case, by_letter: &BTreeMap<String, Destination>) -> Vec<Finding> {
    let log_types =
        std::iter::once(case.log_type.as_deref()).chain(case.then.iter().map(|it| Some(it.as_str())));
    log_types.map(|log_type| finding_of(case, log_type, by_letter)).collect()
}

fn finding_of(case: &Case, log_type: Option<&str>, by_letter: &BTreeMap<String, Destination>) -> Finding {
    let mut finding = match case.alert_type {
        AlertType::SystemError => Finding {
            event: None,
            at: at("10:00"),
            kind: FindingKind::System(SystemFinding {
                error_type: SystemErrorType::AlertDelivery,
                component: "ops".to_owned(),
                episode: None,
                title: "Deliveries to ops are failing".to_owned(),
                context: Map::new(),
                never_send_to: case.never_send_to.as_ref().map(|letter| by_letter[letter].id.clone()),
            }),
        },
        _ if is_error(case.alert_type) => failed(at("10:00"), "R", "KeyError"),
        _ => {
            let mut one = match_of("R", "who");
            one.destinations = case.dynamic.as_ref().map(|names| with_ids(names, by_letter));
            one.severity = case.generated_severity.as_deref().and_then(Severity::parse);
            one.warnings.clone_from(&case.function_warnings);
            found(at("10:00"), one)
        }
    };
    let row = |log_type: &str| event(log_type, "source", at("10:00"), "row");
    finding.event = log_type.map(row);
    finding
}

fn detection_of(case: &Case, by_letter: &BTreeMap<String, Destination>) -> Detection {
    let mut detection = detection("R");
    let kinds = [
        DetectionKind::Rule,
        DetectionKind::ScheduledRule,
        DetectionKind::Policy,
        DetectionKind::CorrelationRule,
    ];
    let makes = |kind: &DetectionKind| AlertType::of(*kind, is_error(case.alert_type)) == case.alert_type;
    detection.kind = kinds.into_iter().find(makes).unwrap_or(DetectionKind::Rule);
    detection.severity = case.severity;
    detection.output_ids = with_ids(&case.output_ids, by_letter);
    detection.create_alert = case.create_alert.unwrap_or(true);
    detection.threshold = case.threshold.unwrap_or(1);
    detection
}

fn is_error(alert_type: AlertType) -> bool {
    alert_type.class() == model::AlertClass::DetectionError
}

/// Replaces `id(A)` by the id of that destination.
fn with_ids(names: &[String], by_letter: &BTreeMap<String, Destination>) -> Vec<String> {
    let resolve = |name: &String| match name.strip_prefix("id(").and_then(|rest| rest.strip_suffix(')')) {
        Some(letter) => by_letter[letter].id.to_string(),
        None => name.clone(),
    };
    names.iter().map(resolve).collect()
}

fn destinations(case: &Case) -> BTreeMap<String, Destination> {
    let file = testdata().join("destinations.json");
    let mut by_letter: BTreeMap<String, Destination> = BTreeMap::new();
    for (letter, it) in read::<BTreeMap<String, DestinationCase>>(&file) {
        let mut one = plain(&it.name, &it.id);
        one.destination_type = DestinationType(it.destination_type.into());
        one.severities = it.severities.into_iter().collect();
        one.alert_types = it.alert_types.into_iter().collect();
        one.log_types = it.log_types.into_iter().map(Into::into).collect();
        one.manual_dispatch = it.manual_dispatch;
        one.enabled = !case.disabled.contains(&letter);
        one.mute = case.muted.get(&letter).map(|time| Mute {
            until: at(time),
            reason: Some("moving".to_owned()),
            by: Actor { id: "ada".to_owned(), kind: ActorKind::User },
            since: at("09:00"),
        });
        by_letter.insert(letter, one);
    }
    for number in 1..=case.extra_destinations {
        let name = format!("extra-{number}");
        let id =
            case.extra_first_id.clone().filter(|_| number == 1).unwrap_or_else(|| format!("id-of-{name}"));
        by_letter.insert(name.clone(), plain(&name, &id));
    }
    by_letter
}

fn plain(name: &str, id: &str) -> Destination {
    Destination {
        id: id.into(),
        display_name: name.to_owned(),
        destination_type: DestinationType("webhook".into()),
        severities: Default::default(),
        alert_types: Default::default(),
        log_types: Default::default(),
        manual_dispatch: false,
        enabled: true,
        provisioned: false,
        mute: None,
    }
}

fn case_files() -> Vec<PathBuf> {
    let folder = testdata().join("routing");
    let entries = std::fs::read_dir(folder).expect("the folder of cases is there");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

fn read<T: DeserializeOwned>(path: &Path) -> T {
    let text = std::fs::read_to_string(path).expect("the file of cases can be read");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
