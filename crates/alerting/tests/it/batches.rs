//! Properties: how findings are cut into batches changes nothing, and no match is lost.

use std::collections::BTreeMap;
use std::time::Duration;

use alerting::Limit;
use jiff::{SignedDuration, Timestamp};
use model::{AlertType, Finding, FindingKind};
use proptest::prelude::*;

use crate::support::{Ledger, at, detection, event, failed, found, match_of};

/// One finding: minutes after the one before, rule, dedup string, what it is.
type Step = (u8, u8, u8, u8);

fn ledger() -> Ledger {
    let mut counting = detection("Counting");
    counting.threshold = 3;
    let mut distinct = detection("Distinct");
    distinct.threshold = 3;
    distinct.dedup_period = Duration::from_secs(900);
    let mut signal = detection("Signal");
    signal.create_alert = false;
    let mut ledger = Ledger::with([detection("Plain"), counting, distinct, signal]);
    ledger.settings.limit = Some(Limit { count: 4, per: Duration::from_secs(3_600) });
    ledger.settings.kept_events_max = 4;
    ledger
}

fn findings(steps: &[Step]) -> Vec<Finding> {
    let mut time: Timestamp = at("00:00");
    let mut all = Vec::new();
    for (row, &(minutes, rule, dedup, what)) in steps.iter().enumerate() {
        time += SignedDuration::from_mins(i64::from(minutes));
        let rule = ["Plain", "Counting", "Distinct", "Signal", "Deleted"][usize::from(rule % 5)];
        if what == 0 {
            all.push(failed(time, rule, ["KeyError", "TypeError"][usize::from(dedup % 2)]));
            continue;
        }
        let mut one = match_of(rule, &format!("d{dedup}"));
        one.counts_unique = rule == "Distinct";
        one.unique = (what > 2).then(|| what.to_string());
        let mut finding = found(time, one);
        finding.event = Some(event(["A", "B"][usize::from(what % 2)], "s", time, &row.to_string()));
        all.push(finding);
    }
    all
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0_u8..20, 0_u8..5, 0_u8..3, 0_u8..6), 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn batches_change_nothing(steps in steps(), size in 1_usize..40) {
        let all = findings(&steps);
        let (mut singly, mut in_batches) = (ledger(), ledger());
        for finding in &all {
            singly.run(vec![finding.clone()]);
        }
        for batch in all.chunks(size) {
            in_batches.run(batch.to_vec());
        }
        prop_assert_eq!(singly.alerts, in_batches.alerts);
        prop_assert_eq!(singly.groups, in_batches.groups);
        prop_assert_eq!(singly.states, in_batches.states);
        prop_assert_eq!(singly.kept, in_batches.kept);
        prop_assert_eq!(singly.signals, in_batches.signals);
    }

    #[test]
    fn every_match_is_in_an_alert_an_open_group_or_a_signal(steps in steps()) {
        let all = findings(&steps);
        let matches = all.iter().filter(|finding| matches!(finding.kind, FindingKind::Match(_))).count() as u64;
        let mut ledger = ledger();
        let mut forgotten = 0;
        for finding in all {
            let before: BTreeMap<_, _> = ledger.groups.clone();
            for group in ledger.run(vec![finding]).groups {
                // The only way out: a window that ended below its threshold.
                forgotten += before.get(group.key.as_str()).map_or(0, |old| {
                    if old.alert_id.is_none() && old.window_start != group.window_start { old.event_count } else { 0 }
                });
            }
        }
        let alerts = ledger.alerts.values().filter(|alert| alert.alert_type == AlertType::Rule);
        let in_alerts: u64 = alerts.map(|alert| alert.event_count).sum();
        let open = ledger.groups.values().filter(|group| group.alert_id.is_none());
        let in_groups: u64 = open.map(|group| group.event_count).sum();
        let signals: u64 = ledger.signals.values().sum();
        prop_assert_eq!(in_alerts + in_groups + signals + forgotten, matches);
    }
}
