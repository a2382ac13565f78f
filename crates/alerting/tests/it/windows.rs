//! Dedup windows, thresholds, distinct values, kept events.

use model::{FindingKind, Severity};
use serde_json::{Map, Value};

use crate::support::{Ledger, at, detection, event, found, match_of};

fn one_by_one(ledger: &mut Ledger, times: &[&str]) {
    for time in times {
        ledger.run(vec![found(at(time), match_of("R", "who"))]);
    }
}

fn with_threshold(threshold: u64) -> Ledger {
    let mut rule = detection("R");
    rule.threshold = threshold;
    Ledger::with([rule])
}

#[test]
fn trap_22_the_window_is_fixed_and_ends_exactly_after_the_period() {
    let times = ["10:07", "10:36", "10:42", "11:06", "11:07"];
    let mut ledger = Ledger::with([detection("R")]);
    one_by_one(&mut ledger, &times);
    let mut at_once = Ledger::with([detection("R")]);
    at_once.run(times.iter().map(|time| found(at(time), match_of("R", "who"))).collect());
    for ledger in [ledger, at_once] {
        assert_eq!(ledger.alerts.len(), 2);
        let first = ledger.alert("R", 1, "who");
        assert_eq!((first.event_count, first.created_at, first.last_event_at), (4, at("10:07"), at("11:06")));
        let second = ledger.alert("R", 2, "who");
        assert_eq!((second.event_count, second.number, second.first_event_at), (1, 2, at("11:07")));
    }
}

#[test]
fn other_dedup_strings_and_rules_have_windows_of_their_own() {
    let mut ledger = Ledger::with([detection("R"), detection("S")]);
    let findings = [("R", "a"), ("R", "b"), ("S", "a"), ("R", "a")];
    let changes =
        ledger.run(findings.iter().map(|(rule, dedup)| found(at("10:00"), match_of(rule, dedup))).collect());
    let counts: Vec<_> = changes.new_alerts.iter().map(|new| new.alert.event_count).collect();
    assert_eq!(counts, [2, 1, 1], "one alert per pair, in order of first match, with final counts");
    assert!(changes.merges.is_empty());
}

#[test]
fn an_alert_is_made_when_the_count_reaches_the_threshold() {
    let mut ledger = with_threshold(3);
    let mut first = match_of("R", "who");
    first.title = Some("first".to_owned());
    first.severity = Some(Severity::Low);
    first.alert_context = Some(Map::from_iter([("n".to_owned(), Value::from(1))]));
    ledger.run(vec![found(at("10:00"), first)]);
    one_by_one(&mut ledger, &["10:10"]);
    assert!(ledger.alerts.is_empty());
    one_by_one(&mut ledger, &["10:20", "10:30"]);
    assert_eq!(ledger.alerts.len(), 1);
    let alert = ledger.alert("R", 1, "who");
    assert_eq!((alert.created_at, alert.first_event_at), (at("10:20"), at("10:00")));
    assert_eq!((alert.event_count, alert.last_event_at), (4, at("10:30")));
    assert_eq!((alert.title.as_str(), alert.severity), ("first", Severity::Low));
    assert_eq!(alert.context["n"], 1);
    assert_eq!(ledger.kept[alert.id.as_str()].len(), 4, "events below the threshold are kept too");
}

#[test]
fn a_window_that_ends_below_the_threshold_is_forgotten() {
    let mut ledger = with_threshold(3);
    one_by_one(&mut ledger, &["10:00", "10:59"]);
    let changes = ledger.run(vec![found(at("11:00"), match_of("R", "who"))]);
    let candidate = model::AlertId::of("R", 1, "who");
    assert_eq!(changes.dropped_events, std::slice::from_ref(&candidate));
    assert_eq!(ledger.kept[candidate.as_str()].len(), 1, "only the event of the new window is left");
    one_by_one(&mut ledger, &["11:10"]);
    assert!(ledger.alerts.is_empty(), "the count starts again");
    one_by_one(&mut ledger, &["11:59"]);
    let alert = ledger.alert("R", 1, "who");
    assert_eq!((alert.event_count, alert.first_event_at), (3, at("11:00")));
}

#[test]
fn a_window_that_ends_within_one_decision_leaves_nothing_to_drop() {
    let mut ledger = with_threshold(3);
    let times = ["10:00", "10:30", "11:00"];
    let changes = ledger.run(times.iter().map(|time| found(at(time), match_of("R", "who"))).collect());
    assert!(changes.dropped_events.is_empty() && changes.new_alerts.is_empty());
    assert_eq!(changes.kept_events.len(), 1);
    assert_eq!(changes.kept_events[0].events.len(), 1);
}

#[test]
fn all_events_are_counted_and_the_first_ones_kept() {
    let mut ledger = Ledger::with([detection("R")]);
    ledger.settings.kept_events_max = 3;
    one_by_one(&mut ledger, &["10:00", "10:01"]);
    ledger.run(vec![found(at("10:02"), match_of("R", "who")); 5]);
    let alert = ledger.alert("R", 1, "who");
    assert_eq!(alert.event_count, 7);
    assert_eq!(ledger.kept[alert.id.as_str()].len(), 3);
}

