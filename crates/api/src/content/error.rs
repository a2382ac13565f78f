//! How a change of content is refused: a status and `{"message"}`, with test results or issues.

use api_types::{
    ContentErrorMessage, ContentIssue as WireIssue, FunctionRecord, FunctionRecords, TestError, TestRecord,
};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tracing::error;

use crate::content_admin::{self, ContentIssue, ContentRefusal};
use crate::error::ApiError;

/// A refused change of content.
#[derive(Debug)]
pub(crate) enum ContentError {
    /// Refused before the content was asked.
    Api(ApiError),
    /// Refused by the content.
    Refused(ContentRefusal),
}

impl From<ApiError> for ContentError {
    fn from(error: ApiError) -> Self {
        ContentError::Api(error)
    }
}

impl From<ContentRefusal> for ContentError {
    fn from(refusal: ContentRefusal) -> Self {
        ContentError::Refused(refusal)
    }
}

impl IntoResponse for ContentError {
    fn into_response(self) -> Response {
        let refusal = match self {
            ContentError::Api(error) => return error.into_response(),
            ContentError::Refused(refusal) => refusal,
        };
        let mut body = ContentErrorMessage {
            message: refusal.message().to_owned(),
            test_results: Vec::new(),
            issues: Vec::new(),
        };
        let status = match refusal {
            ContentRefusal::Invalid { issues, .. } => {
                body.issues = issues.into_iter().map(issue).collect();
                StatusCode::BAD_REQUEST
            }
            ContentRefusal::TestsFailed { results, .. } => {
                body.test_results = results.into_iter().map(test_record).collect();
                StatusCode::BAD_REQUEST
            }
            ContentRefusal::NotFound(_) => StatusCode::NOT_FOUND,
            ContentRefusal::Changed(_) => StatusCode::PRECONDITION_FAILED,
            ContentRefusal::Conflict(_) | ContentRefusal::Busy(_) => StatusCode::CONFLICT,
            ContentRefusal::Failed(message) => {
                error!("the content could not be changed: {message}");
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        (status, Json(body)).into_response()
    }
}

fn issue(issue: ContentIssue) -> WireIssue {
    let ContentIssue { path, message } = issue;
    WireIssue { path, error_message: message }
}

fn test_record(record: content_admin::TestRecord) -> TestRecord {
    let content_admin::TestRecord { name, passed, expected: _, triggered, reason, functions, elapsed: _ } =
        record;
    let mut wire = FunctionRecords::default();
    let mut errored = false;
    for content_admin::FunctionRecord { name, output, error } in functions {
        errored |= error.is_some();
        let record = Some(FunctionRecord { output, error: error.map(test_error) });
        match name.as_str() {
            "rule" | "policy" => wire.detection = record,
            "title" => wire.title = record,
            "description" => wire.description = record,
            "dedup" => wire.dedup = record,
            "severity" => wire.severity = record,
            "runbook" => wire.runbook = record,
            "reference" => wire.reference = record,
            "destinations" => wire.destinations = record,
            "alert_context" => wire.alert_context = record,
            _ => {}
        }
    }
    let error = reason.map(|message| TestError { code: String::new(), message });
    TestRecord { name, passed, errored, trigger_alert: triggered, error, functions: wire }
}

/// `KeyError: 'x'` in its two parts.
fn test_error(text: String) -> TestError {
    match text.split_once(": ") {
        Some((code, message)) if !code.contains(' ') => {
            TestError { code: code.to_owned(), message: message.to_owned() }
        }
        _ => TestError { code: String::new(), message: text },
    }
}
