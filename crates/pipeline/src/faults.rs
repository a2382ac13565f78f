//! The platform faults that the pipeline itself sees, worded for the person who has to act.

use std::time::Duration;

use journal::Health;
use model::{RuleId, SystemErrorType, SystemFinding};
use serde_json::{Map, Value};

/// A full or broken journal; `None` while it is healthy.
pub(crate) fn storage_full(health: &Health) -> Option<SystemFinding> {
    let (last_error, remedy) = match health {
        Health::Healthy => return None,
        Health::Full => (
            "the journal is at `journal.size_max`".to_owned(),
            "see why processing is behind, or raise `journal.size_max`; senders get 503 until then",
        ),
        Health::DiskFull { message } => {
            (message.clone(), "free space on the disk of the data directory; senders get 503 until then")
        }
    };
    Some(SystemFinding {
        error_type: SystemErrorType::StorageFull,
        component: "journal".to_owned(),
        episode: None,
        title: "The journal is full: logs are refused until there is room".to_owned(),
        context: context([
            ("component", "journal".to_owned()),
            ("lastError", last_error),
            ("remedy", remedy.to_owned()),
        ]),
        never_send_to: None,
    })
}

/// A detection that was taken out of service.
pub(crate) fn benched(benched: &python_host::Benched) -> SystemFinding {
    let rule_id = &benched.rule_id;
    SystemFinding {
        error_type: SystemErrorType::DetectionBenched,
        component: rule_id.to_string(),
        episode: None,
        title: format!("The detection {rule_id} is benched: it stopped its worker again and again"),
        context: context([
            ("component", rule_id.to_string()),
            ("lastError", benched.last_error.clone()),
            ("until", model::format_aws_date_time(benched.until)),
            (
                "remedy",
                format!(
                    "mend the rule and reload, or run `margay detection enable {rule_id}`; it is tried again by itself at the time above; events that it missed are counted in `margay_detection_events_missed_total`"
                ),
            ),
        ]),
        never_send_to: None,
    }
}

/// A correlation rule whose evaluation was stopped.
pub(crate) fn correlation_timeout(rule_id: &RuleId, timeout: Duration) -> SystemFinding {
    let minutes = timeout.as_secs() / 60;
    SystemFinding {
        error_type: SystemErrorType::CorrelationTimeout,
        component: rule_id.to_string(),
        episode: None,
        title: format!("The correlation rule {rule_id} took longer than its timeout and was stopped"),
        context: context([
            ("component", rule_id.to_string()),
            ("lastError", format!("the evaluation was stopped after {minutes} minutes")),
            (
                "remedy",
                "shorten its look-back, match its steps on shared values, or raise `TimeoutMinutes`; it is tried                  again with the next signal and on its schedule"
                    .to_owned(),
            ),
        ]),
        never_send_to: None,
    }
}

/// Signals of a rule that had to go before their time.
pub(crate) fn signals_dropped(rule_id: &RuleId, count: u64, kept_max: u64) -> SystemFinding {
    SystemFinding {
        error_type: SystemErrorType::CorrelationSignalsDropped,
        component: rule_id.to_string(),
        episode: None,
        title: format!("The rule {rule_id} matches too often for correlation: older signals are dropped"),
        context: context([
            ("component", rule_id.to_string()),
            ("lastError", format!("{count} signals made room; {kept_max} of each rule are kept")),
            (
                "remedy",
                "narrow the rule, so that it matches less; correlation rules see its newest signals only, and                  what was dropped is counted in `margay_correlation_signals_dropped_total`"
                    .to_owned(),
            ),
        ]),
        never_send_to: None,
    }
}

fn context<const N: usize>(entries: [(&str, String); N]) -> Map<String, Value> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), Value::String(value))).collect()
}
