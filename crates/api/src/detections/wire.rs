//! From what the content answers to what the console reads.

use std::collections::BTreeMap;

use api_types::{
    EditableItem, ItemFinding, ItemIssue, ItemPython, ItemRefusal, ItemTestFunction, ItemTestResult,
    wire_time,
};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tracing::error;

use super::desk::{TextFile, TextFinding};
use super::kinds;
use crate::audit::ErrorText;
use crate::auth::Caller;
use crate::content_admin::{ContentIssue, ContentItem, ContentRefusal, FunctionRecord, TestRecord};
use crate::error::ApiError;
use crate::revision::Revision;

/// A refused request of the console about content.
#[derive(Debug)]
pub(crate) enum DeskError {
    /// Refused before the content was asked.
    Api(ApiError),
    /// Refused by the content.
    Refused(ContentRefusal),
}

impl From<ApiError> for DeskError {
    fn from(error: ApiError) -> Self {
        DeskError::Api(error)
    }
}

impl From<ContentRefusal> for DeskError {
    fn from(refusal: ContentRefusal) -> Self {
        DeskError::Refused(refusal)
    }
}

impl IntoResponse for DeskError {
    fn into_response(self) -> Response {
        let refusal = match self {
            DeskError::Api(error) => return error.into_response(),
            DeskError::Refused(refusal) => refusal,
        };
        let mut body = ItemRefusal { message: refusal.message().to_owned(), ..ItemRefusal::default() };
        let status = match refusal {
            ContentRefusal::Invalid { issues, .. } => {
                let issue = |ContentIssue { path, message }| ItemIssue { path, message };
                body.issues = issues.into_iter().map(issue).collect();
                StatusCode::BAD_REQUEST
            }
            ContentRefusal::TestsFailed { results, .. } => {
                body.results = results.into_iter().map(test_result).collect();
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
        let text = ErrorText(body.message.clone());
        let mut response = (status, Json(body)).into_response();
        response.extensions_mut().insert(text);
        response
    }
}

/// An item with its texts, as this caller sees it.
pub(super) fn editable<P>(
    item: &ContentItem,
    switches: &BTreeMap<String, bool>,
    caller: &Caller<P>,
) -> EditableItem {
    EditableItem {
        id: item.id.clone(),
        kind: kinds::word_of(item.kind).unwrap_or_default().to_owned(),
        origin: item.origin.as_str().to_owned(),
        path: item.path.clone(),
        yaml: item.yaml.to_string(),
        python: own_python(item),
        enabled: is_enabled(item, switches),
        version: item.version,
        created_at: item.created_at.map(wire_time),
        last_modified: item.last_modified.map(wire_time),
        created_by: item.created_by.as_ref().map(api_types::Actor::from),
        last_modified_by: item.last_modified_by.as_ref().map(api_types::Actor::from),
        problem: item.problem.clone(),
        is_editable: kinds::may_modify(caller, item),
    }
}

/// The Python that is the item's own: that of a derived rule is its base's, and not here to be changed.
fn own_python(item: &ContentItem) -> Option<ItemPython> {
    let is_derived = item.keys.contains_key("BaseDetection");
    let python = item.python.as_ref().filter(|_| !is_derived)?;
    Some(ItemPython { name: python.name.clone(), text: python.text.to_string() })
}

/// The revision of what a person may change of an item in the editor.
pub(super) fn revision(item: &ContentItem) -> Revision {
    let python = item.python.as_ref().map(|python| (&python.name, &*python.text));
    Revision::of(&(&item.id, item.version, &*item.yaml, python))
}

/// Whether an item is switched on, all told.
pub(super) fn is_enabled(item: &ContentItem, switches: &BTreeMap<String, bool>) -> bool {
    let switch = switches.get(&item.id).filter(|_| item.kind.is_detection());
    switch.copied().unwrap_or(item.enabled)
}

/// A finding.
pub(super) fn finding(finding: TextFinding) -> ItemFinding {
    let TextFinding { file, line, column, end_line, end_column, code, is_error, message, hint } = finding;
    let file = match file {
        TextFile::Yaml => "yaml",
        TextFile::Python => "python",
    };
    let level = if is_error { "error" } else { "warning" };
    ItemFinding {
        file: file.to_owned(),
        line,
        column,
        end_line,
        end_column,
        code,
        level: level.to_owned(),
        message,
        hint,
    }
}

/// What came of a test.
pub(super) fn test_result(record: TestRecord) -> ItemTestResult {
    let TestRecord { name, passed, expected, triggered, reason, functions, elapsed } = record;
    let function = |FunctionRecord { name, output, error }| ItemTestFunction { name, output, error };
    ItemTestResult {
        name,
        passed,
        expected,
        triggered,
        reason,
        functions: functions.into_iter().map(function).collect(),
        elapsed_ms: milliseconds(elapsed),
    }
}

/// A duration in whole milliseconds.
pub(super) fn milliseconds(elapsed: std::time::Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
