//! From what a worker says to what alerting reads.

use std::time::Duration;

use model::{ErrorFinding, FindingKind, MatchFinding, RuleId, Severity};
use serde_json::{Map, Value};

use crate::error::write_limit;
use crate::wire::{Record, WireError, WireMatch, read_context};

/// Error type of an evaluation that took too long.
pub(crate) const TIMEOUT_ERROR: &str = "TimeoutError";
/// Error type of an evaluation that ended its worker.
pub(crate) const WORKER_DIED: &str = "WorkerDied";

/// The finding behind a record.
pub(crate) fn finding(rule_id: &RuleId, record: Record) -> FindingKind {
    match record {
        Record::Match(found) => FindingKind::Match(match_finding(rule_id, *found)),
        Record::Error(error) => FindingKind::Error(error_finding(rule_id, &error)),
    }
}

/// The finding behind an error.
pub(crate) fn error_finding(rule_id: &RuleId, error: &WireError) -> ErrorFinding {
    ErrorFinding {
        rule_id: rule_id.clone(),
        error_type: error.error_type.clone(),
        short_message: error.short.clone(),
        message: error.message.clone(),
    }
}

/// The error of an evaluation that took longer than the limit.
pub(crate) fn timed_out(limit: Duration) -> WireError {
    plain_error(TIMEOUT_ERROR, &format!("rule took longer than {}", write_limit(limit)))
}

/// The error of an evaluation during which the worker ended.
pub(crate) fn worker_died(reason: &str) -> WireError {
    plain_error(WORKER_DIED, reason)
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

fn match_finding(rule_id: &RuleId, found: WireMatch) -> MatchFinding {
    let mut warnings = found.warnings;
    let alert_context = found.alert_context.map(|text| {
        read_context(&text).unwrap_or_else(|reason| {
            warnings.push(format!("alert_context() cannot be kept: {reason}"));
            Map::from_iter([("_error".to_owned(), Value::String(reason))])
        })
    });
    MatchFinding {
        rule_id: rule_id.clone(),
        title: found.title,
        description: found.description,
        reference: found.reference,
        runbook: found.runbook,
        severity: found.severity.as_deref().and_then(Severity::parse),
        destinations: found.destinations,
        dedup: found.dedup,
        alert_context,
        unique: found.unique,
        counts_unique: found.counts_unique,
        warnings,
    }
}
