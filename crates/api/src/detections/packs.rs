//! `/internal/packs`: items that belong together, and switching all detections of one.

use std::collections::{BTreeMap, BTreeSet};

use api_types::{ErrorMessage, ItemRefusal, Pack, PackItem, PackPage, PackSwitchForm, Switched};
use axum::Json;
use axum::extract::State;
use serde_json::Value;

use super::desk::SWITCHED_MAX;
use super::kinds::{may_read, word_of};
use super::switch::switch;
use super::wire::{DeskError, is_enabled};
use crate::auth::{Caller, RuleModify, RuleRead};
use crate::content_admin::{ContentItem, ContentKind, ContentView};
use crate::error::ApiError;
use crate::params::{Body, Id};
use crate::state::ApiState;

/// Lists packs by id, each with its items.
#[utoipa::path(get, path = "/internal/packs", operation_id = "list_packs", tag = "console",
    responses((status = 200, body = PackPage)))]
pub(crate) async fn list_packs(caller: Caller<RuleRead>, State(state): State<ApiState>) -> Json<PackPage> {
    let (view, switches) = (state.content.view(), state.desk.switches());
    let packs = view.items().iter().filter(|item| item.kind == ContentKind::Pack);
    Json(PackPage { results: packs.map(|item| pack(item, &view, &switches, &caller)).collect() })
}

/// Switches all detections of a pack on or off.
#[utoipa::path(post, path = "/internal/packs/{id}/enabled", operation_id = "switch_pack", tag = "console",
    params(("id" = String, Path)), request_body = PackSwitchForm, responses((status = 200, body = Switched),
        (status = 400, body = ErrorMessage, description = "It has no detection, or too many"),
        (status = 404, body = ErrorMessage),
        (status = 409, body = ItemRefusal, description = "Another change is under way")))]
pub(crate) async fn switch_pack(
    caller: Caller<RuleModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    Body(PackSwitchForm { enabled }): Body<PackSwitchForm>,
) -> Result<Json<Switched>, DeskError> {
    let view = state.content.view();
    let found = view.find(&id).filter(|item| item.kind == ContentKind::Pack);
    let pack = found.ok_or_else(|| ApiError::not_found(format!("no pack `{id}`")))?;
    let is_detection = |id: &String| {
        view.find(id).is_some_and(|item| item.kind.is_detection() && may_read(&caller, item.kind))
    };
    let ids: BTreeSet<String> = ids_of(pack).into_iter().filter(is_detection).collect();
    if ids.is_empty() || ids.len() > SWITCHED_MAX {
        let message = format!(
            "the pack `{id}` has {} detections to switch, and 1 to {SWITCHED_MAX} are switched at once",
            ids.len()
        );
        return Err(ApiError::bad_request(message).into());
    }
    Ok(Json(switch(&state, &caller, ids.into_iter().collect(), enabled).await?))
}

fn pack(
    item: &ContentItem,
    view: &ContentView,
    switches: &BTreeMap<String, bool>,
    caller: &Caller<RuleRead>,
) -> Pack {
    let ids = ids_of(item);
    let is_shown = |id: &&String| view.find(id).is_none_or(|found| may_read(caller, found.kind));
    let items: Vec<PackItem> = ids
        .iter()
        .filter(is_shown)
        .map(|id| pack_item(id, view.find(id).map(|item| &**item), switches))
        .collect();
    let is_detection = |item: &&PackItem| view.find(&item.id).is_some_and(|found| found.kind.is_detection());
    Pack {
        id: item.id.clone(),
        display_name: item.text("DisplayName").unwrap_or_default().to_owned(),
        description: item.text("Description").unwrap_or_default().to_owned(),
        origin: item.origin.as_str().to_owned(),
        problem: item.problem.clone(),
        item_count: items.len(),
        present: items.iter().filter(|item| view.find(&item.id).is_some()).count(),
        detections: items.iter().filter(is_detection).count(),
        enabled: items.iter().filter(is_detection).filter(|item| item.enabled == Some(true)).count(),
        items,
    }
}

fn pack_item(id: &str, found: Option<&ContentItem>, switches: &BTreeMap<String, bool>) -> PackItem {
    let Some(item) = found else {
        return PackItem {
            id: id.to_owned(),
            kind: None,
            display_name: String::new(),
            enabled: None,
            problem: None,
        };
    };
    PackItem {
        id: id.to_owned(),
        kind: word_of(item.kind).map(str::to_owned),
        display_name: item.text("DisplayName").unwrap_or_default().to_owned(),
        enabled: item.kind.is_detection().then(|| is_enabled(item, switches)),
        problem: item.problem.clone(),
    }
}

/// What a pack names, each once.
fn ids_of(pack: &ContentItem) -> Vec<String> {
    let ids = pack.keys.get("PackDefinition").and_then(|definition| definition.get("IDs")?.as_array());
    let mut seen = BTreeSet::new();
    let ids = ids.into_iter().flatten().filter_map(Value::as_str);
    ids.filter(|id| seen.insert(*id)).map(str::to_owned).collect()
}
