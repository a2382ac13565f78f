//! Reading JSON text of unknown origin into `serde_json::Value`.
//!
//! `Value`'s own reader gives a meaning to object keys that begin with `$serde_json::private::`
//! (that is how it carries the digits of numbers and raw text through serde): an entry that holds
//! such a key would be read as something else than it is, and each text that is read anew within a text
//! would start with a fresh limit of depth, until the stack is used up. [`Json`] tells real keys from carried
//! numbers and writes the `$` of a real one as `dollar_sign_`, so that every later reader is safe.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How deep arrays and objects may be nested in a text.
///
/// This is the limit of `serde_json`, kept on purpose although the reference product reads 512
/// levels: every later reader of an event (the store, the API, the destinations) has the same limit,
/// and an event that some of them cannot read back is worse than a failure kept with its reason.
pub const NESTING_MAX: usize = 127;

const RESERVED_PREFIX: &str = "$serde_json::private::";

/// Reads one JSON value. Key order and digits of numbers are kept (only an exponent's mark is rewritten,
/// `1E5` becomes `1e+5`); of a repeated key the last wins.
///
/// # Errors
/// A syntax error, trailing text, or nesting deeper than [`NESTING_MAX`].
pub fn parse_json(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str::<Json>(text).map(|json| json.0)
}

/// Reads one JSON object as [`parse_json`] reads a value; for a field of a stored structure:
/// `#[serde(deserialize_with = "model::json::object")]`.
///
/// # Errors
/// Those of [`parse_json`], and anything but an object.
pub fn object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    match deserializer.deserialize_any(JsonVisitor)? {
        Value::Object(object) => Ok(object),
        _ => Err(de::Error::custom("expected a JSON object")),
    }
}

/// A JSON value read safely; see the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub Value);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor).map(Json)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Json(element)) = elements.next_element()? {
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key()? {
            match key {
                Key::Plain(name) => {
                    let Json(value) = members.next_value()?;
                    object.insert(name, value);
                }
                Key::Reserved(name) => match members.next_value()? {
                    Carried::Number(number) => return Ok(Value::Number(number)),
                    Carried::Value(value) => {
                        object.insert(format!("dollar_sign_{}", &name[1..]), value);
                    }
                },
            }
        }
        Ok(Value::Object(object))
    }
}

enum Key {
    Plain(String),
    /// Begins with the reserved prefix: a carried number, or a real key.
    Reserved(String),
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object key")
            }

            fn visit_str<E>(self, name: &str) -> Result<Key, E> {
                let name_owned = name.to_owned();
                Ok(if name.starts_with(RESERVED_PREFIX) {
                    Key::Reserved(name_owned)
                } else {
                    Key::Plain(name_owned)
                })
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}

/// The value behind a reserved key. Only a carried number arrives as an owned string; a string in
/// the text is borrowed or transient.
enum Carried {
    Number(Number),
    Value(Value),
}

impl<'de> Deserialize<'de> for Carried {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CarriedVisitor)
    }
}

struct CarriedVisitor;

impl<'de> Visitor<'de> for CarriedVisitor {
    type Value = Carried;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_string<E: de::Error>(self, digits: String) -> Result<Carried, E> {
        digits.parse().map(Carried::Number).map_err(|_| E::custom("invalid number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Carried, E> {
        Ok(Carried::Value(Value::String(value.to_owned())))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Carried, E> {
        JsonVisitor.visit_i64(value).map(Carried::Value)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Carried, E> {
        JsonVisitor.visit_u64(value).map(Carried::Value)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Carried, E> {
        JsonVisitor.visit_f64(value).map(Carried::Value)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Carried, E> {
        Ok(Carried::Value(Value::Bool(value)))
    }

    fn visit_unit<E>(self) -> Result<Carried, E> {
        Ok(Carried::Value(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Carried, A::Error> {
        JsonVisitor.visit_seq(elements).map(Carried::Value)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Carried, A::Error> {
        JsonVisitor.visit_map(members).map(Carried::Value)
    }
}

/// How deep arrays and objects are nested in a value; 0 for a scalar.
pub fn nesting(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(nesting).max().unwrap_or(0),
        Value::Object(object) => 1 + object.values().map(nesting).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a number only the mark of its exponent may change: the library writes `e+5` for `E5`.
    #[test]
    fn digits_and_order_survive_and_the_last_of_equal_keys_wins() {
        let text = r#"{"z":1.10,"a":123456789012345678901234567890,"e":-0.0E+7,"f":-0,"g":1e5,"z":2}"#;
        assert_eq!(
            parse_json(text).unwrap().to_string(),
            r#"{"z":2,"a":123456789012345678901234567890,"e":-0.0e+7,"f":-0,"g":1e+5}"#
        );
    }

    #[test]
    fn keys_that_the_library_reserves_are_kept_as_ordinary_keys() {
        for reserved in [
            "$serde_json::private::Number",
            "$serde_json::private::RawValue",
            r"\u0024serde_json::private::Number",
        ] {
            for value in [r#""12""#, r#""{\"a\":1}""#, "[1]", "5", "null", "true", r#"{"b":2}"#] {
                let json = parse_json(&format!(r#"{{"{reserved}":{value},"x":1}}"#)).unwrap();
                let object = json.as_object().unwrap();
                assert_eq!(object.len(), 2, "{json}");
                assert!(object.keys().next().unwrap().starts_with("dollar_sign_serde_json::private::"));
            }
        }
    }

    #[test]
    fn nesting_is_limited() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let deepest = parse_json(&nested(NESTING_MAX)).unwrap();
        assert_eq!(nesting(&deepest), NESTING_MAX);
        assert!(parse_json(&nested(NESTING_MAX + 1)).is_err());
    }

    /// Texts within texts: each would be read anew, with a fresh limit, by the library's own reader.
    fn texts_within_texts(levels: usize) -> String {
        let mut text = "[".repeat(120) + &"]".repeat(120);
        for _ in 0..levels {
            let quoted = serde_json::to_string(&text).unwrap();
            let brackets = 60;
            text = format!(
                "{}{{\"$serde_json::private::RawValue\":{quoted}}}{}",
                "[".repeat(brackets),
                "]".repeat(brackets)
            );
            if text.len() > 1 << 22 {
                break;
            }
        }
        text
    }

    #[test]
    fn texts_within_texts_stay_texts() {
        let text = texts_within_texts(12);
        let mut value = &parse_json(&text).unwrap();
        while let Value::Array(list) = value {
            value = &list[0];
        }
        assert!(value["dollar_sign_serde_json::private::RawValue"].is_string());
        assert!(nesting(&parse_json(&text).unwrap()) <= NESTING_MAX);
    }

    #[test]
    fn an_object_in_a_structure_is_read_the_same_way() {
        #[derive(serde::Deserialize)]
        struct Stored {
            #[serde(deserialize_with = "object")]
            context: Map<String, Value>,
        }
        let text = format!("{{\"context\":{{\"n\":1.10,\"deep\":{}}}}}", texts_within_texts(12));
        let stored: Stored = serde_json::from_str(&text).unwrap();
        assert_eq!(stored.context["n"].to_string(), "1.10");
        assert!(nesting(&stored.context["deep"]) <= NESTING_MAX);
        assert!(serde_json::from_str::<Stored>("{\"context\":[]}").is_err());
    }
}
