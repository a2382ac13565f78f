//! A sample, record by record: what the step of [`crate::parse_batch`] makes of each, for somebody who is writing
//! a schema.

use model::{Event, LogType, RawBatch};
use schema::{Mismatch, Rejected};

use crate::batch::{SourceSpec, complete};
use crate::classify::{Classified, Classifier, Unclassified};
use crate::split::{Entry, for_each_entry};

/// What became of a sample.
#[derive(Debug, Default)]
pub struct Trial {
    /// The first records, in the order of the sample.
    pub records: Vec<Tried>,
    /// Non-empty records of the sample, also those that were not tried.
    pub record_count: u64,
}

/// What became of one record.
#[derive(Debug)]
pub struct Tried {
    /// Its text.
    pub text: String,
    /// The schema that it fits.
    pub log_type: Option<LogType>,
    /// Its events; none when it fits no schema, or the schema takes it without one.
    pub events: Vec<Event>,
    /// Why it fits no schema, one for each that was tried; or what inside its envelope does not fit.
    pub failures: Vec<TriedFailure>,
}

/// Why a record, or one inside it, does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedFailure {
    /// The schema that was tried; `None` when the record is not JSON, or there is no schema.
    pub log_type: Option<LogType>,
    /// Dotted path of the field; `None` when it is about the whole record.
    pub field: Option<String>,
    /// What is wrong.
    pub reason: String,
}

impl TriedFailure {
    fn of(log_type: &LogType, mismatch: &Mismatch) -> TriedFailure {
        let field = (!mismatch.path.is_empty()).then(|| mismatch.path.clone());
        TriedFailure { log_type: Some(log_type.clone()), field, reason: mismatch.to_string() }
    }
}

/// Tries the first records of a body, `records_max` at most; those behind them are counted.
pub fn try_batch(batch: &RawBatch, source: &SourceSpec, records_max: usize) -> Trial {
    let body = String::from_utf8_lossy(&batch.body);
    let mut classifier = Classifier::new(&source.schemas);
    let mut trial = Trial::default();
    for_each_entry(&body, source.stream_type, &source.envelope, &mut |entry| {
        if trial.records.len() < records_max {
            let record = trial.record_count;
            trial.records.push(try_entry(batch, source, &mut classifier, record, entry));
        }
        trial.record_count += 1;
    });
    trial
}

fn try_entry(
    batch: &RawBatch,
    source: &SourceSpec,
    classifier: &mut Classifier<'_>,
    record: u64,
    entry: Entry<'_>,
) -> Tried {
    let text = entry.text.to_owned();
    let (outcome, log_type) = match classifier.classify(entry) {
        Ok(Classified { schema, outcome }) => (outcome, source.schemas[schema].log_type().clone()),
        Err(unclassified) => {
            return Tried { text, log_type: None, events: Vec::new(), failures: refusals(unclassified) };
        }
    };
    let events = outcome.events.into_iter().enumerate();
    let events = events
        .map(|(number, normalised)| complete(batch, source, &log_type, (record, number), normalised))
        .collect();
    let failures = outcome.rejected.iter();
    let failures =
        failures.map(|Rejected { text: _, mismatch }| TriedFailure::of(&log_type, mismatch)).collect();
    Tried { text, log_type: Some(log_type), events, failures }
}

fn refusals(Unclassified { log_type: _, reason, mismatches }: Unclassified) -> Vec<TriedFailure> {
    if mismatches.is_empty() {
        return vec![TriedFailure { log_type: None, field: None, reason }];
    }
    mismatches.iter().map(|(log_type, mismatch)| TriedFailure::of(log_type, mismatch)).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use model::SourceId;
    use schema::SchemaSet;

    use super::*;
    use crate::{StreamType, parse_batch};

    const DOOR: &str = "schema: Custom.Door\nfields:\n  - { name: door, type: string, required: true }\n  - { name: floor, type: int }\n";

    fn source(stream_type: StreamType) -> SourceSpec {
        let mut set = SchemaSet::builtin().expect("built-in schemas");
        set.add("door", DOOR).expect("a schema");
        let schemas = ["Custom.Door", "AWS.CloudTrail"];
        SourceSpec {
            id: SourceId::from("try"),
            label: "try".into(),
            stream_type,
            envelope: Vec::new(),
            schemas: schemas.map(|name| Arc::clone(set.get(name).expect("known"))).to_vec(),
        }
    }

    fn batch(body: &str) -> RawBatch {
        RawBatch {
            sequence: 0,
            source_id: SourceId::from("try"),
            accepted_at: Timestamp::UNIX_EPOCH,
            body: body.to_owned().into(),
        }
    }

    /// A sample with records that fit, that fit nothing, that are no JSON, and an envelope with a bad record in it.
    const SAMPLE: &str = r#"{"door": "north", "floor": 2}
{"floor": 2}
no JSON
{"door": "south", "floor": "high"}

{"Records": [{"eventVersion": "1.08", "eventID": "1", "eventTime": "2026-03-01T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "eventType": "AwsApiCall", "awsRegion": "eu-west-1", "recipientAccountId": "123456789012", "sourceIPAddress": "203.0.113.7", "userIdentity": {"type": "Root"}}, {"eventTime": 7}]}
{"door": "last"}"#;

    #[test]
    fn a_trial_is_what_the_pipeline_would_make_of_it() {
        for stream_type in [StreamType::Auto, StreamType::Lines, StreamType::Json, StreamType::JsonArray] {
            let (batch, source) = (batch(SAMPLE), source(stream_type));
            let parsed = parse_batch(&batch, &source);
            let trial = try_batch(&batch, &source, 200);
            let events = trial.records.iter().flat_map(|record| &record.events).map(|event| &event.json);
            assert!(events.eq(parsed.events.iter().map(|event| &event.json)), "{stream_type:?}");
            assert_eq!(trial.record_count, parsed.record_count, "{stream_type:?}");
            let failed = trial.records.iter().filter(|record| !record.failures.is_empty()).count();
            assert_eq!(failed, parsed.failures.len(), "{stream_type:?}");
        }
    }

    #[test]
    fn each_schema_that_was_tried_says_which_field_is_wrong() {
        let trial = try_batch(&batch(SAMPLE), &source(StreamType::Lines), 200);
        assert_eq!(trial.records[0].log_type, Some("Custom.Door".into()));
        let fields = |record: usize| -> Vec<(Option<&str>, Option<&str>)> {
            let failures = trial.records[record].failures.iter();
            failures.map(|it| (it.log_type.as_ref().map(LogType::as_str), it.field.as_deref())).collect()
        };
        let [door, trail] = ["Custom.Door", "AWS.CloudTrail"].map(Some);
        assert_eq!(fields(1)[0], (door, Some("door")));
        assert_eq!(fields(1)[1].0, trail);
        assert_eq!(fields(2), [(None, None)], "what is no JSON is no fault of a schema");
        assert_eq!(fields(3)[0], (door, Some("floor")));
        assert_eq!(trial.records[1].failures[0].reason, "required field \"door\" is missing");
        let envelope = &trial.records[4];
        assert_eq!((envelope.events.len(), envelope.failures.len()), (1, 1), "{:?}", envelope.failures);
    }

    #[test]
    fn records_beyond_the_limit_are_counted() {
        let trial = try_batch(&batch(SAMPLE), &source(StreamType::Lines), 2);
        assert_eq!((trial.records.len(), trial.record_count), (2, 6));
    }
}
