//! A destination that keeps failing is paused and probed; a day-long outage loses nothing.

use std::time::Duration;

use delivery::{ConfiguredDestination, DeliveryPolicy, HealthState, Profile, RetryPolicy};
use jiff::{SignedDuration, Timestamp};
use model::{AttemptRecord, DeliveryState};
use stdx::ManualClock;
use test_support::{Receiver, Reply, wait_until};

use crate::bench::{Bench, alert, destination, quick};

/// One at a time, so that the number of attempts before the pause is exact.
fn in_line() -> DeliveryPolicy {
    DeliveryPolicy { concurrency: 1, ..quick() }
}

impl Bench {
    /// Waits until nothing more happens for a destination before the clock moves on.
    async fn settle(&self, to: &ConfiguredDestination, clock: &ManualClock) {
        self.delivery.wake();
        let now = stdx::Clock::now(clock);
        wait_until("nothing is due", async || {
            let health = self.delivery.health(&to.record.id).unwrap();
            if health.state == HealthState::Paused && health.next_probe_at.is_some_and(|at| at > now) {
                return true;
            }
            if health.quiet_until.is_some() {
                return true;
            }
            let next = self.store.next_due_of(&to.record.id).await.unwrap();
            !self.delivery.has_work() && next.is_none_or(|at| at > now)
        })
        .await;
    }
}

#[tokio::test]
async fn ten_failures_pause_a_destination_and_one_probe_ends_the_pause() {
    let receiver = Receiver::start().await;
    receiver.always(Reply::status(503).body("down"));
    let (bench, clock) = Bench::with_manual_clock().await;
    let to = destination("hook", "webhook", &receiver.url("/"), in_line());
    bench.delivery.set_destinations(vec![to.clone()]);
    let mut ids = bench.send((1..=30).map(alert).collect(), &to).await;
    bench.settle(&to, &clock).await;
    assert_eq!(receiver.count(), 10);
    let health = bench.delivery.health(&to.record.id).unwrap();
    assert_eq!((health.state, health.failures_in_a_row), (HealthState::Paused, 10));
    assert_eq!(health.last_error.as_deref(), Some("down"));
    assert!(bench.delivery.is_paused(&to.record.id));

    // What comes now waits in the table, also when it is offered.
    ids.extend(bench.send((31..=40).map(alert).collect(), &to).await);
    for (seconds, count) in [(5, 11), (1, 11), (9, 12)] {
        clock.advance(SignedDuration::from_secs(seconds));
        bench.settle(&to, &clock).await;
        assert_eq!(receiver.count(), count, "one probe at its time");
    }
    receiver.always(Reply::ok());
    clock.advance(SignedDuration::from_secs(20));
    for id in &ids {
        bench.wait_for_state(id, DeliveryState::Delivered).await;
    }
    assert_eq!(receiver.count(), 12 + 40);
    assert_eq!(bench.delivery.health(&to.record.id).unwrap().state, HealthState::Healthy);
}

#[tokio::test]
async fn a_destination_that_asks_to_wait_gets_nothing_from_any_delivery() {
    for asking in
        [Reply::status(429).header("retry-after", "60"), Reply::status(503).header("retry-after", "60")]
    {
        let receiver = Receiver::start().await;
        let other = Receiver::start().await;
        receiver.script([Reply::ok(), asking]);
        let (bench, clock) = Bench::with_manual_clock().await;
        let to = destination("hook", "webhook", &receiver.url("/"), in_line());
        let to_other = destination("other", "webhook", &other.url("/"), in_line());
        bench.delivery.set_destinations(vec![to.clone(), to_other.clone()]);
        let mut ids = bench.send((1..=20).map(alert).collect(), &to).await;
        bench.settle(&to, &clock).await;
        assert_eq!(receiver.count(), 2);
        let health = bench.delivery.health(&to.record.id).unwrap();
        assert_eq!(
            (health.state, health.quiet_until),
            (HealthState::Healthy, Some(bench.clock.now() + SignedDuration::from_secs(60)))
        );

        // New alerts, the clock and a person do not make it earlier; the others go on.
        ids.extend(bench.send((21..=25).map(alert).collect(), &to).await);
        clock.advance(SignedDuration::from_secs(59));
        bench.delivery.retry_asked();
        let unharmed = bench.send_one(&to_other).await;
        bench.wait_for_state(&unharmed, DeliveryState::Delivered).await;
        assert_eq!(receiver.count(), 2);
        clock.advance(SignedDuration::from_secs(1));
        for id in &ids {
            bench.wait_for_state(id, DeliveryState::Delivered).await;
        }
        assert_eq!(receiver.count(), 2 + 24);
    }
}

