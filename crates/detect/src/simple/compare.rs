//! Comparing values as Python does: no text is a number, `True` is 1, `5` is `5.0`.

use std::cmp::Ordering;

use content::{Comparison, KeyPath, Operator};
use serde_json::{Number, Value};

use super::EvaluationError;
use super::address::Network;

/// Whether `left`, the value at `key`, compares with `right`.
///
/// # Errors
/// Values that the operator cannot compare.
pub(super) fn compare(
    key: &KeyPath,
    left: &Value,
    comparison: Comparison,
    right: &Value,
) -> Result<bool, EvaluationError> {
    let unfit = |what: &str| {
        let name = comparison.name;
        EvaluationError::type_error(format!("`{name}` of `{key}`: {what}"))
    };
    let negated = comparison.negated;
    let answer = match comparison.operator {
        Operator::Equals => equal(left, right),
        Operator::InsensitiveEquals => match (left, right) {
            (Value::String(left), Value::String(right)) => left.to_lowercase() == right.to_lowercase(),
            _ => equal(left, right),
        },
        Operator::Greater | Operator::GreaterOrEqual | Operator::Less | Operator::LessOrEqual => {
            if left.is_null() || right.is_null() {
                return Ok(false);
            }
            let Some(order) = order(left, right) else {
                return Err(unfit(&format!("{} and {} have no order", shown(left), shown(right))));
            };
            match comparison.operator {
                Operator::Greater => order == Ordering::Greater,
                Operator::GreaterOrEqual => order != Ordering::Less,
                Operator::Less => order == Ordering::Less,
                _ => order != Ordering::Greater,
            }
        }
        Operator::Contains => contains(left, right, false).map_err(|what| unfit(&what))?,
        Operator::InsensitiveContains => contains(left, right, true).map_err(|what| unfit(&what))?,
        Operator::StartsWith => affix(left, right, false, |text, part| text.starts_with(part)),
        Operator::InsensitiveStartsWith => affix(left, right, true, |text, part| text.starts_with(part)),
        Operator::EndsWith => affix(left, right, false, |text, part| text.ends_with(part)),
        Operator::InsensitiveEndsWith => affix(left, right, true, |text, part| text.ends_with(part)),
        Operator::In => is_in(left, right).map_err(|what| unfit(&what))?,
        Operator::InCidr => {
            if left.is_null() {
                return Ok(negated);
            }
            let left = network(left).map_err(|what| unfit(&what))?;
            overlaps_any(left, right).map_err(|what| unfit(&what))?
        }
        Operator::CidrContains => match left {
            Value::Null => return Ok(negated),
            Value::Array(elements) => {
                let mut found = false;
                for element in elements {
                    let left = network(element).map_err(|what| unfit(&what))?;
                    found = found || overlaps_any(left, right).map_err(|what| unfit(&what))?;
                }
                found
            }
            other => return Err(unfit(&format!("a list of addresses is needed, not {}", shown(other)))),
        },
    };
    Ok(answer != negated)
}

/// Python's `==`.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| equal(value, other)))
        }
        (Value::String(left), Value::String(right)) => left == right,
        (Value::Null, Value::Null) => true,
        _ => match (number(left), number(right)) {
            (Some(left), Some(right)) => left.order(&right) == Some(Ordering::Equal),
            _ => false,
        },
    }
}

/// Python's order of two numbers or two texts; `None` where Python raises.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => number(left)?.order(&number(right)?),
    }
}

fn contains(left: &Value, right: &Value, insensitive: bool) -> Result<bool, String> {
    let lower = |text: &str| if insensitive { text.to_lowercase() } else { text.to_owned() };
    match (left, right) {
        (Value::Null, _) => Ok(false),
        (Value::String(text), Value::String(part)) => Ok(lower(text).contains(&lower(part))),
        (Value::String(_), other) => Err(format!("a text contains texts, not {}", shown(other))),
        (Value::Array(elements), wanted) => Ok(elements.iter().any(|element| match (element, wanted) {
            (Value::String(text), Value::String(part)) => lower(text).contains(&lower(part)),
            _ => equal(element, wanted),
        })),
        (other, _) => Err(format!("a text or a list is needed, not {}", shown(other))),
    }
}

fn affix(left: &Value, right: &Value, insensitive: bool, test: fn(&str, &str) -> bool) -> bool {
    match (left, right) {
        (Value::String(text), Value::String(part)) if insensitive => {
            test(&text.to_lowercase(), &part.to_lowercase())
        }
        (Value::String(text), Value::String(part)) => test(text, part),
        _ => false,
    }
}

