//! From matches to findings: only what was not reported before counts.

use std::collections::{BTreeSet, HashMap, HashSet};

use content::CorrelationRule;
use detect::correlation::Match;
use jiff::Timestamp;
use model::{Event, Finding, FindingKind, MatchFinding};
use store::{EventPacker, NewSignal, ReportedMatch, Store, StoreError, StoredSignal};

use crate::correlation::context::{alert_context, dedup, event, match_key, row_id};
use crate::correlation::signals::read_values;
use crate::correlation::watch::Watch;

/// Most signals that one transaction reports; the rest follows in the next.
const REPORTED_MAX: usize = 5_000;
/// Most signals of one match whose events are kept; an alert keeps no more.
const EVENTS_MAX: usize = 1_000;
/// Events are read so many at a time.
const EVENTS_PER_READ: usize = 100;
/// Most bytes of events that one transaction keeps; further signals are counted.
const EVENT_BYTES_MAX: usize = 32 << 20;

/// A match with signals that were not reported yet.
pub(super) struct News {
    /// The match.
    found: Match,
    /// Tells its values apart.
    key: String,
    /// Its signals that were not reported, by time.
    signal_ids: Vec<u64>,
    /// Whether none of its signals was reported: it is more than an addition to an older match.
    is_new: bool,
}

/// The keys under which the store remembers what was reported.
pub(super) fn keys(matches: &[Match]) -> Vec<String> {
    let mut keys: Vec<String> = matches.iter().map(match_key).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// What is new in matches, at most [`REPORTED_MAX`] signals, and whether there is more. `reported` is what the
/// store remembers; a match that two stretches show is new once.
pub(super) fn news(
    matches: Vec<Match>,
    signals: &HashMap<u64, &StoredSignal>,
    mut reported: HashMap<String, HashSet<u64>>,
) -> (Vec<News>, bool) {
    let mut room = REPORTED_MAX;
    let mut all = Vec::new();
    for found in matches {
        let key = match_key(&found);
        let known = reported.entry(key.clone()).or_default();
        let ids: BTreeSet<u64> = found.steps.iter().flat_map(|step| &step.signals).copied().collect();
        let is_new = !ids.iter().any(|id| known.contains(id));
        let mut signal_ids: Vec<u64> = ids.into_iter().filter(|id| !known.contains(id)).collect();
        if signal_ids.is_empty() {
            continue;
        }
        if room == 0 {
            return (all, true);
        }
        signal_ids.sort_by_key(|id| (signals.get(id).map(|signal| signal.event_at), *id));
        let is_cut = signal_ids.len() > room;
        signal_ids.truncate(room);
        room -= signal_ids.len();
        known.extend(&signal_ids);
        all.push(News { found, key, signal_ids, is_new });
        if is_cut {
            return (all, true);
        }
    }
    (all, false)
}

/// The events that are wanted: of each match those that an alert can keep, and the last.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn load_events(store: &Store, news: &[News]) -> Result<HashMap<u64, Event>, StoreError> {
    let mut wanted: Vec<u64> = Vec::new();
    for one in news {
        wanted.extend(one.signal_ids.last());
        wanted.extend(one.signal_ids.iter().take(EVENTS_MAX));
    }
    let mut seen = HashSet::new();
    wanted.retain(|id| seen.insert(*id));
    let mut events = HashMap::with_capacity(wanted.len());
    let mut bytes = 0;
    for ids in wanted.chunks(EVENTS_PER_READ) {
        if bytes > EVENT_BYTES_MAX {
            break;
        }
        let some = store.signal_events(ids).await?;
        bytes += some.values().map(|event| event.json.len()).sum::<usize>();
        events.extend(some);
    }
    Ok(events)
}

/// What a correlation rule has to say, ready to be committed.
#[derive(Default)]
pub(super) struct Report {
    pub(super) findings: Vec<Finding>,
    pub(super) reported: Vec<ReportedMatch>,
    pub(super) signals: Vec<NewSignal>,
    /// Matches that are more than additions.
    pub(super) match_count: u64,
}

