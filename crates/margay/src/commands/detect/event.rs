//! One line of input as an event: its text untouched, but for a log type where it has none.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

/// Checks that a line is one JSON object, and adds `p_log_type` at its end when it is missing.
///
/// # Errors
/// Why the line is no event.
pub(super) fn complete(line: &str, log_type: &str) -> Result<String, String> {
    let line = line.trim();
    let Object { is_empty, has_log_type } =
        serde_json::from_str(line).map_err(|error| format!("not a JSON object: {error}"))?;
    if has_log_type {
        return Ok(line.to_owned());
    }
    let body = line.strip_suffix('}').expect("a JSON object ends with a brace");
    let comma = if is_empty { "" } else { "," };
    let log_type = serde_json::to_string(log_type).expect("a text is JSON");
    Ok(format!("{body}{comma}\"p_log_type\":{log_type}}}"))
}

/// What has to be known of an object; its values are skipped.
struct Object {
    is_empty: bool,
    has_log_type: bool,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Object, A::Error> {
        let mut object = Object { is_empty: true, has_log_type: false };
        while let Some(key) = members.next_key::<Key>()? {
            members.next_value::<IgnoredAny>()?;
            object.is_empty = false;
            object.has_log_type |= key.is_log_type;
        }
        Ok(object)
    }
}

/// A key, of which only one thing matters.
struct Key {
    is_log_type: bool,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E>(self, key: &str) -> Result<Key, E> {
                Ok(Key { is_log_type: key == "p_log_type" })
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_type_is_added_only_where_it_is_missing() {
        assert_eq!(complete(" {\"a\": 1.50} \r\n", "A.B").unwrap(), r#"{"a": 1.50,"p_log_type":"A.B"}"#);
        assert_eq!(complete("{ }", "A.B").unwrap(), r#"{ "p_log_type":"A.B"}"#);
        let own = r#"{"p_log_type":"Other","n":12345678901234567890123}"#;
        assert_eq!(complete(own, "A.B").unwrap(), own);
        assert!(
            complete(r#"{"x":{"p_log_type":"Inner"}}"#, "A.B").unwrap().ends_with(r#""p_log_type":"A.B"}"#)
        );
    }

    #[test]
    fn anything_but_an_object_is_refused() {
        for line in ["[1]", "1", "null", "{\"a\":1", "{} {}", "text"] {
            assert!(complete(line, "A.B").is_err(), "{line}");
        }
    }
}
