//! What may be kept of a value: no secret, and not more than a limit.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// What stands where a secret was.
pub(crate) const MASK: &str = "********";
/// Longest JSON text of one value that is kept whole.
pub(crate) const VALUE_BYTES_MAX: usize = 64 << 10;
/// Longest text inside such a value; of longer ones length and digest are kept.
const TEXT_BYTES_MAX: usize = 16 << 10;

/// Keys whose values are secret, in small letters without `_` and `-`.
const SECRET_KEYS: &[&str] = &[
    "authorization",
    "bearer",
    "code",
    "codes",
    "cookie",
    "credentials",
    "current",
    "headers",
    "integrationkey",
    "invitationlink",
    "link",
    "new",
    "presignedurl",
    "recoverycodes",
    "value",
];
/// Parts of such keys.
const SECRET_PARTS: &[&str] = &["password", "secret", "token", "apikey", "privatekey", "accesskey"];
/// Keys that have such a part and are none.
const OPEN_KEYS: &[&str] = &["tokenid", "nexttoken"];

/// A value without secrets, cut to the limits.
pub(crate) fn shown(value: &Value) -> Value {
    bounded(visible(value))
}

/// As [`shown`], of an object.
pub(crate) fn shown_object(object: &Map<String, Value>) -> Value {
    bounded(Value::Object(visible_object(object)))
}

fn bounded(shown: Value) -> Value {
    let text = shown.to_string();
    if text.len() <= VALUE_BYTES_MAX { shown } else { digest(text.as_bytes()) }
}

/// Length and digest of what is too long.
pub(crate) fn digest(bytes: &[u8]) -> Value {
    json!({ "bytes": bytes.len(), "sha256": hex(&Sha256::digest(bytes)) })
}

/// Bytes as hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn visible(value: &Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(visible_object(object)),
        Value::Array(items) => items.iter().map(visible).collect(),
        // The link that sets an authenticator up holds its secret.
        Value::String(text) if text.starts_with("otpauth:") => MASK.into(),
        Value::String(text) if text.len() > TEXT_BYTES_MAX => digest(text.as_bytes()),
        other => other.clone(),
    }
}

fn visible_object(object: &Map<String, Value>) -> Map<String, Value> {
    // Only its type knows which settings of a destination are secret.
    let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
    let kept = object.iter().map(|(key, value)| {
        let kept = match (key.as_str(), value) {
            ("config", Value::Object(_)) => destinations::mask_secrets(kind, value),
            ("email", Value::String(text)) if !model::is_email(text) => MASK.into(),
            _ if is_secret(key) => masked(value),
            _ => visible(value),
        };
        (key.clone(), kept)
    });
    kept.collect()
}

fn is_secret(key: &str) -> bool {
    let plain: String = key.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
    let has_part = || SECRET_PARTS.iter().any(|part| plain.contains(part));
    SECRET_KEYS.contains(&plain.as_str()) || (has_part() && !OPEN_KEYS.contains(&plain.as_str()))
}

/// Nothing of a secret but whether there is one.
fn masked(value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) => value.clone(),
        Value::String(text) if text.is_empty() => value.clone(),
        _ => MASK.into(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(json!({"password": "hunter22", "name": "mira"}), json!({"password": MASK, "name": "mira"}))]
    #[case(json!({"current": "a", "new": "b"}), json!({"current": MASK, "new": MASK}))]
    #[case(json!({"code": 123456}), json!({"code": MASK}))]
    #[case(json!({"codes": ["a", "b"]}), json!({"codes": MASK}))]
    #[case(json!({"csrfToken": "x", "needsToken": true}), json!({"csrfToken": MASK, "needsToken": true}))]
    #[case(json!({"authSecretValue": "x", "authPassword": ""}), json!({"authSecretValue": MASK, "authPassword": ""}))]
    #[case(json!({"a": [{"api_key": {"deep": "x"}}]}), json!({"a": [{"api_key": MASK}]}))]
    #[case(json!({"email": "my password"}), json!({"email": MASK}))]
    #[case(json!({"email": "mira@example.com"}), json!({"email": "mira@example.com"}))]
    #[case(json!({"headers": {"X-Key": "x"}}), json!({"headers": MASK}))]
    #[case(json!({"type": "slack", "config": {"webhook_url": "https://x"}}), json!({"type": "slack", "config": {"webhook_url": MASK}}))]
    #[case(json!({"type": "no-such", "config": {"a": "x"}}), json!({"type": "no-such", "config": {"a": MASK}}))]
    #[case(json!({"tokenId": "x", "permissions": ["UserRead"]}), json!({"tokenId": "x", "permissions": ["UserRead"]}))]
    fn secrets_are_masked(#[case] value: Value, #[case] expected: Value) {
        assert_eq!(shown(&value), expected);
    }

    #[test]
    fn long_values_become_length_and_digest() {
        let text = "x".repeat(TEXT_BYTES_MAX + 1);
        let kept = shown(&json!({ "body": text, "id": "a" }));
        assert_eq!((&kept["body"]["bytes"], &kept["id"]), (&json!(text.len()), &json!("a")));
        assert_eq!(kept["body"]["sha256"].as_str().map(str::len), Some(64));
        let many: Vec<String> = (0..VALUE_BYTES_MAX / 8).map(|number| format!("{number:08}")).collect();
        assert!(shown(&json!(many))["sha256"].is_string());
    }
}
