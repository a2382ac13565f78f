//! Ids in paths, query parameters and JSON bodies: repeated keys, clear errors.

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use store::PageRequest;

use crate::error::ApiError;

/// Page size when none is asked for.
pub(crate) const LIMIT_DEFAULT: usize = 25;
/// Largest page size.
pub(crate) const LIMIT_MAX: usize = 50;
/// Longest name that a person gives to something.
const NAME_CHARS_MAX: usize = 255;
/// Largest JSON body of the API.
pub(crate) const BODY_BYTES_MAX: usize = 1 << 20;

/// The one variable part of a path such as `/alerts/{id}`.
pub(crate) struct Id(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(id) = Path::from_request_parts(parts, state).await.map_err(|rejection| {
            ApiError::bad_request(format!("the id in the path cannot be read: {}", rejection.body_text()))
        })?;
        Ok(Id(id))
    }
}

/// The two variable parts of a path such as `/log-source-alarms/{id}/{type}`.
pub(crate) struct Path2(pub(crate) String, pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Path2 {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path((first, second)) = Path::from_request_parts(parts, state).await.map_err(|rejection| {
            ApiError::bad_request(format!("the path cannot be read: {}", rejection.body_text()))
        })?;
        Ok(Path2(first, second))
    }
}

/// The query as pairs, in order; keys may repeat, as the API's arrays do.
pub(crate) struct Query(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Query(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}

impl Query {
    /// The query of a text such as `a=1&a=2`.
    #[cfg(test)]
    pub(crate) fn of(text: &str) -> Query {
        Query(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The last value of a key that is not empty.
    pub(crate) fn one(&self, key: &str) -> Option<&str> {
        self.0.iter().rev().find(|(name, value)| name == key && !value.is_empty()).map(|(_, v)| v.as_str())
    }

    /// All values of a repeated key; `key[]` is understood too.
    pub(crate) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.0
            .iter()
            .filter(move |(name, value)| {
                (name == key || name.strip_suffix("[]") == Some(key)) && !value.is_empty()
            })
            .map(|(_, value)| value.as_str())
    }

    /// A value read by `parse`; the error names the parameter.
    pub(crate) fn parsed<T>(
        &self,
        key: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        self.one(key).map(|text| parse(text).ok_or_else(|| refuse(key, text, expected))).transpose()
    }

    /// All values of a key read by `parse`.
    pub(crate) fn all_parsed<T: Ord>(
        &self,
        key: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<BTreeSet<T>, ApiError> {
        self.all(key).map(|text| parse(text).ok_or_else(|| refuse(key, text, expected))).collect()
    }

    /// `limit`, within its bounds.
    pub(crate) fn limit(&self) -> Result<usize, ApiError> {
        self.limit_within(LIMIT_DEFAULT, LIMIT_MAX)
    }

    /// `limit` of a list that has bounds of its own.
    pub(crate) fn limit_within(&self, default: usize, max: usize) -> Result<usize, ApiError> {
        let expected = format!("a number from 1 to {max}");
        let parse = |text: &str| text.parse().ok().filter(|limit| (1..=max).contains(limit));
        Ok(self.parsed("limit", &expected, parse)?.unwrap_or(default))
    }

    /// The ids that a list is restricted to: `id`, repeated, and `ids`, separated by commas.
    pub(crate) fn ids(&self) -> Vec<String> {
        let listed = self.all("ids").flat_map(|text| text.split(','));
        self.all("id").chain(listed).map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect()
    }

    /// A truth value, `false` when it is not given.
    pub(crate) fn flag(&self, key: &str) -> Result<bool, ApiError> {
        Ok(self.parsed(key, "`true` or `false`", |text| text.parse().ok())?.unwrap_or(false))
    }

    /// `cursor` and `limit` of a list that the store pages.
    pub(crate) fn page(&self) -> Result<PageRequest, ApiError> {
        Ok(PageRequest { cursor: self.one("cursor").map(str::to_owned), limit: self.limit()? })
    }

    /// A point in time: RFC 3339 with any offset, or Unix seconds.
    pub(crate) fn time(&self, key: &str) -> Result<Option<Timestamp>, ApiError> {
        self.parsed(key, "a time such as 2026-01-02T03:04:05Z, or Unix seconds", |text| {
            text.parse::<Timestamp>().ok().or_else(|| Timestamp::from_second(text.parse().ok()?).ok())
        })
    }
}

fn refuse(key: &str, text: &str, expected: &str) -> ApiError {
    ApiError::bad_request(format!("`{key}`: `{text}` is not {expected}"))
}

/// A name that a person gave: a line of 1 to 255 characters, without spaces around it.
pub(crate) fn name_of(key: &str, text: String) -> Result<String, ApiError> {
    let is_bounded = (1..=NAME_CHARS_MAX).contains(&text.chars().count());
    if is_bounded && text.trim().len() == text.len() && !text.chars().any(char::is_control) {
        return Ok(text);
    }
    let expected = format!("a line of 1 to {NAME_CHARS_MAX} characters without spaces around it");
    Err(ApiError::bad_request(format!("`{key}` is not {expected}")))
}

/// A JSON object as body; the error says where it is wrong.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            let status = rejection.status();
            ApiError::new(status, "the body could not be read, or is larger than 1 MiB")
        })?;
        // What is skipped would not be looked at.
        if std::str::from_utf8(&bytes).is_err() {
            return Err(ApiError::bad_request("the body is no UTF-8 text; JSON is always UTF-8"));
        }
        // A list would be read as the fields in order.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(ApiError::bad_request("the body must be a JSON object: `{\"key\": value}`"));
        }
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let read = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| unexpected(&error.path().to_string(), error.inner()))?;
        json.end().map_err(|error| unexpected(".", &error))?;
        Ok(Body(read))
    }
}

/// Names the field and what it must be. The value is not repeated: it may be a secret in the wrong place.
fn unexpected(path: &str, error: &serde_json::Error) -> ApiError {
    if !error.is_data() {
        let (line, column) = (error.line(), error.column());
        return ApiError::bad_request(format!("the body is no JSON: look at line {line}, column {column}"));
    }
    let text = error.to_string();
    let problem = match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => text,
    };
    let problem = problem.split(" at line ").next().unwrap_or_default();
    let place = if path == "." { "the body".to_owned() } else { format!("`{path}`") };
    ApiError::bad_request(format!("{place}: {problem}"))
}
