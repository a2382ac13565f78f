//! The simple (YAML) detection language and inline filters, evaluated with Python's meaning of values.
//!
//! Equality, ordering, truth of numbers, address classes and the text of values are those of Python 3.11,
//! because the same detections run there. Source: `detections.md` §4.

mod address;
mod compare;
mod lookup;
mod python_text;
mod texts;

use content::{AddressTest, Expression, InlineFilters, KeyPath, Quantifier, SimpleDetection, Test};
use model::MatchFinding;
use serde_json::Value;

use lookup::{Case, Found, find};

/// How filters treat what the specification leaves open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilterSettings {
    /// Whether a field that the event lacks lets the event through, whatever the condition.
    pub missing_field_passes: bool,
}

/// Why a detection could not be evaluated on an event: a detection error, as a raising rule is one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EvaluationError {
    /// Class, as Python would name it.
    pub error_type: &'static str,
    /// The condition, the key, and the value's type.
    pub message: String,
}

impl EvaluationError {
    fn type_error(message: String) -> EvaluationError {
        EvaluationError { error_type: "TypeError", message }
    }
}

/// Whether the filters let an event through. Keys are case-sensitive.
///
/// # Errors
/// A condition that cannot be applied to a value.
pub fn passes(
    filters: &InlineFilters,
    event: &Value,
    settings: FilterSettings,
) -> Result<bool, EvaluationError> {
    let evaluator = Evaluator { case: Case::Sensitive, missing_passes: settings.missing_field_passes };
    evaluator.all(&filters.expressions, event)
}

/// A detection in YAML, evaluated on events. Keys are case-insensitive, an exact one comes first.
#[derive(Clone, Copy, Debug)]
pub struct Simple<'a> {
    /// What it looks for and says.
    pub detection: &'a SimpleDetection,
}

const DETECTION: Evaluator = Evaluator { case: Case::Insensitive, missing_passes: false };

impl Simple<'_> {
    /// Whether it matches.
    ///
    /// # Errors
    /// A condition that cannot be applied to a value.
    pub fn matches(&self, event: &Value) -> Result<bool, EvaluationError> {
        DETECTION.all(&self.detection.conditions, event)
    }

    /// What a match says: title, dedup string, severity, context. A severity that cannot be evaluated leaves
    /// the configured one and a warning.
    pub fn describe(&self, rule_id: &model::RuleId, event: &Value) -> MatchFinding {
        texts::describe(self.detection, rule_id, event)
    }

    /// The first dynamic severity whose conditions hold.
    ///
    /// # Errors
    /// A condition that cannot be applied to a value.
    pub fn severity(&self, event: &Value) -> Result<Option<model::Severity>, EvaluationError> {
        for (severity, conditions) in &self.detection.severities {
            if DETECTION.all(conditions, event)? {
                return Ok(Some(*severity));
            }
        }
        Ok(None)
    }
}

#[derive(Clone, Copy)]
struct Evaluator {
    case: Case,
    missing_passes: bool,
}

impl Evaluator {
    fn all(self, expressions: &[Expression], event: &Value) -> Result<bool, EvaluationError> {
        for expression in expressions {
            if !self.holds(expression, event)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn any(self, expressions: &[Expression], event: &Value) -> Result<bool, EvaluationError> {
        for expression in expressions {
            if self.holds(expression, event)? {
                return Ok(true);
            }
        }
        Ok(expressions.is_empty())
    }

    fn count(
        self,
        expressions: &[Expression],
        event: &Value,
        enough: usize,
    ) -> Result<usize, EvaluationError> {
        let mut count = 0;
        for expression in expressions {
            count += usize::from(self.holds(expression, event)?);
            if count >= enough {
                break;
            }
        }
        Ok(count)
    }

    fn holds(self, expression: &Expression, event: &Value) -> Result<bool, EvaluationError> {
        match expression {
            Expression::All(inner) => self.all(inner, event),
            Expression::Any(inner) => self.any(inner, event),
            Expression::OnlyOne(inner) => Ok(self.count(inner, event, 2)? == 1),
            Expression::NoneOf(inner) => Ok(self.count(inner, event, 1)? == 0),
            Expression::Always(holds) => Ok(*holds),
            Expression::Test(key, test) => self.test(key, test, event),
            Expression::Elements(key, quantifier, inner) => self.elements(key, *quantifier, inner, event),
            Expression::Compare(left, comparison, right) => {
                let (left_value, right_value) = (find(left, event, self.case), find(right, event, self.case));
                compare::compare(left, left_value.value(), *comparison, right_value.value())
            }
        }
    }

    fn test(self, key: &KeyPath, test: &Test, event: &Value) -> Result<bool, EvaluationError> {
        let found = find(key, event, self.case);
        if self.missing_passes && matches!(found, Found::Missing) {
            return Ok(true);
        }
        match test {
            Test::Exists(there) => Ok(!matches!(found, Found::Missing) == *there),
            Test::Null(is) => Ok(found.value().is_null() == *is),
            Test::Empty(is) => Ok(is_empty(found.value()) == *is),
            Test::Address(kind) => address_test(key, *kind, found.value()),
            Test::Compare(comparison, constant) => {
                compare::compare(key, found.value(), *comparison, constant)
            }
        }
    }

    fn elements(
        self,
        key: &KeyPath,
        quantifier: Quantifier,
        inner: &[Expression],
        event: &Value,
    ) -> Result<bool, EvaluationError> {
        let found = find(key, event, self.case);
        let elements: &[Value] = match found.value() {
            Value::Null => &[],
            Value::Array(elements) => elements,
            other => {
                let kind = compare::kind(other);
                return Err(EvaluationError::type_error(format!("`{key}` must be a list, not {kind}")));
            }
        };
        let mut count = 0_usize;
        for element in elements {
            count += usize::from(self.all(inner, element)?);
        }
        Ok(match quantifier {
            Quantifier::Any => count > 0,
            Quantifier::All => count == elements.len(),
            Quantifier::No => count == 0,
            Quantifier::OnlyOne => count == 1,
        })
    }
}

/// Null, or of length 0; numbers and booleans are never empty.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn address_test(key: &KeyPath, kind: AddressTest, value: &Value) -> Result<bool, EvaluationError> {
    let parsed = value.as_str().and_then(address::parse_address);
    match kind {
        AddressTest::Ip => Ok(parsed.is_some()),
        AddressTest::V4 => Ok(parsed.is_some_and(|address| address.is_ipv4())),
        AddressTest::V6 => Ok(parsed.is_some_and(|address| address.is_ipv6())),
        AddressTest::Public | AddressTest::Private if value.is_null() => Ok(false),
        AddressTest::Public | AddressTest::Private => {
            let Some(address) = parsed else {
                let message = format!("`{key}` is no IP address but {}", compare::shown(value));
                return Err(EvaluationError { error_type: "ValueError", message });
            };
            let is_private = address::is_private(address);
            Ok(if kind == AddressTest::Private { is_private } else { address::is_global(address) })
        }
    }
}
