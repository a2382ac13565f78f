//! The evaluate stage: events become findings.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use model::{Event, Finding, FindingKind, LogType, RecordFailure, metric};
use python_host::{Evaluation, PythonHost};
use tracing::error;

use crate::counters::Counters;
use crate::faults;
use crate::parse::Group;
use crate::world::World;

/// A group with what the detections found in it; all that the commit needs.
#[derive(Debug)]
pub(crate) struct Evaluated {
    pub(crate) last_sequence: u64,
    pub(crate) accepted_at: Timestamp,
    pub(crate) findings: Vec<Finding>,
    pub(crate) failures: Vec<RecordFailure>,
    pub(crate) counters: Counters,
}

/// Wait after the host could not evaluate before the next try.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Runs every active rule over every event of the group.
pub(crate) async fn evaluate_group(
    host: &PythonHost,
    group: Group,
    world: &World,
    now: Timestamp,
) -> Evaluated {
    let Group { last_sequence, accepted_at, events, failures, mut counters } = group;
    let mut by_log_type: BTreeMap<LogType, u64> = BTreeMap::new();
    for event in &events {
        *by_log_type.entry(event.log_type.clone()).or_default() += 1;
    }
    let evaluation = evaluate_for_sure(host, &events, world).await;
    for (log_type, count) in by_log_type {
        counters.add(metric::EVENTS_EVALUATED, &[("log_type", log_type.as_str())], count);
    }
    for (rule_id, missed) in &evaluation.events_missed {
        counters.add(metric::EVENTS_MISSED, &[("rule", rule_id.as_str())], missed.count);
    }
    let mut findings = evaluation.findings;
    let matches = findings.iter().filter(|finding| matches!(finding.kind, FindingKind::Match(_))).count();
    counters.add(metric::RULE_MATCHES, &[], matches as u64);
    counters.add(metric::RULE_ERRORS, &[], (findings.len() - matches) as u64);
    for benched in evaluation.benched {
        let kind = FindingKind::System(faults::benched(&benched));
        findings.push(Finding { event: None, at: now, kind });
    }
    Evaluated { last_sequence, accepted_at, findings, failures, counters }
}

/// Evaluates, again and again when no worker can be had: accepted events are never skipped.
async fn evaluate_for_sure(host: &PythonHost, events: &[Event], world: &World) -> Evaluation {
    loop {
        match host.evaluate(events.to_vec(), &world.active).await {
            Ok(evaluation) => return evaluation,
            Err(failure) => {
                error!("rules cannot run, trying again: {failure}");
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    }
}
