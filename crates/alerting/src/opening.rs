//! What the first finding of a window says: the texts, severity and destinations of its alert.

use std::sync::Arc;

use model::{Detection, ErrorFinding, LogType, MatchFinding, OpeningMatch, Severity, SystemFinding};
use serde_json::{Map, Value};

use crate::title::{base_title, bounded_context, text_or};

/// Severity of an alert whose detection was deleted before the alert was made: high, so that a person
/// looks although nobody can say how bad it is.
pub(crate) const SEVERITY_OF_DELETED: Severity = Severity::High;

/// The opening of a window of matches.
pub(crate) fn of_match(
    found: MatchFinding,
    detection: Option<&Arc<Detection>>,
    log_type: Option<LogType>,
) -> OpeningMatch {
    let metadata = Metadata::of(detection);
    let title = base_title(found.title.as_deref(), metadata.display_name, found.rule_id.as_str());
    OpeningMatch {
        title,
        severity: found.severity.unwrap_or(metadata.severity),
        description: text_or(found.description, metadata.description),
        reference: text_or(found.reference, metadata.reference),
        runbook: text_or(found.runbook, metadata.runbook),
        destinations: found.destinations,
        context: bounded_context(found.alert_context.unwrap_or_default()),
        log_type,
        warnings: found.warnings,
    }
}

/// The opening of a window of errors: only the title and the context tell of the error.
pub(crate) fn of_error(
    error: ErrorFinding,
    detection: Option<&Arc<Detection>>,
    log_type: Option<LogType>,
) -> OpeningMatch {
    let metadata = Metadata::of(detection);
    OpeningMatch {
        title: base_title(Some(&error.short_message), metadata.display_name, error.rule_id.as_str()),
        severity: metadata.severity,
        description: text_or(None, metadata.description),
        reference: text_or(None, metadata.reference),
        runbook: text_or(None, metadata.runbook),
        destinations: None,
        context: bounded_context(Map::from_iter([("error".to_owned(), Value::from(error.message))])),
        log_type,
        warnings: Vec::new(),
    }
}

/// The opening of a window of faults.
pub(crate) fn of_fault(fault: SystemFinding) -> OpeningMatch {
    OpeningMatch {
        title: base_title(Some(&fault.title), None, fault.error_type.as_str()),
        severity: Severity::Critical,
        description: None,
        reference: None,
        runbook: None,
        destinations: None,
        context: bounded_context(fault.context),
        log_type: None,
        warnings: Vec::new(),
    }
}

/// The detection's own texts, or what stands for them when it was deleted.
struct Metadata<'a> {
    display_name: Option<&'a str>,
    severity: Severity,
    description: Option<&'a String>,
    reference: Option<&'a String>,
    runbook: Option<&'a String>,
}

impl<'a> Metadata<'a> {
    fn of(detection: Option<&'a Arc<Detection>>) -> Self {
        Self {
            display_name: detection.and_then(|detection| detection.display_name.as_deref()),
            severity: detection.map_or(SEVERITY_OF_DELETED, |detection| detection.severity),
            description: detection.and_then(|detection| detection.description.as_ref()),
            reference: detection.and_then(|detection| detection.reference.as_ref()),
            runbook: detection.and_then(|detection| detection.runbook.as_ref()),
        }
    }
}
