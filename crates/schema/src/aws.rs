//! The recursive walk that finds indicators in raw AWS documents, such as request parameters.
//!
//! Keys say what a text is; texts under other keys count when they are ARNs. Source: `ingest.md` §2.6.

use serde_json::Value;

use crate::indicator::{Indicator, IndicatorField, Indicators, scan_arn};

/// Adds the indicators of `value`, which stands under `key`; elements of arrays stand under the
/// array's key. Depth is that of an entry, so it is bounded.
pub(crate) fn walk(key: &str, value: &Value, out: &mut Indicators) {
    match value {
        Value::String(text) => scan_text(key, text, out),
        Value::Array(list) => list.iter().for_each(|element| walk(key, element, out)),
        Value::Object(object) => {
            if key == "tags"
                && let (Some(Value::String(name)), Some(Value::String(value))) =
                    (object.get("key"), object.get("value"))
            {
                out.add(IndicatorField::AwsTags, &format!("{name}:{value}"));
            }
            for (name, member) in object {
                walk(name, member, out);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn scan_text(key: &str, text: &str, out: &mut Indicators) {
    let indicator = match key {
        "arn" | "ARN" | "aws:SourceArn" => Indicator::AwsArn,
        "instanceId" | "instance-id" => Indicator::AwsInstanceId,
        "accountId" | "account" => Indicator::AwsAccountId,
        "tags" => Indicator::AwsTag,
        "ipv6Addresses" | "publicIp" | "privateIpAddress" | "ipAddressV4" | "sourceIPAddress" => {
            Indicator::Ip
        }
        "publicDnsName" | "privateDnsName" | "domain" => Indicator::Domain,
        _ if key.ends_with("AccountId") => Indicator::AwsAccountId,
        _ if key.ends_with("InstanceId") => Indicator::AwsInstanceId,
        _ => return scan_arn(text.trim(), out),
    };
    indicator.scan(text, out);
}
