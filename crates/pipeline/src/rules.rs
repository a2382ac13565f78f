//! Every rule over some events: those that need no Python here, the others in the workers.
//!
//! The pipeline and `margay detect` both come through here, so that there is one engine. Native rules and
//! inline filters go first, because filters decide what the workers see.

use std::sync::Arc;

use detect::{NativeEvaluation, NativeFinding, NativeRules};
use model::{Event, Finding, FindingKind, RuleId};
use python_host::{ActiveRules, Evaluation, HostError, PythonHost};

/// Runs every active rule of each event's log type; without a host only those that need no Python.
///
/// Findings come in the order of events, then of rule ids. `native` and the program of the host are to be
/// of the same content.
///
/// # Errors
/// Those of [`PythonHost::evaluate`].
pub async fn evaluate_rules(
    native: &Arc<NativeRules>,
    host: Option<&PythonHost>,
    events: Vec<Event>,
    active: &ActiveRules,
) -> Result<Evaluation, HostError> {
    let NativeEvaluation { findings, skipped } = run_native(native, &events, active).await?;
    let Some(host) = host else {
        return Ok(Evaluation { findings: merge(&events, findings, Vec::new()), ..Evaluation::default() });
    };
    if findings.is_empty() {
        return host.evaluate_but(events, active, &skipped).await;
    }
    let mut evaluation = host.evaluate_but(events.clone(), active, &skipped).await?;
    evaluation.findings = merge(&events, findings, std::mem::take(&mut evaluation.findings));
    Ok(evaluation)
}

/// CPU work, on a thread that may block; nothing where there is nothing to do.
async fn run_native(
    native: &Arc<NativeRules>,
    events: &[Event],
    active: &ActiveRules,
) -> Result<NativeEvaluation, HostError> {
    if !events.iter().any(|event| native.looks_at(&event.log_type)) {
        return Ok(NativeEvaluation::default());
    }
    let (native, events, switches) = (Arc::clone(native), events.to_vec(), active.overrides.clone());
    match tokio::task::spawn_blocking(move || native.evaluate(&events, &switches)).await {
        Ok(evaluation) => Ok(evaluation),
        // A defect of ours; stop rather than lose events: they are evaluated again after a restart.
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(HostError::Stopped),
    }
}

/// Joins two lists that are each in the order of events, then of rule ids.
fn merge(events: &[Event], native: Vec<NativeFinding>, python: Vec<Finding>) -> Vec<Finding> {
    let mut merged = Vec::with_capacity(native.len() + python.len());
    let mut python = python.into_iter().peekable();
    // Findings of the host name their event, and are in the order of events.
    let mut position = 0;
    for one in native {
        while let Some(next) = python.peek() {
            position += distance(&events[position..], next);
            if (position, rule_id(&next.kind)) > (one.event, Some(&one.rule_id)) {
                break;
            }
            merged.extend(python.next());
        }
        let event = events[one.event].clone();
        merged.push(Finding { at: event.accepted_at, event: Some(event), kind: one.kind });
    }
    merged.extend(python);
    merged
}

/// How far the event of a finding is from the first of these events.
fn distance(events: &[Event], finding: &Finding) -> usize {
    let row_id = finding.event.as_ref().map(|event| &event.row_id);
    events.iter().position(|event| Some(&event.row_id) == row_id).unwrap_or_default()
}

fn rule_id(kind: &FindingKind) -> Option<&RuleId> {
    match kind {
        FindingKind::Match(found) => Some(&found.rule_id),
        FindingKind::Error(error) => Some(&error.rule_id),
        FindingKind::System(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use model::ErrorFinding;

    use super::*;

    fn event(row_id: &str) -> Event {
        Event {
            log_type: "T".into(),
            row_id: row_id.into(),
            source_id: "s".into(),
            accepted_at: jiff::Timestamp::UNIX_EPOCH,
            json: "{}".into(),
        }
    }

    fn error(rule_id: &str) -> FindingKind {
        FindingKind::Error(ErrorFinding {
            rule_id: rule_id.into(),
            error_type: "E".to_owned(),
            short_message: String::new(),
            message: String::new(),
        })
    }

    fn check(native: &[(usize, &str)], python: &[(usize, &str)], expected: &[(&str, &str)]) {
        let events = ["a", "b", "c", "d"].map(event);
        let native = native
            .iter()
            .map(|(event, id)| NativeFinding { event: *event, rule_id: (*id).into(), kind: error(id) })
            .collect();
        let python = python
            .iter()
            .map(|(position, id)| {
                let event = events[*position].clone();
                Finding { at: event.accepted_at, event: Some(event), kind: error(id) }
            })
            .collect();
        let merged = merge(&events, native, python);
        let found: Vec<(&str, &str)> = merged
            .iter()
            .map(|finding| {
                (&*finding.event.as_ref().unwrap().row_id, rule_id(&finding.kind).unwrap().as_str())
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn findings_are_in_the_order_of_events_then_of_rule_ids() {
        check(&[], &[(0, "A"), (3, "B")], &[("a", "A"), ("d", "B")]);
        check(&[(0, "A"), (3, "B")], &[], &[("a", "A"), ("d", "B")]);
        check(&[(1, "B")], &[(1, "A"), (1, "C")], &[("b", "A"), ("b", "B"), ("b", "C")]);
        check(
            &[(0, "B"), (2, "A"), (2, "C"), (3, "A")],
            &[(0, "A"), (0, "C"), (1, "Z"), (2, "B"), (2, "D")],
            &[
                ("a", "A"),
                ("a", "B"),
                ("a", "C"),
                ("b", "Z"),
                ("c", "A"),
                ("c", "B"),
                ("c", "C"),
                ("c", "D"),
                ("d", "A"),
            ],
        );
    }
}
