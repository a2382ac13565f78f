//! The troubles of sources, worded for the person who has to act.

use jiff::Timestamp;
use model::{SystemErrorType, SystemFinding, format_aws_date_time};
use parsers::StreamType;
use serde_json::{Map, Value};
use store::SourceState;

use super::WatchedSource;
use super::judge::Wrong;

pub(super) fn fault(
    source: &WatchedSource,
    state: &SourceState,
    wrong: Wrong,
    last_error: Option<String>,
    now: Timestamp,
) -> SystemFinding {
    let WatchedSource { id, label, stream_type, no_data_alarm } = source;
    let Wrong { kind, since } = wrong;
    let failures = format!("`GET /log-sources/{id}/failures` shows the records and their reasons");
    let (title, remedy) = match kind {
        SystemErrorType::SourceNoData => (
            format!(
                "Source {label} has turned unhealthy: no event for {}",
                span(no_data_alarm.unwrap_or_default().as_secs() / 60)
            ),
            "see whether the sender runs and what it is answered; `margay_source_refused_total` counts requests \
             that were refused. The alert is resolved by the next event"
                .to_owned(),
        ),
        SystemErrorType::SourceLogProcessingErrors => (
            format!(
                "Source {label} has turned unhealthy: its logs are not {} as its stream type says",
                made_up(*stream_type)
            ),
            format!("{failures}; set the stream type that fits. The alert is resolved after 24 h without such logs"),
        ),
        _ => (
            format!("Source {label} has turned unhealthy: log lines fit none of its schemas"),
            format!(
                "{failures}; add the log type, or mend its schema. The alert is resolved after 24 h without such lines"
            ),
        ),
    };
    let time = |at: Option<Timestamp>| at.map(format_aws_date_time);
    let context = [
        ("sourceId", Some(id.to_string())),
        ("sourceLabel", Some(label.clone())),
        ("since", Some(format_aws_date_time(since))),
        ("lastEventReceivedAt", time(state.received_at)),
        ("lastEventProcessedAt", time(state.processed_at)),
        ("lastError", last_error),
        ("remedy", Some(remedy)),
    ];
    SystemFinding {
        error_type: kind,
        component: id.to_string(),
        episode: Some(format!("{id}@{}", now.as_nanosecond())),
        title,
        context: context
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.map_or(Value::Null, Value::String)))
            .collect::<Map<_, _>>(),
        never_send_to: None,
    }
}

fn made_up(stream_type: StreamType) -> &'static str {
    match stream_type {
        StreamType::Auto | StreamType::Lines => "lines",
        StreamType::Json => "JSON values",
        StreamType::JsonArray => "JSON arrays",
    }
}

/// `15 minutes`, `24 hours`, `30 days`.
fn span(minutes: u64) -> String {
    let (count, unit) = match minutes {
        0 => (0, "minute"),
        _ if minutes.is_multiple_of(24 * 60) => (minutes / (24 * 60), "day"),
        _ if minutes.is_multiple_of(60) => (minutes / 60, "hour"),
        _ => (minutes, "minute"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
