//! Scalars: from what JSON holds to what the schema asks for (`ingest.md` §2.3).
//!
//! Every function answers `Ok(None)` for "absent". Numbers keep their digits.

use serde_json::{Number, Value};

use crate::error::Mismatch;
use crate::types::Width;

/// A string as it is, the literal of a number, `true` or `false`.
pub(crate) fn string(value: Value) -> Result<Option<String>, Mismatch> {
    match value {
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.as_str().to_owned())),
        Value::Bool(truth) => Ok(Some(truth.to_string())),
        Value::Null => Ok(None),
        other => Err(wrong_kind("a string", &other)),
    }
}

/// An integer of the width, from an integer literal or a string of digits.
pub(crate) fn integer(value: Value, width: Width) -> Result<Option<Value>, Mismatch> {
    match value {
        Value::Number(number) => match parse_integer(number.as_str(), width) {
            Some(_) => Ok(Some(Value::Number(number))),
            None => Err(not_an_integer(width)),
        },
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) => match parse_integer(&text, width) {
            Some(integer) => Ok(Some(Value::Number(integer.into()))),
            None => Err(not_an_integer(width)),
        },
        Value::Null => Ok(None),
        other => Err(wrong_kind("an integer", &other)),
    }
}

fn parse_integer(text: &str, width: Width) -> Option<i64> {
    if text.starts_with('+') {
        return None;
    }
    let integer: i64 = text.parse().ok()?;
    let fits = match width {
        Width::Small => i16::try_from(integer).is_ok(),
        Width::Int => i32::try_from(integer).is_ok(),
        Width::Big => true,
    };
    fits.then_some(integer)
}

fn not_an_integer(width: Width) -> Mismatch {
    Mismatch::unfit(match width {
        Width::Small => "value is not an integer of 16 bits",
        Width::Int => "value is not an integer of 32 bits",
        Width::Big => "value is not an integer of 64 bits",
    })
}

/// A finite number, from a number or a numeric string.
pub(crate) fn float(value: Value) -> Result<Option<Value>, Mismatch> {
    let is_finite = |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite);
    let unfit = || Mismatch::unfit("value is not a number of 64 bits");
    match value {
        Value::Number(number) if is_finite(number.as_str()) => Ok(Some(Value::Number(number))),
        Value::Number(_) => Err(unfit()),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) if is_finite(&text) => {
            // The digits stay when the text is a JSON number already; `.5` and the like are rewritten.
            let number = text.parse::<Number>().ok();
            let number = number.or_else(|| text.parse().ok().and_then(Number::from_f64));
            number.map(|number| Some(Value::Number(number))).ok_or_else(unfit)
        }
        Value::String(_) => Err(unfit()),
        Value::Null => Ok(None),
        other => Err(wrong_kind("a number", &other)),
    }
}

/// A boolean, from one, from 0 and 1, or from the words that Go reads.
pub(crate) fn boolean(value: &Value) -> Result<Option<Value>, Mismatch> {
    let word = match value {
        Value::Bool(truth) => return Ok(Some(Value::Bool(*truth))),
        Value::Null => return Ok(None),
        Value::Number(number) if matches!(number.as_str(), "0" | "1") => number.as_str(),
        Value::String(text) if text.is_empty() => return Ok(None),
        Value::String(text) => text,
        other => return Err(wrong_kind("a boolean", other)),
    };
    match word {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(Some(Value::Bool(true))),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(Some(Value::Bool(false))),
        _ => Err(Mismatch::unfit("value is not a boolean")),
    }
}

/// The text of a time: a string, or the literal of a number.
pub(crate) fn time_text(value: &Value) -> Result<Option<&str>, Mismatch> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.as_str())),
        other => Err(wrong_kind("a time", other)),
    }
}

pub(crate) fn wrong_kind(expected: &str, found: &Value) -> Mismatch {
    Mismatch::unfit(format!("expected {expected}, found {}", kind_of(found)))
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
