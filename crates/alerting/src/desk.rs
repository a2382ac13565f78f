//! The working state of one decision: takes findings one by one, hands out the changes at the end.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use model::{
    Alert, AlertEvents, AlertId, AlertMerge, Destination, Detection, DetectionKind, DetectionState,
    ErrorFinding, Event, Finding, FindingKind, GroupKey, LedgerChanges, LedgerState, MatchFinding, NewAlert,
    NewDelivery, RuleId, SystemFinding,
};

use crate::compose::{self, AlertOrigin};
use crate::identity::{Identity, Namespace};
use crate::window::Slot;
use crate::{SYSTEM_WINDOW, Settings, UNIQUE_VALUES_MAX, limiter, opening, system, unique};

/// Dedup period of a detection that was deleted meanwhile.
const PERIOD_OF_DELETED: Duration = Duration::from_secs(3_600);

/// Everything that one decision reads and has written so far.
pub(crate) struct Desk<'a> {
    settings: &'a Settings,
    kept_events_max: u64,
    detections: &'a HashMap<RuleId, Arc<Detection>>,
    destinations: &'a [Destination],
    state: LedgerState,
    /// Touched groups, in order of first touch.
    slots: Vec<Slot>,
    slot_of: HashMap<GroupKey, usize>,
    /// Changed detection states, in order of first change.
    states: Vec<DetectionState>,
    state_of: HashMap<RuleId, usize>,
    new_alerts: Vec<(Alert, Vec<NewDelivery>)>,
    merges: Vec<AlertMerge>,
    kept_events: Vec<AlertEvents>,
    dropped_events: Vec<AlertId>,
    signals: BTreeMap<RuleId, u64>,
}

impl<'a> Desk<'a> {
    /// An empty desk on what the store remembers.
    pub(crate) fn new(
        settings: &'a Settings,
        detections: &'a HashMap<RuleId, Arc<Detection>>,
        destinations: &'a [Destination],
        state: LedgerState,
    ) -> Self {
        Self {
            settings,
            kept_events_max: u64::try_from(settings.kept_events_max).unwrap_or(u64::MAX),
            detections,
            destinations,
            state,
            slots: Vec::new(),
            slot_of: HashMap::new(),
            states: Vec::new(),
            state_of: HashMap::new(),
            new_alerts: Vec::new(),
            merges: Vec::new(),
            kept_events: Vec::new(),
            dropped_events: Vec::new(),
            signals: BTreeMap::new(),
        }
    }

    /// Decides about the next finding.
    pub(crate) fn take(&mut self, finding: Finding) {
        let is_signal = match &finding.kind {
            FindingKind::Match(found) => self.are_alerts_off(&found.rule_id),
            FindingKind::Error(_) | FindingKind::System(_) => false,
        };
        if is_signal {
            if let FindingKind::Match(found) = finding.kind {
                *self.signals.entry(found.rule_id).or_default() += 1;
            }
            return;
        }
        let key = Identity::of(&finding).key();
        let Finding { event, at, kind } = finding;
        match kind {
            FindingKind::Match(found) => self.take_match(key, at, event, found),
            FindingKind::Error(error) => self.take_error(key, at, event, error),
            FindingKind::System(fault) => self.take_fault(key, at, event, fault),
        }
    }

    /// All changes, in an order that depends on the findings alone.
    pub(crate) fn finish(mut self) -> LedgerChanges {
        for index in 0..self.slots.len() {
            self.settle(index);
        }
        let new_alert = |(alert, deliveries)| NewAlert { alert: Arc::new(alert), deliveries };
        LedgerChanges {
            groups: self.slots.into_iter().map(|slot| slot.group).collect(),
            new_alerts: self.new_alerts.into_iter().map(new_alert).collect(),
            merges: self.merges,
            kept_events: self.kept_events,
            dropped_events: self.dropped_events,
            detections: self.states,
            signals: self.signals,
        }
    }

