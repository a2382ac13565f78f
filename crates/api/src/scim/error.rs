//! How a request under `/scim/v2` is refused. Source: RFC 7644 §3.12.

use api_types::ScimError as Wire;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use store::{PeopleError, StoreError};

use super::{CONTENT_TYPE, ERROR_URN};
use crate::audit::ErrorText;
use crate::error::ApiError;

/// What kind of mistake it is. Source: RFC 7644 §3.12, table 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScimType {
    InvalidFilter,
    Uniqueness,
    Mutability,
    InvalidSyntax,
    InvalidPath,
    NoTarget,
    InvalidValue,
}

impl ScimType {
    fn as_str(self) -> &'static str {
        match self {
            ScimType::InvalidFilter => "invalidFilter",
            ScimType::Uniqueness => "uniqueness",
            ScimType::Mutability => "mutability",
            ScimType::InvalidSyntax => "invalidSyntax",
            ScimType::InvalidPath => "invalidPath",
            ScimType::NoTarget => "noTarget",
            ScimType::InvalidValue => "invalidValue",
        }
    }
}

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScimError {
    status: StatusCode,
    kind: Option<ScimType>,
    detail: String,
}

impl ScimError {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> ScimError {
        ScimError { status, kind: None, detail: detail.into() }
    }

    /// 400 of a kind.
    pub(super) fn bad(kind: ScimType, detail: impl Into<String>) -> ScimError {
        ScimError { kind: Some(kind), ..ScimError::new(StatusCode::BAD_REQUEST, detail) }
    }

    /// A value that an attribute cannot have.
    pub(super) fn value(detail: impl Into<String>) -> ScimError {
        ScimError::bad(ScimType::InvalidValue, detail)
    }

    /// Nobody has this id.
    pub(super) fn no_user(id: &str) -> ScimError {
        ScimError::new(StatusCode::NOT_FOUND, format!("no user `{id}`"))
    }

    /// Says before what is wrong where.
    pub(super) fn within(self, place: &str) -> ScimError {
        ScimError { detail: format!("{place}: {}", self.detail), ..self }
    }
}

impl From<ApiError> for ScimError {
    fn from(error: ApiError) -> Self {
        ScimError::new(error.status(), error.into_message())
    }
}

impl From<StoreError> for ScimError {
    fn from(failure: StoreError) -> Self {
        let StoreError::People { source } = &failure else { return ApiError::from(failure).into() };
        let (status, kind) = match source {
            PeopleError::EmailTaken { .. } | PeopleError::UserNameTaken { .. } => {
                (StatusCode::CONFLICT, Some(ScimType::Uniqueness))
            }
            PeopleError::LastAdministrator => (StatusCode::CONFLICT, None),
            PeopleError::NoSuchRole { .. } => (StatusCode::BAD_REQUEST, Some(ScimType::InvalidValue)),
            _ => return ApiError::from(failure).into(),
        };
        ScimError { status, kind, detail: source.to_string() }
    }
}

impl IntoResponse for ScimError {
    fn into_response(self) -> Response {
        let ScimError { status, kind, detail } = self;
        let text = ErrorText(detail.clone());
        let wire = Wire {
            schemas: vec![ERROR_URN.to_owned()],
            status: status.as_u16().to_string(),
            scim_type: kind.map(|kind| kind.as_str().to_owned()),
            detail,
        };
        let mut response = (status, axum::Json(wire)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(text);
        response
    }
}

/// What the layers around the handlers refuse gets the form of this path too: no token, no permission, no such
/// route, no such method, too large, no audit log.
pub(crate) async fn in_scim_form(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_ours = path == "/scim" || path.starts_with("/scim/");
    let response = next.run(request).await;
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let has_form = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == CONTENT_TYPE);
    if !is_ours || !is_error || has_form {
        return response;
    }
    let detail = match response.extensions().get::<ErrorText>() {
        Some(ErrorText(text)) => text.clone(),
        None => status.canonical_reason().unwrap_or("refused").to_lowercase(),
    };
    let mut formed = ScimError::new(status, detail).into_response();
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            formed.headers_mut().insert(name, value.clone());
        }
    }
    formed
}

/// Refuses what is not there by choice.
pub(super) async fn not_supported() -> ScimError {
    let detail = "this part of SCIM is not supported; see /scim/v2/ServiceProviderConfig for what is";
    ScimError::new(StatusCode::NOT_IMPLEMENTED, detail)
}
