//! Values of attributes, in the several ways in which providers write them.

use serde_json::Value;

use super::body::{field, truth};
use super::error::ScimError;

/// Longest name or id of a provider, in characters.
const TEXT_CHARS_MAX: usize = 255;

/// A text without spaces around it; may be empty.
pub(super) fn text_of(path: &str, value: &Value) -> Result<String, ScimError> {
    let Value::String(text) = value else { return Err(ScimError::value(format!("`{path}` must be a text"))) };
    let text = text.trim();
    if text.chars().count() > TEXT_CHARS_MAX || text.chars().any(char::is_control) {
        let detail = format!("`{path}` must be a line of at most {TEXT_CHARS_MAX} characters");
        return Err(ScimError::value(detail));
    }
    Ok(text.to_owned())
}

/// A truth value, or one of the texts `true` and `false`.
pub(super) fn truth_of(path: &str, value: &Value) -> Result<bool, ScimError> {
    truth(value).ok_or_else(|| ScimError::value(format!("`{path}` must be `true` or `false`")))
}

/// Several values: a list, or one of them alone.
pub(super) fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        other => std::slice::from_ref(other),
    }
}

/// The `value` of one of several values, or the value itself.
pub(super) fn inner(item: &Value) -> Option<&Value> {
    match item {
        Value::Object(object) => field(object, "value"),
        Value::String(_) => Some(item),
        _ => None,
    }
}

/// Whether one of several values is marked so.
pub(super) fn is_primary(item: &Value) -> bool {
    item.as_object().and_then(|object| field(object, "primary")).and_then(truth).unwrap_or(false)
}

/// The kind of one of several values, in small letters.
pub(super) fn kind(item: &Value) -> Option<String> {
    let kind = item.as_object().and_then(|object| field(object, "type"))?;
    kind.as_str().map(str::to_ascii_lowercase)
}

/// Which of several addresses counts: the primary one, else that of the type `work`, else the first.
pub(super) fn main_email(items: &[Value]) -> Option<&Value> {
    let primary = items.iter().find(|item| is_primary(item));
    let work = || items.iter().find(|item| kind(item).as_deref() == Some("work"));
    primary.or_else(work).or_else(|| items.first())
}

/// Which of several roles counts: the primary one, else the first.
pub(super) fn main_role(items: &[Value]) -> Option<&Value> {
    items.iter().find(|item| is_primary(item)).or_else(|| items.first())
}

/// The name or id of a role. Entra ID puts the assignment of an app role, as JSON, into the text.
pub(super) fn role_of(path: &str, item: &Value) -> Result<String, ScimError> {
    let Some(value) = inner(item) else {
        return Err(ScimError::value(format!("`{path}` must hold the name or id of a role as `value`")));
    };
    let text = text_of(path, value)?;
    let assignment: Option<Value> =
        if text.starts_with(['{', '[']) { serde_json::from_str(&text).ok() } else { None };
    let named = assignment.as_ref().and_then(|assignment| {
        let object = items(assignment).first()?.as_object()?;
        ["value", "displayName", "display"].iter().find_map(|key| field(object, key)?.as_str())
    });
    Ok(named.map(str::to_owned).unwrap_or(text))
}
