//! Lanes are apart, bounded, paced, and end in order.

use std::sync::Arc;
use std::time::Duration;

use delivery::{DeliveryPolicy, Rate};
use model::DeliveryState;
use test_support::{Receiver, Reply};
use tokio::time::Instant;

use crate::bench::{Bench, alert, destination, quick};

#[tokio::test]
async fn a_dead_destination_delays_no_other() {
    let dead = Receiver::start().await;
    dead.always(Reply::hang());
    let alive = Receiver::start().await;
    let bench = Bench::start().await;
    let to_dead = destination("dead", "webhook", &dead.url("/"), quick());
    let to_alive = destination("alive", "webhook", &alive.url("/"), quick());
    bench.delivery.set_destinations(vec![to_dead.clone(), to_alive.clone()]);
    bench.send((1..=50).map(alert).collect(), &to_dead).await;
    dead.wait_for(4).await;
    let started = Instant::now();
    bench.send((1..=50).map(alert).collect(), &to_alive).await;
    alive.wait_for(50).await;
    assert!(started.elapsed() < Duration::from_secs(4), "took {:?}", started.elapsed());
    assert_eq!(dead.count(), 4, "as many as may be under way at a time");
}

#[tokio::test]
async fn what_finds_no_room_waits_in_the_table_and_is_sent_once() {
    let receiver = Receiver::start().await;
    let bench = Bench::start().await;
    let policy = DeliveryPolicy { concurrency: 16, ..quick() };
    let to = destination("hook", "webhook", &receiver.url("/"), policy);
    bench.delivery.set_destinations(vec![to.clone()]);
    let offered = bench.send((1..=1500).map(alert).collect(), &to).await;
    let left = bench.put((1501..=1600).map(alert).collect(), &to).await;
    bench.delivery.wake();
    for id in offered.iter().chain(&left) {
        bench.wait_for_state(id, DeliveryState::Delivered).await;
    }
    assert_eq!(receiver.count(), 1600);
}

#[tokio::test]
async fn a_rate_spaces_attempts_evenly() {
    let receiver = Receiver::start().await;
    let bench = Bench::start().await;
    let rate = Rate { count: 20, per: Duration::from_secs(1) };
    let to =
        destination("hook", "webhook", &receiver.url("/"), DeliveryPolicy { rate: Some(rate), ..quick() });
    bench.delivery.set_destinations(vec![to.clone()]);
    bench.send((1..=6).map(alert).collect(), &to).await;
    let requests = receiver.wait_for(6).await;
    let took = requests[5].at - requests[0].at;
    assert!(took >= Duration::from_millis(230), "took {took:?}");
}

#[tokio::test]
async fn disabled_and_removed_destinations_begin_nothing_but_can_be_tested() {
    let receiver = Receiver::start().await;
    let bench = Bench::start().await;
    let mut to = destination("dest", "webhook", &receiver.url("/"), quick());
    to.record.enabled = false;
    bench.delivery.set_destinations(vec![to.clone()]);
    let id = bench.send_one(&to).await;

    let result = bench.delivery.send_test(&to.record.id).await.unwrap();
    assert!(result.success);
    assert_eq!((result.status_code, &*result.message), (Some(200), "ok"));
    let payload = receiver.requests()[0].json();
    assert_eq!(payload["alertId"], "Test.Alert");
    assert_eq!(payload["link"], "https://siem.example/console/");
    assert_eq!(payload["title"], "This is a Test Alert");

    receiver.script([Reply::status(500)]);
    let result = bench.delivery.send_test(&to.record.id).await.unwrap();
    assert_eq!((result.success, result.status_code), (false, Some(500)), "no retry");
    assert_eq!(receiver.count(), 2);
    assert_eq!(bench.find(&id).await.attempt_count, 0);
    assert!(bench.delivery.send_test(&"nobody".into()).await.is_none());

    to.record.enabled = true;
    bench.delivery.set_destinations(vec![to.clone()]);
    bench.wait_for_state(&id, DeliveryState::Delivered).await;
}

#[tokio::test]
async fn shutdown_finishes_what_is_under_way_and_gives_back_the_rest() {
    let receiver = Receiver::start().await;
    receiver.always(Reply::ok().delay(Duration::from_millis(200)));
    let bench = Bench::start().await;
    let policy = DeliveryPolicy { concurrency: 1, ..quick() };
    let to = destination("hook", "webhook", &receiver.url("/"), policy);
    bench.delivery.set_destinations(vec![to.clone()]);
    let ids = bench.send((1..=3).map(alert).collect(), &to).await;
    receiver.wait_for(1).await;
    bench.delivery.shutdown(Duration::from_secs(5)).await;
    assert_eq!(bench.find(&ids[0]).await.state, DeliveryState::Delivered);
    assert_eq!(receiver.count(), 1);

    let again = Bench::on(Arc::clone(&bench.dir), Arc::clone(&bench.clock)).await;
    again.delivery.set_destinations(vec![to]);
    for id in &ids {
        again.wait_for_state(id, DeliveryState::Delivered).await;
    }
    assert_eq!(receiver.count(), 3);
}

#[tokio::test]
async fn shutdown_ends_at_its_deadline() {
    let receiver = Receiver::start().await;
    receiver.always(Reply::hang());
    let bench = Bench::start().await;
    let to = destination("hook", "webhook", &receiver.url("/"), quick());
    bench.delivery.set_destinations(vec![to.clone()]);
    let id = bench.send_one(&to).await;
    receiver.wait_for(1).await;
    let started = Instant::now();
    bench.delivery.shutdown(Duration::from_millis(100)).await;
    assert!(started.elapsed() < Duration::from_secs(2), "took {:?}", started.elapsed());
    assert_eq!(bench.find(&id).await.attempt_count, 0);
}

#[tokio::test]
async fn settings_change_while_running() {
    let first = Receiver::start().await;
    let second = Receiver::start().await;
    let bench = Bench::start().await;
    let to = destination("hook", "webhook", &first.url("/"), quick());
    bench.delivery.set_destinations(vec![to.clone()]);
    bench.send(vec![alert(1)], &to).await;
    first.wait_for(1).await;
    let moved = destination("hook", "webhook", &second.url("/"), quick());
    bench.delivery.set_destinations(vec![moved.clone()]);
    bench.send(vec![alert(2)], &moved).await;
    second.wait_for(1).await;
    assert_eq!(first.count(), 1);
}
