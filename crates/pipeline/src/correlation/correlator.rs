//! The task that decides which correlation rule is due.
//!
//! A rule without an absent step is due as soon as there are new signals of a rule that it looks at; a burst
//! of them is looked at once. Every rule is due on its schedule, and when its content is new. A rule whose
//! evaluations take long waits in proportion, so that none takes more than its share of the machine.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use content::CorrelationRule;
use jiff::Timestamp;
use model::{RuleId, metric};
use store::{CorrelationRun, StoreError};
use tokio::time::Instant;
use tracing::{debug, warn};

use crate::core::Core;
use crate::correlation::course::{Done, Trigger, run_rule};
use crate::correlation::watch::{Watch, members};

/// Schedules are looked at this often.
const SCHEDULE_INTERVAL: Duration = Duration::from_secs(1);
/// After an evaluation for the sake of new signals a rule rests so many times as long as it took.
const REST_FACTOR: u32 = 9;
/// Old signals are removed this often.
const PURGE_INTERVAL: Duration = Duration::from_secs(600);
/// Signals are kept this much longer than any look-back needs: for events that come late, and for rules that
/// are gone for a moment.
const SIGNALS_SLACK: Duration = Duration::from_secs(24 * 3600);
/// A rate beyond this does not prolong how long signals are kept.
const RATE_MAX: Duration = Duration::from_secs(30 * 24 * 3600);
/// How far a rule got is forgotten when it is not there and did not run for so long.
const RUNS_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

/// Runs as long as the pipeline does.
pub(crate) async fn correlate(core: Arc<Core>) {
    let mut commits = core.signal_commits.subscribe();
    let mut correlator = Correlator::new(Arc::clone(&core));
    loop {
        let begun = Instant::now();
        let seen = *commits.borrow_and_update();
        match correlator.run_due().await {
            Ok(()) if !correlator.has_signals => {
                core.correlated.send_replace(seen);
            }
            Ok(()) => {}
            Err(failure) => {
                warn!("correlation rules cannot be evaluated, trying again: {failure}");
                correlator.has_signals = true;
            }
        }
        tokio::time::sleep_until(begun + core.correlation.evaluation_gap).await;
        tokio::select! {
            changed = commits.changed() => match changed {
                Ok(()) => correlator.has_signals = true,
                Err(_) => return,
            },
            () = tokio::time::sleep(SCHEDULE_INTERVAL) => {}
        }
    }
}

pub(super) struct Correlator {
    core: Arc<Core>,
    /// What was watched when it last looked.
    watch: Option<Arc<Watch>>,
    /// How far each active rule has got.
    runs: HashMap<RuleId, CorrelationRun>,
    /// Until when new signals alone do not make a rule due.
    rest_until: HashMap<RuleId, Instant>,
    /// Whether there may be signals that nobody has looked at.
    pub(super) has_signals: bool,
    purge_at: Instant,
}

impl Correlator {
    /// One that has not looked at anything yet.
    pub(super) fn new(core: Arc<Core>) -> Correlator {
        Correlator {
            core,
            watch: None,
            runs: HashMap::new(),
            rest_until: HashMap::new(),
            has_signals: true,
            purge_at: Instant::now(),
        }
    }

    /// Evaluates every rule that is due, once.
    pub(super) async fn run_due(&mut self) -> Result<(), StoreError> {
        let watch = self.core.watch.load_full();
        self.follow(&watch).await?;
        let has_signals = std::mem::take(&mut self.has_signals);
        let latest = match has_signals {
            true => self.core.committer.store.latest_signals(&watch.watched()).await?,
            false => HashMap::new(),
        };
        for rule in &watch.rules {
            let Some(run) = self.runs.get(&rule.detection.id) else { continue };
            let Some(trigger) = due(rule, run, &latest, self.core.clock.now()) else { continue };
            let rest_until = self.rest_until.get(&rule.detection.id);
            if trigger == Trigger::Signals && rest_until.is_some_and(|until| *until > Instant::now()) {
                self.has_signals = true;
                continue;
            }
            let run = run.clone();
            self.evaluate(&watch, rule, &run, trigger).await?;
        }
        self.purge(&watch).await
    }