    fn take_match(&mut self, key: GroupKey, at: Timestamp, event: Option<Event>, found: MatchFinding) {
        let detection = self.detections.get(&found.rule_id);
        let period = detection.map_or(PERIOD_OF_DELETED, |detection| detection.dedup_period);
        let threshold = detection.map_or(1, |detection| detection.threshold);
        let index = self.open(key, Namespace::Match, &found.rule_id, &found.dedup, at, period);
        let kept_events_max = self.kept_events_max;
        let slot = &mut self.slots[index];
        let rule_id = found.rule_id.clone();
        let counts_unique = found.counts_unique;
        if slot.group.alert_id.is_none()
            && let Some(value) = found.unique.as_ref().filter(|_| counts_unique)
        {
            unique::add(&mut slot.group.unique_hashes, value);
        }
        if slot.needs_opening() {
            let log_type = event.as_ref().map(|event| event.log_type.clone());
            slot.group.opening = Some(opening::of_match(found, detection, log_type));
        }
        slot.count(event, at, kept_events_max);
        if slot.group.alert_id.is_none() && is_reached(slot, threshold, counts_unique) {
            let kind = detection.map_or(DetectionKind::Rule, |detection| detection.kind);
            self.make_alert(index, at, AlertOrigin::of_detection(kind, false));
            self.count_against_limit(&rule_id, at);
        }
    }

    fn take_error(&mut self, key: GroupKey, at: Timestamp, event: Option<Event>, error: ErrorFinding) {
        let detection = self.detections.get(&error.rule_id);
        let period = detection.map_or(PERIOD_OF_DELETED, |detection| detection.dedup_period);
        let index = self.open(key, Namespace::Error, &error.rule_id, &error.error_type, at, period);
        let kept_events_max = self.kept_events_max;
        let slot = &mut self.slots[index];
        if slot.needs_opening() {
            let log_type = event.as_ref().map(|event| event.log_type.clone());
            slot.group.opening = Some(opening::of_error(error, detection, log_type));
        }
        slot.count(event, at, kept_events_max);
        if slot.group.alert_id.is_none() {
            let kind = detection.map_or(DetectionKind::Rule, |detection| detection.kind);
            self.make_alert(index, at, AlertOrigin::of_detection(kind, true));
        }
    }

    fn take_fault(&mut self, key: GroupKey, at: Timestamp, event: Option<Event>, fault: SystemFinding) {
        let word = RuleId::from(fault.error_type.as_str());
        let index = self.open(key, Namespace::System, &word, fault.dedup(), at, SYSTEM_WINDOW);
        let kept_events_max = self.kept_events_max;
        let slot = &mut self.slots[index];
        let origin = AlertOrigin::of_fault(&fault);
        if slot.needs_opening() {
            slot.group.opening = Some(opening::of_fault(fault));
        }
        slot.count(event, at, kept_events_max);
        if slot.group.alert_id.is_none() {
            self.make_alert(index, at, origin);
        }
    }

    /// The slot of a group, its window open at `at`.
    fn open(
        &mut self,
        key: GroupKey,
        namespace: Namespace,
        rule_id: &RuleId,
        dedup: &str,
        at: Timestamp,
        period: Duration,
    ) -> usize {
        let index = match self.slot_of.get(&key) {
            Some(&index) => index,
            None => {
                let known = self.state.groups.remove(&key);
                let is_unseen = known.is_none();
                let slot = match known {
                    Some(group) => Slot::known(group, namespace),
                    None => {
                        Slot::unseen(key.clone(), namespace, rule_id.clone(), dedup.to_owned(), at, period)
                    }
                };
                self.slots.push(slot);
                self.slot_of.insert(key, self.slots.len() - 1);
                if is_unseen {
                    return self.slots.len() - 1;
                }
                self.slots.len() - 1
            }
        };
        if at >= self.slots[index].group.window_end {
            self.close(index);
            self.slots[index].restart(at, period);
        }
        index
    }

    /// Ends the window of a slot: an alert gets its final counts, a would-be alert loses its events.
    fn close(&mut self, index: usize) {
        let slot = &self.slots[index];
        if slot.group.alert_id.is_some() {
            self.settle(index);
            return;
        }
        if slot.store_keeps_events {
            let id = slot.alert_id();
            self.dropped_events.push(id);
        }
    }

