//! When a person is told that deliveries fail, and when not.

use jiff::SignedDuration;
use model::{AlertType, DeliveryState, SystemError, SystemErrorType};
use test_support::{Receiver, Reply, wait_until};

use crate::bench::{Bench, alert, destination, quick};

#[tokio::test]
async fn a_lost_delivery_raises_one_error_a_day() {
    let receiver = Receiver::start().await;
    receiver.always(Reply::status(404).body("no such hook"));
    let (bench, clock) = Bench::with_manual_clock().await;
    let to = destination("dev-general", "tines", &receiver.url("/"), quick());
    bench.delivery.set_destinations(vec![to.clone()]);
    for number in 1..=3 {
        let id = bench.send(vec![alert(number)], &to).await.remove(0);
        bench.wait_for_state(&id, DeliveryState::Failed).await;
    }
    let findings = bench.sink.findings();
    assert_eq!(findings.len(), 1);
    let finding = &findings[0];
    assert_eq!(finding.error_type, SystemErrorType::AlertDelivery);
    assert_eq!(finding.title, "Deliveries to dev-general are failing");
    assert_eq!(finding.component, to.record.id.as_str());
    assert_eq!(finding.never_send_to.as_ref(), Some(&to.record.id));
    assert_eq!(finding.context["lastStatusCode"], 404);
    assert_eq!(
        finding.context["lastError"],
        "no such hook; nothing takes messages at this address: correct it, or make it anew there"
    );

    clock.advance(SignedDuration::from_hours(24));
    let id = bench.send(vec![alert(4)], &to).await.remove(0);
    bench.wait_for_state(&id, DeliveryState::Failed).await;
    assert_eq!(bench.sink.findings().len(), 2);
}

#[tokio::test]
async fn five_failures_in_a_row_over_a_quarter_of_an_hour_raise_an_error() {
    let receiver = Receiver::start().await;
    receiver.always(Reply::status(503));
    let (bench, clock) = Bench::with_manual_clock().await;
    let to = destination("hook", "webhook", &receiver.url("/"), quick());
    bench.delivery.set_destinations(vec![to.clone()]);
    let id = bench.send_one(&to).await;
    for attempt in 1..=4 {
        bench.wait_for_attempts(&id, attempt).await;
        clock.advance(SignedDuration::from_mins(4));
        bench.delivery.wake();
    }
    // The fifth failure comes 16 minutes after the first.
    bench.wait_for_attempts(&id, 5).await;
    wait_until("the system error", async || bench.sink.findings().len() == 1).await;
    assert_eq!(bench.sink.findings()[0].context["failuresInARow"], 5);
}

#[tokio::test]
async fn failures_close_together_raise_nothing() {
    let receiver = Receiver::start().await;
    receiver.always(Reply::status(503));
    let (bench, clock) = Bench::with_manual_clock().await;
    let to = destination("hook", "webhook", &receiver.url("/"), quick());
    bench.delivery.set_destinations(vec![to.clone()]);
    let id = bench.send_one(&to).await;
    for attempt in 1..=8 {
        bench.wait_for_attempts(&id, attempt).await;
        clock.advance(SignedDuration::from_secs(10));
        bench.delivery.wake();
    }
    assert!(bench.sink.findings().is_empty());
}

#[tokio::test]
async fn a_failing_report_about_failing_deliveries_raises_nothing() {
    let receiver = Receiver::start().await;
    receiver.always(Reply::status(404));
    let bench = Bench::start().await;
    let to = destination("hook", "tines", &receiver.url("/"), quick());
    bench.delivery.set_destinations(vec![to.clone()]);
    let mut report = alert(1);
    report.alert_type = AlertType::SystemError;
    report.system_error =
        Some(SystemError { error_type: SystemErrorType::AlertDelivery, component: "other".to_owned() });
    let id = bench.send(vec![report], &to).await.remove(0);
    bench.wait_for_state(&id, DeliveryState::Failed).await;
    assert!(bench.sink.findings().is_empty());
}