/// A scalar is a member; of a list one element is.
fn is_in(left: &Value, right: &Value) -> Result<bool, String> {
    let members = match right {
        Value::Array(members) => members,
        Value::String(text) if left.is_string() => {
            return Ok(text.contains(left.as_str().unwrap_or_default()));
        }
        Value::Null => return Ok(false),
        other => return Err(format!("a list is needed on the right, not {}", shown(other))),
    };
    let is_member = |value: &Value| members.iter().any(|member| equal(member, value));
    Ok(match left {
        Value::Array(elements) => elements.iter().any(is_member),
        scalar => is_member(scalar),
    })
}

fn network(value: &Value) -> Result<Network, String> {
    let parsed = value.as_str().and_then(Network::parse);
    parsed.ok_or_else(|| format!("an address or network is needed, not {}", shown(value)))
}

fn overlaps_any(left: Network, right: &Value) -> Result<bool, String> {
    let networks = match right {
        Value::Array(networks) => networks.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut found = false;
    for right in networks {
        found = found || left.overlaps(network(right)?);
    }
    Ok(found)
}

/// A number of Python: integers of any size, floats, and booleans as 0 and 1.
enum Numeric<'a> {
    Int(i128),
    /// Beyond 128 bits: the digits.
    Big(&'a str),
    Float(f64),
}

fn number(value: &Value) -> Option<Numeric<'_>> {
    match value {
        Value::Bool(flag) => Some(Numeric::Int(i128::from(*flag))),
        Value::Number(number) => Some(numeric(number)),
        _ => None,
    }
}

fn numeric(number: &Number) -> Numeric<'_> {
    let text = number.as_str();
    if text.contains(['.', 'e', 'E']) {
        return Numeric::Float(text.parse().unwrap_or(f64::NAN));
    }
    text.parse().map_or(Numeric::Big(text), Numeric::Int)
}

impl Numeric<'_> {
    fn order(&self, other: &Numeric<'_>) -> Option<Ordering> {
        match (self, other) {
            (Numeric::Int(left), Numeric::Int(right)) => Some(left.cmp(right)),
            (Numeric::Float(left), Numeric::Float(right)) => left.partial_cmp(right),
            (Numeric::Int(left), Numeric::Float(right)) => order_int_float(*left, *right),
            (Numeric::Float(left), Numeric::Int(right)) => {
                order_int_float(*right, *left).map(Ordering::reverse)
            }
            (Numeric::Big(left), Numeric::Big(right)) => Some(order_digits(left, right)),
            (Numeric::Big(left), _) => Some(side_of_big(left)),
            (_, Numeric::Big(right)) => Some(side_of_big(right).reverse()),
        }
    }
}

/// Exactly, as Python does: the float is not rounded to an integer nor the integer to a float.
fn order_int_float(left: i128, right: f64) -> Option<Ordering> {
    const LIMIT: f64 = 1.7e38; // just below 2¹²⁷
    if right.is_nan() {
        return None;
    }
    if right >= LIMIT {
        return Some(Ordering::Less);
    }
    if right <= -LIMIT {
        return Some(Ordering::Greater);
    }
    let whole = right.trunc();
    #[expect(clippy::cast_possible_truncation, reason = "it is within the limits of the type")]
    let by_whole = left.cmp(&(whole as i128));
    let fraction = right - whole;
    Some(by_whole.then(0.0_f64.partial_cmp(&fraction)?))
}

fn order_digits(left: &str, right: &str) -> Ordering {
    let is_negative = |text: &str| text.starts_with('-');
    match (is_negative(left), is_negative(right)) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (negative, _) => {
            let order = left.len().cmp(&right.len()).then_with(|| left.cmp(right));
            if negative { order.reverse() } else { order }
        }
    }
}

/// A number beyond 128 bits is beyond everything else, up to floats that events do not hold.
fn side_of_big(digits: &str) -> Ordering {
    if digits.starts_with('-') { Ordering::Less } else { Ordering::Greater }
}

/// The word for a value's kind.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A value's kind and, when it is short, the value.
pub(super) fn shown(value: &Value) -> String {
    const SHOWN_CHARS_MAX: usize = 60;
    match value {
        Value::Array(_) | Value::Object(_) | Value::Null => kind(value).to_owned(),
        scalar => {
            let text = stdx::truncate_with_ellipsis(&scalar.to_string(), SHOWN_CHARS_MAX);
            format!("{} ({text})", kind(scalar))
        }
    }
}
