//! Changes of one person, all or none, in order. Source: RFC 7644 §3.5.2.

use serde_json::{Map, Value};

use super::PATCH_URN;
use super::body::{field, require_schema};
use super::draft::{Draft, Place};
use super::error::{ScimError, ScimType};
use super::path::{AttributePath, parse_path};

/// Operations of one request.
const OPERATIONS_MAX: usize = 100;

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operation {
    /// `add` or `replace` what a path names.
    Assign { path: AttributePath, value: Value, is_add: bool },
    /// `add` or `replace` the attributes of an object.
    AssignAll { object: Map<String, Value>, is_add: bool },
    /// `remove` what a path names; of several values only those that are listed.
    Remove { path: AttributePath, listed: Option<Value> },
}

/// Reads the operations of a body.
pub(super) fn read(body: &Map<String, Value>) -> Result<Vec<Operation>, ScimError> {
    require_schema(body, PATCH_URN)?;
    let syntax = |detail: String| ScimError::bad(ScimType::InvalidSyntax, detail);
    let listed = field(body, "Operations").and_then(Value::as_array).filter(|list| !list.is_empty());
    let listed = listed.ok_or_else(|| syntax("`Operations` must be a list of at least one".to_owned()))?;
    if listed.len() > OPERATIONS_MAX {
        let count = listed.len();
        return Err(syntax(format!(
            "`Operations` has {count}, and {OPERATIONS_MAX} is the most; send several requests"
        )));
    }
    let numbered = listed.iter().enumerate();
    numbered.map(|(index, value)| operation(value).map_err(|error| error.within(&place(index)))).collect()
}

/// Makes the changes, up to the first that cannot be made.
pub(super) fn apply(draft: &mut Draft, operations: &[Operation]) -> Result<(), ScimError> {
    for (index, operation) in operations.iter().enumerate() {
        let done = match operation {
            Operation::Assign { path, value, is_add } => {
                draft.assign(path, value, Place::Path { is_add: *is_add })
            }
            Operation::AssignAll { object, is_add } => {
                draft.assign_all(object, Place::Value { is_add: *is_add })
            }
            Operation::Remove { path, listed } => draft.remove(path, listed.as_ref()),
        };
        done.map_err(|error| error.within(&place(index)))?;
    }
    Ok(())
}

fn place(index: usize) -> String {
    format!("operation {}", index + 1)
}

fn operation(value: &Value) -> Result<Operation, ScimError> {
    let syntax = |detail: &str| ScimError::bad(ScimType::InvalidSyntax, detail);
    let object = value.as_object().ok_or_else(|| syntax("it must be an object with `op`"))?;
    let op = field(object, "op").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let is_add = op == "add";
    if !is_add && op != "replace" && op != "remove" {
        return Err(syntax("`op` must be `add`, `replace` or `remove`"));
    }
    let path = match field(object, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.trim().is_empty() => None,
        Some(Value::String(text)) => Some(parse_path(text).map_err(|problem| {
            ScimError::bad(ScimType::InvalidPath, format!("`path` cannot be read: {problem}"))
        })?),
        Some(_) => return Err(syntax("`path` must be a text")),
    };
    let value = field(object, "value").cloned();
    match (op.as_str(), path, value) {
        ("remove", Some(path), listed) => {
            Ok(Operation::Remove { path, listed: listed.filter(|value| !value.is_null()) })
        }
        ("remove", None, _) => {
            Err(ScimError::bad(ScimType::NoTarget, "`path` is missing: it says what is removed"))
        }
        (_, _, None) => Err(ScimError::value("`value` is missing")),
        (_, Some(path), Some(value)) => Ok(Operation::Assign { path, value, is_add }),
        (_, None, Some(Value::Object(object))) => Ok(Operation::AssignAll { object, is_add }),
        (_, None, Some(_)) => Err(ScimError::value("`value` must be an object of attributes without `path`")),
    }
}
