//! Makes signals of the matches of watched rules.

use content::FieldPath;
use detect::correlation::extract;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use model::{Event, Finding, FindingKind, MatchFinding, RuleId, metric};
use serde_json::{Map, Value};
use store::{EventPacker, FieldValues, NewSignal, StoreError};

use crate::correlation::watch::Watch;
use crate::counters::Counters;

/// The signals that findings make, in their order, and counts of what had to be left out.
///
/// A match of a watched rule is a signal whether it makes an alert or not. CPU work: call it on a thread
/// that may block.
///
/// # Errors
/// When there is no memory for it.
pub(crate) fn collect_signals(
    findings: &[Finding],
    watch: &Watch,
) -> Result<(Vec<NewSignal>, Counters), StoreError> {
    let mut signals = Vec::new();
    let mut counters = Counters::default();
    let mut packer = None;
    for finding in findings {
        let FindingKind::Match(found) = &finding.kind else { continue };
        let (Some(paths), Some(event)) = (watch.paths_of(&found.rule_id), &finding.event) else { continue };
        let packer = match &mut packer {
            Some(packer) => packer,
            None => packer.insert(EventPacker::try_new()?),
        };
        signals.push(signal(event, found, paths, packer, &mut counters)?);
    }
    Ok((signals, counters))
}

fn signal(
    event: &Event,
    found: &MatchFinding,
    paths: &[FieldPath],
    packer: &mut EventPacker,
    counters: &mut Counters,
) -> Result<NewSignal, StoreError> {
    let fields: Map<String, Value> = serde_json::from_str(&event.json).unwrap_or_default();
    let (values, skipped) = read_values(paths, &fields, found.alert_context.as_ref());
    counters.add(metric::CORRELATION_VALUES_SKIPPED, &[("rule", found.rule_id.as_str())], skipped);
    Ok(NewSignal {
        rule_id: found.rule_id.clone(),
        row_id: event.row_id.clone(),
        event_at: event_time(&fields).unwrap_or(event.accepted_at),
        accepted_at: event.accepted_at,
        log_type: event.log_type.clone(),
        source_id: event.source_id.clone(),
        values,
        event: packer.pack(&with_match(&event.json, &found.rule_id, found.alert_context.as_ref()))?,
    })
}

/// The values at each path, and how many paths have some that cannot be compared.
pub(crate) fn read_values(
    paths: &[FieldPath],
    fields: &Map<String, Value>,
    context: Option<&Map<String, Value>>,
) -> (FieldValues, u64) {
    let mut skipped = 0;
    let read = |path: &FieldPath| {
        let extracted = extract(path, fields, context);
        skipped += u64::from(extracted.is_incomplete);
        (path.as_str().to_owned(), extracted.values)
    };
    (paths.iter().map(read).collect(), skipped)
}

/// `p_event_time` as the schema layer writes it.
fn event_time(fields: &Map<String, Value>) -> Option<Timestamp> {
    let civil: DateTime = fields.get("p_event_time")?.as_str()?.parse().ok()?;
    Offset::UTC.to_timestamp(civil).ok()
}

/// The event with what is known of the match: `p_rule_id` and `p_alert_context`.
fn with_match(json: &str, rule_id: &RuleId, context: Option<&Map<String, Value>>) -> String {
    let body = json.trim_end().strip_suffix('}').unwrap_or(json);
    let comma = if body.ends_with('{') { "" } else { "," };
    let rule_id = Value::from(rule_id.as_str());
    let context = context.map_or_else(String::new, |context| {
        format!(",\"p_alert_context\":{}", serde_json::to_string(context).unwrap_or_else(|_| "{}".to_owned()))
    });
    format!("{body}{comma}\"p_rule_id\":{rule_id}{context}}}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_event_gets_what_is_known_of_the_match() {
        let context = json!({"user": "a\"b"});
        let check = |json: &str, context: Option<&Value>, expected: Value| {
            let text = with_match(json, &"My \"Rule\"".into(), context.and_then(Value::as_object));
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
        };
        check("{}", None, json!({"p_rule_id": "My \"Rule\""}));
        check(
            r#"{"a":{"b":1}}"#,
            Some(&context),
            json!({"a": {"b": 1}, "p_rule_id": "My \"Rule\"", "p_alert_context": {"user": "a\"b"}}),
        );
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        for text in ["2020-10-13T03:35:24Z", "2020-10-13T03:35:24.123456Z", "2020-10-13T03:35:24.000000001Z"]
        {
            let at: Timestamp = text.parse().unwrap();
            let fields = json!({"p_event_time": model::format_lake_time(at)});
            assert_eq!(event_time(fields.as_object().unwrap()), Some(at));
        }
        assert_eq!(event_time(json!({"p_event_time": "soon"}).as_object().unwrap()), None);
    }
}
