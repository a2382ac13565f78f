//! Workers that say what no worker of ours would.

use std::sync::Arc;

use model::{DetectionKind, Event, FindingKind, Severity};
use serde_json::{Value, json};
use stdx::ManualClock;

use super::replay::{Replayed, replay};
use crate::program::{Program, RuleProgram};

/// Two events for rules A and B; the progress page says nothing when the stream ends.
fn evaluate(answers: &[Value]) -> Replayed {
    let rule = |id: &str| RuleProgram {
        id: id.into(),
        kind: DetectionKind::Rule,
        log_types: vec!["T".into()],
        severity: Severity::Low,
        create_alert: true,
        enabled: true,
        version: "1".into(),
        source: "".into(),
    };
    let event = Event {
        log_type: "T".into(),
        row_id: "row".into(),
        source_id: "test".into(),
        accepted_at: jiff::Timestamp::UNIX_EPOCH,
        json: "{}".into(),
    };
    let program = Arc::new(Program::new(vec![], vec![], vec![rule("A"), rule("B")]));
    let mut stream = Vec::new();
    for answer in answers {
        let text = answer.to_string();
        stream.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        stream.extend(text.as_bytes());
    }
    let clock = Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH));
    replay(program, &[event.clone(), event], clock, &stream, 64, 0)
}

fn results(event: u64, position: u64, end: bool, records: &[(u64, u64)]) -> Value {
    let error = json!({"error_type": "E", "short": "E()", "message": "said by a worker", "line": null});
    let records: Vec<Value> = records
        .iter()
        .map(|(event, rule)| json!({"event": event, "rule": rule, "record": {"error": error}}))
        .collect();
    json!({"results": {"event": event, "position": position, "end": end, "records": records}})
}

/// Pairs of event and rule, and whether the worker itself reported them.
fn pairs(replayed: &Replayed) -> Vec<(usize, u32, bool)> {
    let is_own = |kind: &FindingKind| matches!(kind, FindingKind::Error(error) if error.error_type == "E");
    replayed.findings.iter().map(|(event, rule, kind)| (*event, *rule, is_own(kind))).collect()
}

#[test]
fn an_answer_in_turn_is_taken() {
    let replayed = evaluate(&[results(1, 1, false, &[(0, 1), (1, 0)]), results(2, 0, true, &[])]);
    assert_eq!(pairs(&replayed), [(0, 1, true), (1, 0, true)]);
    assert_eq!(replayed.worker_count, 1);
}

#[test]
fn workers_that_die_without_a_trace_cost_every_pair_once_and_the_evaluation_ends() {
    let replayed = evaluate(&[]);
    assert_eq!(pairs(&replayed), [(0, 0, false), (0, 1, false), (1, 0, false), (1, 1, false)]);
    let after_the_first = evaluate(&[results(0, 1, false, &[(0, 0)])]);
    assert_eq!(pairs(&after_the_first), [(0, 0, true), (0, 1, false), (1, 0, false), (1, 1, false)]);
}

#[test]
fn numbers_without_end_are_refused() {
    let first = results(1, 0, false, &[]);
    for answer in [results(u64::MAX, 0, true, &[]), results(2, 0, true, &[(u64::MAX, 0)])] {
        let replayed = evaluate(&[first.clone(), answer]);
        assert_eq!(pairs(&replayed), unsaid());
    }
}

/// The second event was never answered for.
fn unsaid() -> [(usize, u32, bool); 2] {
    [(1, 0, false), (1, 1, false)]
}

#[test]
fn a_finding_that_is_repeated_is_refused() {
    let again = results(1, 0, false, &[(0, 0)]);
    let replayed = evaluate(&[again.clone(), again]);
    assert_eq!(pairs(&replayed), [(0, 0, true)].into_iter().chain(unsaid()).collect::<Vec<_>>());
    let twice_at_once = evaluate(&[results(1, 0, false, &[(0, 0), (0, 0)])]);
    assert!(pairs(&twice_at_once).iter().all(|(_, _, is_own)| !is_own));
}
