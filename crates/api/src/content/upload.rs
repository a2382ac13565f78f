//! `/content/upload` and `/content/download`: all of a detection repository as a zip.

use api_types::{ContentErrorMessage, UploadCounts, UploadResult};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error::ContentError;
use super::write::flag;
use crate::auth::{BulkUpload, Caller};
use crate::content_admin::{ContentUpload, KindCounts, UPLOAD_BYTES_MAX, Uploaded};
use crate::error::ApiError;
use crate::params::Query;
use crate::state::ApiState;

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
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Json<UploadResult>, ContentError> {
    let dry_run = flag(&query, "dry-run")?.unwrap_or(false);
    let zip = body.map_err(|rejection| {
        let limit = UPLOAD_BYTES_MAX >> 20;
        let message = format!("the body could not be read, or is larger than {limit} MiB");
        ApiError::new(rejection.status(), message)
    })?;
    let uploaded = state.content.upload(ContentUpload { zip: zip.to_vec(), dry_run }, caller.actor).await?;
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