#[tokio::test]
async fn new_settings_end_the_wait_that_a_destination_asked_for() {
    let receiver = Receiver::start().await;
    receiver.script([Reply::status(429).header("retry-after", "3600")]);
    let (bench, clock) = Bench::with_manual_clock().await;
    let to = destination("hook", "webhook", &receiver.url("/"), in_line());
    bench.delivery.set_destinations(vec![to.clone()]);
    let ids = bench.send((1..=3).map(alert).collect(), &to).await;
    bench.settle(&to, &clock).await;
    assert_eq!(receiver.count(), 1);
    let quiet_until = bench.delivery.health(&to.record.id).unwrap().quiet_until;
    bench.delivery.set_destinations(vec![to.clone()]);
    assert_eq!(bench.delivery.health(&to.record.id).unwrap().quiet_until, quiet_until, "nothing is new");
    let moved = destination("hook", "webhook", &receiver.url("/moved"), in_line());
    bench.delivery.set_destinations(vec![moved]);
    for id in &ids[1..] {
        bench.wait_for_state(id, DeliveryState::Delivered).await;
    }

    // So does a test alert that it takes.
    receiver.script([Reply::status(429).header("retry-after", "3600")]);
    let ids = bench.send((4..=6).map(alert).collect(), &to).await;
    bench.settle(&to, &clock).await;
    assert!(bench.delivery.health(&to.record.id).unwrap().quiet_until.is_some());
    assert!(bench.delivery.send_test(&to.record.id).await.unwrap().success);
    for id in &ids[1..] {
        bench.wait_for_state(id, DeliveryState::Delivered).await;
    }
}

#[tokio::test]
async fn new_settings_a_test_alert_and_a_persons_retry_probe_at_once() {
    let receiver = Receiver::start().await;
    receiver.always(Reply::status(503));
    let (bench, clock) = Bench::with_manual_clock().await;
    let to = destination("hook", "webhook", &receiver.url("/"), in_line());
    bench.delivery.set_destinations(vec![to.clone()]);
    let ids = bench.send((1..=12).map(alert).collect(), &to).await;
    bench.settle(&to, &clock).await;
    assert_eq!(receiver.count(), 10);

    let paused = bench.delivery.health(&to.record.id).unwrap();
    bench.delivery.set_destinations(vec![to.clone()]);
    assert_eq!(bench.delivery.health(&to.record.id).unwrap(), paused, "nothing is new");
    let to = destination("hook", "webhook", &receiver.url("/"), in_line());
    bench.delivery.set_destinations(vec![to.clone()]);
    receiver.wait_for(11).await;
    bench.settle(&to, &clock).await;
    bench.delivery.retry_asked();
    receiver.wait_for(12).await;
    bench.settle(&to, &clock).await;
    receiver.always(Reply::ok());
    assert!(bench.delivery.send_test(&to.record.id).await.unwrap().success);
    clock.advance(SignedDuration::from_secs(1));
    for id in &ids {
        bench.wait_for_state(id, DeliveryState::Delivered).await;
    }
}

#[tokio::test]
async fn what_grew_too_old_is_given_up_unsent_and_can_be_retried() {
    let receiver = Receiver::start().await;
    let (bench, clock) = Bench::with_manual_clock().await;
    let to = destination("hook", "webhook", &receiver.url("/"), quick());
    let id = bench.put(vec![alert(1)], &to).await.remove(0);
    clock.advance(SignedDuration::from_hours(73));
    bench.delivery.set_destinations(vec![to.clone()]);
    bench.delivery.wake();
    let delivery = bench.wait_for_state(&id, DeliveryState::Failed).await;
    assert!(delivery.attempts[0].message.starts_with("expired, not sent"), "{:?}", delivery.attempts);
    assert_eq!(receiver.count(), 0);
    assert_eq!(bench.sink.findings()[0].context["cause"], "expired");

    assert_eq!(bench.store.retry_failed_of(&to.record.id, &model::LogTypeAccess::ALL).await.unwrap(), 1);
    bench.delivery.retry_asked();
    bench.wait_for_state(&id, DeliveryState::Delivered).await;
}

