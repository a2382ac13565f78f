//! What several resources share.

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::words;

/// Why a request was refused.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorMessage {
    /// What failed, with which value, and what to do next.
    pub message: String,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Actor {
    /// User or token id.
    pub id: String,
    /// `user`, `api-token` or `system`.
    #[serde(rename = "type")]
    #[schema(value_type = words::ActorKind)]
    pub actor_type: String,
}

impl From<&model::Actor> for Actor {
    fn from(actor: &model::Actor) -> Self {
        let model::Actor { id, kind } = actor;
        let actor_type = match kind {
            model::ActorKind::User => "user",
            model::ActorKind::ApiToken => "api-token",
            model::ActorKind::System => "system",
        };
        Actor { id: id.clone(), actor_type: actor_type.to_owned() }
    }
}

/// Answer of a log source: how many bytes of body were accepted and are durable.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SourceAccepted {
    /// Bytes of the body as sent.
    pub accepted: u64,
}

/// Whether the server can do its work.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Readiness {
    /// `true` with status 200, `false` with 503.
    pub ready: bool,
    /// What is missing, while not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A time as the API writes it: RFC 3339 in UTC with `Z`, a fraction only when there is one.
pub fn wire_time(at: Timestamp) -> String {
    model::format_aws_date_time(at)
}

/// Largest number that a person writes into a form: what every reader of the stored texts takes for a number.
const NUMBER_MAX: u64 = 2_147_483_647;

/// A number of a form; `5.0` is one too, as JSON has it.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Number::deserialize(deserializer).map(|Number(number)| number)
}

/// A number of a form, or null.
pub(crate) fn number_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(Option::<Number>::deserialize(deserializer)?.map(|Number(number)| number))
}

struct Number(u64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        let whole = number.as_u64().or_else(|| {
            let text = number.as_f64().filter(|number| number.fract() == 0.0)?.to_string();
            text.parse().ok()
        });
        whole.filter(|whole| *whole <= NUMBER_MAX).map(Number).ok_or_else(|| {
            let expected = format!("a whole number from 0 to {NUMBER_MAX}");
            D::Error::custom(format!("`{number}` is no such number, expected {expected}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Form {
        #[serde(default, deserialize_with = "number_or_null")]
        number: Option<u64>,
    }

    #[test]
    fn a_number_of_a_form_is_whole_and_not_too_large() {
        let read = |text: &str| serde_json::from_str::<Form>(text).map(|form| form.number);
        assert_eq!(read("{}").unwrap(), None);
        for (text, number) in
            [("null", None), ("0", Some(0)), ("60.0", Some(60)), ("2147483647", Some(2_147_483_647))]
        {
            assert_eq!(read(&format!(r#"{{"number": {text}}}"#)).unwrap(), number, "{text}");
        }
        for text in ["-1", "0.5", "2147483648", "1e300", "18446744073709551616", "\"1\"", "true", "[]"] {
            assert!(read(&format!(r#"{{"number": {text}}}"#)).is_err(), "{text}");
        }
    }
}
