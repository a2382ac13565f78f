//! Log sources.

use model::{Permission, SourceId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::alerts::{page_info, time};
use super::call::{Answer, Call, Needs, Refusal, RootField};
use super::identity::actor_json;
use crate::error::ApiError;
use crate::intake_admin::HttpSourceView;
use crate::source_health::SourceHealth;
use crate::state::ApiState;

const READ: Needs = Needs::All(&[Permission::LogSourceRead]);
const MODIFY: Needs = Needs::All(&[Permission::LogSourceModify]);

/// The id of the audit log among the sources.
const AUDIT_LOG_ID: &str = "audit";

pub(super) const ROOTS: &[RootField] = &[
    RootField { name: "source", needs: READ, resolve: |call| Box::pin(source(call)) },
    RootField { name: "sources", needs: READ, resolve: |call| Box::pin(sources(call)) },
    RootField { name: "createS3Source", needs: MODIFY, resolve: |call| Box::pin(not_available(call)) },
    RootField { name: "updateS3Source", needs: MODIFY, resolve: |call| Box::pin(not_available(call)) },
    RootField { name: "deleteSource", needs: MODIFY, resolve: |call| Box::pin(delete_source(call)) },
];

/// All sources are on one page; a cursor is taken and has no effect.
async fn sources(call: Call<'_>) -> Answer {
    let sources = call.state.source_admin.list();
    let health = SourceHealth::load(call.state).await?;
    let of_http = sources.iter().map(|source| node(call.state, &health, source));
    let nodes = of_http.chain(audit_log(call.state, &health));
    let edges: Vec<Value> = nodes.map(|node| json!({ "node": node })).collect();
    Ok(json!({ "edges": edges, "pageInfo": page_info(None, None) }))
}

async fn source(mut call: Call<'_>) -> Answer {
    let id: String = call.argument("id")?;
    let sources = call.state.source_admin.list();
    let found = sources.iter().find(|source| source.source.integration_id == id);
    let health = SourceHealth::load(call.state).await?;
    let node = found.map(|source| node(call.state, &health, source));
    let of_log = || audit_log(call.state, &health).filter(|node| node["integrationId"] == *id);
    node.or_else(of_log).ok_or_else(|| Refusal::not_found("source", &id))
}

/// The audit log, while its entries are events.
fn audit_log(state: &ApiState, health: &SourceHealth) -> Option<Value> {
    let is_source = state.source_ids.load().contains(&SourceId::from(AUDIT_LOG_ID));
    let is_http = state.source_admin.list().iter().any(|view| view.source.integration_id == AUDIT_LOG_ID);
    let last = health.state_of(AUDIT_LOG_ID);
    (is_source && !is_http).then(|| {
        json!({
            "__typename": "GenericLogIntegration",
            "integrationId": AUDIT_LOG_ID,
            "integrationLabel": "Audit log",
            "integrationType": "audit-log",
            "isEditable": false,
            "isHealthy": (state.readiness)().is_ok() && health.is_untroubled(AUDIT_LOG_ID),
            "logTypes": ["Panther.Audit"],
            "createdAtTime": time(state.started_at()),
            "createdBy": null,
            "lastModified": null,
            "lastEventReceivedAtTime": last.received_at.map(time),
            "lastEventProcessedAtTime": last.processed_at.map(time),
        })
    })
}

fn node(state: &ApiState, health: &SourceHealth, view: &HttpSourceView) -> Value {
    let HttpSourceView { source, no_data_alarm: _, created_at, created_by, updated_at } = view;
    let last = health.state_of(&source.integration_id);
    json!({
        "__typename": "GenericLogIntegration",
        "integrationId": source.integration_id,
        "integrationLabel": source.integration_label,
        "integrationType": "http-ingest",
        "isEditable": created_at.is_some(),
        "isHealthy": (state.readiness)().is_ok() && health.is_well(view),
        "logTypes": source.log_types,
        "createdAtTime": time(created_at.unwrap_or_else(|| state.started_at())),
        "createdBy": created_by.as_ref().map(actor_json),
        "lastModified": updated_at.map(time),
        "lastEventReceivedAtTime": last.received_at.map(time),
        "lastEventProcessedAtTime": last.processed_at.map(time),
    })
}

#[derive(Deserialize)]
struct DeleteInput {
    id: String,
}

async fn delete_source(mut call: Call<'_>) -> Answer {
    let DeleteInput { id } = call.input()?;
    crate::http_sources::note_before(call.state, &call.caller.audit, &id).await?;
    call.state.source_admin.delete(&SourceId::from(id.as_str())).await.map_err(ApiError::from)?;
    Ok(json!({ "id": id }))
}

async fn not_available(call: Call<'_>) -> Answer {
    let field = call.field;
    Err(Refusal::not_available(format!(
        "`{field}` is not available: sources of buckets are not part of this server yet"
    )))
}
