//! What is judged on schedule: absences, and everything once more.

use serde_json::json;

use super::bench::{Bench, minute, rule};
use super::user;

const NOT_UNDONE: &str = "\
Sequence: [{ID: change, RuleID: Change}, {ID: undo, RuleID: Undo, Absence: true}]
Transitions:
  - {From: change, To: undo, WithinTimeFrameMinutes: 30, Match: [{On: p_alert_context.user}]}
LookbackWindowMinutes: 60
Schedule: {RateMinutes: 20, TimeoutMinutes: 5}
";

#[tokio::test]
async fn a_trailing_absence_makes_its_alert_once_its_time_is_over() {
    let mut bench = Bench::new(&[rule("NotUndone", NOT_UNDONE, "")]).await;
    bench.correlate().await;
    bench.matched("Change", "undone", 0, user("ada")).await;
    bench.matched("Change", "kept", 5, user("eve")).await;
    for now in [1, 20] {
        bench.go_to(now);
        bench.correlate().await;
        assert!(bench.alerts().await.is_empty(), "{now}");
    }
    bench.matched("Undo", "undo", 19, user("ada")).await;
    bench.go_to(35);
    bench.correlate().await;
    assert!(bench.alerts().await.is_empty());
    bench.go_to(40);
    bench.correlate().await;
    let alerts = bench.alerts().await;
    assert_eq!((alerts.len(), alerts[0].created_at), (1, minute(40)));
    assert_eq!(bench.rows(&alerts[0]).await, ["kept"]);
    // It is not found again, by whatever process.
    for now in [60, 80, 100, 500] {
        bench = bench.restart();
        bench.go_to(now);
        bench.correlate().await;
        let alerts = bench.alerts().await;
        assert_eq!((alerts.len(), alerts[0].event_count), (1, 1), "{now}");
    }
}

#[tokio::test]
async fn an_absence_that_is_over_while_nobody_looks_is_found_at_the_next_start() {
    let mut bench = Bench::new(&[rule("NotUndone", NOT_UNDONE, "")]).await;
    bench.correlate().await;
    bench.matched("Change", "kept", 0, user("eve")).await;
    bench.matched("Change", "undone", 1, user("ada")).await;
    bench.matched("Undo", "undo", 2, user("ada")).await;
    let mut bench = bench.restart();
    bench.go_to(1_000);
    bench.correlate().await;
    let alerts = bench.alerts().await;
    assert_eq!(alerts.len(), 1);
    assert_eq!(bench.rows(&alerts[0]).await, ["kept"]);
}

const WITHOUT_SSO: &str = "\
Sequence: [{ID: sso, RuleID: Sso, Absence: true}, {ID: sign in, RuleID: SignIn}]
Transitions:
  - {From: sso, To: sign in, WithinTimeFrameMinutes: 30, Match: [{On: p_alert_context.user}]}
LookbackWindowMinutes: 60
Schedule: {RateMinutes: 20, TimeoutMinutes: 5}
";

#[tokio::test]
async fn a_leading_absence_counts_although_it_has_left_the_look_back() {
    let mut bench = Bench::new(&[rule("WithoutSso", WITHOUT_SSO, "")]).await;
    bench.correlate().await;
    bench.matched("Sso", "sso", 0, user("ada")).await;
    bench.matched("SignIn", "in", 25, user("ada")).await;
    bench.matched("SignIn", "bare", 26, user("eve")).await;
    bench.go_to(30);
    bench.correlate().await;
    assert_eq!(bench.rows(&bench.alerts().await[0]).await, ["bare"]);
    for now in [50, 70, 80, 90, 120] {
        bench.go_to(now);
        bench.correlate().await;
        assert_eq!(bench.alerts().await.len(), 1, "{now}");
    }
}

const GROUP_WITHOUT: &str = "\
Group: [{ID: change, RuleID: Change}, {ID: archive, RuleID: Archive, Absence: true}]
MatchCriteria:
  repo: [{GroupID: change, Match: p_alert_context.user}, {GroupID: archive, Match: p_alert_context.user}]
LookbackWindowMinutes: 60
Schedule: {RateMinutes: 20, TimeoutMinutes: 5}
";

#[tokio::test]
async fn an_absence_of_a_group_counts_although_it_has_left_the_look_back() {
    let mut bench = Bench::new(&[rule("Without", GROUP_WITHOUT, "")]).await;
    bench.correlate().await;
    bench.matched("Archive", "archive", 0, user("r")).await;
    bench.matched("Change", "change", 50, user("r")).await;
    bench.go_to(55);
    for now in [55, 70, 90, 105, 111, 130, 500] {
        bench.go_to(now);
        bench.correlate().await;
        assert!(bench.alerts().await.is_empty(), "{now}");
    }
    bench.matched("Change", "later", 499, user("r")).await;
    bench.go_to(520);
    bench.correlate().await;
    assert_eq!(bench.rows(&bench.alerts().await[0]).await, ["later"]);
}

#[tokio::test]
async fn events_that_come_late_are_judged_with_what_was_around_them() {
    let mut bench = Bench::new(&[rule("Without", GROUP_WITHOUT, "")]).await;
    bench.matched("Archive", "archive", 40, user("r")).await;
    bench.go_to(400);
    bench.correlate().await;
    bench.matched("Change", "covered", 0, user("r")).await;
    bench.matched("Change", "bare", 0, user("s")).await;
    bench.go_to(420);
    bench.correlate().await;
    let alerts = bench.alerts().await;
    assert_eq!(alerts.len(), 1);
    assert_eq!(bench.rows(&alerts[0]).await, ["bare"]);
}

#[tokio::test]
async fn cron_expressions_count_in_utc_and_what_is_overdue_runs_at_once() {
    let block = NOT_UNDONE.replace("RateMinutes: 20", "CronExpression: '30 1 * * *'");
    let mut bench = Bench::new(&[rule("NotUndone", &block, "")]).await;
    bench.correlate().await;
    bench.matched("Change", "a", 0, user("ada")).await;
    bench.go_to(89);
    bench.correlate().await;
    assert!(bench.alerts().await.is_empty());
    bench.go_to(90);
    bench.correlate().await;
    assert_eq!(bench.alerts().await[0].created_at, minute(90));
    bench.matched("Change", "b", 91, user("bob")).await;
    let mut bench = bench.restart();
    bench.go_to(10 * 24 * 60);
    bench.correlate().await;
    assert_eq!(bench.alerts().await.len(), 2);
}

#[tokio::test]
async fn a_clock_that_is_set_back_stops_no_schedule() {
    let mut bench = Bench::new(&[rule("NotUndone", NOT_UNDONE, "")]).await;
    bench.go_to(10_000);
    bench.correlate().await;
    bench.go_to(0);
    bench.correlate().await;
    bench.matched("Change", "a", 0, json!({"user": "ada"})).await;
    bench.go_to(31);
    bench.correlate().await;
    assert_eq!(bench.alerts().await.len(), 1);
}