/// The gaps between attempts are never shorter than the profile says.
fn check_schedule(attempts: &[AttemptRecord], retry: &RetryPolicy) {
    for (index, pair) in attempts.windows(2).enumerate() {
        let gap = Duration::try_from(pair[1].at.duration_since(pair[0].at)).unwrap();
        let least = match retry.profile {
            Profile::Panther => Duration::from_secs(900),
            Profile::Default => {
                let doubled = 2_u32.checked_pow(u32::try_from(index).unwrap());
                let full = doubled.and_then(|factor| retry.first_delay.checked_mul(factor));
                full.map_or(retry.delay_max, |full| full.min(retry.delay_max)) / 2
            }
        };
        assert!(gap >= least, "attempt {} came after {gap:?}, not {least:?}", index + 2);
    }
}

#[tokio::test]
async fn a_day_long_outage_loses_nothing_and_harms_nobody() {
    let down = Receiver::start().await;
    down.always(Reply::status(503));
    let up = Receiver::start().await;
    let (bench, clock) = Bench::with_manual_clock().await;
    let retry = RetryPolicy::default();
    let policy = DeliveryPolicy { retry: retry.clone(), ..quick() };
    let to_down = destination("down", "webhook", &down.url("/"), policy.clone());
    let to_up = destination("up", "webhook", &up.url("/"), policy);
    bench.delivery.set_destinations(vec![to_down.clone(), to_up.clone()]);

    let mut waiting = Vec::new();
    for step in 0..288_u64 {
        if step % 3 == 0 {
            waiting.extend(bench.send(vec![alert(step + 1)], &to_down).await);
            let sent_at: Timestamp = bench.clock.now();
            let id = bench.send(vec![alert(step + 1)], &to_up).await.remove(0);
            let delivery = bench.wait_for_state(&id, DeliveryState::Delivered).await;
            assert_eq!(delivery.attempts.len(), 1);
            assert_eq!(delivery.attempts[0].at, sent_at, "the other destination waits for nothing");
        }
        bench.settle(&to_down, &clock).await;
        clock.advance(SignedDuration::from_mins(5));
    }
    for id in &waiting {
        assert_eq!(bench.find(id).await.state, DeliveryState::Pending, "nothing is given up");
    }
    let health = bench.delivery.health(&to_down.record.id).unwrap();
    assert_eq!(health.state, HealthState::Paused);
    let attempts_during_outage = down.count();
    assert!(attempts_during_outage <= 400, "{attempts_during_outage} attempts in a day at a dead vendor");

    down.always(Reply::ok());
    clock.advance(SignedDuration::from_mins(20));
    bench.delivery.wake();
    for id in &waiting {
        let delivery = bench.wait_for_state(id, DeliveryState::Delivered).await;
        check_schedule(&delivery.attempts, &retry);
        assert_eq!(delivery.attempts.iter().filter(|attempt| attempt.success).count(), 1);
    }
    assert_eq!(down.count(), attempts_during_outage + waiting.len(), "each delivered once");
    let findings = bench.sink.findings();
    assert!((1..=2).contains(&findings.len()), "one a day: {}", findings.len());
    for finding in findings {
        assert_eq!(finding.never_send_to.as_ref(), Some(&to_down.record.id), "never to itself");
        assert_eq!(
            (&finding.context["cause"], &finding.context["lastStatusCode"]),
            (&"unavailable".into(), &503.into())
        );
    }
}

#[tokio::test]
async fn an_outage_under_the_other_profile_keeps_its_steps_and_ends_in_the_dead_letter_list() {
    let down = Receiver::start().await;
    down.always(Reply::status(503));
    let (bench, clock) = Bench::with_manual_clock().await;
    let retry = RetryPolicy { profile: Profile::Panther, ..RetryPolicy::default() };
    let to =
        destination("down", "webhook", &down.url("/"), DeliveryPolicy { retry: retry.clone(), ..quick() });
    bench.delivery.set_destinations(vec![to.clone()]);
    let ids = bench.send((1..=3).map(alert).collect(), &to).await;
    for _ in 0..72 {
        bench.settle(&to, &clock).await;
        clock.advance(SignedDuration::from_mins(5));
    }
    for id in &ids {
        let delivery = bench.wait_for_state(id, DeliveryState::Failed).await;
        assert_eq!(delivery.attempts.len(), 11, "the first attempt and ten retries");
        check_schedule(&delivery.attempts, &retry);
    }
    down.always(Reply::ok());
    assert_eq!(bench.store.retry_failed_of(&to.record.id, &model::LogTypeAccess::ALL).await.unwrap(), 3);
    bench.delivery.retry_asked();
    for id in &ids {
        bench.wait_for_state(id, DeliveryState::Delivered).await;
    }
}
