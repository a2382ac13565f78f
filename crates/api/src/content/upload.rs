//! `/content/upload`, `/content/project` and `/content/download`: a detection repository as a zip.

use api_types::{ContentErrorMessage, ProjectResult, UploadCounts, UploadResult};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error::ContentError;
use super::write::flag;
use crate::auth::{BulkUpload, Caller};
use crate::content_admin::{ContentUpload, KindCounts, ProjectUpload, UPLOAD_BYTES_MAX, Uploaded};
use crate::error::ApiError;
use crate::params::Query;
use crate::state::ApiState;

/// A body, as far as it could be read.
type Sent = Result<Bytes, axum::extract::rejection::BytesRejection>;

/// Adds and replaces the items of a zip, all or none; what it does not name stays. They are live when the
/// answer is there.
#[utoipa::path(post, path = "/content/upload", tag = "content",
    params(("dry-run" = Option<bool>, Query, description = "Whether it is only checked, and nothing stored")),
    request_body(content = Vec<u8>, content_type = "application/zip", description = "At most 64 MiB"),
    responses((status = 200, body = UploadResult),
        (status = 400, body = ContentErrorMessage, description = "It is no zip, or an item is wrong: `issues` has all"),
        (status = 409, body = ContentErrorMessage, description = "Another upload is under way"),
        (status = 413, body = ContentErrorMessage, description = "It is too large")))]
pub(crate) async fn upload(
    caller: Caller<BulkUpload>,
    State(state): State<ApiState>,
    query: Query,
    body: Sent,
) -> Result<Json<UploadResult>, ContentError> {
    let dry_run = flag(&query, "dry-run")?.unwrap_or(false);
    let upload = ContentUpload { zip: read(body)?, dry_run };
    let uploaded = state.content.upload(upload, caller.actor).await?;
    let Uploaded { kinds, change } = uploaded;
    let counts = |counts: KindCounts| {
        let KindCounts { total, new, modified, deleted: _ } = counts;
        UploadCounts { total: u64::try_from(total.len()).unwrap_or(u64::MAX), new, modified }
    };
    let mut result = UploadResult { kinds: std::collections::BTreeMap::new(), change };
    for (kind, found) in kinds {
        let mut found = counts(found);
        let entry = result.kinds.entry(kind.noun().to_owned()).or_default();
        entry.total += found.total;
        entry.new.append(&mut found.new);
        entry.modified.append(&mut found.modified);
    }
    Ok(Json(result))
}

/// Replaces the uploaded pypanther project: a zip of its Python files, whose `main.py` registers rules. Rules that
/// are not registered any more are gone. The rules are live when the answer is there.
#[utoipa::path(post, path = "/content/project", tag = "content",
    params(("dry-run" = Option<bool>, Query, description = "Whether it is only checked, and nothing stored")),
    request_body(content = Vec<u8>, content_type = "application/zip", description = "At most 64 MiB"),
    responses((status = 200, body = ProjectResult),
        (status = 400, body = ContentErrorMessage, description = "It is no zip, or the project cannot be loaded"),
        (status = 409, body = ContentErrorMessage, description = "Another upload is under way"),
        (status = 413, body = ContentErrorMessage, description = "It is too large")))]
pub(crate) async fn upload_project(
    caller: Caller<BulkUpload>,
    State(state): State<ApiState>,
    query: Query,
    body: Sent,
) -> Result<Json<ProjectResult>, ContentError> {
    let dry_run = flag(&query, "dry-run")?.unwrap_or(false);
    let upload = ProjectUpload { zip: read(body)?, dry_run };
    let KindCounts { total, new, modified, deleted } =
        state.content.upload_project(upload, caller.actor).await?;
    Ok(Json(ProjectResult { total, new, modified, deleted }))
}

/// A zip of everything made by the API, with the paths under which it came.
#[utoipa::path(get, path = "/content/download", tag = "content",
    responses((status = 200, content_type = "application/zip", body = Vec<u8>),
        (status = 409, body = ContentErrorMessage, description = "Another change takes too long")))]
pub(crate) async fn download(
    _: Caller<BulkUpload>,
    State(state): State<ApiState>,
) -> Result<Response, ContentError> {
    let zip = state.content.download().await?;
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, "application/zip")], zip).into_response())
}

fn read(body: Sent) -> Result<Vec<u8>, ApiError> {
    let bytes = body.map_err(|rejection| {
        let limit = UPLOAD_BYTES_MAX >> 20;
        let message = format!("the body could not be read, or is larger than {limit} MiB");
        ApiError::new(rejection.status(), message)
    })?;
    Ok(bytes.to_vec())
}
