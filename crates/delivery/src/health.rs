//! When a destination counts as failing, and what a person is told about it.

use std::time::Duration;

use destinations::Reason;
use jiff::Timestamp;
use model::{Alert, AttemptRecord, Destination, SystemErrorType, SystemFinding, format_aws_date_time};
use serde_json::{Map, Value};

/// So many failures in a row over [`FAILING_TIME_MIN`] raise a system error.
const FAILURES_MIN: u64 = 5;
const FAILING_TIME_MIN: Duration = Duration::from_secs(15 * 60);
/// One destination raises at most one system error in this time.
const RAISE_INTERVAL: Duration = Duration::from_secs(24 * 3600);

/// How a destination does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthState {
    /// The last attempt was taken, or there was none yet.
    Healthy,
    /// Attempts fail: at least five in a row, or the credentials are refused.
    Failing,
    /// Ten attempts failed in a row: deliveries wait, one attempt at a time finds out when to go on.
    Paused,
    /// Switched off.
    Disabled,
}

impl HealthState {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            HealthState::Healthy => "healthy",
            HealthState::Failing => "failing",
            HealthState::Paused => "paused",
            HealthState::Disabled => "disabled",
        }
    }
}

/// How a destination does, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestinationHealth {
    /// In a word.
    pub state: HealthState,
    /// Failed attempts since the last success.
    pub failures_in_a_row: u64,
    /// When the first of them was.
    pub failing_since: Option<Timestamp>,
    /// What the last of them said.
    pub last_error: Option<String>,
    /// While paused: when the next attempt is made; `None` while one is under way.
    pub next_probe_at: Option<Timestamp>,
    /// Until when it asked to be left alone, by `Retry-After` or the like; `None` when it did not.
    pub quiet_until: Option<Timestamp>,
}

impl DestinationHealth {
    pub(crate) fn disabled() -> DestinationHealth {
        DestinationHealth {
            state: HealthState::Disabled,
            failures_in_a_row: 0,
            failing_since: None,
            last_error: None,
            next_probe_at: None,
            quiet_until: None,
        }
    }

    pub(crate) fn pause(&mut self, next_probe_at: Option<Timestamp>) {
        self.state = HealthState::Paused;
        self.next_probe_at = next_probe_at;
    }
}

/// The failures in a row of one destination.
#[derive(Debug, Default)]
pub(crate) struct Health {
    failure_count: u64,
    failing_since: Option<Timestamp>,
    last: Option<(Reason, String)>,
    raised_at: Option<Timestamp>,
}

impl Health {
    pub(crate) fn succeeded(&mut self) {
        self.failure_count = 0;
        self.failing_since = None;
        self.last = None;
    }

    /// Counts a failure.
    pub(crate) fn note(&mut self, now: Timestamp, reason: Reason, record: &AttemptRecord) {
        self.failure_count += 1;
        self.failing_since.get_or_insert(now);
        self.last = Some((reason, record.message.clone()));
    }

    /// Whether it is time to tell a person about the failure just noted. `is_final`: its delivery was given
    /// up.
    pub(crate) fn is_time_to_raise(&mut self, now: Timestamp, is_final: bool) -> bool {
        let since = self.failing_since.unwrap_or(now);
        let is_long = self.failure_count >= FAILURES_MIN && passed(since, now, FAILING_TIME_MIN);
        let was_raised = self.raised_at.is_some_and(|at| !passed(at, now, RAISE_INTERVAL));
        if was_raised || !(is_final || is_long) {
            return false;
        }
        self.raised_at = Some(now);
        true
    }

    pub(crate) fn status(&self) -> DestinationHealth {
        let is_refused = matches!(self.last, Some((Reason::Unauthorized, _)));
        let is_failing = is_refused || self.failure_count >= FAILURES_MIN;
        DestinationHealth {
            state: if is_failing { HealthState::Failing } else { HealthState::Healthy },
            failures_in_a_row: self.failure_count,
            failing_since: self.failing_since,
            last_error: self.last.as_ref().map(|(_, message)| message.clone()),
            next_probe_at: None,
            quiet_until: None,
        }
    }

    /// The system error could not be handed over: the next failure tries again.
    pub(crate) fn not_raised(&mut self) {
        self.raised_at = None;
    }

