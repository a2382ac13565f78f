//! Which schema takes an entry, and what is said about those that none takes.

use std::sync::Arc;

use parsers::{Amount, Classifier, StreamType, split};
use schema::SchemaSet;

use crate::parse;

const ID: &str = "{name: id, type: string, required: true}";
const NUMBER: &str = "{name: n, type: int, required: true}";

#[test]
fn good_records_become_events_and_bad_ones_failures() {
    let body = "{\"id\":\"a\",\"x\":1}\n\n{broken\n{\"n\":1}\n{\"id\":\"b\"}\n";
    let parsed = parse(body, StreamType::Auto, &[("Custom.A1", ID)]);
    assert_eq!(parsed.record_count, 4);
    assert_eq!(parsed.failure_count, 2);
    let rows: Vec<&str> = parsed.events.iter().map(|event| &*event.row_id).collect();
    assert_eq!(rows, ["000000000000001f0000000000000000", "000000000000001f0000000300000000"]);
    assert_eq!(
        &*parsed.events[0].json,
        r#"{"id":"a","p_log_type":"Custom.A1","p_row_id":"000000000000001f0000000000000000","p_event_time":"2026-05-01 10:00:00.000","p_parse_time":"2026-05-01 10:00:00.000","p_schema_version":0,"p_source_id":"main","p_source_label":"Main"}"#
    );
    assert_eq!(parsed.event_counts.values().sum::<u64>(), 2);
    assert_eq!(parsed.unknown_keys.values().sum::<u64>(), 1);
    let [broken, misfit] = &parsed.failures[..] else { panic!("{:?}", parsed.failures) };
    assert_eq!(broken.payload, "{broken");
    assert!(
        broken.reason.starts_with("Custom.A1: not valid JSON: key must be a string"),
        "{}",
        broken.reason
    );
    assert_eq!(broken.log_type.as_ref().unwrap().as_str(), "Custom.A1");
    assert_eq!(misfit.reason, "Custom.A1: required field \"id\" is missing");
    assert_eq!((misfit.payload.as_str(), misfit.truncated), ("{\"n\":1}", false));
}

#[test]
fn every_schema_tried_is_named_once_per_record() {
    let parsed = parse("{\"n\":\"x\"}\n{", StreamType::Lines, &[("Custom.A1", ID), ("Custom.B1", NUMBER)]);
    let [misfit, broken] = &parsed.failures[..] else { panic!("{:?}", parsed.failures) };
    assert_eq!(
        misfit.reason,
        "Custom.A1: required field \"id\" is missing; Custom.B1: field \"n\": value is not an integer of 32 bits"
    );
    assert_eq!(misfit.log_type.as_ref().unwrap().as_str(), "Custom.B1");
    assert!(broken.reason.starts_with("Custom.A1, Custom.B1: not valid JSON: "), "{}", broken.reason);
}

#[test]
fn a_source_without_log_types_says_so() {
    let parsed = parse("{}", StreamType::Lines, &[]);
    assert_eq!(parsed.failures[0].log_type, None);
    assert_eq!(parsed.failures[0].reason, "the source has no log types; add some to its `log_types`");
}

