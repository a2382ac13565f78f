//! All rules of a repository that need no Python, and the inline filters of those that do.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use content::{InlineFilters, Logic, Repository, SimpleDetection};
use model::{DetectionKind, ErrorFinding, Event, FindingKind, LogType, RuleId};
use serde_json::Value;

use crate::simple::{EvaluationError, FilterSettings, Simple, passes};

/// Compiled once for a repository, shared by all evaluations.
#[derive(Debug, Default)]
pub struct NativeRules {
    rules: Vec<NativeRule>,
    /// Rules that have something to do here, by log type, in the order of rule ids.
    by_log_type: HashMap<LogType, Vec<usize>>,
    settings: FilterSettings,
}

#[derive(Debug)]
struct NativeRule {
    id: RuleId,
    enabled: bool,
    filters: InlineFilters,
    /// `None` for a rule whose logic is Python: only its filters are ours.
    simple: Option<Arc<SimpleDetection>>,
}

/// What one pair of event and rule came to.
#[derive(Clone, Debug)]
pub struct PairFinding {
    /// Position of the event.
    pub event: usize,
    /// The rule.
    pub rule_id: RuleId,
    /// A match or an error.
    pub kind: FindingKind,
}

/// What came of some events.
#[derive(Debug, Default)]
pub struct NativeEvaluation {
    /// Matches and errors, ordered by event, then rule id.
    pub findings: Vec<PairFinding>,
    /// Pairs that no worker may evaluate: filtered out, or their filter failed.
    pub skips: HashSet<(usize, RuleId)>,
}

/// What a unit test of one rule comes to before any Python runs.
#[derive(Debug)]
pub enum NativeTest {
    /// The filters let the event through, or there are none; the rule itself decides.
    Passes,
    /// The filters keep the event from the rule.
    FilteredOut,
    /// A filter failed.
    Failed(EvaluationError),
}

impl NativeRules {
    /// The YAML rules and inline filters of a repository.
    pub fn from_repository(repository: &Repository, settings: FilterSettings) -> NativeRules {
        let mut native = NativeRules { settings, ..NativeRules::default() };
        let mut rules: Vec<_> =
            repository.rules().filter(|rule| rule.detection.kind == DetectionKind::Rule).collect();
        rules.sort_by(|a, b| a.detection.id.cmp(&b.detection.id));
        for rule in rules {
            let simple = match &rule.logic {
                Logic::Simple(simple) => Some(Arc::new(SimpleDetection::clone(simple))),
                _ => None,
            };
            if simple.is_none() && rule.filters.expressions.is_empty() {
                continue;
            }
            for log_type in &rule.detection.log_types {
                native.by_log_type.entry(log_type.clone()).or_default().push(native.rules.len());
            }
            native.rules.push(NativeRule {
                id: rule.detection.id.clone(),
                enabled: rule.detection.enabled,
                filters: rule.filters.clone(),
                simple,
            });
        }
        native
    }

    /// No rules: answers [`NativeRules::test`] alone.
    pub fn with(settings: FilterSettings) -> NativeRules {
        NativeRules { settings, ..NativeRules::default() }
    }

    /// How many YAML rules there are.
    pub fn rule_count(&self) -> usize {
        self.rules.iter().filter(|rule| rule.simple.is_some()).count()
    }

    /// Runs the YAML rules and the filters of all rules over events. `overrides` is what operators said about
    /// rules; nothing said follows the content.
    ///
    /// An event that is no JSON object makes an error of each rule of its log type.
    pub fn evaluate(&self, events: &[Event], overrides: &BTreeMap<RuleId, bool>) -> NativeEvaluation {
        let mut evaluation = NativeEvaluation::default();
        for (index, event) in events.iter().enumerate() {
            let Some(rules) = self.by_log_type.get(&event.log_type) else { continue };
            let parsed = model::json::parse_json(&event.json);
            for rule in rules.iter().map(|rule| &self.rules[*rule]) {
                if !overrides.get(&rule.id).copied().unwrap_or(rule.enabled) {
                    continue;
                }
                match &parsed {
                    Ok(value) => self.evaluate_pair(index, rule, value, &mut evaluation),
                    // Python says the same of the rules that are its own.
                    Err(error) if rule.simple.is_some() => {
                        let error = EvaluationError { error_type: "ValueError", message: error.to_string() };
                        evaluation.add_error(index, rule, &error);
                    }
                    Err(_) => {}
                }
            }
        }
        evaluation
    }

    fn evaluate_pair(
        &self,
        index: usize,
        rule: &NativeRule,
        event: &Value,
        evaluation: &mut NativeEvaluation,
    ) {
        match passes(&rule.filters, event, self.settings) {
            Ok(true) => {}
            Ok(false) => {
                evaluation.skips.insert((index, rule.id.clone()));
                return;
            }
            Err(error) => {
                evaluation.skips.insert((index, rule.id.clone()));
                evaluation.add_error(index, rule, &in_filter(&error));
                return;
            }
        }
        let Some(detection) = &rule.simple else { return };
        let simple = Simple { detection };
        match simple.matches(event) {
            Ok(true) => {
                let kind = FindingKind::Match(simple.describe(&rule.id, event));
                evaluation.findings.push(PairFinding { event: index, rule_id: rule.id.clone(), kind });
            }
            Ok(false) => {}
            Err(error) => evaluation.add_error(index, rule, &error),
        }
    }

    /// What the filters of a rule say about the event of a unit test.
    pub fn test(&self, filters: &InlineFilters, event: &Value) -> NativeTest {
        match passes(filters, event, self.settings) {
            Ok(true) => NativeTest::Passes,
            Ok(false) => NativeTest::FilteredOut,
            Err(error) => NativeTest::Failed(in_filter(&error)),
        }
    }
}

fn in_filter(error: &EvaluationError) -> EvaluationError {
    EvaluationError { error_type: error.error_type, message: format!("InlineFilters: {}", error.message) }
}

impl NativeEvaluation {
    fn add_error(&mut self, event: usize, rule: &NativeRule, error: &EvaluationError) {
        let EvaluationError { error_type, message } = error;
        let kind = FindingKind::Error(ErrorFinding {
            rule_id: rule.id.clone(),
            error_type: (*error_type).to_owned(),
            short_message: format!("{error_type}({message:?})"),
            message: message.clone(),
        });
        self.findings.push(PairFinding { event, rule_id: rule.id.clone(), kind });
    }
}
