//! Short ways to say what was found, and a ledger in memory that applies changes as the store does.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use alerting::{Settings, decide, keys};
use jiff::Timestamp;
use model::{
    Alert, AlertId, DedupGroup, Destination, Detection, DetectionKind, DetectionState, ErrorFinding, Event,
    Finding, FindingKind, GroupKey, LedgerChanges, LedgerState, MatchFinding, RuleId, Severity,
};

/// A time of one day, such as `10:07` or `10:07:30`.
pub(crate) fn at(time: &str) -> Timestamp {
    let seconds = if time.len() == 5 { ":00" } else { "" };
    format!("2026-01-01T{time}{seconds}Z").parse().expect("tests write times as HH:MM or HH:MM:SS")
}

pub(crate) fn detection(id: &str) -> Detection {
    Detection {
        id: id.into(),
        kind: DetectionKind::Rule,
        display_name: Some(format!("Name of {id}")),
        enabled: true,
        severity: Severity::Medium,
        log_types: vec!["Okta.SystemLog".into()],
        dedup_period: Duration::from_secs(3_600),
        threshold: 1,
        create_alert: true,
        description: Some("own description".to_owned()),
        reference: None,
        runbook: Some("own runbook".to_owned()),
        tags: vec!["a tag".to_owned()],
        reports: BTreeMap::new(),
        output_ids: Vec::new(),
        summary_attributes: Vec::new(),
        version: "v1".to_owned(),
    }
}

pub(crate) fn event(log_type: &str, source: &str, at: Timestamp, row: &str) -> Event {
    Event {
        log_type: log_type.into(),
        row_id: row.into(),
        source_id: source.into(),
        accepted_at: at,
        json: "{}".into(),
    }
}

pub(crate) fn match_of(rule: &str, dedup: &str) -> MatchFinding {
    MatchFinding {
        rule_id: rule.into(),
        title: None,
        description: None,
        reference: None,
        runbook: None,
        severity: None,
        destinations: None,
        dedup: dedup.to_owned(),
        alert_context: None,
        unique: None,
        counts_unique: false,
        warnings: Vec::new(),
    }
}

pub(crate) fn found(time: Timestamp, found: MatchFinding) -> Finding {
    Finding {
        event: Some(event("Okta.SystemLog", "okta", time, "row")),
        at: time,
        kind: FindingKind::Match(found),
    }
}

pub(crate) fn failed(time: Timestamp, rule: &str, error_type: &str) -> Finding {
    Finding {
        event: Some(event("Okta.SystemLog", "okta", time, "row")),
        at: time,
        kind: FindingKind::Error(ErrorFinding {
            rule_id: rule.into(),
            error_type: error_type.to_owned(),
            short_message: format!("{error_type}('x')"),
            message: format!("'x': {rule}.py, line 4, in rule"),
        }),
    }
}

/// What the store remembers, and the rules and destinations in force.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) settings: Settings,
    pub(crate) detections: HashMap<RuleId, Arc<Detection>>,
    pub(crate) destinations: Vec<Destination>,
    pub(crate) groups: BTreeMap<String, DedupGroup>,
    pub(crate) states: BTreeMap<String, DetectionState>,
    pub(crate) alerts: BTreeMap<String, Alert>,
    pub(crate) delivery_count: usize,
    pub(crate) kept: BTreeMap<String, Vec<String>>,
    pub(crate) signals: BTreeMap<RuleId, u64>,
}

impl Ledger {
    pub(crate) fn with(detections: impl IntoIterator<Item = Detection>) -> Self {
        let detections = detections.into_iter().map(|one| (one.id.clone(), Arc::new(one))).collect();
        Self { detections, ..Self::default() }
    }

    /// Loads exactly the keys that were asked for.
    pub(crate) fn load(&self, findings: &[Finding]) -> LedgerState {
        let (group_keys, rule_ids) = keys(findings);
        let group = |key: GroupKey| Some((key.clone(), self.groups.get(key.as_str())?.clone()));
        let state = |id: RuleId| Some((id.clone(), self.states.get(id.as_str())?.clone()));
        LedgerState {
            groups: group_keys.into_iter().filter_map(group).collect(),
            detections: rule_ids.into_iter().filter_map(state).collect(),
        }
    }

    /// One decision, applied; gives back what was decided.
    pub(crate) fn run(&mut self, findings: Vec<Finding>) -> LedgerChanges {
        let state = self.load(&findings);
        let changes = decide(&self.settings, &self.detections, &self.destinations, findings, state);
        self.apply(&changes);
        changes
    }

    pub(crate) fn alert(&self, rule: &str, number: u64, dedup: &str) -> &Alert {
        &self.alerts[AlertId::of(rule, number, dedup).as_str()]
    }

    fn apply(&mut self, changes: &LedgerChanges) {
        for group in &changes.groups {
            self.groups.insert(group.key.to_string(), group.clone());
        }
        for new in &changes.new_alerts {
            let before = self.alerts.insert(new.alert.id.to_string(), (*new.alert).clone());
            assert!(before.is_none(), "alert {} was made twice", new.alert.id);
            self.delivery_count += new.deliveries.len();
        }
        for merge in &changes.merges {
            let alert = self.alerts.get_mut(merge.alert_id.as_str()).expect("merges name stored alerts");
            alert.event_count = merge.event_count;
            alert.log_types.clone_from(&merge.log_types);
            alert.source_ids.clone_from(&merge.source_ids);
            alert.last_event_at = merge.last_event_at;
            alert.updated_at = merge.last_event_at;
        }
        for id in &changes.dropped_events {
            self.kept.remove(id.as_str());
        }
        for kept in &changes.kept_events {
            let rows = self.kept.entry(kept.alert_id.to_string()).or_default();
            rows.extend(kept.events.iter().map(|event| event.row_id.to_string()));
        }
        for state in &changes.detections {
            self.states.insert(state.rule_id.to_string(), state.clone());
        }
        for (rule, count) in &changes.signals {
            *self.signals.entry(rule.clone()).or_default() += count;
        }
    }
}
