//! What each kind of failure leads to.

use std::time::Duration;

use delivery::{DeliveryPolicy, Profile, RetryPolicy};
use jiff::SignedDuration;
use model::DeliveryState;
use rstest::rstest;
use test_support::{Receiver, Reply};

use crate::bench::{Bench, alert, destination, quick};

#[tokio::test]
async fn five_hundred_then_two_hundred() {
    let receiver = Receiver::start().await;
    receiver.script([Reply::status(500).body("boom")]);
    let bench = Bench::start().await;
    let to = destination("hook", "webhook", &receiver.url("/in"), quick());
    bench.delivery.set_destinations(vec![to.clone()]);
    let id = bench.send_one(&to).await;
    let delivery = bench.wait_for_state(&id, DeliveryState::Delivered).await;

    let seen: Vec<_> = delivery
        .attempts
        .iter()
        .map(|attempt| (attempt.status_code, attempt.success, &*attempt.message))
        .collect();
    assert_eq!(seen, [(Some(500), false, "boom"), (Some(200), true, "ok")]);
    let requests = receiver.requests();
    for header in ["x-delivery-id", "idempotency-key"] {
        assert_eq!(requests[0].header(header), Some(id.as_str()));
        assert_eq!(requests[1].header(header), Some(id.as_str()));
    }
    assert_eq!(requests[0].header("x-alert-id"), Some(delivery.alert_id.as_str()));
    let link = format!("https://siem.example/console/alerts/{}?source=webhook", delivery.alert_id);
    assert_eq!(requests[0].json()["link"], link.as_str());

    for _ in 0..5 {
        bench.delivery.wake();
    }
    bench.send(vec![alert(2)], &to).await;
    receiver.wait_for(3).await;
    assert_eq!(receiver.count(), 3, "a finished delivery is never sent again");
}

#[tokio::test]
async fn retry_after_sets_the_time_and_no_earlier() {
    let receiver = Receiver::start().await;
    receiver.script([Reply::status(429).header("retry-after", "120")]);
    let other = Receiver::start().await;
    let (bench, clock) = Bench::with_manual_clock().await;
    let to = destination("hook", "webhook", &receiver.url("/"), quick());
    let to_other = destination("other", "webhook", &other.url("/"), quick());
    bench.delivery.set_destinations(vec![to.clone(), to_other.clone()]);
    let id = bench.send_one(&to).await;
    let delivery = bench.wait_for_attempts(&id, 1).await;
    // The reply came by the machine's clock; the schedule counts from the bench's.
    assert_eq!(delivery.next_attempt_at.unwrap(), bench.clock.now() + SignedDuration::from_secs(120));

    clock.advance(SignedDuration::from_secs(119));
    bench.delivery.wake();
    let later = bench.send(vec![alert(2)], &to).await.remove(0);
    let unharmed = bench.send(vec![alert(3)], &to_other).await.remove(0);
    bench.wait_for_state(&unharmed, DeliveryState::Delivered).await;
    assert_eq!(bench.find(&id).await.attempt_count, 1);
    assert_eq!(receiver.count(), 1, "it said so to every delivery");

    clock.advance(SignedDuration::from_secs(1));
    bench.delivery.wake();
    bench.wait_for_state(&id, DeliveryState::Delivered).await;
    bench.wait_for_state(&later, DeliveryState::Delivered).await;
}

#[rstest]
#[case::bad_request("tines", Reply::status(400).body("no"), Some(400), "no")]
#[case::bad_body("slack", Reply::status(400).body("invalid_payload"), Some(400), "invalid_payload")]
#[case::redirect(
    "webhook", Reply::status(302).header("location", "http://169.254.169.254/"), Some(302),
    "answered 302 Found: redirects are not followed, configure the address that it points to"
)]
#[tokio::test]
async fn permanent(
    #[case] kind: &str,
    #[case] reply: Reply,
    #[case] status: Option<u16>,
    #[case] message: &str,
) {
    let receiver = Receiver::start().await;
    receiver.always(reply);
    let bench = Bench::start().await;
    let to = destination("dest", kind, &receiver.url("/"), quick());
    bench.delivery.set_destinations(vec![to.clone()]);
    let id = bench.send_one(&to).await;
    let delivery = bench.wait_for_state(&id, DeliveryState::Failed).await;
    assert_eq!(delivery.attempts.len(), 1);
    assert_eq!((delivery.attempts[0].status_code, &*delivery.attempts[0].message), (status, message));
    assert_eq!(receiver.count(), 1);
}

