//! Correlation rules in production: what becomes of signals, whenever they come and whatever happens.

mod bench;
mod bounds;
mod schedules;

use model::{AlertType, FindingKind, RoutingScenario, metric};
use serde_json::json;

use bench::{Bench, minute, rule};

const FAILS_AND_SUCCESS: &str = "\
Sequence:
  - {ID: fail, RuleID: Fail, MinMatchCount: 2}
  - {ID: ok, RuleID: Ok}
Transitions:
  - {From: fail, To: ok, WithinTimeFrameMinutes: 30, Match: [{On: p_alert_context.user}]}
LookbackWindowMinutes: 60
Schedule: {RateMinutes: 40, TimeoutMinutes: 5}
";

fn user(name: &str) -> serde_json::Value {
    json!({ "user": name })
}

async fn sequence() -> Bench {
    Bench::new(&[rule("Guessed", FAILS_AND_SUCCESS, "DisplayName: A guessed password\nDescription: d\n")])
        .await
}

#[tokio::test]
async fn events_that_arrive_in_any_order_make_one_alert() {
    let mut bench = sequence().await;
    bench.matched("Ok", "success", 20, user("ada")).await;
    bench.correlate().await;
    bench.matched("Fail", "second", 10, user("ada")).await;
    bench.matched("Fail", "other", 10, user("eve")).await;
    bench.correlate().await;
    assert!(bench.alerts().await.is_empty());
    bench.matched("Fail", "first", 5, user("ada")).await;
    bench.correlate().await;
    let alerts = bench.alerts().await;
    let [alert] = &alerts[..] else { panic!("{alerts:#?}") };
    assert_eq!((alert.alert_type, alert.event_count), (AlertType::CorrelationRule, 3));
    assert_eq!((alert.title.as_str(), alert.description.as_deref()), ("A guessed password", Some("d")));
    assert_eq!(alert.dedup, r#"Guessed:["ada"]"#);
    assert_eq!(bench.rows(alert).await, ["first", "second", "success"]);
    assert_eq!(alert.log_types.iter().map(ToString::to_string).collect::<Vec<_>>(), ["Okta.SystemLog"]);
    assert_eq!(
        serde_json::Value::Object(alert.context.clone()),
        json!({
            "matched": {"p_alert_context.user": "ada"},
            "firstEventTime": "2026-03-01 00:05:00.000",
            "lastEventTime": "2026-03-01 00:20:00.000",
            "steps": [
                {"id": "fail", "ruleId": "Fail", "count": 2, "rowIds": ["first", "second"]},
                {"id": "ok", "ruleId": "Ok", "count": 1, "rowIds": ["success"]},
            ],
        })
    );
    assert_eq!(bench.counter(metric::CORRELATION_MATCHES, "rule=\"Guessed\"").await, 1);
    assert_eq!(bench.counter(metric::CORRELATION_SIGNALS_STORED, "rule=\"Fail\"").await, 3);
}

#[tokio::test]
async fn one_more_signal_is_added_to_the_alert_and_counted_once() {
    let mut bench = sequence().await;
    for (rule, row, at) in [("Fail", "a", 0), ("Fail", "b", 1), ("Ok", "c", 2)] {
        bench.matched(rule, row, at, user("ada")).await;
    }
    bench.correlate().await;
    bench.go_to(10);
    bench.matched("Ok", "d", 9, user("ada")).await;
    bench.matched("Fail", "late", -3, user("ada")).await;
    bench.correlate().await;
    let alerts = bench.alerts().await;
    assert_eq!((alerts.len(), alerts[0].event_count), (1, 5));
    assert_eq!(bench.rows(&alerts[0]).await, ["a", "b", "c", "late", "d"]);
    assert_eq!(bench.counter(metric::CORRELATION_MATCHES, "rule=\"Guessed\"").await, 1);
    // After the look-back what comes is another alert.
    bench.go_to(100);
    for (rule, row, at) in [("Fail", "e", 90), ("Fail", "f", 91), ("Ok", "g", 92)] {
        bench.matched(rule, row, at, user("ada")).await;
    }
    bench.correlate().await;
    let alerts = bench.alerts().await;
    assert_eq!((alerts.len(), alerts[1].event_count, alerts[1].number), (2, 3, 2));
    assert_eq!(bench.rows(&alerts[1]).await, ["e", "f", "g"]);
}

#[tokio::test]
async fn nothing_is_done_twice_by_a_replay_or_a_restart_and_nothing_is_lost() {
    let mut bench = sequence().await;
    let first = bench.matched("Fail", "a", 0, user("ada")).await;
    bench.matched("Fail", "b", 1, user("ada")).await;
    let mut bench = bench.restart();
    bench.commit(&first).await;
    let last = bench.matched("Ok", "c", 2, user("ada")).await;
    // Stopped before anybody looked.
    let mut bench = bench.restart();
    bench.commit(&last).await;
    bench.correlate().await;
    assert_eq!(bench.alerts().await.len(), 1);
    let mut bench = bench.restart();
    bench.commit(&last).await;
    bench.correlate().await;
    bench.go_to(41);
    bench.correlate().await;
    let alerts = bench.alerts().await;
    assert_eq!((alerts.len(), alerts[0].event_count), (1, 3));
    assert_eq!(bench.counter(metric::CORRELATION_MATCHES, "rule=\"Guessed\"").await, 1);
    assert_eq!(bench.counter(metric::CORRELATION_SIGNALS_STORED, "rule=\"Fail\"").await, 2);
}

#[tokio::test]
async fn late_events_are_put_where_they_belong_long_after_their_time() {
    let mut bench = sequence().await;
    bench.correlate().await;
    bench.go_to(5_000);
    bench.correlate().await;
    for (rule, row, at) in [("Ok", "c", 20), ("Fail", "a", 0), ("Fail", "b", 1), ("Fail", "now", 4_999)] {
        bench.matched(rule, row, at, user("ada")).await;
    }
    bench.correlate().await;
    let alerts = bench.alerts().await;
    assert_eq!(bench.rows(&alerts[0]).await, ["a", "b", "c"]);
    assert_eq!((alerts.len(), alerts[0].created_at), (1, minute(5_000)));
}

const GROUP: &str = "\
Group: [{ID: a, RuleID: A}, {ID: b, RuleID: B}]
MatchCriteria:
  who: [{GroupID: a, Match: p_alert_context.user}, {GroupID: b, Match: p_alert_context.user}]
LookbackWindowMinutes: 60
Schedule: {RateMinutes: 40, TimeoutMinutes: 5}
";

#[tokio::test]
async fn rules_chain_over_the_values_that_they_matched() {
    let outer = "\
Sequence: [{ID: both, RuleID: Inner}, {ID: out, RuleID: Out}]
Transitions: [{From: both, To: out, Match: [{On: p_alert_context.user}]}]
LookbackWindowMinutes: 60
Schedule: {RateMinutes: 40, TimeoutMinutes: 5}
";
    let inner = rule("Inner", GROUP, "CreateAlert: false\n");
    let mut bench = Bench::new(&[rule("Outer", outer, ""), inner]).await;
    bench.matched("A", "a", 0, user("ada")).await;
    bench.matched("Out", "o", 9, user("ada")).await;
    bench.matched("B", "b", 5, user("ada")).await;
    bench.matched("B", "b2", 6, user("ada")).await;
    bench.correlate().await;
    let alerts = bench.alerts().await;
    let [alert] = &alerts[..] else { panic!("{alerts:#?}") };
    assert_eq!((alert.detection_id.as_str(), alert.event_count), ("Outer", 2));
    assert_eq!(bench.kept("Inner").await, 1);
    assert_eq!(bench.rows(alert).await[1], "o");
    assert_eq!(bench.counter(metric::SIGNALS, "rule=\"Inner\"").await, 1);
    let page = bench.store.alert_events(&alert.id, 0, 1).await.unwrap();
    let event: serde_json::Value = serde_json::from_str(&page.events[0]).unwrap();
    assert_eq!((&event["p_rule_id"], &event["p_alert_context"]["user"]), (&json!("Inner"), &json!("ada")));
    assert_eq!(event["p_alert_context"]["matched"], json!({"who": "ada"}));
    let mut bench = bench.restart();
    bench.correlate().await;
    bench.matched("A", "a2", 7, user("ada")).await;
    bench.correlate().await;
    assert_eq!((bench.alerts().await.len(), bench.kept("Inner").await), (1, 1));
}

#[tokio::test]
async fn alerts_go_where_the_rule_says() {
    let mut bench =
        Bench::new(&[rule("Free", GROUP, ""), rule("Fixed", GROUP, "OutputIds: [named]\n")]).await;
    bench.matched("A", "a", 0, user("ada")).await;
    bench.matched("B", "b", 5, user("ada")).await;
    bench.correlate().await;
    let alerts = bench.alerts().await;
    let routing = |id: &str| {
        let alert = alerts.iter().find(|alert| alert.detection_id.as_str() == id).unwrap();
        (
            alert.routing.scenario,
            alert.routing.destination_ids.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        )
    };
    assert_eq!(routing("Free"), (RoutingScenario::Configuration, vec!["d"]));
    assert_eq!(routing("Fixed"), (RoutingScenario::Static, vec!["n"]));
}

#[tokio::test]
async fn signals_are_kept_only_for_rules_that_are_switched_on() {
    let mut bench = Bench::new(&[rule("Pair", GROUP, "")]).await;
    bench.matched("Other", "x", 0, user("ada")).await;
    assert_eq!(bench.kept("Other").await, 0);
    bench.switch("Pair", false);
    bench.matched("A", "a", 0, user("ada")).await;
    assert_eq!(bench.kept("A").await, 0);
    bench.correlate().await;
    bench.switch("Pair", true);
    bench.matched("A", "a2", 1, user("ada")).await;
    bench.matched("B", "b", 2, user("ada")).await;
    bench.correlate().await;
    assert_eq!(bench.rows(&bench.alerts().await[0]).await, ["a2", "b"]);
    bench.switch("Pair", false);
    bench.matched("B", "b2", 3, user("ada")).await;
    bench.correlate().await;
    assert_eq!(bench.alerts().await[0].event_count, 2);
}

#[tokio::test]
async fn a_reload_takes_new_rules_and_new_paths_up_over_what_is_kept() {
    let mut bench = Bench::new(&[rule("Pair", GROUP, "")]).await;
    bench.matched("A", "a", 0, user("ada")).await;
    bench.matched("B", "b", 1, user("eve")).await;
    bench.correlate().await;
    assert!(bench.alerts().await.is_empty());
    // By the raw field, which nobody asked for when the signals were kept; and by the row, which is theirs alone.
    let by_field = GROUP.replace("p_alert_context.user", "user").replace("who:", "user:");
    let any_two = "\
Group: [{ID: a, RuleID: A}, {ID: b, RuleID: B}]
LookbackWindowMinutes: 60
Schedule: {RateMinutes: 40, TimeoutMinutes: 5}
";
    bench.reload(&[rule("Pair", &by_field, ""), rule("Any", any_two, "")]);
    bench.correlate().await;
    let alerts = bench.alerts().await;
    assert_eq!(alerts.iter().map(|alert| alert.detection_id.as_str()).collect::<Vec<_>>(), ["Any"]);
    assert_eq!(alerts[0].dedup, "Any:[]");
    bench.matched("B", "b2", 2, user("ada")).await;
    bench.correlate().await;
    let alerts = bench.alerts().await;
    let pair = alerts.iter().find(|alert| alert.detection_id.as_str() == "Pair").unwrap();
    assert_eq!(bench.rows(pair).await, ["a", "b2"]);
    assert_eq!(pair.context["matched"], json!({"user": "ada"}));
}

#[tokio::test]
async fn matches_that_make_no_alert_are_signals_too() {
    let mut bench = Bench::new(&[rule("Pair", GROUP, "")]).await;
    let batch = bench.matched("A", "a", 0, user("ada")).await;
    let FindingKind::Match(found) = &batch.findings[0].kind else { panic!() };
    assert_eq!(found.rule_id.as_str(), "A");
    // The rule is known to no content here, which makes no difference either.
    assert_eq!(bench.kept("A").await, 1);
    bench.matched("B", "b", 0, json!({"user": ["eve", "ada"]})).await;
    bench.correlate().await;
    assert_eq!(bench.alerts().await.len(), 1);
}
