//! Evaluates detections in YAML and inline filters.
//!
//! Both are compiled once: key paths, constants, sets. An evaluation looks at a parsed event and copies
//! nothing out of it, but for what a match says. Equality, order, texts and addresses are those of Python
//! 3.11, in which the reference product evaluates them. Source: `detections.md` §4 and its §11.

mod address;
mod alert;
mod compare;
mod expression;
mod fault;
mod lookup;
mod number;
mod python_text;
mod unit_test;
mod view;

use content::simple::{InlineFilters, SimpleDetection};
use model::{ErrorFinding, MatchFinding, RuleId};
use serde_json::Value;
use stdx::truncate_generated;

use alert::AlertKeys;
use expression::{Compiled, Mode, Scope, all, compile};
use lookup::Case;

pub use fault::EvaluationError;
pub use unit_test::{FunctionReport, TestReport};

/// Longest `short_message` of an error, in characters.
const SHORT_CHARS_MAX: usize = 1000;
/// Longest `message` of an error, in characters.
const MESSAGE_CHARS_MAX: usize = 8000;

/// A detection in YAML, ready to be evaluated.
#[derive(Debug)]
pub struct SimpleRule {
    rule_id: RuleId,
    expressions: Vec<Compiled>,
    alert_keys: AlertKeys,
}

/// Inline filters, ready to be evaluated.
#[derive(Debug)]
pub struct Filters {
    expressions: Vec<Compiled>,
}

/// How inline filters are evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilterSettings {
    /// A condition on a key that the event lacks holds, whatever it asks.
    pub missing_field_passes: bool,
}

impl SimpleRule {
    /// Compiles the detection of a rule.
    pub fn compile(rule_id: &RuleId, detection: &SimpleDetection) -> SimpleRule {
        let mode = Mode { case: Case::Insensitive, missing_passes: false };
        SimpleRule {
            rule_id: rule_id.clone(),
            expressions: compile(&detection.expressions, mode),
            alert_keys: AlertKeys::compile(detection, mode),
        }
    }

    /// Whether the event is what the detection looks for.
    ///
    /// # Errors
    /// A condition cannot be asked of the value that the event has.
    pub fn matches(&self, event: &Value) -> Result<bool, EvaluationError> {
        all(&self.expressions, Scope::of(event))
    }

    /// What the alert keys make of an event that matches.
    pub fn describe(&self, event: &Value) -> MatchFinding {
        self.alert_keys.describe(&self.rule_id, Scope::of(event))
    }
}

impl Filters {
    /// Compiles the filters of a rule.
    pub fn compile(filters: &InlineFilters, settings: FilterSettings) -> Filters {
        let mode = Mode { case: Case::Sensitive, missing_passes: settings.missing_field_passes };
        let mut expressions = compile(&filters.expressions, mode);
        expressions.retain(|expression| !expression.is_no_op());
        Filters { expressions }
    }

    /// Whether there is anything to ask.
    pub fn is_empty(&self) -> bool {
        self.expressions.is_empty()
    }

    /// Whether the rule sees the event.
    ///
    /// # Errors
    /// A condition cannot be asked of the value that the event has; then the rule does not see it either.
    pub fn pass(&self, event: &Value) -> Result<bool, EvaluationError> {
        all(&self.expressions, Scope::of(event)).map_err(|error| EvaluationError {
            message: format!("inline filter: {}", error.message),
            ..error
        })
    }
}

impl EvaluationError {
    /// The error as alerting reads it.
    pub fn finding(&self, rule_id: &RuleId) -> ErrorFinding {
        let EvaluationError { class, message } = self;
        let short = format!("{class}({})", python_text::repr(message));
        ErrorFinding {
            rule_id: rule_id.clone(),
            error_type: (*class).to_owned(),
            short_message: truncate_generated(&short, SHORT_CHARS_MAX),
            message: truncate_generated(message, MESSAGE_CHARS_MAX),
        }
    }
}
