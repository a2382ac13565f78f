//! The two questions that the pipeline asks: what to load, and what to change.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use model::{Destination, Detection, Finding, FindingKind, GroupKey, LedgerChanges, LedgerState, RuleId};

use crate::Settings;
use crate::desk::Desk;
use crate::identity::Identity;

/// The dedup groups and detection states that [`decide`] needs for these findings, each once, in order of
/// first use. They include, for every rule that matched, the group of the alert that tells of its limit.
pub fn keys(findings: &[Finding]) -> (Vec<GroupKey>, Vec<RuleId>) {
    let mut groups = Ordered::default();
    let mut rules: Ordered<RuleId> = Ordered::default();
    for finding in findings {
        groups.add(Identity::of(finding).key());
        if let FindingKind::Match(found) = &finding.kind
            && rules.add(found.rule_id.clone())
        {
            groups.add(Identity::of_limit(&found.rule_id).key());
        }
    }
    (groups.items, rules.items)
}

/// Decides about findings, in their order.
///
/// `state` holds what the store knows of the keys that [`keys`] names; a missing one was never seen. All of
/// the result belongs into one transaction.
///
/// * A match of a detection that makes no alerts (`CreateAlert: false`, or limited) is a signal: counted,
///   and no group changes.
/// * An alert that is made and takes more events in the same decision comes out once, with final counts.
/// * A detection that is not in `detections` was deleted meanwhile: its findings still alert, at once,
///   with severity high (unless the finding says another) and a warning.
/// * Errors and faults of the platform alert at their first occurrence, whatever the threshold.
pub fn decide(
    settings: &Settings,
    detections: &HashMap<RuleId, Arc<Detection>>,
    destinations: &[Destination],
    findings: Vec<Finding>,
    state: LedgerState,
) -> LedgerChanges {
    let mut desk = Desk::new(settings, detections, destinations, state);
    for finding in findings {
        desk.take(finding);
    }
    desk.finish()
}

/// A list without repetitions.
struct Ordered<T> {
    items: Vec<T>,
    seen: HashSet<T>,
}

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self { items: Vec::new(), seen: HashSet::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Ordered<T> {
    /// Appends an item unless it is there; true when it was not.
    fn add(&mut self, item: T) -> bool {
        let is_new = self.seen.insert(item.clone());
        if is_new {
            self.items.push(item);
        }
        is_new
    }
}
