//! How fast the two busiest writes are; the limits are generous, the figures are printed.

use std::time::{Duration, Instant};

use model::{AttemptRecord, LedgerChanges};
use store::{AttemptOutcome, Next};

use crate::support::{alert, at, group, kept, leased, new_alert, open};

const ROUNDS: u64 = 10;
const ROWS: u64 = 500;

fn report(what: &str, elapsed: Duration) {
    let per_second = f64::from(u32::try_from(ROUNDS * ROWS).unwrap()) / elapsed.as_secs_f64();
    println!("{what}: {per_second:.0} rows/s, {:?} per batch of {ROWS}", elapsed / 10);
    assert!(per_second > 500.0, "{what}: {per_second:.0} rows/s");
}

#[tokio::test]
async fn batches_of_alerts_and_attempts_are_set_based() {
    let store = open().await;
    let body = format!("{{\"text\":\"{}\",\"n\":1}}", "abcdefghij ".repeat(90));
    let mut ids = Vec::new();
    let mut elapsed = Duration::ZERO;
    for round in 0..ROUNDS {
        let alerts: Vec<_> = (round * ROWS..(round + 1) * ROWS).map(alert).collect();
        let changes = LedgerChanges {
            groups: alerts.iter().map(|alert| group(&alert.number.to_string())).collect(),
            kept_events: alerts.iter().map(|alert| kept(&alert.id, [body.clone()])).collect(),
            new_alerts: alerts.into_iter().map(|alert| new_alert(alert, &["d1"])).collect(),
            ..LedgerChanges::default()
        };
        let mut request = leased(at(60));
        request.group_keys = changes.groups.iter().map(|group| group.key.clone()).collect();
        let start = Instant::now();
        let committed = store.commit(request, move |_| changes).await.unwrap();
        elapsed += start.elapsed();
        ids.extend(committed.jobs.into_iter().map(|job| job.id));
    }
    report("new alerts, each with a group, a delivery and a kept event", elapsed);

    let mut elapsed = Duration::ZERO;
    for ids in ids.chunks(500) {
        let outcomes = ids
            .iter()
            .map(|id| AttemptOutcome {
                delivery_id: id.clone(),
                record: AttemptRecord {
                    at: at(1),
                    duration: Duration::from_millis(20),
                    status_code: Some(200),
                    success: true,
                    message: "ok".into(),
                },
                next: Next::Delivered { remote_id: None, remote_url: None },
            })
            .collect();
        let start = Instant::now();
        store.record_attempts(outcomes).await.unwrap();
        elapsed += start.elapsed();
    }
    report("recorded attempts", elapsed);
}
