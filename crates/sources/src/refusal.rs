//! Why a request was refused, and what the sender is told.

use ::http::header::{ALLOW, CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE};
use ::http::{HeaderName, HeaderValue, StatusCode};
use axum::Json;
use axum::response::{IntoResponse, Response};
use journal::AppendError;
use serde_json::json;

use crate::config::Auth;

/// One refusal. The texts are for the sender: they name limits and next steps, never a secret or
/// another source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("there is no such source; compare the last part of the path with the `id` of the source")]
    UnknownSource,
    #[error("logs are sent with POST")]
    Method,
    #[error("{hint}")]
    Unauthorized { scheme: Option<&'static str>, hint: &'static str },
    #[error("the body is empty; send at least one log record")]
    Empty,
    #[error(
        "the body is larger than the {body_bytes_max} bytes that this source takes; send smaller batches, compress them, or raise `body_max`"
    )]
    TooLarge { body_bytes_max: u64 },
    #[error("the body inflates to more than {limit}; send smaller batches")]
    InflatesTooLarge { limit: String },
    #[error(
        "the body looks like {format} but cannot be inflated: {reason}; compress it again and send it whole"
    )]
    Undecodable { format: &'static str, reason: String },
    #[error(
        "the body is not UTF-8 from byte {at} on; send UTF-8 text, plain or compressed with gzip or zstd"
    )]
    NotUtf8 { at: usize },
    #[error("the body holds a NUL byte at {at}; send text, plain or compressed with gzip or zstd")]
    Nul { at: usize },
    #[error("the body did not arrive in time; send it faster or in smaller batches")]
    Timeout,
    #[error("the body ended early; send it again")]
    Incomplete,
    #[error("too many requests are under way; send again after the time in `Retry-After`")]
    Overloaded,
    #[error("{0}")]
    Journal(AppendError),
    #[error("the body could not be worked on because of a fault of the server; send it again")]
    Fault,
}

impl Refusal {
    /// The refusal of a sender that did not prove what `auth` asks for.
    pub(crate) fn unauthorized(auth: &Auth) -> Self {
        let (scheme, hint) = match auth {
            // Only reached if a source changed its kind in the meantime; then it is open anyway.
            Auth::None => (None, "credentials are missing or wrong"),
            Auth::Basic { .. } => (
                Some(r#"Basic realm="margay", charset="UTF-8""#),
                "user name or password is missing or wrong; send `Authorization: Basic …`",
            ),
            Auth::Bearer { .. } => (
                Some(r#"Bearer realm="margay""#),
                "the token is missing or wrong; send `Authorization: Bearer TOKEN`",
            ),
            Auth::SharedSecret { .. } => (
                None,
                "the secret is missing or wrong; send it in the header that the source is configured with",
            ),
            Auth::Hmac { .. } => (
                None,
                "the signature is missing or wrong; send the HMAC of the body as sent in the header that the source is configured with",
            ),
        };
        Self::Unauthorized { scheme, hint }
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::UnknownSource => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unauthorized { .. } => StatusCode::UNAUTHORIZED,
            Self::Empty
            | Self::Undecodable { .. }
            | Self::NotUtf8 { .. }
            | Self::Nul { .. }
            | Self::Incomplete => StatusCode::BAD_REQUEST,
            Self::TooLarge { .. } | Self::InflatesTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::Overloaded | Self::Journal(AppendError::Busy { .. }) => StatusCode::TOO_MANY_REQUESTS,
            Self::Journal(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The value of the metric's label `reason`; few and fixed.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::UnknownSource => "unknown_source",
            Self::Method => "method",
            Self::Unauthorized { .. } => "unauthorized",
            Self::Empty => "empty",
            Self::TooLarge { .. } => "too_large",
            Self::InflatesTooLarge { .. } => "inflates_too_large",
            Self::Undecodable { .. } => "undecodable",
            Self::NotUtf8 { .. } => "not_utf8",
            Self::Nul { .. } => "nul",
            Self::Timeout => "timeout",
            Self::Incomplete => "incomplete",
            Self::Overloaded => "overloaded",
            Self::Journal(AppendError::Busy { .. }) => "busy",
            Self::Journal(AppendError::Full { .. }) => "journal_full",
            Self::Journal(AppendError::DiskFull) => "disk_full",
            Self::Journal(AppendError::Io { .. }) => "journal_error",
            Self::Journal(AppendError::Closed) => "closing",
            Self::Fault => "fault",
        }
    }

    /// Seconds after which the same request may succeed.
    fn retry_after(&self) -> Option<&'static str> {
        match self {
            Self::Overloaded | Self::Journal(AppendError::Busy { .. }) => Some("1"),
            Self::Journal(AppendError::Closed) => Some("5"),
            Self::Journal(AppendError::Full { .. }) => Some("10"),
            Self::Journal(AppendError::DiskFull | AppendError::Io { .. }) => Some("30"),
            _ => None,
        }
    }

    /// What the sender reads. How a disk fails is none of its business.
    fn message(&self) -> String {
        match self {
            Self::Journal(AppendError::Io { .. }) => {
                "the logs could not be written to disk; send them again later".to_owned()
            }
            other => other.to_string(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(json!({ "message": self.message() }))).into_response();
        let mut set = |name: HeaderName, value: &'static str| {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        };
        if let Some(seconds) = self.retry_after() {
            set(RETRY_AFTER, seconds);
        }
        match self {
            Self::Unauthorized { scheme: Some(scheme), .. } => set(WWW_AUTHENTICATE, scheme),
            Self::Method => set(ALLOW, "POST"),
            Self::Timeout => set(CONNECTION, "close"),
            _ => {}
        }
        response
    }
}
