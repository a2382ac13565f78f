//! Counts of alerts say what the database holds, to whoever may see it.

use jiff::SignedDuration;
use model::{Alert, AlertClass, AlertStatus, LogTypeAccess, LogTypeAccessKind, Severity};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use store::{AlertFilter, DetectionTally, TallySpan, Waiting};

use crate::alert_lists::{passes, random_alert};
use crate::support::{alert, at, leased, new_alert, open, store_alerts};

const SPAN: (i64, i64, i64) = (40, 100, 160);
const INTERVAL_SECONDS: i64 = 25;
const AGES: [i64; 2] = [150, 90];

fn span() -> TallySpan {
    let (before, from, to) = SPAN;
    TallySpan {
        before: at(before),
        from: at(from),
        to: at(to),
        interval: SignedDuration::from_secs(INTERVAL_SECONDS),
        ages: AGES.map(at).to_vec(),
        detections_max: 2,
    }
}

fn is_waiting(alert: &Alert) -> bool {
    matches!(alert.status, AlertStatus::Open | AlertStatus::Triaged)
}

fn waiting<'a>(alerts: impl Iterator<Item = &'a Alert>) -> Waiting {
    let alerts: Vec<&Alert> = alerts.filter(|alert| is_waiting(alert)).collect();
    let aged = |from: i64, to: i64| {
        let is_aged = |it: &&&Alert| it.created_at >= at(from) && it.created_at < at(to);
        alerts.iter().filter(is_aged).count() as u64
    };
    Waiting {
        counts: vec![aged(AGES[0], 1_000), aged(AGES[1], AGES[0]), aged(0, AGES[1])],
        oldest: alerts.iter().map(|alert| alert.created_at).min(),
    }
}

fn detections(alerts: &[&Alert]) -> Vec<DetectionTally> {
    let (before, from, to) = SPAN;
    let mut ids: Vec<_> = alerts.iter().map(|alert| alert.detection_id.clone()).collect();
    ids.sort();
    ids.dedup();
    let made = |id: &model::RuleId, from: i64, to: i64| -> Vec<&Alert> {
        let fits =
            |it: &&&Alert| it.detection_id == *id && it.created_at >= at(from) && it.created_at <= at(to);
        alerts.iter().filter(fits).copied().collect()
    };
    let mut counted: Vec<DetectionTally> = ids
        .into_iter()
        .map(|id| {
            let of_span = made(&id, from, to);
            DetectionTally {
                alerts: of_span.len() as u64,
                events: of_span.iter().map(|alert| alert.event_count).sum(),
                waiting: of_span.iter().filter(|alert| is_waiting(alert)).count() as u64,
                alerts_before: made(&id, before, from - 1).len() as u64,
                id,
            }
        })
        .filter(|counted| counted.alerts > 0)
        .collect();
    counted.sort_by_key(|counted| std::cmp::Reverse(counted.alerts));
    counted.truncate(2);
    counted
}

#[tokio::test]
async fn a_tally_counts_what_may_be_seen() {
    let mut rng = StdRng::seed_from_u64(21);
    let store = open().await;
    let mut alerts: Vec<Alert> = Vec::new();
    for round in 0..3 {
        let new: Vec<Alert> = (0..800).map(|number| random_alert(&mut rng, round * 800 + number)).collect();
        store_alerts(&store, new.clone(), &[], None).await;
        alerts.extend(new);
        for kind in LogTypeAccessKind::ALL {
            let log_types = vec![(*["Okta.SystemLog", "AWS.CloudTrail"].choose(&mut rng).unwrap()).into()];
            let visible = LogTypeAccess { kind: *kind, log_types };
            let filter = AlertFilter { visible: visible.clone(), ..AlertFilter::default() };
            let seen: Vec<&Alert> = alerts.iter().filter(|alert| passes(&filter, alert)).collect();
            let tally = store.tally_alerts(span(), &visible).await.unwrap();

            let of_class = |class| seen.iter().filter(move |it| it.alert_type.class() == class).copied();
            let made: Vec<&Alert> = of_class(AlertClass::Alert).collect();
            for (severity, found) in Severity::ALL.into_iter().zip(&tally.alerts) {
                let expected = waiting(made.iter().filter(|it| it.severity == severity).copied());
                assert_eq!(*found, expected, "{kind:?} {severity}");
            }
            assert_eq!(tally.detection_errors, waiting(of_class(AlertClass::DetectionError)));
            assert_eq!(tally.system_errors, waiting(of_class(AlertClass::SystemError)));
            for (severity, found) in Severity::ALL.into_iter().zip(&tally.over_time) {
                let mut expected = vec![0; 3];
                for alert in made.iter().filter(|it| it.severity == severity) {
                    let seconds = alert.created_at.duration_since(at(SPAN.1)).as_secs();
                    if (0..=SPAN.2 - SPAN.1).contains(&seconds) {
                        expected[usize::try_from(seconds / INTERVAL_SECONDS).unwrap()] += 1;
                    }
                }
                assert_eq!(*found, expected, "{kind:?} {severity}");
            }
            assert_eq!(tally.detections, detections(&made), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn failed_deliveries_are_counted_of_alerts_that_may_be_seen() {
    let store = open().await;
    let mut hidden = alert(1);
    hidden.log_types = ["Secret.Log".into()].into();
    let mut seen = alert(2);
    seen.log_types = ["Okta.SystemLog".into()].into();
    let changes = model::LedgerChanges {
        new_alerts: vec![new_alert(hidden, &["d1", "d2"]), new_alert(seen, &["d1"])],
        ..model::LedgerChanges::default()
    };
    let jobs = store.commit(leased(at(60)), move |_| changes).await.unwrap().jobs;
    let outcomes = jobs.iter().map(|job| store::AttemptOutcome {
        delivery_id: job.id.clone(),
        record: model::AttemptRecord {
            at: at(1),
            duration: std::time::Duration::from_millis(1),
            status_code: Some(404),
            success: false,
            message: "no".into(),
        },
        next: store::Next::Failed,
    });
    store.record_attempts(outcomes.collect()).await.unwrap();

    let ids = ["d1", "d2", "d3"].map(Into::into);
    let all = store.count_failed_deliveries(&ids, &LogTypeAccess::ALL).await.unwrap();
    assert_eq!(all, [("d1".into(), 2), ("d2".into(), 1)].into());
    let only = LogTypeAccess { kind: LogTypeAccessKind::Allow, log_types: vec!["Okta.SystemLog".into()] };
    let some = store.count_failed_deliveries(&ids, &only).await.unwrap();
    assert_eq!(some, [("d1".into(), 1)].into());
}
