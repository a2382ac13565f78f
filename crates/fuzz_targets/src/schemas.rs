//! Custom schemas, and records that are read with them.

use schema::{SchemaSet, Stamp, finish, parse_json};

pub(crate) const WORDS: &[&str] = &[
    "schema: Custom.A\n",
    "schema: AWS.CloudTrail\n",
    "fieldDiscoveryEnabled: true\n",
    "parser: {native: {name: AWS.CloudTrail}}\n",
    "definitions:\n  loop: {type: object, fields: [{name: a, type: ref, target: loop}]}\n",
    "{name: a, type: ref, target: loop}",
    "type: timestamp\n",
    "timeFormats: [unix, unix_ms, unix_us, unix_ns, rfc3339, '%Y-%m-%d %H:%M:%S.%N %z']\n",
    "isEventTime: true\n",
    "isEmbeddedJSON: true\n",
    "required: true\n",
    "indicators: [ip, url, hostname, email, domain, sha1, md5, aws_arn]\n",
    "validate: {ip: ipv4, deny: [a]}\n",
    "element: {type: array, element: {type: json}}\n",
    "rename: {from: b}\n",
    "&a ",
    "*a",
    "&a [*a, *a]",
    "\n---\n",
    "{\"a\":\"{\\\"b\\\":[1]}\"}",
    "\"1700000000.123456789\"",
    "-62135596800",
    "\"2024-02-29 23:59:60 +2500\"",
    "\"http://user@[::1]:0/?q=%00\"",
];

/// What stands between the schema and the records of an input.
const SEPARATOR: &str = "\n=====\n";

/// Adds a schema and reads records with it, one per line: a refusal names its place, and an event is a JSON
/// object that reads back as it was written.
pub fn schema(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (yaml, records) = text.split_once(SEPARATOR).unwrap_or((&text, "{}"));
    let mut set = SchemaSet::default();
    let log_type = match set.add("hostile.yml", yaml) {
        Ok(log_type) => log_type,
        Err(error) => {
            let message = error.to_string();
            assert!(message.starts_with("hostile.yml:"), "a refusal names its place: {message}");
            assert_eq!(set.log_types().count(), 0, "a refused schema stays");
            return;
        }
    };
    assert!(log_type.as_str().starts_with("Custom."));
    assert!(set.clone().add("again.yml", yaml).is_err(), "one name is given to two schemas");
    let schema = set.get(&log_type.as_str().to_ascii_uppercase()).expect("it was added");
    for record in records.lines().filter_map(|line| parse_json(line).ok()) {
        match schema.normalise(record) {
            Err(mismatch) => assert!(!mismatch.to_string().is_empty()),
            Ok(outcome) => {
                assert_eq!((outcome.events.len(), outcome.rejected.len()), (1, 0));
                outcome.events.into_iter().for_each(|normalised| {
                    let stamp = Stamp {
                        log_type: &log_type,
                        row_id: "1".to_owned(),
                        accepted_at: jiff::Timestamp::UNIX_EPOCH,
                        source_id: &"door".into(),
                        source_label: "door",
                    };
                    let event = finish(normalised, stamp);
                    let read =
                        parse_json(&event.json).unwrap_or_else(|error| panic!("{error}: {}", event.json));
                    assert_eq!(read.to_string(), *event.json);
                });
            }
        }
    }
}