    /// The system error about `destination`, after the failed attempt `last`.
    pub(crate) fn finding(&self, destination: &Destination, last: &AttemptRecord) -> SystemFinding {
        let name = &destination.display_name;
        let since = self.failing_since.unwrap_or(last.at);
        let reason = self.last.as_ref().map(|(reason, _)| *reason);
        let context = Map::from_iter([
            ("destinationId".to_owned(), Value::from(destination.id.as_str())),
            ("destinationName".to_owned(), Value::from(name.as_str())),
            ("destinationType".to_owned(), Value::from(&*destination.destination_type.0)),
            ("failuresInARow".to_owned(), Value::from(self.failure_count)),
            ("failingSince".to_owned(), Value::from(format_aws_date_time(since))),
            ("lastStatusCode".to_owned(), Value::from(last.status_code)),
            ("lastError".to_owned(), Value::from(last.message.as_str())),
            ("cause".to_owned(), Value::from(reason.map_or("unknown", Reason::as_str))),
            ("remedy".to_owned(), Value::from(remedy(reason))),
        ]);
        SystemFinding {
            error_type: SystemErrorType::AlertDelivery,
            component: destination.id.as_str().to_owned(),
            episode: None,
            title: format!("Deliveries to {name} are failing"),
            context,
            never_send_to: Some(destination.id.clone()),
        }
    }
}

/// What a person can do about a cause; the attempt's own message, `lastError`, tells the rest.
fn remedy(reason: Option<Reason>) -> String {
    let first = match reason {
        Some(Reason::Unauthorized) => {
            "The credentials are refused: make a new token or key, or give it the right that `lastError` names, and save it."
        }
        Some(Reason::Configuration) => {
            "What the settings point to is gone: correct the channel, project or webhook that `lastError` names."
        }
        Some(Reason::BlockedAddress) => {
            "The address is inside the network: allow it under `egress.allow`, or correct it."
        }
        Some(Reason::Redirect) => "The address moved: configure the one that `lastError` names.",
        Some(Reason::Refused | Reason::UnexpectedReply) => {
            "The destination does not want these messages: `lastError` is its own reason; correct the settings that it names."
        }
        Some(Reason::Throttled) => {
            "The destination asks to go slower: set a lower `delivery.rate` for it, or send it fewer alerts."
        }
        Some(Reason::Network | Reason::Timeout) => {
            "No connection or no reply: check name, network, proxy and certificate of the address; `lastError` says how far it came."
        }
        Some(Reason::Unavailable) => {
            "The destination has a fault of its own: look at its status page; deliveries go on by themselves when it is back."
        }
        Some(Reason::Expired) => {
            "Deliveries grew older than `retry.age_max` before they could be made: find out why the destination did not take them."
        }
        Some(Reason::Render) | None => "The message could not be written: the server's log has the reason.",
    };
    format!("{first} Then send a test alert, and retry the failed deliveries of this destination.")
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

    fn fail(health: &mut Health, at: Timestamp, is_final: bool) -> bool {
        let record = AttemptRecord {
            at,
            duration: Duration::ZERO,
            status_code: None,
            success: false,
            message: "no route".to_owned(),
        };
        health.note(at, Reason::Network, &record);
        health.is_time_to_raise(at, is_final)
    }

    fn minute(minute: i64) -> Timestamp {
        "2026-03-01T10:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minute)
    }

    #[test]
    fn five_failures_over_a_quarter_of_an_hour() {
        let mut health = Health::default();
        assert!(![0, 1, 2, 3, 14].into_iter().any(|at| fail(&mut health, minute(at), false)));
        assert!(fail(&mut health, minute(15), false));
        assert!(!fail(&mut health, minute(16), false), "once a day");
        assert!(fail(&mut health, minute(15 + 24 * 60), false));
    }

    #[test]
    fn four_failures_are_not_enough_and_success_starts_anew() {
        let mut health = Health::default();
        assert!(![0, 10, 20, 30].into_iter().any(|at| fail(&mut health, minute(at), false)));
        health.succeeded();
        assert!(![40, 50, 55, 56].into_iter().any(|at| fail(&mut health, minute(at), false)));
    }

    #[test]
    fn a_lost_delivery_is_enough() {
        let mut health = Health::default();
        assert!(fail(&mut health, minute(0), true));
        assert!(!fail(&mut health, minute(1), true));
        health.not_raised();
        assert!(fail(&mut health, minute(2), true));
    }

    #[test]
    fn refused_credentials_count_at_once_other_failures_at_the_fifth() {
        let mut health = Health::default();
        let states: Vec<_> = (0..5)
            .map(|at| {
                fail(&mut health, minute(at), false);
                health.status().state
            })
            .collect();
        assert_eq!(states[3..], [HealthState::Healthy, HealthState::Failing]);
        health.succeeded();
        assert_eq!(health.status().last_error, None);
        let record = AttemptRecord {
            at: minute(9),
            duration: Duration::ZERO,
            status_code: Some(401),
            success: false,
            message: "bad token".to_owned(),
        };
        health.note(minute(9), Reason::Unauthorized, &record);
        assert_eq!(health.status().state, HealthState::Failing);
        let finding = health.finding(&test_support::sample_destination("d", "slack"), &record);
        assert_eq!(
            (&finding.context["cause"], &finding.context["lastError"]),
            (&"unauthorized".into(), &"bad token".into())
        );
        assert!(finding.context["remedy"].as_str().unwrap().starts_with("The credentials are refused"));
    }
}