#[test]
fn the_first_listed_wins_until_another_has_fitted() {
    let mut set = SchemaSet::default();
    set.add("a", &format!("schema: Custom.A1\nfields: [{ID}]")).unwrap();
    set.add("b", "schema: Custom.B1\nfields: [{name: n, type: int}]").unwrap();
    let schemas: Vec<_> = ["Custom.A1", "Custom.B1"].map(|name| Arc::clone(set.get(name).unwrap())).into();
    let mut classifier = Classifier::new(&schemas);
    let mut winner = |text: &str| {
        let entry = split(text, StreamType::Lines, &[]).remove(0);
        classifier.classify(entry).map(|classified| classified.schema).ok()
    };
    // Both fit: the first listed wins.
    assert_eq!(winner(r#"{"id":"x"}"#), Some(0));
    // Only the second fits; from now on both have penalties 1 and 0.
    assert_eq!(winner(r#"{"n":1}"#), Some(1));
    assert_eq!(winner(r#"{"id":"x"}"#), Some(1));
    // The second fails, the first takes over.
    assert_eq!(winner(r#"{"id":"x","n":"y"}"#), Some(0));
    assert_eq!(winner(r#"{"n":"y"}"#), None);
    assert_eq!(winner(r#"{"id":"x"}"#), Some(0));
}

#[test]
fn mixed_vendors_on_one_source() {
    let trail = r#"{"awsRegion":"eu-west-1","eventID":"e","eventName":"n","eventSource":"s","eventTime":"2026-01-01T00:00:00Z","eventType":"AwsApiCall","eventVersion":"1.08","sourceIPAddress":"192.0.2.1","userIdentity":{"type":"Root"}}"#;
    let okta =
        r#"{"uuid":"u","published":"2026-01-01T00:00:00Z","eventType":"t","version":"0","severity":"INFO"}"#;
    let sources: [(&str, &str); 2] = [("AWS.CloudTrail", ""), ("Okta.SystemLog", "")];
    let parsed = parse(&format!("{trail}\n{okta}\n{trail}"), StreamType::Auto, &sources);
    let found: Vec<&str> = parsed.events.iter().map(|event| event.log_type.as_str()).collect();
    assert_eq!(found, ["AWS.CloudTrail", "Okta.SystemLog", "AWS.CloudTrail"]);
    // One document in a stream of JSON values: one record, one event each, the bad one kept beside.
    let document = format!(r#"{{"Records":[{trail},{{"eventID":7}},{trail}]}}"#);
    let parsed = parse(&document, StreamType::Json, &sources);
    let rows: Vec<&str> = parsed.events.iter().map(|event| &event.row_id[16..]).collect();
    assert_eq!(rows, ["0000000000000000", "0000000000000001"]);
    assert_eq!(parsed.failures[0].payload, r#"{"eventID":7}"#);
    assert_eq!(
        parsed.failures[0].reason,
        "AWS.CloudTrail: required field \"Records[1].awsRegion\" is missing"
    );
    assert_eq!(parse(&document, StreamType::Auto, &sources).record_count, 3);
}

#[test]
fn long_payloads_are_cut_between_characters() {
    let body = format!("{{\"x\":\"{}\"}}", "ä".repeat(40_000));
    let parsed = parse(&body, StreamType::Auto, &[("Custom.A1", ID)]);
    assert!(parsed.failures[0].truncated);
    assert_eq!(parsed.failures[0].payload.len(), 65_536);
}

#[test]
fn floods_of_failures_are_summed_up() {
    let parsed = parse(&"x\n".repeat(100_500), StreamType::Auto, &[("Custom.A1", ID)]);
    assert_eq!((parsed.record_count, parsed.failure_count), (100_500, 100_500));
    assert_eq!(parsed.failures.len(), 100_001);
    let last = parsed.failures.last().unwrap();
    assert!(last.reason.starts_with("500 more records of this body failed"), "{}", last.reason);
}

#[test]
fn failures_name_the_line_where_their_record_begins() {
    let door = ("Custom.Door", "{name: door, type: string, required: true}");
    let body = "{\"door\":\"a\"}\n\n{\"x\":1}\n{\"door\":\n";
    assert_eq!(parse(body, StreamType::Lines, &[door]).failure_lines, [3, 4]);
    let body = "[\n  {\"door\": \"a\"},\n  {\n    \"x\": 1\n  },\n  {\"y\": 2}\n]";
    assert_eq!(parse(body, StreamType::JsonArray, &[door]).failure_lines, [3, 6]);
}

#[test]
fn bytes_and_latency_belong_to_the_log_type_that_an_entry_fits() {
    let timed = "{name: at, type: timestamp, timeFormats: [rfc3339], isEventTime: true, required: true}";
    let schemas = [("Custom.A1", timed), ("Custom.B1", NUMBER)];
    // Ten seconds late, from the future, and an import of old logs.
    let late = r#"{"at":"2026-05-01T09:59:50Z"}"#;
    let body = format!(
        "{late}\n{{\"at\":\"2026-05-01T11:00:00Z\"}}\n{{\"at\":\"2026-03-01T00:00:00Z\"}}\n{{\"n\":1}}\n{{\n"
    );
    let parsed = parse(&body, StreamType::Lines, &schemas);
    let [(first, of_first), (second, of_second)] = &parsed.amounts.iter().collect::<Vec<_>>()[..] else {
        panic!("{:?}", parsed.amounts)
    };
    assert_eq!((first.as_str(), second.as_str()), ("Custom.A1", "Custom.B1"));
    assert_eq!(**of_first, Amount { bytes: 3 * late.len() as u64, latency_ms: 10_000, timed_events: 2 });
    assert_eq!(**of_second, Amount { bytes: 7, latency_ms: 0, timed_events: 0 });
    assert_eq!((parsed.failure_count, parsed.unreadable_count), (1, 0));
}

#[test]
fn only_a_body_that_has_to_be_json_can_be_unreadable() {
    let count = |body: &str, stream_type| {
        let parsed = parse(body, stream_type, &[("Custom.A1", ID)]);
        (parsed.failure_count, parsed.unreadable_count)
    };
    for stream_type in [StreamType::Json, StreamType::JsonArray] {
        assert_eq!(count("nothing of the kind", stream_type), (1, 1), "{stream_type:?}");
    }
    assert_eq!(count("{\"n\":1}", StreamType::Json), (1, 0));
    assert_eq!(count("[{\"n\":1}]", StreamType::JsonArray), (1, 0));
    for stream_type in [StreamType::Auto, StreamType::Lines] {
        assert_eq!(count("nothing of the kind", stream_type), (1, 0), "{stream_type:?}");
    }
}
