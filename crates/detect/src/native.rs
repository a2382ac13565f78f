//! What is evaluated without Python: rules in YAML, and the inline filters of all rules.
//!
//! A [`NativeRules`] is made of a repository once and runs over batches of events. It answers with the
//! findings of its own rules, and names the pairs of event and Python rule that no worker may evaluate.

use std::collections::{BTreeMap, HashMap};

use content::{Repository, Rule, UnitTest};
use model::{DetectionKind, Event, FindingKind, LogType, RuleId, Severity};
use serde_json::Value;

use crate::simple::{EvaluationError, FilterSettings, Filters, SimpleRule, TestReport};

/// Everything of a repository that is evaluated without Python; immutable.
#[derive(Debug, Default)]
pub struct NativeRules {
    /// In the order of ids.
    rules: Vec<NativeRule>,
    by_log_type: HashMap<LogType, Vec<usize>>,
    by_id: HashMap<RuleId, usize>,
}

#[derive(Debug)]
struct NativeRule {
    id: RuleId,
    enabled: bool,
    severity: Severity,
    create_alert: bool,
    filters: Filters,
    /// `None` when the logic is Python.
    simple: Option<SimpleRule>,
}

/// What came of a batch of events.
#[derive(Debug, Default)]
pub struct NativeEvaluation {
    /// Matches and errors, ordered by event, then rule id.
    pub findings: Vec<NativeFinding>,
    /// Python rules that do not see an event, by its position: its filters say no, or failed.
    pub skipped: BTreeMap<usize, Vec<RuleId>>,
}

/// A match or an error of one rule on one event.
#[derive(Clone, Debug)]
pub struct NativeFinding {
    /// The position of the event.
    pub event: usize,
    /// The rule.
    pub rule_id: RuleId,
    /// What it found.
    pub kind: FindingKind,
}

impl NativeRules {
    /// Compiles the rules in YAML and the inline filters of a repository. Of several rules with one id the
    /// last one stays.
    pub fn from_repository(repository: &Repository, settings: FilterSettings) -> NativeRules {
        let mut by_id: BTreeMap<&RuleId, &Rule> = BTreeMap::new();
        for rule in repository.rules().filter(|rule| rule.detection.kind == DetectionKind::Rule) {
            by_id.insert(&rule.detection.id, rule);
        }
        let mut program = NativeRules::default();
        for rule in by_id.into_values() {
            let compiled = compile(rule, settings);
            if compiled.simple.is_none() && compiled.filters.is_empty() {
                continue;
            }
            let position = program.rules.len();
            for log_type in &rule.detection.log_types {
                let rules = program.by_log_type.entry(log_type.clone()).or_default();
                if rules.last() != Some(&position) {
                    rules.push(position);
                }
            }
            program.by_id.insert(compiled.id.clone(), position);
            program.rules.push(compiled);
        }
        program
    }

    /// Whether it has something to say about events of a log type.
    pub fn looks_at(&self, log_type: &LogType) -> bool {
        self.by_log_type.contains_key(log_type)
    }

    /// How many rules are written in YAML.
    pub fn simple_rule_count(&self) -> usize {
        self.rules.iter().filter(|rule| rule.simple.is_some()).count()
    }

    /// Runs every active rule of each event's log type. Rules that `switches` does not name follow `Enabled`.
    pub fn evaluate(&self, events: &[Event], switches: &BTreeMap<RuleId, bool>) -> NativeEvaluation {
        let mut evaluation = NativeEvaluation::default();
        for (position, event) in events.iter().enumerate() {
            let Some(rules) = self.by_log_type.get(&event.log_type) else { continue };
            let is_active = |rule: &&NativeRule| switches.get(&rule.id).copied().unwrap_or(rule.enabled);
            let mut rules = rules.iter().map(|rule| &self.rules[*rule]).filter(is_active).peekable();
            if rules.peek().is_none() {
                continue;
            }
            let parsed = model::json::parse_json(&event.json).map_err(|error| EvaluationError {
                class: "ValueError",
                message: format!("the event cannot be read as JSON: {error}"),
            });
            for rule in rules {
                let verdict = match &parsed {
                    Ok(value) => rule.evaluate(value),
                    Err(error) => Verdict::Error(error.clone()),
                };
                evaluation.add(position, rule, verdict);
            }
        }
        evaluation
    }

    /// Runs a unit test as far as it needs no Python; `None` when the rule itself is Python and its filters
    /// let the event through.
    pub fn test(&self, rule_id: &RuleId, test: &UnitTest) -> Option<TestReport> {
        let rule = &self.rules[*self.by_id.get(rule_id)?];
        match rule.filters.pass(&test.log) {
            Ok(true) => {}
            Ok(false) => return Some(TestReport::filtered_out(test.expected)),
            Err(error) => return Some(TestReport::failed(&error)),
        }
        let simple = rule.simple.as_ref()?;
        Some(simple.test(test, rule.severity, rule.create_alert))
    }
}

fn compile(rule: &Rule, settings: FilterSettings) -> NativeRule {
    let detection = &rule.detection;
    NativeRule {
        id: detection.id.clone(),
        enabled: detection.enabled,
        severity: detection.severity,
        create_alert: detection.create_alert,
        filters: Filters::compile(&rule.filters, settings),
        simple: rule.logic.simple().map(|simple| SimpleRule::compile(&detection.id, simple)),
    }
}

/// What a rule says about an event.
enum Verdict {
    /// Its filters let the event through, and the rest is for Python.
    Python,
    /// Its filters keep the event from it.
    FilteredOut,
    NoMatch,
    Match(Box<model::MatchFinding>),
    Error(EvaluationError),
}

impl NativeRule {
    fn evaluate(&self, event: &Value) -> Verdict {
        match (self.filters.pass(event), &self.simple) {
            (Err(error), _) => Verdict::Error(error),
            (Ok(false), _) => Verdict::FilteredOut,
            (Ok(true), None) => Verdict::Python,
            (Ok(true), Some(simple)) => match simple.matches(event) {
                Ok(true) => Verdict::Match(Box::new(simple.describe(event))),
                Ok(false) => Verdict::NoMatch,
                Err(error) => Verdict::Error(error),
            },
        }
    }
}

impl NativeEvaluation {
    fn add(&mut self, event: usize, rule: &NativeRule, verdict: Verdict) {
        let is_kept_from_python =
            rule.simple.is_none() && matches!(verdict, Verdict::FilteredOut | Verdict::Error(_));
        if is_kept_from_python {
            self.skipped.entry(event).or_default().push(rule.id.clone());
        }
        let kind = match verdict {
            Verdict::Match(found) => FindingKind::Match(*found),
            Verdict::Error(error) => FindingKind::Error(error.finding(&rule.id)),
            Verdict::Python | Verdict::FilteredOut | Verdict::NoMatch => return,
        };
        self.findings.push(NativeFinding { event, rule_id: rule.id.clone(), kind });
    }
}
