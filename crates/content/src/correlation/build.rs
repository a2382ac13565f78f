//! Builds a correlation rule from its checked keys.

use model::{Detection, DetectionKind, RuleId, Severity};

use crate::build::{Context, flag, invalid, non_empty, reports, text, texts, version};
use crate::check::parse_severity;
use crate::correlation::{CorrelationRule, block, tests};
use crate::item::{ItemBody, ItemState};
use crate::report::Report;
use crate::yaml::Mapping;

/// Builds the item. When something needed is missing or wrong, that was reported, and the state returned
/// here does not count.
pub(crate) fn build(map: &Mapping, context: &Context<'_>, report: &mut Report<'_>) -> ItemState {
    let Some((correlation, schedule)) = block::read(map, report) else { return invalid() };
    let Some(tests) = tests::read(map, &correlation, report) else { return invalid() };
    let severity = map.get("Severity").and_then(|field| parse_severity(field.value.as_text()?));
    let detection = Detection {
        id: RuleId::from(text(map, "RuleID").unwrap_or_default()),
        kind: DetectionKind::CorrelationRule,
        display_name: non_empty(map, "DisplayName"),
        enabled: flag(map, "Enabled").unwrap_or(false),
        severity: severity.unwrap_or(Severity::Info),
        log_types: Vec::new(),
        dedup_period: correlation.lookback,
        threshold: 1,
        create_alert: flag(map, "CreateAlert").unwrap_or(true),
        description: non_empty(map, "Description"),
        reference: non_empty(map, "Reference"),
        runbook: non_empty(map, "Runbook"),
        tags: texts(map, "Tags"),
        reports: reports(map),
        output_ids: texts(map, "OutputIds"),
        summary_attributes: texts(map, "SummaryAttributes"),
        version: version(&context.yaml.text, ""),
    };
    ItemState::Ready(ItemBody::Correlation(Box::new(CorrelationRule {
        detection,
        correlation,
        schedule,
        tests,
    })))
}
