//! `/content/upload`, `/content/project`, `/content/download` and `/content/delete`: a detection repository as a
//! whole.

use api_types::{
    ContentErrorMessage, DeleteContent, DeletedContent, ProjectResult, UploadCounts, UploadResult, words,
};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error::ContentError;
use super::write::flag;
use crate::audit;
use crate::auth::{BulkUpload, Caller};
use crate::content_admin::{
    ContentOrigin, ContentUpload, DeleteItems, Deleted, KindCounts, ProjectUpload, UPLOAD_BYTES_MAX, Uploaded,
};
use crate::error::ApiError;
use crate::params::{Body, Query};
use crate::state::ApiState;

/// A body, as far as it could be read.
type Sent = Result<Bytes, axum::extract::rejection::BytesRejection>;

/// Adds and replaces the items of a zip, all or none; what it does not name stays. They are live when the
/// answer is there.
#[utoipa::path(post, path = "/content/upload", tag = "content",
    params(("dry-run" = Option<bool>, Query, description = "Whether it is only checked, and nothing stored")),
    request_body(content = words::Archive, content_type = "application/zip", description = "At most 64 MiB"),
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
    caller.audit.after(&audit::content::uploaded(&uploaded));
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
    request_body(content = words::Archive, content_type = "application/zip", description = "At most 64 MiB"),
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
    let counts = state.content.upload_project(upload, caller.actor).await?;
    caller.audit.after(&audit::content::project(&counts));
    let KindCounts { total, new, modified, deleted } = counts;
    Ok(Json(ProjectResult { total, new, modified, deleted }))
}

/// A zip of everything made by the API, with the paths under which it came. `origin=directory` gives what counts of
/// the configured directories instead, `origin=pypanther` the files of the uploaded project.
#[utoipa::path(get, path = "/content/download", tag = "content",
    params(("origin" = Option<words::ContentOrigin>, Query, description = "`api` (by default), `directory` or `pypanther`")),
    responses((status = 200, content_type = "application/zip", body = words::Archive),
        (status = 409, body = ContentErrorMessage, description = "Another change takes too long")))]
pub(crate) async fn download(
    _: Caller<BulkUpload>,
    State(state): State<ApiState>,
    query: Query,
) -> Result<Response, ContentError> {
    let find = |word: &str| ContentOrigin::ALL.into_iter().find(|origin| origin.as_str() == word);
    let origin = query.parsed("origin", "api, directory or pypanther", find)?;
    let zip = state.content.download(origin.unwrap_or(ContentOrigin::Api)).await?;
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, "application/zip")], zip).into_response())
}

/// Deletes items of the API, all in one change; those of directories with their ids count again. Ids that are not
/// there are left out.
#[utoipa::path(post, path = "/content/delete", tag = "content", request_body = DeleteContent,
    responses((status = 200, body = DeletedContent),
        (status = 400, body = ContentErrorMessage, description = "The body is not of this form"),
        (status = 409, body = ContentErrorMessage, description = "An id is that of a directory, or another change takes too long")))]
pub(crate) async fn delete(
    caller: Caller<BulkUpload>,
    State(state): State<ApiState>,
    body: Body<DeleteContent>,
) -> Result<Json<DeletedContent>, ContentError> {
    let Body(DeleteContent { ids }) = body;
    let (before, missing) = audit::content::items(&state.content.view(), &ids);
    caller.audit.before(&before);
    caller.audit.left_out(missing);
    let delete = DeleteItems { ids, ..DeleteItems::default() };
    let Deleted { mut ids, mut query_names } = state.content.delete(delete, caller.actor).await?;
    ids.append(&mut query_names);
    ids.sort();
    Ok(Json(DeletedContent { ids }))
}

fn read(body: Sent) -> Result<Vec<u8>, ApiError> {
    let bytes = body.map_err(|rejection| {
        let limit = UPLOAD_BYTES_MAX >> 20;
        let message = format!("the body could not be read, or is larger than {limit} MiB");
        ApiError::new(rejection.status(), message)
    })?;
    Ok(bytes.to_vec())
}
