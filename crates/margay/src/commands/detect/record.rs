//! A finding as the line that is printed; its shape is fixed.

use std::collections::HashMap;

use model::{Finding, FindingKind, RuleId, Severity};
use serde::Serialize;
use serde_json::{Map, Value};

/// Severity of each rule's YAML.
pub(super) type Severities = HashMap<RuleId, Severity>;

/// One match or error. `title` is the output of `title()`, null when the rule has none; `dedup` and
/// `severity` are final.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record<'a> {
    index: u64,
    rule_id: &'a str,
    title: Option<&'a str>,
    dedup: Option<&'a str>,
    severity: Option<&'static str>,
    destinations: Option<&'a [String]>,
    alert_context: Option<&'a Map<String, Value>>,
    pub(super) error: Option<RecordError<'a>>,
}

/// Why a rule gave no verdict.
#[derive(Debug, Serialize)]
pub(super) struct RecordError<'a> {
    #[serde(rename = "type")]
    error_type: &'a str,
    message: &'a str,
}

/// Makes records of findings.
pub(super) struct Records<'s>(pub(super) &'s Severities);

impl Records<'_> {
    /// The line of a finding; `None` for what is no match and no error of a rule.
    pub(super) fn record<'a>(&self, finding: &'a Finding) -> Option<Record<'a>> {
        let index = finding.event.as_ref()?.row_id.parse().ok()?;
        match &finding.kind {
            FindingKind::Match(found) => {
                let configured = self.0.get(&found.rule_id).copied();
                Some(Record {
                    index,
                    rule_id: found.rule_id.as_str(),
                    title: found.title.as_deref(),
                    dedup: Some(&found.dedup),
                    severity: found.severity.or(configured).map(Severity::as_str),
                    destinations: found.destinations.as_deref(),
                    alert_context: found.alert_context.as_ref(),
                    error: None,
                })
            }
            FindingKind::Error(error) => Some(Record {
                index,
                rule_id: error.rule_id.as_str(),
                title: None,
                dedup: None,
                severity: None,
                destinations: None,
                alert_context: None,
                error: Some(RecordError { error_type: &error.error_type, message: &error.message }),
            }),
            FindingKind::System(_) => None,
        }
    }
}
