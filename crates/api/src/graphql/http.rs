//! `POST /public/graphql`: from a request to an answer.

use std::io::Write as _;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use model::Permission;
use serde_json::{Map, Value, json};
use tracing::error;

use super::engine::{Asked, Engine, problem};
use super::run::{Scene, run};
use crate::auth::{AnyToken, Caller};
use crate::state::ApiState;

/// Largest body: 64 MiB of detections in base64, and the document around them.
const UPLOAD_BODY_BYTES_MAX: usize = 96 << 20;
/// Largest body of callers who may not upload.
const BODY_BYTES_MAX: usize = 1 << 20;
/// Bodies above this size are read on a thread that may take its time.
const INLINE_BYTES_MAX: usize = 256 << 10;
/// Answers from this size on are compressed when the client takes it.
const COMPRESSED_FROM_BYTES: usize = 1 << 10;

/// Whether the schema is whole; else what is wrong with it. Builds it when that was not done yet.
pub(crate) fn is_ready() -> Result<(), &'static str> {
    Engine::get().map(|_| ())
}

/// Answers one request.
pub(crate) async fn answer(
    State(state): State<ApiState>,
    caller: Caller<AnyToken>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let (status, answer) = match answered(&state, &caller, &parts.headers, body).await {
        Ok(answer) => (StatusCode::OK, answer),
        Err((status, errors)) => (status, json!({ "errors": errors })),
    };
    respond(status, &answer, &parts.headers)
}

async fn answered(
    state: &ApiState,
    caller: &Caller<AnyToken>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Value, (StatusCode, Vec<Value>)> {
    let may_upload = caller.holds(Permission::BulkUpload) || caller.holds(Permission::BulkUploadValidate);
    let most = if may_upload { UPLOAD_BODY_BYTES_MAX } else { BODY_BYTES_MAX };
    let bytes = to_bytes(body, most).await.map_err(|_| {
        let message = format!("the body could not be read, or is larger than {most} bytes");
        (StatusCode::PAYLOAD_TOO_LARGE, vec![problem(&message, &[], "PAYLOAD_TOO_LARGE")])
    })?;
    let asked = if bytes.len() > INLINE_BYTES_MAX {
        let read = tokio::task::spawn_blocking(move || read(&bytes)).await;
        read.unwrap_or_else(|_| Err("the body could not be read".to_owned()))
    } else {
        read(&bytes)
    };
    let asked =
        asked.map_err(|message| (StatusCode::BAD_REQUEST, vec![problem(&message, &[], "BAD_REQUEST")]))?;
    let engine = Engine::get().map_err(|what| {
        error!("the GraphQL schema is broken: {what}");
        let message = "the GraphQL schema is broken; the server's log has the reason";
        (StatusCode::INTERNAL_SERVER_ERROR, vec![problem(message, &[], "INTERNAL_SERVER_ERROR")])
    })?;
    let checked = engine.check(asked).await.map_err(|errors| (StatusCode::BAD_REQUEST, errors))?;
    let base_url = state.base_url(headers);
    let scene = Scene { engine, state, caller, base_url: &base_url };
    run(&scene, &checked).await.map_err(|error| (StatusCode::BAD_REQUEST, vec![error]))
}

/// Reads `{"query", "variables", "operationName"}`; other keys are ignored.
fn read(bytes: &[u8]) -> Result<Asked, String> {
    let expected = "send {\"query\": \"…\", \"variables\": {…}, \"operationName\": \"…\"} as JSON";
    let body: Value = serde_json::from_slice(bytes).map_err(|error| {
        format!("the body is no JSON: look at line {}, column {}; {expected}", error.line(), error.column())
    })?;
    let Value::Object(mut body) = body else { return Err(format!("the body is no JSON object; {expected}")) };
    let query = match body.remove("query") {
        Some(Value::String(query)) => query,
        _ => return Err(format!("`query` is missing, or no text; {expected}")),
    };
    let variables = match body.remove("variables") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(variables)) => variables,
        Some(_) => return Err(format!("`variables` is no object; {expected}")),
    };
    let operation_name = match body.remove("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name).filter(|name| !name.is_empty()),
        Some(_) => return Err(format!("`operationName` is no text; {expected}")),
    };
    Ok(Asked { query, operation_name, variables })
}

fn respond(status: StatusCode, answer: &Value, headers: &HeaderMap) -> Response {
    let text = answer.to_string();
    let kind = (header::CONTENT_TYPE, "application/json");
    let vary = (header::VARY, "Accept-Encoding");
    if text.len() >= COMPRESSED_FROM_BYTES && takes_gzip(headers) {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        if let Ok(packed) = gzip.write_all(text.as_bytes()).and_then(|()| gzip.finish()) {
            let encoding = (header::CONTENT_ENCODING, "gzip");
            return (status, [kind, vary, encoding], packed).into_response();
        }
    }
    (status, [kind, vary], text).into_response()
}

/// Whether the client lists gzip among the encodings that it takes.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let listed = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    listed.flat_map(|value| value.split(',')).any(|entry| {
        let (name, parameters) = entry.split_once(';').unwrap_or((entry, ""));
        let weight = parameters.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_none_or(|weight| weight > 0.0)
    })
}
