//! The evaluate stage: events become findings.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use detect::NativeRules;
use jiff::Timestamp;
use model::{Event, Finding, FindingKind, LogType, RecordFailure, metric};
use python_host::{ActiveRules, Evaluation, KvChanges, PythonHost};
use stdx::Clock;
use store::{Arrivals, NewSignal};
use tracing::error;

use crate::correlation::{Watch, collect_signals};
use crate::counters::Counters;
use crate::faults;
use crate::parse::Group;
use crate::rules::evaluate_rules;

/// A group with what the detections found in it; all that the commit needs.
#[derive(Debug)]
pub(crate) struct Evaluated {
    pub(crate) last_sequence: u64,
    pub(crate) accepted_at: Timestamp,
    pub(crate) findings: Vec<Finding>,
    pub(crate) failures: Vec<RecordFailure>,
    pub(crate) counters: Counters,
    /// What came in of each source.
    pub(crate) arrivals: Arrivals,
    /// What rules changed in the key-value cache.
    pub(crate) kv: KvChanges,
    /// Matches that correlation rules look at.
    pub(crate) signals: Vec<NewSignal>,
}

impl Evaluated {
    /// Makes signals of the matches of watched rules.
    pub(crate) async fn collect_signals(&mut self, watch: &Arc<Watch>) {
        let is_watched = |finding: &Finding| match &finding.kind {
            FindingKind::Match(found) => watch.paths_of(&found.rule_id).is_some(),
            FindingKind::Error(_) | FindingKind::System(_) => false,
        };
        if !self.findings.iter().any(is_watched) {
            return;
        }
        let findings = Arc::new(std::mem::take(&mut self.findings));
        let task = || {
            let (findings, watch) = (Arc::clone(&findings), Arc::clone(watch));
            tokio::task::spawn_blocking(move || collect_signals(&findings, &watch))
        };
        loop {
            match task().await {
                Ok(Ok((signals, counters))) => {
                    self.signals = signals;
                    self.counters.absorb(counters);
                    break;
                }
                Ok(Err(failure)) => {
                    error!("signals cannot be collected, trying again: {failure}");
                    tokio::time::sleep(RETRY_DELAY).await;
                }
                Err(panic) => {
                    // A defect of ours; alerts go on, correlation rules miss these matches.
                    error!("collecting signals panicked, correlation rules miss them: {panic}");
                    break;
                }
            }
        }
        self.findings = Arc::try_unwrap(findings).unwrap_or_else(|shared| shared.as_ref().clone());
    }
}

/// Wait after the host could not evaluate before the next try.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Events handed to the host at once: small enough that a change of what operators said is followed soon,
/// large enough to keep all workers busy.
const SLICE_EVENTS_MAX: usize = 1024;

/// Runs every active rule over every event of the group.
pub(crate) async fn evaluate_group(
    host: &PythonHost,
    native: &Arc<NativeRules>,
    group: Group,
    active: &ArcSwap<ActiveRules>,
    clock: &dyn Clock,
) -> Evaluated {
    let Group { last_sequence, accepted_at, events, failures, mut counters, arrived } = group;
    let arrivals = arrived.into_rows();
    let mut by_log_type: BTreeMap<&LogType, u64> = BTreeMap::new();
    for event in &events {
        *by_log_type.entry(&event.log_type).or_default() += 1;
    }
    for (log_type, count) in by_log_type {
        counters.add(metric::EVENTS_EVALUATED, &[("log_type", log_type.as_str())], count);
    }
    let mut findings = Vec::new();
    let mut kv = KvChanges::default();
    for slice in events.chunks(SLICE_EVENTS_MAX) {
        let mut evaluation = evaluate_for_sure(host, native, slice, active).await;
        kv.absorb(std::mem::take(&mut evaluation.kv));
        take(evaluation, clock, &mut findings, &mut counters);
    }
    Evaluated { last_sequence, accepted_at, findings, failures, counters, arrivals, kv, signals: Vec::new() }
}

fn take(evaluation: Evaluation, clock: &dyn Clock, findings: &mut Vec<Finding>, counters: &mut Counters) {
    for (rule_id, missed) in &evaluation.events_missed {
        counters.add(metric::EVENTS_MISSED, &[("rule", rule_id.as_str())], missed.count);
    }
    let is_match = |finding: &&Finding| matches!(finding.kind, FindingKind::Match(_));
    let matches = evaluation.findings.iter().filter(is_match).count();
    counters.add(metric::RULE_MATCHES, &[], matches as u64);
    counters.add(metric::RULE_ERRORS, &[], (evaluation.findings.len() - matches) as u64);
    findings.extend(evaluation.findings);
    for benched in evaluation.benched {
        let kind = FindingKind::System(faults::benched(&benched));
        findings.push(Finding { event: None, at: clock.now(), kind });
    }
}

/// Evaluates, again and again when no worker can be had: accepted events are never skipped.
async fn evaluate_for_sure(
    host: &PythonHost,
    native: &Arc<NativeRules>,
    events: &[Event],
    active: &ArcSwap<ActiveRules>,
) -> Evaluation {
    loop {
        match evaluate_rules(native, Some(host), events.to_vec(), &active.load_full()).await {
            Ok(evaluation) => return evaluation,
            Err(failure) => {
                error!("rules cannot run, trying again: {failure}");
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    }
}
