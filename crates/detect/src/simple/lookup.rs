//! Finding the value at a key path.

use std::borrow::Cow;

use content::{KeyPath, Segment};
use serde_json::{Map, Value};

/// Whether `Name` finds `name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// Filters: exactly.
    Sensitive,
    /// Detections: exactly, else the first key that differs in letter case only.
    Insensitive,
}

/// What is at a path.
#[derive(Debug)]
pub(super) enum Found<'a> {
    Missing,
    Value(Cow<'a, Value>),
}

static NULL: Value = Value::Null;

impl Found<'_> {
    /// The value; null when there is none.
    pub(super) fn value(&self) -> &Value {
        match self {
            Found::Missing => &NULL,
            Found::Value(value) => value,
        }
    }
}

/// The value at `path` below `root`.
pub(super) fn find<'a>(path: &KeyPath, root: &'a Value, case: Case) -> Found<'a> {
    walk(&path.0, root, case)
}

fn walk<'a>(segments: &[Segment], value: &'a Value, case: Case) -> Found<'a> {
    let Some((segment, rest)) = segments.split_first() else { return Found::Value(Cow::Borrowed(value)) };
    match (segment, value) {
        (Segment::Field(name), Value::Object(map)) => match field(map, name, case) {
            Some(value) => walk(rest, value, case),
            None => Found::Missing,
        },
        (Segment::Index(index), Value::Array(elements)) => match element(elements, *index) {
            Some(value) => walk(rest, value, case),
            None => Found::Missing,
        },
        (Segment::Every, Value::Array(elements)) => {
            // A projection: results that are missing or null are left out.
            let found = elements.iter().filter_map(|element| match walk(rest, element, case) {
                Found::Value(value) if !value.is_null() => Some(value.into_owned()),
                _ => None,
            });
            Found::Value(Cow::Owned(Value::Array(found.collect())))
        }
        _ => Found::Missing,
    }
}

fn field<'a>(map: &'a Map<String, Value>, name: &str, case: Case) -> Option<&'a Value> {
    if let Some(value) = map.get(name) {
        return Some(value);
    }
    if case == Case::Sensitive {
        return None;
    }
    let lower = name.to_lowercase();
    map.iter().find(|(key, _)| is_same(key, &lower)).map(|(_, value)| value)
}

fn is_same(key: &str, lower: &str) -> bool {
    if key.is_ascii() { key.eq_ignore_ascii_case(lower) } else { key.to_lowercase() == lower }
}

fn element(elements: &[Value], index: i64) -> Option<&Value> {
    let at = if index < 0 { i64::try_from(elements.len()).ok()? + index } else { index };
    elements.get(usize::try_from(at).ok()?)
}
