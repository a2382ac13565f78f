//! One dedup group while a decision is made: its window, its counts, and the events it will keep.
//!
//! The window is fixed, from its first event by acceptance time, and never slides. Its end is written down
//! when it opens: another dedup period in new content counts from the next window on.
//! Source: `destinations.md` §5.2.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use model::{AlertId, DedupGroup, Event, GroupKey, RuleId};

use crate::identity::{Identity, Namespace};

/// When a window ends that begins at `start`; at the end of time when it would end later.
pub(crate) fn end_of(start: Timestamp, period: Duration) -> Timestamp {
    start.checked_add(period).unwrap_or(Timestamp::MAX)
}

/// A group that this decision touches.
#[derive(Debug)]
pub(crate) struct Slot {
    /// The group as it will be stored.
    pub(crate) group: DedupGroup,
    /// Which namespace its ids come from.
    pub(crate) namespace: Namespace,
    /// Position of the window's alert among the new ones, when this decision made it.
    pub(crate) new_alert: Option<usize>,
    /// Events to keep, of the open window.
    pub(crate) kept: Vec<Event>,
    /// Whether the store holds kept events of the open window.
    pub(crate) store_keeps_events: bool,
    /// Whether this decision added to the open window.
    pub(crate) is_changed: bool,
}

impl Slot {
    /// A group that the store knows.
    pub(crate) fn known(group: DedupGroup, namespace: Namespace) -> Self {
        Self {
            store_keeps_events: group.kept_event_count > 0,
            group,
            namespace,
            new_alert: None,
            kept: Vec::new(),
            is_changed: false,
        }
    }

    /// A group that was never seen; its window opens at `at`.
    pub(crate) fn unseen(
        key: GroupKey,
        namespace: Namespace,
        rule_id: RuleId,
        dedup: String,
        at: Timestamp,
        period: Duration,
    ) -> Self {
        let group = DedupGroup {
            key,
            rule_id,
            dedup,
            is_error: namespace == Namespace::Error,
            alert_count: 0,
            window_start: at,
            window_end: end_of(at, period),
            event_count: 0,
            kept_event_count: 0,
            log_types: BTreeSet::new(),
            source_ids: BTreeSet::new(),
            last_event_at: at,
            alert_id: None,
            opening: None,
            unique_hashes: BTreeSet::new(),
        };
        Self::known(group, namespace)
    }

    /// Forgets the window that ended and opens one at `at`; only the number of alerts goes on.
    pub(crate) fn restart(&mut self, at: Timestamp, period: Duration) {
        let group = &mut self.group;
        group.window_start = at;
        group.window_end = end_of(at, period);
        group.event_count = 0;
        group.kept_event_count = 0;
        group.log_types.clear();
        group.source_ids.clear();
        group.last_event_at = at;
        group.alert_id = None;
        group.opening = None;
        group.unique_hashes.clear();
        self.new_alert = None;
        self.kept.clear();
        self.store_keeps_events = false;
        self.is_changed = false;
    }

    /// Whether the next finding is the first of its window, so that its texts stand.
    pub(crate) fn needs_opening(&self) -> bool {
        self.group.alert_id.is_none() && self.group.opening.is_none()
    }

    /// Adds one finding to the window; its event is kept while there is room.
    pub(crate) fn count(&mut self, event: Option<Event>, at: Timestamp, kept_events_max: u64) {
        let group = &mut self.group;
        self.is_changed = true;
        group.event_count += 1;
        group.last_event_at = group.last_event_at.max(at);
        let Some(event) = event else { return };
        if !group.log_types.contains(&event.log_type) {
            group.log_types.insert(event.log_type.clone());
        }
        if !group.source_ids.contains(&event.source_id) {
            group.source_ids.insert(event.source_id.clone());
        }
        if group.kept_event_count < kept_events_max {
            group.kept_event_count += 1;
            self.kept.push(event);
        }
    }

    /// The alert of the window, or the one that the window would make.
    pub(crate) fn alert_id(&self) -> AlertId {
        match &self.group.alert_id {
            Some(id) => id.clone(),
            None => self.identity().alert_id(self.group.alert_count + 1),
        }
    }

    fn identity(&self) -> Identity<'_> {
        Identity {
            detection: self.group.rule_id.as_str(),
            dedup: &self.group.dedup,
            namespace: self.namespace,
        }
    }
}