    /// Writes down what the open window of a slot came to in this decision.
    fn settle(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        if !slot.kept.is_empty() {
            let events = std::mem::take(&mut slot.kept);
            self.kept_events.push(AlertEvents { alert_id: slot.alert_id(), events });
        }
        let group = &slot.group;
        if let Some(position) = slot.new_alert {
            let alert = &mut self.new_alerts[position].0;
            alert.event_count = group.event_count;
            alert.log_types.clone_from(&group.log_types);
            alert.source_ids.clone_from(&group.source_ids);
            alert.last_event_at = group.last_event_at;
            alert.updated_at = alert.created_at.max(group.last_event_at);
        } else if let Some(alert_id) = group.alert_id.clone().filter(|_| slot.is_changed) {
            self.merges.push(AlertMerge {
                alert_id,
                event_count: group.event_count,
                log_types: group.log_types.clone(),
                source_ids: group.source_ids.clone(),
                last_event_at: group.last_event_at,
            });
        }
    }

    /// Makes the alert of a window from its opening; counts follow when the window is settled.
    fn make_alert(&mut self, index: usize, at: Timestamp, origin: AlertOrigin) {
        let slot = &mut self.slots[index];
        let alert_id = slot.alert_id();
        let group = &mut slot.group;
        group.alert_count += 1;
        group.alert_id = Some(alert_id.clone());
        group.unique_hashes.clear();
        let opening = group.opening.take().expect("a window gets its opening with its first finding");
        let detection = match slot.namespace {
            Namespace::System => None,
            Namespace::Match | Namespace::Error => self.detections.get(&slot.group.rule_id),
        };
        let made = compose::alert(alert_id, &slot.group, opening, detection, origin, self.destinations, at);
        slot.new_alert = Some(self.new_alerts.len());
        self.new_alerts.push(made);
    }

    /// Whether a match of this detection is only a signal.
    fn are_alerts_off(&mut self, rule_id: &RuleId) -> bool {
        if self.detections.get(rule_id).is_some_and(|detection| !detection.create_alert) {
            return true;
        }
        let known = match self.state_of.get(rule_id) {
            Some(&position) => Some(&self.states[position]),
            None => self.state.detections.get(rule_id),
        };
        let is_limited = known.is_some_and(|state| state.limited_at.is_some());
        if is_limited && limiter::limit_of(self.settings).is_none() {
            self.change_state(rule_id.clone()).limited_at = None;
            return false;
        }
        is_limited
    }

    fn count_against_limit(&mut self, rule_id: &RuleId, at: Timestamp) {
        let Some(limit) = limiter::limit_of(self.settings) else { return };
        let state = self.change_state(rule_id.clone());
        if limiter::count_alert(state, limit, at) {
            let fault = system::limit_exceeded(rule_id, state, limit, at);
            let key = Identity::of_limit(rule_id).key();
            self.take_fault(key, at, None, fault);
        }
    }

    /// The state of a detection, to be written.
    fn change_state(&mut self, rule_id: RuleId) -> &mut DetectionState {
        let position = match self.state_of.get(&rule_id) {
            Some(&position) => position,
            None => {
                let known = self.state.detections.remove(&rule_id);
                self.states.push(known.unwrap_or_else(|| limiter::unknown_state(rule_id.clone())));
                self.state_of.insert(rule_id, self.states.len() - 1);
                self.states.len() - 1
            }
        };
        &mut self.states[position]
    }
}

/// Whether a window has what its detection waits for: events, or distinct values of `unique()`.
/// An event without a value adds nothing, but with a threshold of 1 the first event is enough: a function
/// that fails never costs an alert.
fn is_reached(slot: &Slot, threshold: u64, counts_unique: bool) -> bool {
    let threshold = threshold.max(1);
    if !counts_unique {
        return slot.group.event_count >= threshold;
    }
    let values = slot.group.unique_hashes.len();
    values.max(1) as u64 >= threshold || values >= UNIQUE_VALUES_MAX
}
