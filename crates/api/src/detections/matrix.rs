//! `/internal/detections/matrix`: which techniques of MITRE ATT&CK detections cover.

use std::collections::BTreeMap;
use std::sync::Arc;

use api_types::{CoverageMatrix, CoverageTactic, CoverageTechnique, CoverageUnknown};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use content::{Cell, Covering, MITRE_FRAMEWORK, Matrix, Row, Runs, UnknownEntry, navigator_layer};
use serde_json::Value;

use super::kinds::may_read;
use super::wire::is_enabled;
use crate::auth::{Caller, RuleRead};
use crate::content_admin::{ContentItem, ContentKind};
use crate::state::ApiState;

/// Shows the whole matrix with the detections that the caller may see; broken ones are not in it.
#[utoipa::path(get, path = "/internal/detections/matrix", operation_id = "show_coverage", tag = "console",
    responses((status = 200, body = CoverageMatrix)))]
pub(crate) async fn show_matrix(
    caller: Caller<RuleRead>,
    State(state): State<ApiState>,
) -> Json<CoverageMatrix> {
    let (items, switches) = (sound(&state, &caller), state.desk.switches());
    let Matrix { tactics, unknown, without } = Matrix::whole(coverings(&items, &switches));
    Json(CoverageMatrix {
        tactics: tactics.into_iter().map(tactic).collect(),
        unknown: unknown.into_iter().map(unknown_entry).collect(),
        without: without.len(),
    })
}

/// Writes what is covered as a layer of the ATT&CK Navigator.
#[utoipa::path(get, path = "/internal/detections/matrix/layer", operation_id = "export_coverage", tag = "console",
    responses((status = 200, body = Value, description = "A layer; its format is the Navigator's")))]
pub(crate) async fn export_layer(caller: Caller<RuleRead>, State(state): State<ApiState>) -> Response {
    let (items, switches) = (sound(&state, &caller), state.desk.switches());
    let layer = navigator_layer(&Matrix::of(coverings(&items, &switches)));
    let name = "attachment; filename=\"margay-detections.json\"";
    ([(header::CONTENT_DISPOSITION, name)], Json(layer)).into_response()
}

/// The detections that can be used and that the caller may see.
fn sound(state: &ApiState, caller: &Caller<RuleRead>) -> Vec<Arc<ContentItem>> {
    let view = state.content.view();
    let is_shown = |item: &&Arc<ContentItem>| {
        item.kind.is_detection() && item.problem.is_none() && may_read(caller, item.kind)
    };
    view.items().iter().filter(is_shown).cloned().collect()
}

fn coverings<'a>(
    items: &'a [Arc<ContentItem>],
    switches: &'a BTreeMap<String, bool>,
) -> impl Iterator<Item = Covering<'a>> {
    items.iter().map(|item| Covering {
        id: &item.id,
        entries: entries(item),
        runs: match item.kind {
            ContentKind::Rule | ContentKind::SimpleRule | ContentKind::CorrelationRule => {
                if is_enabled(item, switches) { Runs::Enabled } else { Runs::Disabled }
            }
            _ => Runs::NotYet,
        },
    })
}

fn entries(item: &ContentItem) -> Vec<&str> {
    let entries = item.keys.get("Reports").and_then(|reports| reports.get(MITRE_FRAMEWORK)?.as_array());
    entries.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn tactic(row: Row<'_>) -> CoverageTactic {
    CoverageTactic {
        id: row.id.to_owned(),
        name: row.name.to_owned(),
        short_name: row.tactic.short_name.to_owned(),
        techniques: row.techniques.into_iter().map(technique).collect(),
    }
}

fn technique(cell: Cell<'_>) -> CoverageTechnique {
    let Cell { id, name, enabled, disabled, not_run_yet } = cell;
    CoverageTechnique {
        id: id.to_owned(),
        name: name.to_owned(),
        enabled: owned(enabled),
        disabled: owned(disabled),
        not_run_yet: owned(not_run_yet),
    }
}

fn unknown_entry(unknown: UnknownEntry<'_>) -> CoverageUnknown {
    let UnknownEntry { entry, reason, detections } = unknown;
    CoverageUnknown { entry: entry.to_owned(), reason: reason.to_owned(), detections: owned(detections) }
}

fn owned(ids: Vec<&str>) -> Vec<String> {
    ids.into_iter().map(str::to_owned).collect()
}
