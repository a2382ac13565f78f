//! The standard fields (`ingest.md` §1.9), and the event as the text that rules and the lake see.

use std::sync::Arc;

use jiff::Timestamp;
use model::{Event, LogType, SourceId, format_lake_time};

use crate::normalise::Normalised;

/// What an event owes to its place in the journal and its source.
#[derive(Clone, Debug)]
pub struct Stamp<'a> {
    /// `p_log_type`.
    pub log_type: &'a LogType,
    /// `p_row_id`.
    pub row_id: String,
    /// `p_parse_time`; `p_event_time` too when the event has no time of its own.
    pub accepted_at: Timestamp,
    /// `p_source_id`.
    pub source_id: &'a SourceId,
    /// `p_source_label`.
    pub source_label: &'a str,
}

/// Completes an event: its fields, then `p_log_type`, `p_row_id`, `p_event_time`, `p_parse_time`,
/// `p_schema_version` (0), `p_source_id`, `p_source_label` and the non-empty `p_any_*`, as one compact
/// JSON object.
pub fn finish(normalised: Normalised, stamp: Stamp<'_>) -> Event {
    let Normalised { fields, event_time, indicators, unknown_keys: _ } = normalised;
    let mut json = serde_json::to_string(&fields).expect("a map of JSON values is JSON");
    json.pop();
    if !fields.is_empty() {
        json.push(',');
    }
    let parse_time = format_lake_time(stamp.accepted_at);
    push_member(&mut json, "p_log_type", stamp.log_type.as_str());
    json.push(',');
    push_member(&mut json, "p_row_id", &stamp.row_id);
    json.push(',');
    match event_time {
        Some(time) => push_member(&mut json, "p_event_time", &format_lake_time(time)),
        None => push_member(&mut json, "p_event_time", &parse_time),
    }
    json.push(',');
    push_member(&mut json, "p_parse_time", &parse_time);
    json.push_str(",\"p_schema_version\":0,");
    push_member(&mut json, "p_source_id", stamp.source_id.as_str());
    json.push(',');
    push_member(&mut json, "p_source_label", stamp.source_label);
    let mut open_field = None;
    for (field, value) in indicators.iter() {
        if open_field == Some(field) {
            json.push(',');
        } else {
            json.push_str(if open_field.is_some() { "],\"" } else { ",\"" });
            json.push_str(field.name());
            json.push_str("\":[");
            open_field = Some(field);
        }
        push_text(&mut json, value);
    }
    json.push_str(if open_field.is_some() { "]}" } else { "}" });
    Event {
        log_type: stamp.log_type.clone(),
        row_id: stamp.row_id.into(),
        source_id: stamp.source_id.clone(),
        accepted_at: stamp.accepted_at,
        json: Arc::from(json),
    }
}

fn push_member(json: &mut String, name: &str, value: &str) {
    json.push('"');
    json.push_str(name);
    json.push_str("\":");
    push_text(json, value);
}

fn push_text(json: &mut String, text: &str) {
    json.push_str(&serde_json::to_string(text).expect("a text is JSON"));
}
