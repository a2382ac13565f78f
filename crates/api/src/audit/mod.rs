//! The audit log: who did what, from where, with what result. Source: `platform.md` §4.
//!
//! One layer lies around all routes. It gives each request a [`Slot`], in which the extractors of `auth` note who
//! calls and handlers note what was there before; after the answer it knows the rest. What changes something is
//! in the log, and on the disk, before the caller hears of it; the work goes on when the caller goes away
//! meanwhile, so that nothing is changed and not recorded. What is only read is on its way into the log before the
//! caller hears of it: see `reads`. What nobody can be named for (a token that is unknown, a session that is over)
//! is refused before anything is done and leaves no entry.
//!
//! Nothing secret is written: see `redact`. What an entry holds is bounded.

pub(crate) mod actions;
pub(crate) mod content;
mod entry;
mod later;
mod reads;
mod redact;
pub(crate) mod slot;
mod system;
mod taken;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use serde_json::Value;
use store::{AuditKind, NewAuditEntry, StoreError};
use tracing::error;

pub(crate) use self::later::Later;
pub use self::reads::AuditReads;
pub use self::system::SystemAction;

use self::actions::Action;
use self::entry::{Came, Outcome};
use self::slot::{Noted, Slot};
use self::taken::Taken;
use crate::error::ApiError;
use crate::state::ApiState;

/// Where documents are sent to.
const GRAPHQL: [&str; 3] = ["/", "/public/graphql", "/public/graphql/"];
/// Longest answer that is looked into for what is there now.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// What an [`ApiError`] says, for the layer.
#[derive(Clone)]
pub(crate) struct ErrorText(pub(crate) String);

/// What a request is about.
#[derive(Clone, Copy)]
enum Kind {
    Change(Action),
    Read(Action),
    Document,
}

/// The layer.
pub(crate) async fn record(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let Some((kind, route)) = kind_of(&request) else { return next.run(request).await };
    if let Kind::Read(action) = kind {
        // Nothing is done when the caller goes away meanwhile.
        return if state.audit_reads.is_on() {
            read(state, action, route, request, next).await
        } else {
            next.run(request).await
        };
    }
    // A task of its own: it ends whether somebody waits for it or not.
    let work = tokio::spawn(recorded(state, kind, route, request, next));
    work.await.unwrap_or_else(|problem| {
        error!("a change may have been made and not been written to the audit log: {problem}");
        fault().into_response()
    })
}

fn kind_of(request: &Request) -> Option<(Kind, String)> {
    let route = request.extensions().get::<MatchedPath>()?.as_str();
    let kind = if GRAPHQL.contains(&route) && request.method() == Method::POST {
        Kind::Document
    } else {
        // The handlers of GET answer HEAD too.
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        let action = actions::of_route(method.as_str(), route)?;
        match action.kind {
            AuditKind::Change => Kind::Change(action),
            AuditKind::Read => Kind::Read(action),
        }
    };
    Some((kind, route.to_owned()))
}

async fn recorded(state: ApiState, kind: Kind, route: String, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let came = Arc::new(Came::new(&parts, route, &state));
    let slot = Slot::new(&came);
    parts.extensions.insert(slot.clone());
    let (body, taken) = match kind {
        Kind::Change(_) => taken::of(body),
        // Its arguments are noted field by field.
        Kind::Read(_) | Kind::Document => (body, Taken::default()),
    };
    let run = next.run(Request::from_parts(parts, body));
    let answered = AssertUnwindSafe(run).catch_unwind().await;
    let response = answered.unwrap_or_else(|_| fault().into_response());
    let noted = slot.take();
    if noted.actor.is_none() {
        return response;
    }
    let (response, outcome) = outcome_of(response).await;
    let (changes, reads) = match kind {
        Kind::Change(action) | Kind::Read(action) => {
            (vec![came.entry(action, &noted, &taken, &outcome)], Vec::new())
        }
        Kind::Document => came.entries_of_fields(&noted),
    };
    if let Err(problem) = append(&state, changes).await {
        error!("what a caller did could not be written to the audit log: {problem}");
        let message = "this may have been done, but could not be written to the audit log; see what is there before trying again";
        return ApiError::new(StatusCode::SERVICE_UNAVAILABLE, message).into_response();
    }
    noted_reads(&state, reads, response).await
}

/// Runs what only reads.
async fn read(state: ApiState, action: Action, route: String, request: Request, next: Next) -> Response {
    let slot = Slot::default();
    let (mut parts, body) = request.into_parts();
    let came = Came::new(&parts, route, &state);
    parts.extensions.insert(slot.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    let noted = slot.take();
    if noted.actor.is_none() {
        return response;
    }
    let error = response.extensions().get::<ErrorText>().map(|text| text.0.clone());
    let outcome = Outcome { status: response.status(), error, answer: Value::Null };
    let entry = came.entry(action, &noted, &Taken::default(), &outcome);
    noted_reads(&state, vec![entry], response).await
}

/// The answer, when what was read is on its way into the log.
async fn noted_reads(state: &ApiState, entries: Vec<NewAuditEntry>, response: Response) -> Response {
    for entry in entries {
        if state.audit_reads.add(entry).await.is_err() {
            let message = "what is read cannot be written to the audit log, or not fast enough; try again later, and see the server's log";
            return ApiError::new(StatusCode::SERVICE_UNAVAILABLE, message).into_response();
        }
    }
    response
}

async fn append(state: &ApiState, entries: Vec<NewAuditEntry>) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    state.store.append_audit(AuditKind::Change, entries, &state.key_file).await.map(|_| ())
}

/// What came of a request; the answer stays as it is.
async fn outcome_of(response: Response) -> (Response, Outcome) {
    let status = response.status();
    let error = response.extensions().get::<ErrorText>().map(|text| text.0.clone());
    let (parts, body) = response.into_parts();
    let is_json = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    let is_short = http_body_size(&body).is_some_and(|bytes| bytes <= ANSWER_BYTES_MAX);
    if !is_json || !is_short {
        return (Response::from_parts(parts, body), Outcome { status, error, answer: Value::Null });
    }
    // Of this size, and in memory: it cannot fail.
    let bytes = to_bytes(body, ANSWER_BYTES_MAX).await.unwrap_or_default();
    let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let error = error.or_else(|| Some(answer["message"].as_str()?.to_owned()));
    (Response::from_parts(parts, Body::from(bytes)), Outcome { status, error, answer })
}

fn http_body_size(body: &Body) -> Option<usize> {
    use axum::body::HttpBody as _;
    body.size_hint().exact().and_then(|bytes| usize::try_from(bytes).ok())
}

fn fault() -> ApiError {
    let message = "the request failed by a defect of the server; its log has more";
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, message)
}

/// Whether what was asked for was not done.
fn is_failure(noted: &Noted, status: StatusCode) -> bool {
    noted.failure.is_some() || status.is_client_error() || status.is_server_error()
}
