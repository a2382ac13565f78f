//! The delivery queue: leases, attempts, retries, cancellation.

use std::time::Duration;

use jiff::SignedDuration;
use model::{AttemptRecord, DeliveryId, DeliveryState, DestinationId, NewDelivery, Trigger, metric};
use store::{
    ATTEMPTS_KEPT_MAX, AlertNews, AlertWatch, AttemptOutcome, ChangeTopic, Lease, Next, PageRequest,
    StoreError, StoreErrorKind,
};

use crate::support::{alert, at, delivery, open, store_alerts};

fn d1() -> DestinationId {
    "d1".into()
}

fn lease(seconds: i64) -> Lease {
    Lease { until: at(seconds) }
}

fn outcome(id: &DeliveryId, seconds: i64, next: Next) -> AttemptOutcome {
    let success = matches!(next, Next::Delivered { .. });
    AttemptOutcome {
        delivery_id: id.clone(),
        record: AttemptRecord {
            at: at(seconds),
            duration: Duration::from_millis(15),
            status_code: Some(if success { 200 } else { 503 }),
            success,
            message: format!("reply at {seconds}"),
        },
        next,
    }
}

fn delivered() -> Next {
    Next::Delivered { remote_id: Some("42".into()), remote_url: Some("https://x.test/42".into()) }
}

