//! What a match of a correlation rule says: the context of its alert, and itself as a signal for others.

use std::collections::HashMap;

use content::{CorrelationRule, FieldPath, PathPart};
use detect::correlation::Match;
use model::format_lake_time;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use store::StoredSignal;

/// Most row ids of one step in the context of an alert; its count is exact.
const ROW_IDS_MAX: usize = 100;
/// Hex digits of a match key.
const KEY_DIGITS: usize = 32;
/// Longest dedup string that is made of the values themselves, in characters.
const DEDUP_CHARS_MAX: usize = 1_000;

/// The context of the alert: the shared values, the time, and for each step how many signals and which.
pub(super) fn alert_context(
    rule: &CorrelationRule,
    found: &Match,
    signals: &HashMap<u64, &StoredSignal>,
) -> Map<String, Value> {
    let steps: Vec<Value> = found
        .steps
        .iter()
        .map(|of_step| {
            let step = &rule.correlation.steps[of_step.step];
            let row_ids: Vec<&str> = of_step
                .signals
                .iter()
                .take(ROW_IDS_MAX)
                .filter_map(|id| Some(&*signals.get(id)?.row_id))
                .collect();
            json!({
                "id": step.id,
                "ruleId": step.rule_id.as_str(),
                "count": of_step.signals.len(),
                "rowIds": row_ids,
            })
        })
        .collect();
    let context = json!({
        "matched": found.values,
        "firstEventTime": format_lake_time(found.first_at),
        "lastEventTime": format_lake_time(found.last_at),
        "steps": steps,
    });
    match context {
        Value::Object(context) => context,
        _ => Map::new(),
    }
}

/// Tells the combinations of values of a rule apart.
pub(super) fn match_key(found: &Match) -> String {
    digest(&[&json!(found.values).to_string()])
}

/// The dedup string: the rule and its matched values in order.
pub(super) fn dedup(rule: &CorrelationRule, found: &Match) -> String {
    let mut values: Vec<&str> = found.values.values().map(String::as_str).collect();
    values.sort_unstable();
    let id = rule.detection.id.as_str();
    let text = format!("{id}:{}", json!(values));
    if text.chars().count() <= DEDUP_CHARS_MAX { text } else { format!("{id}:{}", digest(&[&text])) }
}

/// `p_row_id` of a match as a signal: the same whenever it is found.
pub(super) fn row_id(rule: &CorrelationRule, key: &str, first: &StoredSignal) -> String {
    digest(&[rule.detection.id.as_str(), key, &first.row_id])
}

fn digest(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.as_bytes());
        digest.update([0]); // keeps a text that moves from one part to the next from going unnoticed
    }
    let mut text = hex::encode(digest.finalize());
    text.truncate(KEY_DIGITS);
    text
}

/// The match as an event. Beside its context it has the shared values at the paths where its own signals had
/// them, so that a correlation rule over it can match on the same paths.
pub(super) fn event(
    rule: &CorrelationRule,
    found: &Match,
    row_id: &str,
    context: &Map<String, Value>,
) -> Map<String, Value> {
    let mut event = Map::from_iter([
        ("p_rule_id".to_owned(), Value::from(rule.detection.id.as_str())),
        ("p_row_id".to_owned(), Value::from(row_id)),
        ("p_event_time".to_owned(), Value::from(format_lake_time(found.last_at))),
        ("p_alert_context".to_owned(), Value::Object(context.clone())),
    ]);
    for (path, values) in &found.fields {
        let Ok(path) = FieldPath::parse(path) else { continue };
        let value = match values.iter().collect::<Vec<_>>()[..] {
            [one] => Value::from(one.as_str()),
            ref several => Value::from_iter(several.iter().map(|value| value.as_str())),
        };
        put(&mut event, path.parts(), value);
    }
    event
}

/// Puts a value where a path finds it. Positions in lists are passed over: a path goes through lists anyway.
/// What is there already stays.
fn put(object: &mut Map<String, Value>, parts: &[PathPart], value: Value) {
    let keys: Vec<&String> = parts
        .iter()
        .filter_map(|part| match part {
            PathPart::Key(key) => Some(key),
            PathPart::Index(_) | PathPart::Every => None,
        })
        .collect();
    let has_positions = keys.len() < parts.len();
    let Some((last, above)) = keys.split_last() else { return };
    let mut at = object;
    for key in above {
        let next = at.entry(key.as_str()).or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(next) = next else { return };
        at = next;
    }
    if !has_positions {
        at.entry(last.as_str()).or_insert(value);
    }
}
