//! When a destination counts as failing, and what a person is told about it.

use std::time::Duration;

use jiff::Timestamp;
use model::{Alert, AttemptRecord, Destination, SystemErrorType, SystemFinding, format_aws_date_time};
use serde_json::{Map, Value};

/// So many failures in a row over [`FAILING_TIME_MIN`] raise a system error.
const FAILURES_MIN: u64 = 5;
const FAILING_TIME_MIN: Duration = Duration::from_secs(15 * 60);
/// One destination raises at most one system error in this time.
const RAISE_INTERVAL: Duration = Duration::from_secs(24 * 3600);

/// The failures in a row of one destination.
#[derive(Debug, Default)]
pub(crate) struct Health {
    failure_count: u64,
    failing_since: Option<Timestamp>,
    raised_at: Option<Timestamp>,
}

impl Health {
    pub(crate) fn succeeded(&mut self) {
        self.failure_count = 0;
        self.failing_since = None;
    }

    /// Counts a failure; whether it is time to tell a person. `is_final`: the delivery was given up.
    pub(crate) fn failed(&mut self, now: Timestamp, is_final: bool) -> bool {
        self.failure_count += 1;
        let since = *self.failing_since.get_or_insert(now);
        let is_long = self.failure_count >= FAILURES_MIN && passed(since, now, FAILING_TIME_MIN);
        let was_raised = self.raised_at.is_some_and(|at| !passed(at, now, RAISE_INTERVAL));
        if was_raised || !(is_final || is_long) {
            return false;
        }
        self.raised_at = Some(now);
        true
    }

    /// The system error could not be handed over: the next failure tries again.
    pub(crate) fn not_raised(&mut self) {
        self.raised_at = None;
    }

    /// The system error about `destination`, after the failed attempt `last`.
    pub(crate) fn finding(&self, destination: &Destination, last: &AttemptRecord) -> SystemFinding {
        let name = &destination.display_name;
        let since = self.failing_since.unwrap_or(last.at);
        let context = Map::from_iter([
            ("destinationId".to_owned(), Value::from(destination.id.as_str())),
            ("destinationName".to_owned(), Value::from(name.as_str())),
            ("destinationType".to_owned(), Value::from(&*destination.destination_type.0)),
            ("failuresInARow".to_owned(), Value::from(self.failure_count)),
            ("failingSince".to_owned(), Value::from(format_aws_date_time(since))),
            ("lastStatusCode".to_owned(), Value::from(last.status_code)),
            ("lastError".to_owned(), Value::from(last.message.as_str())),
            (
                "remedy".to_owned(),
                Value::from(
                    "Correct the destination's settings, send a test alert, then retry its failed deliveries.",
                ),
            ),
        ]);
        SystemFinding {
            error_type: SystemErrorType::AlertDelivery,
            component: destination.id.as_str().to_owned(),
            title: format!("Deliveries to {name} are failing"),
            context,
            never_send_to: Some(destination.id.clone()),
        }
    }
}

/// Whether `alert` is itself about failing deliveries: nothing is raised about those, or it would go round.
pub(crate) fn is_about_delivery(alert: &Alert) -> bool {
    alert.system_error.as_ref().is_some_and(|error| error.error_type == SystemErrorType::AlertDelivery)
}

fn passed(since: Timestamp, now: Timestamp, at_least: Duration) -> bool {
    Duration::try_from(now.duration_since(since)).is_ok_and(|time| time >= at_least)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn minute(minute: i64) -> Timestamp {
        "2026-03-01T10:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minute)
    }

    #[test]
    fn five_failures_over_a_quarter_of_an_hour() {
        let mut health = Health::default();
        assert!(![0, 1, 2, 3, 14].into_iter().any(|at| health.failed(minute(at), false)));
        assert!(health.failed(minute(15), false));
        assert!(!health.failed(minute(16), false), "once a day");
        assert!(health.failed(minute(15 + 24 * 60), false));
    }

    #[test]
    fn four_failures_are_not_enough_and_success_starts_anew() {
        let mut health = Health::default();
        assert!(![0, 10, 20, 30].into_iter().any(|at| health.failed(minute(at), false)));
        health.succeeded();
        assert!(![40, 50, 55, 56].into_iter().any(|at| health.failed(minute(at), false)));
    }

    #[test]
    fn a_lost_delivery_is_enough() {
        let mut health = Health::default();
        assert!(health.failed(minute(0), true));
        assert!(!health.failed(minute(1), true));
        health.not_raised();
        assert!(health.failed(minute(2), true));
    }
}
