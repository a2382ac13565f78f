//! What is bounded, and that it is said.

use std::time::Duration;

use model::{AlertType, SystemErrorType, metric};

use super::bench::{Bench, minute, rule};
use super::{GROUP, user};
use crate::correlation::CorrelationSettings;

/// Waits until a fault is on record; they are recorded beside everything else.
async fn system_errors(bench: &Bench) -> usize {
    for _ in 0..500 {
        let alerts = bench.alerts().await;
        let count = alerts.iter().filter(|alert| alert.alert_type == AlertType::SystemError).count();
        if count > 0 {
            return count;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no fault was recorded");
}

#[tokio::test]
async fn signals_beyond_the_bound_are_counted_and_said_once() {
    let settings = CorrelationSettings { signals_kept_max: 3, ..CorrelationSettings::default() };
    let mut bench = Bench::with_settings(&[rule("Pair", GROUP, "")], settings).await;
    for number in 0..6 {
        bench.matched("A", &format!("a{number}"), number, user("ada")).await;
    }
    assert_eq!(bench.kept("A").await, 3);
    assert_eq!(bench.counter(metric::CORRELATION_SIGNALS_DROPPED, "rule=\"A\"").await, 3);
    assert_eq!(system_errors(&bench).await, 1);
    let alerts = bench.alerts().await;
    let fault = alerts[0].system_error.as_ref().unwrap();
    assert_eq!((fault.error_type, &*fault.component), (SystemErrorType::CorrelationSignalsDropped, "A"));
    assert_eq!(alerts[0].event_count, 1);
    // The newest still count.
    bench.matched("B", "b", 5, user("ada")).await;
    bench.correlate().await;
    let alerts = bench.alerts().await;
    let alert = alerts.iter().find(|alert| alert.detection_id.as_str() == "Pair").unwrap();
    assert_eq!(bench.rows(alert).await, ["a3", "a4", "a5", "b"]);
}

#[tokio::test]
async fn an_evaluation_that_is_too_much_makes_an_error_alert_and_goes_on() {
    let settings = CorrelationSettings { work_max: 50, ..CorrelationSettings::default() };
    let mut bench = Bench::with_settings(&[rule("Pair", GROUP, "")], settings).await;
    for number in 0..60 {
        bench.matched("A", &format!("a{number}"), 0, user(&format!("user {number}"))).await;
    }
    bench.matched("B", "b", 1, user("user 0")).await;
    bench.correlate().await;
    let alerts = bench.alerts().await;
    let error = alerts.iter().find(|alert| alert.alert_type == AlertType::CorrelationRuleError).unwrap();
    assert_eq!(error.detection_id.as_str(), "Pair");
    assert!(error.title.starts_with("CorrelationLimitExceeded: more than 50 signals"), "{}", error.title);
    assert!(bench.counter(metric::RULE_ERRORS, "").await > 0);
    // It got further, so that the same signals do not fail it again and again.
    let before = bench.counter(metric::RULE_ERRORS, "").await;
    bench.correlate().await;
    assert_eq!(bench.counter(metric::RULE_ERRORS, "").await, before);
}

#[tokio::test]
async fn a_match_of_very_many_signals_is_reported_in_parts_and_counted_whole() {
    let mut bench = Bench::new(&[rule("Pair", GROUP, "")]).await;
    bench.correlate().await;
    let mut batch = bench.matched("A", "first", 0, user("ada")).await;
    let template = batch.findings[0].clone();
    for number in 0..5_500 {
        let mut finding = template.clone();
        if let Some(event) = &mut finding.event {
            event.row_id = format!("row {number}").into();
        }
        batch.findings.push(finding);
    }
    bench.matched("B", "b", 1, user("ada")).await;
    batch.move_behind(&mut bench);
    bench.commit(&batch).await;
    bench.correlate().await;
    let alerts = bench.alerts().await;
    assert_eq!((alerts.len(), alerts[0].event_count), (1, 5_502));
    assert_eq!(bench.store.alert_events(&alerts[0].id, 0, 1).await.unwrap().kept, 1_000);
    assert_eq!(bench.counter(metric::CORRELATION_MATCHES, "rule=\"Pair\"").await, 1);
}

#[tokio::test]
async fn old_signals_go_and_those_that_may_still_matter_stay() {
    let mut bench = Bench::new(&[rule("Pair", GROUP, "")]).await;
    bench.matched("A", "a", 0, user("ada")).await;
    bench.correlate().await;
    // Three look-backs, one period and a day.
    let age = 3 * 60 + 40 + 24 * 60;
    let mut bench = bench.restart();
    bench.go_to(age);
    bench.correlate().await;
    assert_eq!(bench.kept("A").await, 1);
    let mut bench = bench.restart();
    bench.go_to(age + 1);
    bench.correlate().await;
    assert_eq!(bench.kept("A").await, 0);
    assert!(minute(age) < minute(age + 1));
}
