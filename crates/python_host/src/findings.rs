//! From what a worker says to what alerting reads.

use std::time::Duration;

use model::{ErrorFinding, FindingKind, MatchFinding, RuleId, Severity};
use serde_json::{Map, Value};
use stdx::truncate_generated;

use crate::error::write_limit;
use crate::pool::process::Loss;
use crate::wire::{Record, WireError, WireMatch, read_context};

/// Error type of an evaluation that took too long.
pub(crate) const TIMEOUT_ERROR: &str = "TimeoutError";
/// Error type of an evaluation that ended its worker.
pub(crate) const WORKER_DIED: &str = "WorkerDied";

/// Longest text of a match, in characters.
const TEXT_CHARS_MAX: usize = 1000;
/// Most entries of `destinations()`.
const DESTINATIONS_MAX: usize = 10;
/// Most warnings of one match: each function fails at most once.
const WARNINGS_MAX: usize = 20;
/// Longest warning, in characters.
const WARNING_CHARS_MAX: usize = 2000;

/// The finding behind a record.
pub(crate) fn finding(rule_id: &RuleId, record: Record) -> FindingKind {
    match record {
        Record::Match(found) => FindingKind::Match(match_finding(rule_id, *found)),
        Record::Error(error) => FindingKind::Error(error_finding(rule_id, &error)),
    }
}

/// The finding behind an error.
pub(crate) fn error_finding(rule_id: &RuleId, error: &WireError) -> ErrorFinding {
    let WireError { error_type, short, message, line: _, memory: _ } = error.cut();
    ErrorFinding { rule_id: rule_id.clone(), error_type, short_message: short, message }
}

/// The error of an evaluation that took longer than the limit.
pub(crate) fn timed_out(limit: Duration) -> WireError {
    plain_error(TIMEOUT_ERROR, &format!("rule took longer than {}", write_limit(limit)))
}

/// The error of a test of a unit-test file that took longer than the limit.
pub(crate) fn test_timed_out(limit: Duration) -> WireError {
    plain_error(TIMEOUT_ERROR, &format!("test took longer than {}", write_limit(limit)))
}

/// The error of an evaluation during which the worker ended.
pub(crate) fn worker_died(reason: &str) -> WireError {
    plain_error(WORKER_DIED, reason)
}

/// The error of an item whose loading ended a worker, and whether trying again is of no use.
pub(crate) fn load_fault(loss: &Loss) -> (WireError, bool) {
    match loss {
        Loss::TimedOut(_) => (worker_died("loading the code did not end"), true),
        Loss::Died(_, reason) => (worker_died(&format!("{reason} while the code was loaded")), false),
        Loss::Stopped => (worker_died("the host was shut down"), false),
    }
}

/// The error of a rule that there was no time to load.
pub(crate) fn not_loaded(reason: &str) -> WireError {
    plain_error(TIMEOUT_ERROR, reason)
}

fn plain_error(error_type: &str, message: &str) -> WireError {
    WireError {
        error_type: error_type.to_owned(),
        short: format!("{error_type}('{message}')"),
        message: message.to_owned(),
        line: None,
        memory: false,
    }
}

/// Every text and list is cut to the limit that the Python half keeps to: a rule that took over its
/// worker can write what it likes.
fn match_finding(rule_id: &RuleId, found: WireMatch) -> MatchFinding {
    let cut = |text: String| truncate_generated(&text, TEXT_CHARS_MAX);
    let mut warnings: Vec<String> = found
        .warnings
        .into_iter()
        .take(WARNINGS_MAX)
        .map(|warning| truncate_generated(&warning, WARNING_CHARS_MAX))
        .collect();
    let alert_context = found.alert_context.map(|context| {
        read_context(context.get()).unwrap_or_else(|reason| {
            warnings.push(format!("alert_context() cannot be kept: {reason}"));
            Map::from_iter([("_error".to_owned(), Value::String(reason))])
        })
    });
    let destinations =
        found.destinations.map(|names| names.into_iter().take(DESTINATIONS_MAX).map(cut).collect());
    MatchFinding {
        rule_id: rule_id.clone(),
        title: found.title.map(cut),
        description: found.description.map(cut),
        reference: found.reference.map(cut),
        runbook: found.runbook.map(cut),
        severity: found.severity.as_deref().and_then(Severity::parse),
        destinations,
        dedup: cut(found.dedup),
        alert_context,
        unique: found.unique.map(cut),
        counts_unique: found.counts_unique,
        warnings,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    #[test]
    fn no_text_or_list_of_a_match_is_longer_than_its_limit() {
        let long = || "x".repeat(2_000_000);
        let found = WireMatch {
            title: Some(long()),
            description: Some(long()),
            reference: Some(long()),
            runbook: Some(long()),
            severity: Some(long()),
            destinations: Some(vec![long(); 50]),
            dedup: long(),
            alert_context: Some(RawValue::from_string(format!("{{\"a\":\"{}\"}}", long())).unwrap()),
            unique: Some(long()),
            counts_unique: true,
            warnings: vec![long(); 50],
            memory: false,
        };
        let found = match_finding(&"R".into(), found);
        assert_eq!(found.title.unwrap().len(), TEXT_CHARS_MAX);
        assert_eq!((found.dedup.len(), found.unique.unwrap().len()), (TEXT_CHARS_MAX, TEXT_CHARS_MAX));
        assert_eq!(found.destinations.unwrap(), vec![truncate_generated(&long(), TEXT_CHARS_MAX); 10]);
        assert_eq!((found.warnings.len(), found.warnings[0].len()), (WARNINGS_MAX + 1, WARNING_CHARS_MAX));
        assert!(found.alert_context.unwrap()["_error"].as_str().unwrap().len() < 100);
    }
}