#[tokio::test]
async fn leased_rows_belong_to_one_worker_until_the_lease_ends() {
    let store = open().await;
    let jobs = store_alerts(&store, vec![alert(1)], &["d1", "d2"], Some(at(60))).await;
    assert_eq!(jobs.len(), 2);
    assert_eq!(*jobs[0].alert, alert(1));
    assert!(store.claim_deliveries(&d1(), at(59), lease(120), 10).await.unwrap().is_empty());
    assert!(store.due_destinations(at(59)).await.unwrap().is_empty());
    assert_eq!(store.next_due_at().await.unwrap(), Some(at(60)));

    assert_eq!(store.due_destinations(at(60)).await.unwrap(), [d1(), "d2".into()]);
    let claimed = store.claim_deliveries(&d1(), at(60), lease(120), 10).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!((claimed[0].id.clone(), claimed[0].attempt_count), (jobs[0].id.clone(), 0));
    assert_eq!(*claimed[0].alert, alert(1));
    assert_eq!(store.next_due_of(&d1()).await.unwrap(), Some(at(120)));
    assert!(store.claim_deliveries(&d1(), at(60), lease(120), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn at_a_start_what_was_under_way_is_due_at_once() {
    let store = open().await;
    store_alerts(&store, vec![alert(1), alert(2)], &["d1"], Some(at(600))).await;
    store_alerts(&store, vec![alert(3)], &["d1"], None).await;
    assert_eq!(store.release_all_leases().await.unwrap(), 2);
    assert_eq!(store.claim_deliveries(&d1(), at(1), lease(60), 10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn released_rows_can_be_claimed_in_order_of_need() {
    let store = open().await;
    let jobs = store_alerts(&store, (1..=3).map(alert).collect(), &["d1"], Some(at(600))).await;
    let late = Next::RetryAt(at(-5));
    store.record_attempts(vec![outcome(&jobs[2].id, 0, late)]).await.unwrap();
    store.release_deliveries(vec![jobs[0].id.clone(), "unknown".into()]).await.unwrap();
    let claimed = store.claim_deliveries(&d1(), at(1), lease(60), 10).await.unwrap();
    assert_eq!(claimed.iter().map(|job| &job.id).collect::<Vec<_>>(), [&jobs[2].id, &jobs[0].id]);
    assert_eq!(claimed[0].attempt_count, 1);
}

#[tokio::test]
async fn attempts_move_a_delivery_on() {
    let store = open().await;
    let jobs = store_alerts(&store, (1..=3).map(alert).collect(), &["d1"], Some(at(60))).await;
    let ids: Vec<_> = jobs.iter().map(|job| job.id.clone()).collect();
    store
        .record_attempts(vec![
            outcome(&ids[0], 1, delivered()),
            outcome(&ids[1], 1, Next::RetryAt(at(30))),
            outcome(&ids[2], 1, Next::Failed),
            outcome(&"unknown".into(), 1, Next::Failed),
        ])
        .await
        .unwrap();

    let done = store.find_delivery(&ids[0]).await.unwrap().unwrap();
    assert_eq!((done.state, done.attempt_count, done.next_attempt_at), (DeliveryState::Delivered, 1, None));
    assert_eq!(
        (done.remote_id.as_deref(), done.remote_url.as_deref()),
        (Some("42"), Some("https://x.test/42"))
    );
    assert_eq!(done.attempts, [outcome(&ids[0], 1, delivered()).record]);
    assert_eq!((done.destination_name.as_str(), done.trigger), ("name of d1", Trigger::Auto));

    let waiting = store.find_delivery(&ids[1]).await.unwrap().unwrap();
    assert_eq!((waiting.state, waiting.next_attempt_at), (DeliveryState::Pending, Some(at(30))));
    assert_eq!(store.next_due_at().await.unwrap(), Some(at(30)));
    assert_eq!(store.pending_by_destination().await.unwrap()[&d1()], 1);

    let failed = store.failed_deliveries(Some(&d1()), &PageRequest::first(10)).await.unwrap();
    assert_eq!(
        (failed.items[0].id.clone(), failed.items[0].message.as_str()),
        (ids[2].clone(), "reply at 1")
    );
    assert_eq!(store.failed_by_destination().await.unwrap()[&d1()], 1);

    let counters = store.counters().await.unwrap();
    let attempts: Vec<_> =
        counters.iter().filter(|counter| counter.name == metric::DELIVERY_ATTEMPTS).collect();
    assert_eq!(attempts.len(), 3);
    assert_eq!(attempts[0].label, "destination=\"name of d1\",result=\"delivered\"");
}

#[tokio::test]
async fn who_listens_hears_what_came_of_deliveries_and_not_of_each_retry() {
    let store = open().await;
    let jobs = store_alerts(&store, vec![alert(1), alert(2)], &["d1"], Some(at(60))).await;
    let (first, second) = (&jobs[0].id, &jobs[1].id);
    let mut watch = store.watch_alerts();
    let failed_once = outcome(second, 1, Next::RetryAt(at(2)));
    store.record_attempts(vec![outcome(first, 1, delivered()), failed_once]).await.unwrap();
    let mut begun = next_news(&mut watch).await;
    begun.ids.as_mut().unwrap().sort();
    assert_eq!(begun.ids, Some(vec![alert(1).id, alert(2).id]));

    store.record_attempts(vec![outcome(second, 2, Next::RetryAt(at(3)))]).await.unwrap();
    store.record_attempts(vec![outcome(second, 3, Next::Failed)]).await.unwrap();
    let ended = AlertNews { number: begun.number + 1, ids: Some(vec![alert(2).id]) };
    assert_eq!(next_news(&mut watch).await, ended, "the second failure is told of");
}

async fn next_news(watch: &mut AlertWatch) -> AlertNews {
    tokio::time::timeout(Duration::from_secs(10), watch.next()).await.expect("nothing is told").unwrap()
}

#[tokio::test]
async fn a_finished_delivery_stays_finished() {
    let store = open().await;
    let jobs = store_alerts(&store, vec![alert(1), alert(2)], &["d1"], Some(at(60))).await;
    let (first, second) = (&jobs[0].id, &jobs[1].id);
    // In one call the later outcome comes after the earlier one.
    store
        .record_attempts(vec![
            outcome(first, 1, delivered()),
            outcome(first, 2, Next::RetryAt(at(9))),
            outcome(second, 1, Next::Failed),
        ])
        .await
        .unwrap();
    let done = store.find_delivery(first).await.unwrap().unwrap();
    assert_eq!((done.state, done.attempt_count, done.attempts.len()), (DeliveryState::Delivered, 2, 2));
    assert_eq!(done.attempts[1].message, "reply at 2");

    store.record_attempts(vec![outcome(second, 3, delivered())]).await.unwrap();
    assert_eq!(store.find_delivery(second).await.unwrap().unwrap().state, DeliveryState::Delivered);
    assert!(store.claim_deliveries(&d1(), at(999), lease(1000), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_newest_attempts_are_kept_and_all_are_counted() {
    let store = open().await;
    let id = store_alerts(&store, vec![alert(1)], &["d1"], Some(at(60))).await.remove(0).id;
    let outcomes = (0..130).map(|second| outcome(&id, second, Next::RetryAt(at(second + 1)))).collect();
    store.record_attempts(outcomes).await.unwrap();
    let found = store.find_delivery(&id).await.unwrap().unwrap();
    assert_eq!(found.attempt_count, 130);
    assert_eq!(u64::try_from(found.attempts.len()).unwrap(), ATTEMPTS_KEPT_MAX);
    assert_eq!(found.attempts[0].message, "reply at 30");
}

#[tokio::test]
async fn only_a_failed_delivery_is_tried_again_by_hand() {
    let store = open().await;
    let id = store_alerts(&store, vec![alert(1)], &["d1"], Some(at(60))).await.remove(0).id;
    let error = store.retry_delivery(&id).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFailed { state: DeliveryState::Pending, .. }));
    assert_eq!(error.kind(), StoreErrorKind::Conflict);
    assert!(matches!(store.retry_delivery(&"x".into()).await, Err(StoreError::UnknownDelivery { .. })));

    store.record_attempts(vec![outcome(&id, 1, Next::Failed)]).await.unwrap();
    store.clock.advance(SignedDuration::from_secs(100));
    let version = store.state_version().await.unwrap();
    let delivery = store.retry_delivery(&id).await.unwrap();
    assert_eq!((delivery.state, delivery.trigger), (DeliveryState::Pending, Trigger::Retry));
    assert_eq!((delivery.next_attempt_at, delivery.attempts.len()), (Some(at(100)), 1));
    let jobs = store.claim_deliveries(&d1(), at(100), lease(160), 10).await.unwrap();
    assert_eq!((jobs.len(), jobs[0].trigger, jobs[0].attempt_count), (1, Trigger::Retry, 1));
    let changes = store.changes_since(version).await.unwrap();
    assert_eq!(
        (changes.len(), changes[0].topic, changes[0].id.as_str()),
        (1, ChangeTopic::Delivery, id.as_str())
    );
    assert_eq!(store.state_version().await.unwrap(), changes[0].version);
}

#[tokio::test]
async fn deliveries_by_hand_need_their_alert() {
    let store = open().await;
    let id = alert(1).id;
    let by_hand = NewDelivery { trigger: Trigger::Manual, ..delivery(&id, "d9") };
    let error = store.create_manual_deliveries(&id, vec![by_hand.clone()]).await.unwrap_err();
    assert!(matches!(error, StoreError::UnknownAlert { .. }));
    store_alerts(&store, vec![alert(1)], &["d1"], None).await;
    for _ in 0..2 {
        let made = store.create_manual_deliveries(&id, vec![by_hand.clone()]).await.unwrap();
        assert_eq!(
            (made.len(), made[0].trigger, made[0].state),
            (1, Trigger::Manual, DeliveryState::Pending)
        );
    }
    assert_eq!(store.deliveries_of_alert(&id).await.unwrap().len(), 2);
    assert_eq!(store.claim_deliveries(&"d9".into(), at(1), lease(60), 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn deliveries_of_several_alerts_come_in_one_answer() {
    let store = open().await;
    store_alerts(&store, vec![alert(1), alert(2)], &["d1", "d2"], None).await;
    let ids = [alert(1).id, alert(2).id, "0".repeat(32).into()];
    let by_alert = store.deliveries_of_alerts(&ids).await.unwrap();
    assert_eq!(by_alert.len(), 2);
    assert_eq!(by_alert[&ids[0]], store.deliveries_of_alert(&ids[0]).await.unwrap());
}

#[tokio::test]
async fn a_deleted_destination_cancels_what_waits_and_keeps_what_arrives() {
    let store = open().await;
    let jobs = store_alerts(&store, vec![alert(1), alert(2)], &["d1"], Some(at(60))).await;
    store_alerts(&store, vec![alert(3)], &["d2"], None).await;
    assert_eq!(store.cancel_deliveries_of(&d1()).await.unwrap(), 2);
    assert_eq!(store.pending_by_destination().await.unwrap().len(), 1);
    store
        .record_attempts(vec![
            outcome(&jobs[0].id, 1, delivered()),
            outcome(&jobs[1].id, 1, Next::RetryAt(at(2))),
        ])
        .await
        .unwrap();
    let states = [&jobs[0].id, &jobs[1].id].map(|id| store.find_delivery(id));
    let mut found = Vec::new();
    for state in states {
        found.push(state.await.unwrap().unwrap().state);
    }
    assert_eq!(found, [DeliveryState::Delivered, DeliveryState::Cancelled]);
    assert_eq!(store.due_destinations(at(999)).await.unwrap(), ["d2".into()]);
}

#[tokio::test]
async fn failed_deliveries_are_paged_newest_first() {
    let store = open().await;
    let jobs = store_alerts(&store, (1..=5).map(alert).collect(), &["d1"], Some(at(60))).await;
    for (second, job) in (1..).zip(&jobs) {
        store.record_attempts(vec![outcome(&job.id, second, Next::Failed)]).await.unwrap();
    }
    let first = store.failed_deliveries(None, &PageRequest::first(3)).await.unwrap();
    let second =
        store.failed_deliveries(None, &PageRequest { cursor: first.next.clone(), limit: 3 }).await.unwrap();
    let messages: Vec<_> =
        first.items.iter().chain(&second.items).map(|failure| failure.message.as_str()).collect();
    assert_eq!(messages, [5, 4, 3, 2, 1].map(|second| format!("reply at {second}")));
    assert_eq!(second.next, None);
}
