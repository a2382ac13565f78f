//! Reads the values at a path out of an event.

use content::{FieldPath, PathPart};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Most values at one path of one signal.
pub const VALUES_MAX: usize = 1_000;
/// Longest value that is kept as it is, in bytes.
pub const VALUE_BYTES_MAX: usize = 512;
/// A longer value keeps so much of its beginning, in bytes, before its digest.
const PREFIX_BYTES: usize = 256;

/// What is at a path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extracted {
    /// The values as texts, sorted, each once.
    pub values: Vec<String>,
    /// Whether something there cannot be compared (an object, more than [`VALUES_MAX`] values) and is left
    /// out.
    pub is_incomplete: bool,
}

/// Reads the values at a path: of the event, or of the match's context when it begins with
/// `p_alert_context` and there is one.
///
/// Keys are looked up exactly first, then without regard to letter case. A list on the way stands for each
/// of its entries. Texts stand for themselves, numbers for their digits, truth values for `true` and `false`;
/// null, an empty text and an empty list are no value. A value longer than [`VALUE_BYTES_MAX`] is kept as its
/// beginning and its SHA-256.
pub fn extract(
    path: &FieldPath,
    event: &Map<String, Value>,
    context: Option<&Map<String, Value>>,
) -> Extracted {
    let mut extracted = Extracted::default();
    let Some((PathPart::Key(first), rest)) = path.parts().split_first() else { return extracted };
    match context.filter(|_| first == "p_alert_context") {
        Some(context) => match rest.split_first() {
            None => extracted.is_incomplete = true,
            Some((PathPart::Key(key), rest)) => {
                if let Some(value) = look_up(context, key) {
                    descend(value, rest, &mut extracted);
                }
            }
            // The context is no list.
            Some(_) => {}
        },
        None => {
            if let Some(value) = look_up(event, first) {
                descend(value, rest, &mut extracted);
            }
        }
    }
    extracted.values.sort_unstable();
    extracted.values.dedup();
    if extracted.values.len() > VALUES_MAX {
        extracted.values.truncate(VALUES_MAX);
        extracted.is_incomplete = true;
    }
    extracted
}

fn look_up<'v>(object: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    object.get(key).or_else(|| {
        let lower = key.to_lowercase();
        object.iter().find(|(name, _)| name.to_lowercase() == lower).map(|(_, value)| value)
    })
}

/// The depth of events is bounded by their parser.
fn descend(value: &Value, rest: &[PathPart], extracted: &mut Extracted) {
    let Some((part, deeper)) = rest.split_first() else { return add(value, extracted) };
    match (part, value) {
        (PathPart::Key(key), Value::Object(object)) => {
            if let Some(value) = look_up(object, key) {
                descend(value, deeper, extracted);
            }
        }
        (PathPart::Index(index), Value::Array(entries)) => {
            if let Some(value) = entries.get(*index) {
                descend(value, deeper, extracted);
            }
        }
        (PathPart::Every, Value::Array(entries)) => {
            entries.iter().for_each(|entry| descend(entry, deeper, extracted));
        }
        (PathPart::Key(_), Value::Array(entries)) => {
            entries.iter().for_each(|entry| descend(entry, rest, extracted));
        }
        _ => {}
    }
}

fn add(value: &Value, extracted: &mut Extracted) {
    match value {
        Value::Null => {}
        Value::Bool(flag) => extracted.values.push(flag.to_string()),
        Value::Number(number) => extracted.values.push(number.to_string()),
        Value::String(text) if text.is_empty() => {}
        Value::String(text) => extracted.values.push(bounded(text)),
        Value::Array(entries) => entries.iter().for_each(|entry| add(entry, extracted)),
        Value::Object(_) => extracted.is_incomplete = true,
    }
}

fn bounded(text: &str) -> String {
    if text.len() <= VALUE_BYTES_MAX {
        return text.to_owned();
    }
    let (prefix, _) = stdx::truncate_bytes(text, PREFIX_BYTES);
    format!("{prefix}… sha256:{}", hex::encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn values(path: &str, event: &Value, context: Option<&Value>) -> Vec<String> {
        let context = context.map(|context| context.as_object().unwrap());
        extract(&FieldPath::parse(path).unwrap(), event.as_object().unwrap(), context).values
    }

    #[test]
    fn scalars_and_lists_of_scalars_are_values() {
        let event = json!({"a": "x", "n": 7, "f": 1.50, "t": true, "l": ["b", 2, null, "b", ["c"]], "e": "", "z": null});
        let check =
            |path: &str, expected: &[&str]| assert_eq!(values(path, &event, None), expected, "{path}");
        check("a", &["x"]);
        check("n", &["7"]);
        check("t", &["true"]);
        check("l", &["2", "b", "c"]);
        check("l[0]", &["b"]);
        check("l[*]", &["2", "b", "c"]);
        check("l[9]", &[]);
        check("e", &[]);
        check("z", &[]);
        check("missing.deep", &[]);
        let digits: Value = serde_json::from_str(r#"{"big": 12345678901234567890123, "f": 1.50}"#).unwrap();
        assert_eq!(values("big", &digits, None), ["12345678901234567890123"]);
        assert_eq!(values("f", &digits, None), ["1.50"]);
    }

    #[test]
    fn keys_are_exact_first_and_then_without_case_and_lists_are_gone_through() {
        let event = json!({
            "Actor": {"ID": "upper", "id": "lower"},
            "p_enrichment": {"My Table": {"ip": [{"owner": "ada"}, {"owner": "bob"}, {}]}},
            "targets": [{"name": "x"}, {"name": ["y", "z"]}, "plain"],
        });
        assert_eq!(values("actor.id", &event, None), ["lower"]);
        assert_eq!(values("actor.Id", &event, None), ["upper"]);
        assert_eq!(values("p_enrichment.'My Table'.ip.owner", &event, None), ["ada", "bob"]);
        assert_eq!(values("targets.name", &event, None), ["x", "y", "z"]);
        assert_eq!(values("targets[1].name", &event, None), ["y", "z"]);
    }

    #[test]
    fn the_context_of_the_match_comes_first_and_a_stored_one_counts_too() {
        let event = json!({"user": "raw", "p_alert_context": {"user": "stored"}});
        let context = json!({"user": "fresh"});
        assert_eq!(values("p_alert_context.user", &event, Some(&context)), ["fresh"]);
        assert_eq!(values("p_alert_context.user", &event, None), ["stored"]);
        assert_eq!(values("user", &event, Some(&context)), ["raw"]);
    }

    #[test]
    fn what_cannot_be_compared_is_said() {
        let many: Vec<Value> = (0..=VALUES_MAX).map(Value::from).collect();
        let event = json!({"o": {"a": 1}, "l": ["x", {"a": 1}], "many": many, "s": "x"});
        let read = |path: &str| extract(&FieldPath::parse(path).unwrap(), event.as_object().unwrap(), None);
        assert!(read("o").is_incomplete && read("o").values.is_empty());
        assert!(read("l").is_incomplete && read("l").values == ["x"]);
        assert!(read("many").is_incomplete && read("many").values.len() == VALUES_MAX);
        assert!(!read("s").is_incomplete);
    }

    #[test]
    fn long_values_stay_different() {
        let one = json!({"v": "ä".repeat(400)});
        let other = json!({"v": format!("{}b", "ä".repeat(400))});
        let (one, other) = (values("v", &one, None), values("v", &other, None));
        assert_ne!(one, other);
        assert!(one[0].len() < VALUE_BYTES_MAX && one[0].starts_with("ää"));
    }
}
