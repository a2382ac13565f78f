//! `/internal/detections/check` and `/internal/detections/test`: what is wrong with an item that is not saved, and
//! what its tests say. Nothing is stored.

use std::collections::BTreeSet;

use api_types::{ErrorMessage, ItemDraft, ItemFindings, ItemRefusal, ItemTestForm, ItemTestResults};
use axum::Json;
use axum::extract::State;

use super::desk::ItemText;
use super::kinds::{parse_kind, require_modify};
use super::wire::{DeskError, finding, milliseconds, test_result};
use crate::auth::{Caller, RuleModify, RuleRead};
use crate::error::ApiError;
use crate::params::Body;
use crate::state::ApiState;

/// Tells what `margay check` would say of an item within all other content.
#[utoipa::path(post, path = "/internal/detections/check", operation_id = "check_detection", tag = "console",
    request_body = ItemDraft, responses((status = 200, body = ItemFindings),
        (status = 400, body = ErrorMessage),
        (status = 409, body = ItemRefusal, description = "Too many are checked at once")))]
pub(crate) async fn check_detection(
    _: Caller<RuleRead>,
    State(state): State<ApiState>,
    Body(draft): Body<ItemDraft>,
) -> Result<Json<ItemFindings>, DeskError> {
    let ItemDraft { kind, id, yaml, python } = draft;
    let text = item_text(&kind, id, yaml, python)?;
    let names = state.destinations.load();
    let names = names.iter().flat_map(|view| [view.record.display_name.clone(), view.record.id.to_string()]);
    let destinations: BTreeSet<String> = names.collect();
    let findings = state.desk.check(text, destinations).await?;
    Ok(Json(ItemFindings { findings: findings.into_iter().map(finding).collect() }))
}

/// Runs unit tests of an item with the engine of production; tests that fail are an answer like any other.
#[utoipa::path(post, path = "/internal/detections/test", operation_id = "test_detection", tag = "console",
    request_body = ItemTestForm, responses((status = 200, body = ItemTestResults),
        (status = 400, body = ItemRefusal, description = "There is no test of this name"),
        (status = 409, body = ItemRefusal, description = "Too many are tested at once")))]
pub(crate) async fn test_detection(
    caller: Caller<RuleModify>,
    State(state): State<ApiState>,
    Body(form): Body<ItemTestForm>,
) -> Result<Json<ItemTestResults>, DeskError> {
    let ItemTestForm { kind, id, yaml, python, only } = form;
    let text = item_text(&kind, id, yaml, python)?;
    require_modify(&caller, text.kind)?;
    let tested = state.desk.test(text, only).await?;
    Ok(Json(ItemTestResults {
        findings: tested.findings.into_iter().map(finding).collect(),
        results: tested.results.into_iter().map(test_result).collect(),
        elapsed_ms: milliseconds(tested.elapsed),
    }))
}

fn item_text(
    kind: &str,
    id: Option<String>,
    yaml: String,
    python: Option<String>,
) -> Result<ItemText, ApiError> {
    Ok(ItemText { id: id.unwrap_or_default(), kind: parse_kind(kind)?, yaml, python })
}