#[test]
fn merging_adds_log_types_and_sources_and_changes_no_text() {
    let mut ledger = Ledger::with([detection("R")]);
    one_by_one(&mut ledger, &["10:00"]);
    let mut later = match_of("R", "who");
    later.title = Some("other".to_owned());
    later.severity = Some(Severity::Critical);
    let mut finding = found(at("10:01"), later);
    finding.event = Some(event("AWS.CloudTrail", "aws", at("10:01"), "row"));
    let changes = ledger.run(vec![finding]);
    assert!(changes.new_alerts.is_empty());
    assert_eq!(changes.merges.len(), 1);
    let alert = ledger.alert("R", 1, "who");
    assert_eq!((alert.title.as_str(), alert.severity), ("Name of R", Severity::Medium));
    assert_eq!((alert.log_types.len(), alert.source_ids.len()), (2, 2));
}

#[test]
fn texts_fall_back_to_the_detection() {
    let mut ledger = Ledger::with([detection("R")]);
    let mut said = match_of("R", "who");
    said.description = Some(String::new());
    said.reference = Some("https://example.com".to_owned());
    said.runbook = Some("é".repeat(1_200));
    said.warnings = vec!["`description()` failed.".to_owned()];
    ledger.run(vec![found(at("10:00"), said)]);
    let alert = ledger.alert("R", 1, "who");
    assert_eq!(alert.description.as_deref(), Some("own description"));
    assert_eq!(alert.reference.as_deref(), Some("https://example.com"));
    assert_eq!(alert.runbook.as_ref().map(|text| text.chars().count()), Some(1_000));
    assert_eq!(alert.routing.warnings, ["`description()` failed."]);
    assert_eq!(
        (alert.tags.as_slice(), alert.detection_version.as_deref()),
        (["a tag".to_owned()].as_slice(), Some("v1"))
    );
}

#[test]
fn trap_23_a_threshold_with_unique_counts_distinct_values() {
    let mut ledger = with_threshold(3);
    let mut seen = |value: Option<&str>| {
        let mut one = match_of("R", "who");
        one.counts_unique = true;
        one.unique = value.map(str::to_owned);
        ledger.run(vec![found(at("10:00"), one)]).new_alerts.len()
    };
    assert_eq!([seen(Some("a")), seen(Some("b")), seen(Some("a")), seen(None), seen(Some("b"))], [0; 5]);
    assert_eq!([seen(Some("")), seen(Some("d"))], [1, 0], "an empty text is a value");
    let alert = ledger.alert("R", 1, "who");
    assert_eq!(alert.event_count, 7);
    assert!(ledger.groups.values().all(|group| group.unique_hashes.is_empty()), "not needed any more");
}

#[test]
fn distinct_values_start_again_with_the_window() {
    let mut ledger = with_threshold(3);
    for (time, value) in [("10:00", "a"), ("10:30", "b"), ("11:00", "c"), ("11:10", "d")] {
        let mut one = match_of("R", "who");
        one.counts_unique = true;
        one.unique = Some(value.to_owned());
        ledger.run(vec![found(at(time), one)]);
    }
    assert!(ledger.alerts.is_empty());
}

#[test]
fn a_failed_unique_never_costs_an_alert() {
    let mut ledger = Ledger::with([detection("R")]);
    let mut one = match_of("R", "who");
    one.counts_unique = true;
    assert_eq!(ledger.run(vec![found(at("10:00"), one)]).new_alerts.len(), 1);
}

#[test]
fn create_alert_false_counts_signals_only() {
    let mut rule = detection("R");
    rule.create_alert = false;
    let mut ledger = Ledger::with([rule]);
    let changes = ledger.run(vec![found(at("10:00"), match_of("R", "who")); 3]);
    assert_eq!(changes.signals["R"], 3);
    assert!(changes.groups.is_empty() && changes.new_alerts.is_empty() && changes.kept_events.is_empty());
}

#[test]
fn a_deleted_detection_still_alerts() {
    let mut ledger = Ledger::default();
    let changes = ledger.run(vec![found(at("10:00"), match_of("Gone", "who"))]);
    let alert = &changes.new_alerts[0].alert;
    assert_eq!((alert.severity, alert.title.as_str()), (Severity::High, "Gone"));
    assert!(alert.routing.warnings[0].contains("`Gone` was removed"), "{:?}", alert.routing.warnings);
}

#[test]
fn a_window_outlives_a_change_of_its_period() {
    let mut ledger = Ledger::with([detection("R")]);
    one_by_one(&mut ledger, &["10:00"]);
    let mut shorter = detection("R");
    shorter.dedup_period = std::time::Duration::from_secs(300);
    ledger.detections = Ledger::with([shorter]).detections;
    one_by_one(&mut ledger, &["10:59", "11:00", "11:05"]);
    assert_eq!(ledger.alerts.len(), 3);
}

#[test]
fn the_same_input_gives_the_same_output() {
    let findings: Vec<_> = (0..500)
        .map(|number| found(at("10:00"), match_of(["R", "S", "T"][number % 3], &format!("d{}", number % 97))))
        .collect();
    let run = || {
        let mut ledger = Ledger::with([detection("R"), detection("S"), detection("T")]);
        format!("{:?}", ledger.run(findings.clone()))
    };
    assert_eq!(run(), run());
    assert!(findings.iter().all(|finding| matches!(finding.kind, FindingKind::Match(_))));
}
