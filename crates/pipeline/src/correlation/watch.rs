//! Which rules are watched for signals, and where those are looked at.

use std::collections::HashMap;
use std::sync::Arc;

use content::{CorrelationRule, FieldPath};
use model::RuleId;
use python_host::ActiveRules;

/// The active correlation rules and what they look at.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// Correlation rules that are switched on, in file order.
    pub(crate) rules: Vec<Arc<CorrelationRule>>,
    paths: HashMap<RuleId, Vec<FieldPath>>,
}

impl Watch {
    /// Of these correlation rules, those that are switched on.
    pub(crate) fn new(rules: &[Arc<CorrelationRule>], active: &ActiveRules) -> Watch {
        let is_active = |rule: &&Arc<CorrelationRule>| {
            let detection = &rule.detection;
            active.overrides.get(&detection.id).copied().unwrap_or(detection.enabled)
        };
        let mut watch =
            Watch { rules: rules.iter().filter(is_active).cloned().collect(), ..Watch::default() };
        for rule in &watch.rules {
            for (index, step) in rule.correlation.steps.iter().enumerate() {
                let paths = watch.paths.entry(step.rule_id.clone()).or_default();
                for path in rule.correlation.paths_of(index) {
                    if !paths.contains(path) {
                        paths.push(path.clone());
                    }
                }
            }
        }
        watch
    }

    /// Where the signals of a rule are looked at; `None` = nobody looks at the rule.
    pub(crate) fn paths_of(&self, rule_id: &RuleId) -> Option<&[FieldPath]> {
        self.paths.get(rule_id).map(Vec::as_slice)
    }

    /// The rules that are watched.
    pub(crate) fn watched(&self) -> Vec<RuleId> {
        let mut watched: Vec<RuleId> = self.paths.keys().cloned().collect();
        watched.sort();
        watched
    }
}

/// The rules that a correlation rule looks at, each once.
pub(crate) fn members(rule: &CorrelationRule) -> Vec<RuleId> {
    let mut members: Vec<RuleId> = rule.correlation.steps.iter().map(|step| step.rule_id.clone()).collect();
    members.sort();
    members.dedup();
    members
}