/// What findings are made with.
pub(super) struct Desk<'a> {
    pub(super) rule: &'a CorrelationRule,
    pub(super) watch: &'a Watch,
    /// Every signal that was looked at.
    pub(super) signals: &'a HashMap<u64, &'a StoredSignal>,
    /// Events of the signals that are reported now.
    pub(super) events: &'a HashMap<u64, Event>,
    /// When it is evaluated, where that matters.
    pub(super) now: Timestamp,
}

impl Desk<'_> {
    /// Makes findings: one for each signal, so that the alert counts them and keeps their events.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub(super) fn report(&self, news: Vec<News>) -> Result<Report, StoreError> {
        let mut report = Report::default();
        for one in news {
            let at = self.time_of(&one);
            report.match_count += u64::from(one.is_new);
            let context = alert_context(self.rule, &one.found, self.signals);
            if one.is_new
                && let Some(paths) = self.watch.paths_of(&self.rule.detection.id)
                && let Some(signal) = self.signal(&one, paths, &context, at)?
            {
                report.signals.push(signal);
            }
            let dedup = dedup(self.rule, &one.found);
            let mut context = Some(context);
            for id in self.shown(&one) {
                let found = MatchFinding {
                    rule_id: self.rule.detection.id.clone(),
                    title: None,
                    description: None,
                    reference: None,
                    runbook: None,
                    severity: None,
                    destinations: None,
                    dedup: dedup.clone(),
                    // The first one opens the alert, if there is none yet.
                    alert_context: context.take(),
                    unique: None,
                    counts_unique: false,
                    warnings: Vec::new(),
                };
                let event = self.events.get(id).cloned();
                report.findings.push(Finding { event, at, kind: FindingKind::Match(found) });
            }
            report.reported.push(ReportedMatch {
                rule_id: self.rule.detection.id.clone(),
                match_key: one.key,
                signal_ids: one.signal_ids,
            });
        }
        Ok(report)
    }

    /// A rule that makes no alerts counts matches, not signals.
    fn shown<'n>(&self, one: &'n News) -> &'n [u64] {
        match (self.rule.detection.create_alert, one.is_new) {
            (true, _) => &one.signal_ids,
            (false, true) => &one.signal_ids[..1],
            (false, false) => &[],
        }
    }

    /// When a match counts as seen: with its newest signal, or, when an absence had to be waited for, now.
    fn time_of(&self, one: &News) -> Timestamp {
        if self.rule.correlation.has_absence() {
            return self.now;
        }
        let accepted = one.signal_ids.iter().filter_map(|id| Some(self.signals.get(id)?.accepted_at));
        accepted.max().unwrap_or(self.now)
    }

    /// The match as a signal for other correlation rules.
    fn signal(
        &self,
        one: &News,
        paths: &[content::FieldPath],
        context: &serde_json::Map<String, serde_json::Value>,
        at: Timestamp,
    ) -> Result<Option<NewSignal>, StoreError> {
        let ids = one.found.steps.iter().flat_map(|step| &step.signals);
        let first = ids.filter_map(|id| self.signals.get(id)).min_by_key(|it| (it.event_at, &it.row_id));
        // What it is about: the log type and source of its last signal.
        let last = one.signal_ids.iter().rev().find_map(|id| self.events.get(id));
        let (Some(first), Some(last)) = (first, last) else { return Ok(None) };
        let row_id = row_id(self.rule, &one.key, first);
        let event = event(self.rule, &one.found, &row_id, context);
        let (values, _) = read_values(paths, &event, None);
        let text = serde_json::Value::Object(event).to_string();
        Ok(Some(NewSignal {
            rule_id: self.rule.detection.id.clone(),
            row_id: row_id.into(),
            event_at: one.found.last_at,
            accepted_at: at,
            log_type: last.log_type.clone(),
            source_id: last.source_id.clone(),
            values,
            event: EventPacker::try_new()?.pack(&text)?,
        }))
    }
}
