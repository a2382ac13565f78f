//! Native decoders: what a few built-in log types need beyond the schema language.
//!
//! `parser: {native: {name: X}}` in a built-in schema names one. A decoder unwraps envelopes, turns
//! away records of a sister log type, and adds indicators found inside free-form members.

use serde_json::{Map, Value};

use crate::aws;
use crate::error::Mismatch;
use crate::indicator::Indicators;

/// The decoder of one built-in log type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Native {
    CloudTrail,
    OktaSystemLog,
}

/// An entry without its envelope.
pub(crate) enum Unwrapped {
    /// The entry is one record.
    One(Value),
    /// The entry is a document that holds records under this key.
    Many(&'static str, Vec<Value>),
}

/// Raw members of a CloudTrail record that the AWS walk goes through. Source:
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>.
const CLOUDTRAIL_RAW: [&str; 4] =
    ["additionalEventData", "requestParameters", "responseElements", "serviceEventDetails"];

impl Native {
    pub(crate) fn by_name(name: &str) -> Option<Native> {
        match name {
            "AWS.CloudTrail" => Some(Native::CloudTrail),
            "Okta.SystemLog" => Some(Native::OktaSystemLog),
            _ => None,
        }
    }

    /// Takes records out of their envelope: CloudTrail's `Records` documents, EventBridge's `detail`.
    pub(crate) fn unwrap(self, entry: Value) -> Unwrapped {
        let Value::Object(mut object) = entry else {
            return Unwrapped::One(entry);
        };
        match self {
            Native::CloudTrail => match object.get_mut("Records") {
                Some(Value::Array(records)) => Unwrapped::Many("Records", std::mem::take(records)),
                _ => Unwrapped::One(Value::Object(object)),
            },
            Native::OktaSystemLog => match object.get_mut("detail") {
                Some(detail @ Value::Object(_)) if object_is_event_bridge(detail) => {
                    Unwrapped::One(detail.take())
                }
                _ => Unwrapped::One(Value::Object(object)),
            },
        }
    }

    /// Checks and corrects one record before its schema does.
    pub(crate) fn prepare(self, record: &mut Map<String, Value>) -> Result<(), Mismatch> {
        match self {
            Native::CloudTrail => {
                refuse_sister_types(record)?;
                rename_resource_arns(record);
            }
            Native::OktaSystemLog => {}
        }
        Ok(())
    }

    /// Adds the indicators that hide in free-form members of a normalised record.
    pub(crate) fn indicators(self, fields: &Map<String, Value>, out: &mut Indicators) {
        match self {
            Native::CloudTrail => {
                for key in CLOUDTRAIL_RAW {
                    if let Some(value) = fields.get(key) {
                        aws::walk(key, value, out);
                    }
                }
                let attributes = ["userIdentity", "sessionContext", "webIdFederationData"]
                    .into_iter()
                    .try_fold(fields, |object, key| object.get(key)?.as_object())
                    .and_then(|object| object.get("attributes"));
                if let Some(attributes) = attributes {
                    aws::walk("attributes", attributes, out);
                }
            }
            Native::OktaSystemLog => {}
        }
    }
}

/// Whether the `detail` of an entry is a System Log event itself, as EventBridge delivers it.
fn object_is_event_bridge(detail: &Value) -> bool {
    detail.get("uuid").is_some() && detail.get("eventType").is_some()
}

/// Digest files and Insights records lie beside the trail's records and have log types of their own.
fn refuse_sister_types(record: &Map<String, Value>) -> Result<(), Mismatch> {
    if record.contains_key("digestS3Bucket") {
        return Err(Mismatch::unfit("this is a digest file, log type `AWS.CloudTrailDigest`"));
    }
    let is = |key: &str, word: &str| record.get(key).and_then(Value::as_str) == Some(word);
    if is("eventCategory", "Insight") || is("eventType", "AwsCloudTrailInsight") {
        return Err(Mismatch::unfit("this is an Insights record, log type `AWS.CloudTrailInsight`"));
    }
    Ok(())
}

/// CloudTrail writes `resources[].ARN`; detections know it as `arn`.
fn rename_resource_arns(record: &mut Map<String, Value>) {
    let Some(Value::Array(resources)) = record.get_mut("resources") else {
        return;
    };
    for resource in resources {
        if let Value::Object(members) = resource
            && members.contains_key("ARN")
            && !members.contains_key("arn")
        {
            *members = std::mem::take(members)
                .into_iter()
                .map(|(key, value)| (if key == "ARN" { "arn".to_owned() } else { key }, value))
                .collect();
        }
    }
}
