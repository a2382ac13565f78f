//! One evaluation of one correlation rule, from reading its signals to committing what was found.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use content::CorrelationRule;
use detect::correlation::{Exceeded, Outcome, Signal, Terms, evaluate};
use jiff::Timestamp;
use model::{ErrorFinding, Finding, FindingKind, RuleId, metric};
use serde_json::{Map, Value};
use store::{CorrelationRun, FieldValues, SignalChanges, Store, StoreError, StoredSignal};

use crate::core::Core;
use crate::correlation::report::{Desk, Report, keys, load_events, news};
use crate::correlation::signals::read_values;
use crate::correlation::stretch::{Course, Plan, Stretch, plan};
use crate::correlation::watch::{Watch, members};
use crate::counters::Counters;
use crate::faults;

/// New signals that one evaluation looks for; more wait for the next.
const MARKS_MAX: usize = 10_000;
/// Signals that are read anew at once when a rule matches on other paths than before.
const RELEARNED_MAX: usize = 500;
/// Error type of an evaluation that was too much.
const LIMIT_ERROR: &str = "CorrelationLimitExceeded";
/// Error type of an evaluation that failed, which only a defect of ours does.
const DEFECT_ERROR: &str = "CorrelationFailed";

/// Why a rule is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trigger {
    /// There are new signals.
    Signals,
    /// It is time.
    Schedule,
}

impl Trigger {
    fn word(self) -> &'static str {
        match self {
            Trigger::Signals => "signals",
            Trigger::Schedule => "schedule",
        }
    }
}

/// What an evaluation came to.
pub(super) struct Done {
    /// How far the rule has got.
    pub(super) run: CorrelationRun,
    /// Whether there is more to do at once.
    pub(super) has_more: bool,
}

/// Evaluates a rule and commits what was found, once.
///
/// # Errors
/// Nothing is committed then; the same evaluation may succeed later.
pub(super) async fn run_rule(
    core: &Arc<Core>,
    watch: &Watch,
    rule: &Arc<CorrelationRule>,
    run: &CorrelationRun,
    trigger: Trigger,
) -> Result<Done, StoreError> {
    let store = &core.committer.store;
    let now = core.clock.now();
    let members = members(rule);
    let marks = store.signals_after(&members, run.last_signal_id, MARKS_MAX).await?;
    let is_scheduled = trigger == Trigger::Schedule;
    let Plan { stretches, last_signal_id } = plan(&Course {
        lookback: rule.correlation.lookback,
        has_absence: rule.correlation.has_absence(),
        marks: &marks,
        schedule: is_scheduled.then_some((now, run.last_run_at)),
    });
    let covered = marks.iter().filter(|mark| last_signal_id.is_some_and(|last| mark.id <= last)).count();
    let evaluated = evaluate_stretches(core, rule, &members, &stretches, now).await?;
    let Evaluated { signals, matches, fault } = evaluated;
    let by_id: HashMap<u64, &StoredSignal> = signals.iter().map(|signal| (signal.id, signal)).collect();
    let reported = store.reported_signals(&rule.detection.id, &keys(&matches)).await?;
    let (news, is_cut) = news(matches, &by_id, reported);
    let events = load_events(store, &news).await?;
    let desk = Desk { rule, watch, signals: &by_id, events: &events, now };
    let report = desk.report(news)?;
    // What is cut is found again: the rule gets no further until all of it is reported.
    let run = CorrelationRun {
        rule_id: rule.detection.id.clone(),
        version: if is_cut { run.version.clone() } else { rule.detection.version.clone() },
        last_signal_id: match last_signal_id {
            Some(last) if !is_cut => last,
            _ => run.last_signal_id,
        },
        last_run_at: if is_scheduled && !is_cut { Some(now) } else { run.last_run_at },
    };
    commit(core, rule, report, fault, run.clone(), trigger, now).await?;
    Ok(Done { run, has_more: is_cut || covered < marks.len() || marks.len() == MARKS_MAX })
}

/// What the evaluation of some stretches found.
#[derive(Default)]
struct Evaluated {
    /// Every signal that was looked at.
    signals: Vec<StoredSignal>,
    matches: Vec<detect::correlation::Match>,
    /// Why there may be more, if so.
    fault: Option<ErrorFinding>,
}

async fn evaluate_stretches(
    core: &Arc<Core>,
    rule: &Arc<CorrelationRule>,
    members: &[RuleId],
    stretches: &[Stretch],
    now: Timestamp,
) -> Result<Evaluated, StoreError> {
    let mut all = Evaluated::default();
    for stretch in stretches {
        let signals = read_signals(&core.committer.store, rule, members, stretch).await?;
        let outcome = evaluate_stretch(core, rule, &signals, stretch, now).await;
        let known: HashSet<u64> = all.signals.iter().map(|signal| signal.id).collect();
        let fresh = signals.into_values().flatten().filter(|signal| !known.contains(&signal.id));
        all.signals.extend(fresh);
        match outcome {
            Ok(outcome) => {
                all.matches.extend(outcome.matches);
                // What was stopped was said as a fault of the platform.
                let exceeded = outcome.exceeded.filter(|exceeded| *exceeded != Exceeded::Stopped);
                all.fault = exceeded.map(|it| error(rule, LIMIT_ERROR, &it.to_string())).or(all.fault);
            }
            Err(reason) => all.fault = Some(error(rule, DEFECT_ERROR, &reason)),
        }
    }
    Ok(all)
}

