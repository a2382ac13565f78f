//! Faults of the platform: one alert per kind, component and day.

use std::time::Duration;

use jiff::Timestamp;
use model::{DetectionState, RuleId, SystemErrorType, SystemFinding};
use serde_json::{Map, Value};

use crate::Limit;

/// Faults of one kind and component within this time of the first make one alert.
pub const SYSTEM_WINDOW: Duration = Duration::from_secs(24 * 3_600);

/// The fault that says that a detection's alerts were switched off.
pub(crate) fn limit_exceeded(
    rule_id: &RuleId,
    state: &DetectionState,
    limit: Limit,
    at: Timestamp,
) -> SystemFinding {
    let alerts = state.limit_window_alerts;
    let within = span(limit.per);
    let context = Map::from_iter([
        ("component".to_owned(), Value::from(rule_id.as_str())),
        ("alerts".to_owned(), Value::from(alerts)),
        ("limit".to_owned(), Value::from(format!("{} alerts within {within}", limit.count))),
        ("windowStart".to_owned(), Value::from(state.limit_window_start.unwrap_or(at).to_string())),
        ("limitedAt".to_owned(), Value::from(at.to_string())),
        (
            "remedy".to_owned(),
            Value::from(format!(
                "Matches of this detection are still counted, as signals, but make no alerts. Find out what \
                 floods it, narrow the rule or its dedup string, then run `margay detection enable {rule_id}`."
            )),
        ),
    ]);
    SystemFinding {
        error_type: SystemErrorType::DetectionAlertLimitExceeded,
        component: rule_id.as_str().to_owned(),
        episode: None,
        title: format!(
            "Alerts of detection {rule_id} were switched off: it made {alerts} {} within {within}",
            if alerts == 1 { "alert" } else { "alerts" }
        ),
        context,
        never_send_to: None,
    }
}

/// `1 hour`, `30 minutes`, `90 seconds`.
fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (count, unit) = match seconds {
        1.. if seconds.is_multiple_of(3_600) => (seconds / 3_600, "hour"),
        1.. if seconds.is_multiple_of(60) => (seconds / 60, "minute"),
        _ => (seconds, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