#[rstest]
#[case::private_address("http://10.0.0.1/")]
#[case::private_name("http://localhost:9/")]
#[case::metadata("http://169.254.169.254/latest/")]
#[tokio::test]
async fn blocked_addresses_fail_for_good(#[case] url: &str) {
    let bench = Bench::start().await;
    let mut to = destination("dest", "webhook", url, quick());
    to.record.display_name = "inner".to_owned();
    // `localhost` is closed: only the address 127.0.0.1 would be open, so take a client without rules.
    let closed = destinations::Outbound::new(destinations::OutboundConfig::default(), bench.clock.clone());
    bench.delivery.reconfigure(closed, crate::bench::settings());
    bench.delivery.set_destinations(vec![to.clone()]);
    let id = bench.send_one(&to).await;
    let delivery = bench.wait_for_state(&id, DeliveryState::Failed).await;
    assert_eq!(delivery.attempts[0].status_code, None);
    assert!(delivery.attempts[0].message.starts_with("blocked address"));
}

#[tokio::test]
async fn silence_and_broken_connections_are_tried_again() {
    let receiver = Receiver::start().await;
    receiver.script([Reply::hang(), Reply::close()]);
    let bench = Bench::start().await;
    let policy = DeliveryPolicy { timeout: Duration::from_millis(150), ..quick() };
    let to = destination("hook", "webhook", &receiver.url("/"), policy);
    bench.delivery.set_destinations(vec![to.clone()]);
    let id = bench.send_one(&to).await;
    let delivery = bench.wait_for_state(&id, DeliveryState::Delivered).await;
    let statuses: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.status_code).collect();
    assert_eq!(statuses, [None, None, Some(200)]);
    assert!(delivery.attempts[0].message.ends_with("within 150ms"));
    assert!(delivery.attempts[0].duration >= Duration::from_millis(150));
    assert!(delivery.attempts[1].message.contains("broke"));
}

#[tokio::test]
async fn attempts_and_age_come_to_an_end() {
    let receiver = Receiver::start().await;
    receiver.always(Reply::status(503));
    let (bench, clock) = Bench::with_manual_clock().await;
    let few = RetryPolicy { attempts_max: 2, ..quick().retry };
    let young = RetryPolicy {
        profile: Profile::Panther,
        age_max: Duration::from_secs(1000),
        ..RetryPolicy::default()
    };
    let few = destination("few", "webhook", &receiver.url("/"), DeliveryPolicy { retry: few, ..quick() });
    let young =
        destination("young", "webhook", &receiver.url("/"), DeliveryPolicy { retry: young, ..quick() });
    bench.delivery.set_destinations(vec![few.clone(), young.clone()]);
    for to in [&few, &young] {
        let id = bench.send_one(to).await;
        bench.wait_for_attempts(&id, 1).await;
        clock.advance(SignedDuration::from_secs(900));
        bench.delivery.wake();
        let delivery = bench.wait_for_state(&id, DeliveryState::Failed).await;
        assert_eq!(delivery.attempt_count, 2);
    }
}

#[tokio::test]
async fn a_person_retries_a_failed_delivery_once() {
    let receiver = Receiver::start().await;
    receiver.script([Reply::status(404), Reply::status(503), Reply::ok()]);
    let bench = Bench::start().await;
    let to = destination("soar", "tines", &receiver.url("/"), quick());
    bench.delivery.set_destinations(vec![to.clone()]);
    let id = bench.send_one(&to).await;
    bench.wait_for_state(&id, DeliveryState::Failed).await;
    for (attempt, state) in [(2, DeliveryState::Failed), (3, DeliveryState::Delivered)] {
        bench.store.retry_delivery(&id).await.unwrap();
        bench.delivery.wake();
        bench.wait_for_attempts(&id, attempt).await;
        assert_eq!(bench.find(&id).await.state, state);
    }
    assert_eq!(receiver.count(), 3);
}

#[tokio::test]
async fn cancelled_deliveries_are_not_sent() {
    let receiver = Receiver::start().await;
    receiver.always(Reply::status(503));
    let (bench, clock) = Bench::with_manual_clock().await;
    let to = destination("hook", "webhook", &receiver.url("/"), quick());
    bench.delivery.set_destinations(vec![to.clone()]);
    let id = bench.send_one(&to).await;
    bench.wait_for_attempts(&id, 1).await;
    bench.delivery.set_destinations(Vec::new());
    bench.store.cancel_deliveries_of(&to.record.id).await.unwrap();
    clock.advance(SignedDuration::from_hours(1));
    bench.delivery.set_destinations(vec![to.clone()]);
    receiver.always(Reply::ok());
    bench.send(vec![alert(2)], &to).await;
    receiver.wait_for(2).await;
    assert_eq!(bench.find(&id).await.state, DeliveryState::Cancelled);
    assert_eq!(receiver.count(), 2);
}
