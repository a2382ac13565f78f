//! Request bodies: splitting, classification, normalisation.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use model::{Event, RawBatch};
use parsers::{Entry, ParsedBatch, SourceSpec, StreamType, split};
use schema::{Schema, SchemaSet, parse_json};
use serde_json::Value;

pub(crate) const WORDS: &[&str] = &[
    "{\"Records\":[",
    "]}",
    "{\"Records\":[]}",
    "\"detail\":{",
    "\"$serde_json::private::Number\":\"1\"",
    "\"$serde_json::private::RawValue\":\"[]\"",
    "\"p_row_id\":1,",
    "\"p_any_ip_addresses\":[\"10.0.0.1\"],",
    "\"eventTime\":\"2024-02-30T25:61:61Z\",",
    "\"published\":\"0001-01-01T00:00:00Z\",",
    "\"published\":1700000000,",
    "\"uuid\":null,",
    "\"ip\":\"::ffff:10.0.0.1\",",
    "\n{",
    "\n[",
    "},{",
];

static SCHEMAS: LazyLock<Vec<Arc<Schema>>> = LazyLock::new(|| {
    let set = SchemaSet::builtin().expect("built-in schemas are sound");
    ["AWS.CloudTrail", "Okta.SystemLog"]
        .map(|name| Arc::clone(set.get(name).expect("it is built in")))
        .to_vec()
});

/// Parses a body in two stream types, which its length chooses: every entry is an event or a failure, nothing lies between entries,
/// row ids are unique, and every event is a JSON object that reads back as it was written.
pub fn parse_batch(input: &[u8]) {
    // The door lets in nothing but UTF-8 without NUL.
    let body = String::from_utf8_lossy(input).replace('\0', "0");
    const KINDS: [(StreamType, &[&str]); 5] = [
        (StreamType::Auto, &[]),
        (StreamType::Lines, &[]),
        (StreamType::Json, &[]),
        (StreamType::JsonArray, &[]),
        (StreamType::JsonArray, &["Records", "0", "a"]),
    ];
    for offset in 0..2 {
        let (stream_type, envelope) = KINDS[(input.len() + offset) % KINDS.len()];
        check(&body, stream_type, &envelope.iter().map(|&step| step.to_owned()).collect::<Vec<_>>());
    }
}

fn check(body: &str, stream_type: StreamType, envelope: &[String]) {
    let batch = RawBatch {
        sequence: 7,
        source_id: "door".into(),
        accepted_at: jiff::Timestamp::UNIX_EPOCH,
        body: body.to_owned().into(),
    };
    let source = SourceSpec {
        id: "door".into(),
        label: "Door <1> \"\u{1f6aa}\"".into(),
        stream_type,
        envelope: envelope.to_vec(),
        schemas: SCHEMAS.clone(),
    };
    let parsed = parsers::parse_batch(&batch, &source);
    let entries = split(body, stream_type, envelope);
    check_entries(body, stream_type, envelope, &entries);
    check_counts(&parsed, &entries);
    let mut row_ids = HashSet::new();
    for event in &parsed.events {
        assert!(row_ids.insert(&event.row_id), "row id `{}` is used twice", event.row_id);
        check_event(event);
    }
}

/// Entries come in order and hold all of the body but separators.
fn check_entries(body: &str, stream_type: StreamType, envelope: &[String], entries: &[Entry<'_>]) {
    let mut end = 0;
    for entry in entries {
        assert!(!entry.text.trim().is_empty(), "an entry is empty");
        let start = entry.text.as_ptr().addr() - body.as_ptr().addr();
        // That an array has no end shows at the end only; the entry is its first character.
        if entry.text == "[" && start < end {
            assert!(entry.parsed.is_err());
            continue;
        }
        assert!(start >= end, "entries overlap or are out of order");
        check_gap(stream_type, envelope, &body[end..start]);
        end = start + entry.text.len();
    }
    check_gap(stream_type, envelope, &body[end..]);
    if stream_type == StreamType::Lines {
        let body = body.strip_prefix('\u{feff}').unwrap_or(body);
        assert_eq!(entries.len(), body.split('\n').filter(|line| !line.trim().is_empty()).count());
    }
}

fn check_gap(stream_type: StreamType, envelope: &[String], gap: &str) {
    let is_separator = |c: char| match stream_type {
        StreamType::Lines | StreamType::Json => c.is_whitespace() || c == '\u{feff}',
        // What is around the array of an envelope is left out by intention.
        StreamType::Auto => true,
        StreamType::JsonArray => !envelope.is_empty() || c.is_whitespace() || "\u{feff}[],".contains(c),
    };
    // `null` in the place of an array is an empty one.
    let gap = if stream_type == StreamType::JsonArray { gap.replace("null", "") } else { gap.to_owned() };
    assert!(gap.chars().all(is_separator), "`{gap}` is neither entry nor separator in {stream_type:?}");
}

fn check_counts(parsed: &ParsedBatch, entries: &[Entry<'_>]) {
    assert_eq!(parsed.record_count, entries.len() as u64);
    assert_eq!(parsed.failure_count, parsed.failures.len() as u64);
    assert_eq!(parsed.failure_lines.len(), parsed.failures.len());
    assert!(parsed.failure_lines.is_sorted(), "failures are out of order: {:?}", parsed.failure_lines);
    assert_eq!(parsed.event_counts.values().sum::<u64>(), parsed.events.len() as u64);
    assert!(parsed.failures.iter().all(|failure| !failure.reason.is_empty() && !failure.payload.is_empty()));
    let with_events: HashSet<usize> = parsed.events.iter().map(record_of).collect();
    let without = (0..entries.len()).filter(|number| !with_events.contains(number));
    // A document with an empty list of records is the one entry that is neither.
    let is_empty_envelope =
        |entry: &Entry<'_>| entry.parsed.as_ref().is_ok_and(|value| value["Records"] == Value::Array(vec![]));
    let lost = without.filter(|&number| !is_empty_envelope(&entries[number])).count() as u64;
    assert!(parsed.failure_count >= lost, "{lost} entries gave no event, {} failures", parsed.failure_count);
}

fn record_of(event: &Event) -> usize {
    assert_eq!(event.row_id.len(), 32);
    assert_eq!(&event.row_id[..16], "0000000000000007");
    usize::from_str_radix(&event.row_id[16..24], 16).expect("row ids are hex")
}

fn check_event(event: &Event) {
    let read = parse_json(&event.json).unwrap_or_else(|error| panic!("{error}: {}", event.json));
    // Also says that no key stands twice and that digits and order are kept.
    assert_eq!(read.to_string(), *event.json);
    // Later readers know nothing of the safe one.
    let plain: Value =
        serde_json::from_str(&event.json).unwrap_or_else(|error| panic!("{error}: {}", event.json));
    assert_eq!(plain, read);
    let fields = read.as_object().expect("an event is an object");
    assert_eq!(fields["p_row_id"], *event.row_id);
    assert_eq!(fields["p_log_type"], event.log_type.as_str());
    assert_eq!(fields["p_source_id"], "door");
    for (name, value) in fields {
        assert!(!value.is_null(), "`{name}` is null");
        assert!(!name.starts_with("p_") || is_standard(name), "`{name}` comes from the sender");
    }
}

fn is_standard(name: &str) -> bool {
    const PLAIN: [&str; 7] = [
        "p_log_type",
        "p_row_id",
        "p_event_time",
        "p_parse_time",
        "p_schema_version",
        "p_source_id",
        "p_source_label",
    ];
    PLAIN.contains(&name) || name.starts_with("p_any_")
}