fn error(rule: &CorrelationRule, error_type: &str, reason: &str) -> ErrorFinding {
    ErrorFinding {
        rule_id: rule.detection.id.clone(),
        error_type: error_type.to_owned(),
        short_message: format!("{error_type}: {reason}"),
        message: reason.to_owned(),
    }
}

/// The signals of each rule within a stretch, with values at every path of the correlation rule.
async fn read_signals(
    store: &Store,
    rule: &CorrelationRule,
    members: &[RuleId],
    stretch: &Stretch,
) -> Result<BTreeMap<RuleId, Vec<StoredSignal>>, StoreError> {
    let mut signals = BTreeMap::new();
    for member in members {
        let (first, last) = stretch.read;
        let mut of_member = store.signals_between(member, first, last).await?;
        learn_paths(store, rule, member, &mut of_member).await?;
        signals.insert(member.clone(), of_member);
    }
    Ok(signals)
}

/// Reads values at paths that nobody asked for when a signal was kept, from its event.
async fn learn_paths(
    store: &Store,
    rule: &CorrelationRule,
    member: &RuleId,
    signals: &mut [StoredSignal],
) -> Result<(), StoreError> {
    let steps = rule.correlation.steps.iter().enumerate().filter(|(_, step)| step.rule_id == *member);
    let paths: Vec<_> = steps.flat_map(|(index, _)| rule.correlation.paths_of(index)).cloned().collect();
    let lacks = |values: &FieldValues| {
        paths.iter().any(|path| !values.iter().any(|(known, _)| known == path.as_str()))
    };
    let mut lacking: Vec<&mut StoredSignal> =
        signals.iter_mut().filter(|signal| lacks(&signal.values)).collect();
    for some in lacking.chunks_mut(RELEARNED_MAX) {
        let ids: Vec<u64> = some.iter().map(|signal| signal.id).collect();
        let events = store.signal_events(&ids).await?;
        let mut learned = Vec::with_capacity(some.len());
        for signal in some {
            let Some(event) = events.get(&signal.id) else { continue };
            let fields: Map<String, Value> = serde_json::from_str(&event.json).unwrap_or_default();
            let (values, _) = read_values(&paths, &fields, None);
            for (path, values) in values {
                if !signal.values.iter().any(|(known, _)| *known == path) {
                    signal.values.push((path, values));
                }
            }
            learned.push((signal.id, signal.values.clone()));
        }
        store.set_signal_values(learned).await?;
    }
    Ok(())
}

/// Evaluates on a thread of its own, for as long as the rule's schedule allows.
async fn evaluate_stretch(
    core: &Arc<Core>,
    rule: &Arc<CorrelationRule>,
    signals: &BTreeMap<RuleId, Vec<StoredSignal>>,
    stretch: &Stretch,
    now: Timestamp,
) -> Result<Outcome, String> {
    let to_signal =
        |signal: &StoredSignal| Signal { id: signal.id, at: signal.event_at, values: signal.values.clone() };
    let by_rule: BTreeMap<RuleId, Vec<Signal>> = signals
        .iter()
        .map(|(rule_id, signals)| (rule_id.clone(), signals.iter().map(to_signal).collect()))
        .collect();
    let stop = Arc::new(AtomicBool::new(false));
    let work_max = core.correlation.work_max;
    let (stopper, task_rule, ends) = (Arc::clone(&stop), Arc::clone(rule), stretch.ends);
    let mut task = tokio::task::spawn_blocking(move || {
        let of_step = |step: &content::Step| by_rule.get(&step.rule_id).map_or(&[][..], Vec::as_slice);
        let steps: Vec<&[Signal]> = task_rule.correlation.steps.iter().map(of_step).collect();
        let terms = Terms { now: Some(now), ends: Some(ends), work_max, stop: Some(&stopper) };
        evaluate(&task_rule.correlation, &steps, &terms)
    });
    let timeout = rule.schedule.timeout;
    let finished = match tokio::time::timeout(timeout, &mut task).await {
        Ok(finished) => finished,
        Err(_) => {
            stop.store(true, Ordering::Relaxed);
            core.raise(faults::correlation_timeout(&rule.detection.id, timeout));
            task.await
        }
    };
    finished.map_err(|failure| format!("the evaluation failed, please report this with the log: {failure}"))
}

async fn commit(
    core: &Arc<Core>,
    rule: &CorrelationRule,
    report: Report,
    fault: Option<ErrorFinding>,
    run: CorrelationRun,
    trigger: Trigger,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Report { mut findings, reported, signals, match_count } = report;
    let mut counters = Counters::default();
    let rule_id = rule.detection.id.as_str();
    let labels = [("rule", rule_id), ("trigger", trigger.word())];
    counters.add(metric::CORRELATION_EVALUATIONS, &labels, 1);
    counters.add(metric::CORRELATION_MATCHES, &[("rule", rule_id)], match_count);
    counters.add(metric::RULE_MATCHES, &[], match_count);
    counters.add(metric::RULE_ERRORS, &[], u64::from(fault.is_some()));
    findings.extend(fault.map(|fault| Finding { event: None, at: now, kind: FindingKind::Error(fault) }));
    let changes = SignalChanges { new: signals, reported, run: Some(run), ..SignalChanges::default() };
    let at = findings.iter().map(|finding| finding.at).max().unwrap_or(now);
    let world = core.world();
    let committed = core.committer.commit_correlation(findings, counters, changes, at, &world).await?;
    core.follow_signals(&committed.signals);
    Ok(())
}
