//! Which attributes are answered: `attributes` and `excludedAttributes`. Source: RFC 7644 §3.9.

use serde_json::{Map, Value};

use super::USER_URN;
use super::error::ScimError;
use crate::params::Query;

/// What is answered whatever was asked for.
const ALWAYS: [&str; 2] = ["id", "schemas"];

/// What a caller wants to see; names are in small letters.
pub(super) enum Projection {
    All,
    Only(Vec<String>),
    Without(Vec<String>),
}

impl Projection {
    /// That of a query.
    pub(super) fn of(query: &Query) -> Result<Projection, ScimError> {
        match (query.one("attributes"), query.one("excludedAttributes")) {
            (None, None) => Ok(Projection::All),
            (Some(list), None) => Ok(Projection::Only(names(list))),
            (None, Some(list)) => Ok(Projection::Without(names(list))),
            (Some(_), Some(_)) => {
                Err(ScimError::value("give either `attributes` or `excludedAttributes`, not both"))
            }
        }
    }

    /// What is left of a person.
    pub(super) fn of_person(&self, person: Value) -> Value {
        let Value::Object(object) = person else { return person };
        let kept = object.into_iter().filter_map(|(key, value)| {
            let value = if ALWAYS.contains(&key.as_str()) { value } else { self.part(&key, value)? };
            Some((key, value))
        });
        Value::Object(kept.collect())
    }

    fn part(&self, key: &str, value: Value) -> Option<Value> {
        let key = key.to_ascii_lowercase();
        // Attributes of an extension follow its URN after a colon.
        let separator = if key.starts_with("urn:") { ':' } else { '.' };
        let sub = |sub: &str| format!("{key}{separator}{}", sub.to_ascii_lowercase());
        match self {
            Projection::All => Some(value),
            Projection::Only(names) if names.contains(&key) => Some(value),
            Projection::Only(names) => {
                let prefix = format!("{key}{separator}");
                let is_in_part = names.iter().any(|name| name.starts_with(&prefix));
                is_in_part.then(|| keep(value, &|name| names.contains(&sub(name))))
            }
            Projection::Without(names) if names.contains(&key) => None,
            Projection::Without(names) => Some(keep(value, &|name| !names.contains(&sub(name)))),
        }
    }
}

/// Those keys of an object, or of each object of a list.
fn keep(value: Value, is_kept: &impl Fn(&str) -> bool) -> Value {
    match value {
        Value::Object(object) => {
            Value::Object(object.into_iter().filter(|(name, _)| is_kept(name)).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.into_iter().map(|item| keep(item, is_kept)).collect(),
        other => other,
    }
}

fn names(list: &str) -> Vec<String> {
    let core = format!("{}:", USER_URN.to_ascii_lowercase());
    let names = list.split(',').map(|name| name.trim().to_ascii_lowercase());
    let plain = names.map(|name| name.strip_prefix(&core).map(str::to_owned).unwrap_or(name));
    plain.filter(|name| !name.is_empty()).collect()
}
