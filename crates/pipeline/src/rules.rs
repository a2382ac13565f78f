//! All rules over some events: those that need no Python here, the others in the workers, one order.
//!
//! `margay detect` and the pipeline both come through here, so that there is one engine.

use std::collections::HashMap;
use std::sync::Arc;

use detect::{NativeEvaluation, NativeRules, PairFinding};
use model::{Event, Finding, FindingKind, RuleId};
use python_host::{ActiveRules, Evaluation, HostError, PythonHost};

/// Runs every active rule of each event's log type. Without a host only the rules that need none run.
///
/// Findings come in the order of events, then of rule ids.
///
/// # Errors
/// Those of [`PythonHost::evaluate`].
pub async fn evaluate_rules(
    native: &NativeRules,
    host: Option<&PythonHost>,
    events: Vec<Event>,
    active: &ActiveRules,
) -> Result<Evaluation, HostError> {
    let NativeEvaluation { findings: pairs, skips } = native.evaluate(&events, &active.overrides);
    let Some(host) = host else {
        let findings = pairs.into_iter().map(|pair| finding(&events, pair).1).collect();
        return Ok(Evaluation { findings, ..Evaluation::default() });
    };
    if pairs.is_empty() {
        return host.evaluate_but(events, active, &skips).await;
    }
    let native: Vec<(usize, Finding)> = pairs.into_iter().map(|pair| finding(&events, pair)).collect();
    let positions: HashMap<Arc<str>, usize> =
        events.iter().enumerate().map(|(position, event)| (Arc::clone(&event.row_id), position)).collect();
    let mut evaluation = host.evaluate_but(events, active, &skips).await?;
    let position = |finding: &Finding| {
        let event = finding.event.as_ref();
        event.and_then(|event| positions.get(&event.row_id).copied()).unwrap_or(usize::MAX)
    };
    let of_python = std::mem::take(&mut evaluation.findings);
    let mut all: Vec<(usize, Finding)> =
        of_python.into_iter().map(|finding| (position(&finding), finding)).chain(native).collect();
    all.sort_by(|a, b| (a.0, rule_id(&a.1)).cmp(&(b.0, rule_id(&b.1))));
    evaluation.findings = all.into_iter().map(|(_, finding)| finding).collect();
    Ok(evaluation)
}

fn finding(events: &[Event], pair: PairFinding) -> (usize, Finding) {
    let event = events[pair.event].clone();
    let at = event.accepted_at;
    (pair.event, Finding { event: Some(event), at, kind: pair.kind })
}

fn rule_id(finding: &Finding) -> Option<&RuleId> {
    match &finding.kind {
        FindingKind::Match(found) => Some(&found.rule_id),
        FindingKind::Error(error) => Some(&error.rule_id),
        FindingKind::System(_) => None,
    }
}
