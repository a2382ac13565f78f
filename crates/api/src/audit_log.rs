//! `/audit-log`: what was done by whom.
//!
//! Entries name people and show whatever was changed, so that who reads them may see the settings, the people and
//! every log type.

use api_types::{AuditEntry, AuditPage, ErrorMessage, words};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use model::Permission;
use store::{AuditFilter, AuditKind, StoreError};
use tracing::error;

use crate::auth::{Caller, GeneralSettingsRead};
use crate::error::ApiError;
use crate::params::Query;
use crate::state::ApiState;

/// Entries that an export reads at once.
const EXPORT_STEP: usize = 500;

/// Lists the audit log, newest first: what was changed, or with `kind=read` what was only read. A list with
/// `contains` looks at 100,000 entries for a page, which may be empty and have a `next`.
#[utoipa::path(get, path = "/audit-log", tag = "audit log", params(
    ("kind" = Option<words::AuditKind>, Query, description = "`change` (default) or `read`"),
    ("from" = Option<String>, Query, description = "RFC 3339 or Unix seconds; done then or later"),
    ("to" = Option<String>, Query, description = "RFC 3339 or Unix seconds; done before"),
    ("action" = Option<String>, Query, description = "Exactly this `actionName`"),
    ("actor" = Option<String>, Query, description = "Exactly this `actor.id`"),
    ("result" = Option<words::AuditResult>, Query, description = "SUCCEEDED, FAILED or PARTIALLY_FAILED"),
    ("contains" = Option<String>, Query, description = "Part of the entry's JSON text, whatever the case of ASCII letters"),
    ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u64>, Query, minimum = 1, maximum = 50, description = "1 to 50, 25 by default"),
), responses((status = 200, body = AuditPage), (status = 400, body = ErrorMessage)))]
pub(crate) async fn list_entries(
    caller: Caller<GeneralSettingsRead>,
    State(state): State<ApiState>,
    query: Query,
) -> Result<Json<AuditPage>, ApiError> {
    may_read(&caller)?;
    let filter = filter_of(&query)?;
    let page = state.store.list_audit(&filter, &query.page()?).await?;
    let results = page.items.iter().map(|entry| to_wire(filter.kind, entry)).collect();
    Ok(Json(AuditPage { results, next: page.next }))
}

/// Exports the audit log as JSON lines, oldest first; each has `kind`, `sequence`, `hash` and `entry`.
#[utoipa::path(get, path = "/audit-log/export", tag = "audit log", params(
    ("kind" = Option<words::AuditKind>, Query, description = "`change` (default) or `read`"),
    ("from" = Option<String>, Query, description = "RFC 3339 or Unix seconds; done then or later"),
    ("to" = Option<String>, Query, description = "RFC 3339 or Unix seconds; done before"),
    ("action" = Option<String>, Query, description = "Exactly this `actionName`"),
    ("actor" = Option<String>, Query, description = "Exactly this `actor.id`"),
    ("result" = Option<words::AuditResult>, Query, description = "SUCCEEDED, FAILED or PARTIALLY_FAILED"),
    ("contains" = Option<String>, Query, description = "Part of the entry's JSON text, whatever the case of ASCII letters"),
), responses((status = 200, body = String, content_type = "application/x-ndjson"),
    (status = 400, body = ErrorMessage)))]
pub(crate) async fn export(
    caller: Caller<GeneralSettingsRead>,
    State(state): State<ApiState>,
    query: Query,
) -> Result<Response, ApiError> {
    may_read(&caller)?;
    let filter = filter_of(&query)?;
    let first = step(&state, 0, &filter).await?;
    // The database is asked again when the caller has taken what was there.
    let lines = stream::unfold(Some((first, filter)), move |at| {
        let state = state.clone();
        async move {
            let ((bytes, last), filter) = at?;
            let last = last?;
            let next = step(&state, last, &filter).await;
            let next = next.inspect_err(|problem| error!("an export of the audit log broke off: {problem}"));
            match next {
                Ok(next) => Some((Ok(bytes), Some((next, filter)))),
                // An end that is not one: the caller sees a broken answer.
                Err(problem) => Some((Err(problem), None)),
            }
        }
    });
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, Body::from_stream(lines)).into_response())
}

/// Some lines, and the sequence of the last one; `None` when there is none.
async fn step(
    state: &ApiState,
    after: u64,
    filter: &AuditFilter,
) -> Result<(Bytes, Option<u64>), StoreError> {
    let entries = state.store.audit_after(after, filter, EXPORT_STEP).await?;
    let (mut text, kind) = (String::new(), filter.kind.as_str());
    for store::AuditEntry { sequence, entry, hash } in &entries {
        // The text as it was hashed.
        text.push_str(&format!(
            "{{\"kind\":\"{kind}\",\"sequence\":{sequence},\"hash\":\"{hash}\",\"entry\":{entry}}}\n"
        ));
    }
    Ok((Bytes::from(text), entries.last().map(|entry| entry.sequence)))
}

fn may_read(caller: &Caller<GeneralSettingsRead>) -> Result<(), ApiError> {
    caller.require(Permission::UserRead)?;
    if caller.rights.log_types.is_all() {
        return Ok(());
    }
    Err(ApiError::forbidden("the audit log is about every log type, and the caller may not see all of them"))
}

fn kind_of(query: &Query) -> Result<AuditKind, ApiError> {
    Ok(query.parsed("kind", "change or read", AuditKind::parse)?.unwrap_or_default())
}

fn filter_of(query: &Query) -> Result<AuditFilter, ApiError> {
    let text = |key: &str| query.one(key).map(str::to_owned);
    Ok(AuditFilter {
        kind: kind_of(query)?,
        from: query.time("from")?,
        to: query.time("to")?,
        action: text("action"),
        actor: text("actor"),
        result: query.parsed("result", "SUCCEEDED, FAILED or PARTIALLY_FAILED", |word| {
            words::AuditResult::list().contains(&word).then(|| word.to_owned())
        })?,
        contains: text("contains"),
    })
}

fn to_wire(kind: AuditKind, entry: &store::AuditEntry) -> AuditEntry {
    let store::AuditEntry { sequence, entry, hash } = entry;
    // Somebody changed the database; the text itself is what there is to see, and `verify` names it.
    let entry = serde_json::from_str(entry).unwrap_or_else(|_| serde_json::Value::String(entry.clone()));
    AuditEntry { kind: kind.as_str().to_owned(), sequence: *sequence, hash: hash.clone(), entry }
}
