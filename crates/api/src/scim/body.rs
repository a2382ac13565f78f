//! Bodies: JSON objects whose keys may be written in any letter case. Source: RFC 7643 §2.1.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};

use super::CONTENT_TYPE;
use super::error::{ScimError, ScimType};

/// A JSON object as body.
pub(super) struct ScimBody(pub(super) Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for ScimBody {
    type Rejection = ScimError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ScimError> {
        require_json(request.headers())?;
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            ScimError::new(rejection.status(), "the body could not be read, or is larger than 1 MiB")
        })?;
        parse(&bytes).map(ScimBody)
    }
}

/// Refuses a body that says it is something else. One that says nothing is taken for JSON.
fn require_json(headers: &HeaderMap) -> Result<(), ScimError> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let text = value.to_str().unwrap_or_default();
    let kind = text.split(';').next().unwrap_or_default().trim();
    if [CONTENT_TYPE, "application/json"].iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    let detail = format!("the content type must be `{CONTENT_TYPE}` or `application/json`");
    Err(ScimError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}

fn parse(bytes: &[u8]) -> Result<Map<String, Value>, ScimError> {
    let syntax = |detail: String| ScimError::bad(ScimType::InvalidSyntax, detail);
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(syntax("the body must be a JSON object: `{\"key\": value}`".to_owned())),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            Err(syntax(format!("the body is no JSON: look at line {line}, column {column}")))
        }
    }
}

/// The value of a key, whatever its letter case.
pub(super) fn field<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    object.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

/// Refuses a body whose `schemas` lacks the one it must be of. A body without `schemas` is taken.
pub(super) fn require_schema(object: &Map<String, Value>, urn: &str) -> Result<(), ScimError> {
    let Some(schemas) = field(object, "schemas") else { return Ok(()) };
    let is_named = |value: &Value| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(urn));
    if schemas.as_array().is_some_and(|list| list.iter().any(is_named)) {
        return Ok(());
    }
    Err(ScimError::bad(ScimType::InvalidSyntax, format!("`schemas` must be a list that has `{urn}`")))
}

/// A truth value; providers write it as a text too.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}
