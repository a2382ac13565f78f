//! Requests and answers as values.

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::error::{OidcError, repeated};

/// A request that somebody else sends. It prints nothing of what it holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Where to.
    pub url: Url,
    /// `Authorization`, where there is one.
    pub authorization: Option<String>,
    /// A form to be posted; without one it is a GET.
    pub form: Option<String>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Request({})", self.url.host_str().unwrap_or_default())
    }
}

impl Request {
    pub(crate) fn get(url: Url) -> Request {
        Request { url, authorization: None, form: None }
    }
}

/// An answer that somebody else received.
#[derive(Clone, Copy)]
pub struct Reply<'a> {
    /// Its status.
    pub status: StatusCode,
    /// The whole body.
    pub body: &'a [u8],
}

impl Reply<'_> {
    /// The JSON of a good answer.
    pub(crate) fn json<T: DeserializeOwned>(self, what: &'static str) -> Result<T, OidcError> {
        if self.status != StatusCode::OK {
            return Err(self.refusal(what));
        }
        serde_json::from_slice(self.body)
            .map_err(|error| OidcError::Unreadable { what, problem: format!("it is no such JSON: {error}") })
    }

    /// What a bad answer says, where it says it as RFC 6749 §5.2 has it.
    fn refusal(self, what: &'static str) -> OidcError {
        let said: Value = serde_json::from_slice(self.body).unwrap_or_default();
        let text = |key: &str| said.get(key).and_then(Value::as_str).map(repeated);
        match (text("error"), text("error_description")) {
            (Some(code), description) if self.status.is_client_error() => {
                OidcError::Refused { code, description }
            }
            (code, description) => {
                OidcError::Status { what, status: self.status.as_u16(), said: description.or(code) }
            }
        }
    }
}
