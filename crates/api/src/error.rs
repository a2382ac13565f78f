//! How a request is refused: a status and `{"message"}`; and the answer that has nothing to say.

use api_types::ErrorMessage;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use store::{StoreError, StoreErrorKind};
use tracing::error;

use crate::audit::ErrorText;
use crate::control::AdminRefusal;

/// A refused request.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    message: String,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        ApiError { status, message: message.into() }
    }

    /// The status that it is answered with.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// What it says.
    pub(crate) fn into_message(self) -> String {
        self.message
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }
}

/// An empty answer that still says JSON: clients read the body of every answer.
pub(crate) fn empty(status: StatusCode) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")]).into_response()
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let text = ErrorText(self.message.clone());
        let mut response = (self.status, Json(ErrorMessage { message: self.message })).into_response();
        response.extensions_mut().insert(text);
        response
    }
}

impl From<AdminRefusal> for ApiError {
    fn from(refusal: AdminRefusal) -> Self {
        match refusal {
            AdminRefusal::Invalid(message) => ApiError::bad_request(message),
            AdminRefusal::NotFound(message) => ApiError::not_found(message),
            AdminRefusal::Conflict(message) => ApiError::conflict(message),
            AdminRefusal::Outdated(message) => ApiError::new(StatusCode::PRECONDITION_FAILED, message),
            AdminRefusal::Failed(message) => {
                error!("a change could not be made: {message}");
                ApiError::new(StatusCode::SERVICE_UNAVAILABLE, message)
            }
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(failure: StoreError) -> Self {
        let status = match failure.kind() {
            StoreErrorKind::Forbidden => StatusCode::FORBIDDEN,
            StoreErrorKind::NotFound => StatusCode::NOT_FOUND,
            StoreErrorKind::Conflict => StatusCode::CONFLICT,
            StoreErrorKind::Invalid => StatusCode::BAD_REQUEST,
            StoreErrorKind::StorageFull | StoreErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            StoreErrorKind::Internal => {
                error!("the store failed: {failure}");
                let message = "the database failed; the server's log has the reason";
                return ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, message);
            }
        };
        ApiError::new(status, failure.to_string())
    }
}