    async fn evaluate(
        &mut self,
        watch: &Watch,
        rule: &Arc<CorrelationRule>,
        run: &CorrelationRun,
        trigger: Trigger,
    ) -> Result<(), StoreError> {
        let begun = Instant::now();
        let Done { run, has_more } = run_rule(&self.core, watch, rule, run, trigger).await?;
        let took = begun.elapsed();
        metrics::histogram!(metric::CORRELATION_EVALUATION_SECONDS).record(took.as_secs_f64());
        debug!(rule.id = %rule.detection.id, ?trigger, "correlation rule evaluated in {took:?}");
        self.has_signals |= has_more;
        if !has_more {
            self.rest_until.insert(rule.detection.id.clone(), Instant::now() + took * REST_FACTOR);
        }
        self.runs.insert(rule.detection.id.clone(), run);
        Ok(())
    }

    /// Learns how far the rules of a new watch have got. A rule that was switched on meanwhile begins one
    /// look-back ago, whatever it saw before it was switched off.
    async fn follow(&mut self, watch: &Arc<Watch>) -> Result<(), StoreError> {
        if self.watch.as_ref().is_some_and(|known| Arc::ptr_eq(known, watch)) {
            return Ok(());
        }
        let store = &self.core.committer.store;
        let ids: Vec<RuleId> = watch.rules.iter().map(|rule| rule.detection.id.clone()).collect();
        let stored = store.correlation_runs(&ids).await?;
        let mut runs = HashMap::new();
        for rule in &watch.rules {
            let id = &rule.detection.id;
            let run = match (self.runs.get(id), stored.get(id)) {
                (Some(known), _) => known.clone(),
                (None, Some(stored)) if self.watch.is_none() => stored.clone(),
                (None, stored) => self.begin(rule, stored).await?,
            };
            runs.insert(id.clone(), run);
        }
        self.runs = runs;
        self.rest_until.retain(|id, _| watch.rules.iter().any(|rule| rule.detection.id == *id));
        self.watch = Some(Arc::clone(watch));
        self.has_signals = true;
        Ok(())
    }

    /// Where a rule begins that was not evaluated until now.
    async fn begin(
        &self,
        rule: &CorrelationRule,
        stored: Option<&CorrelationRun>,
    ) -> Result<CorrelationRun, StoreError> {
        let now = self.core.clock.now();
        let since = now.checked_sub(rule.correlation.lookback).unwrap_or(Timestamp::MIN);
        let before = self.core.committer.store.last_signal_before(&members(rule), since).await?;
        Ok(CorrelationRun {
            rule_id: rule.detection.id.clone(),
            version: rule.detection.version.clone(),
            last_signal_id: before.max(stored.map_or(0, |stored| stored.last_signal_id)),
            last_run_at: None,
        })
    }

    /// Removes signals that no rule can need any more.
    async fn purge(&mut self, watch: &Watch) -> Result<(), StoreError> {
        if Instant::now() < self.purge_at {
            return Ok(());
        }
        let store = &self.core.committer.store;
        let now = self.core.clock.now();
        let before = |age: Duration| now.checked_sub(age).unwrap_or(Timestamp::MIN);
        let mut keep_since: HashMap<RuleId, Timestamp> = HashMap::new();
        for rule in &watch.rules {
            let since = before(age_max(rule));
            for member in members(rule) {
                keep_since.entry(member).and_modify(|known| *known = since.min(*known)).or_insert(since);
            }
        }
        store.purge_signals(&keep_since, before(SIGNALS_SLACK)).await?;
        let world = self.core.world();
        let ids: Vec<RuleId> = world.correlations.iter().map(|rule| rule.detection.id.clone()).collect();
        store.forget_correlation_runs(&ids, before(RUNS_KEPT)).await?;
        self.purge_at = Instant::now() + PURGE_INTERVAL;
        Ok(())
    }
}

/// How long after their acceptance signals may still bear on a match; see `stretch`.
fn age_max(rule: &CorrelationRule) -> Duration {
    let period = rule.schedule.rate.period().unwrap_or_default().min(RATE_MAX);
    rule.correlation.lookback * 3 + period + SIGNALS_SLACK
}

/// Why a rule is due now, if it is.
fn due(
    rule: &CorrelationRule,
    run: &CorrelationRun,
    latest: &HashMap<RuleId, u64>,
    now: Timestamp,
) -> Option<Trigger> {
    let is_on_time = match run.last_run_at {
        // Also after the clock was set back.
        Some(at) if at <= now => rule.schedule.rate.next_after(at).is_some_and(|next| next <= now),
        _ => true,
    };
    if is_on_time || run.version != rule.detection.version {
        return Some(Trigger::Schedule);
    }
    let is_new = |member: &RuleId| latest.get(member).is_some_and(|id| *id > run.last_signal_id);
    let has_signals = !rule.correlation.has_absence() && members(rule).iter().any(is_new);
    has_signals.then_some(Trigger::Signals)
}
