//! Destinations that do not take what is sent, and what was given up for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use api_types::{OverviewDestination, OverviewDestinations};
use model::{DestinationId, LogTypeAccess};
use store::{FAILED_COUNTED_MAX, StoreError};

use crate::destinations::to_wire;
use crate::state::{ApiState, DestinationView};

/// Destinations that are told of.
const FAILING_MAX: usize = 50;
/// States of a destination that takes what is sent, or is not meant to.
const CALM: [&str; 2] = ["healthy", "disabled"];

pub(super) async fn failing(
    state: &ApiState,
    access: &LogTypeAccess,
) -> Result<OverviewDestinations, StoreError> {
    let views = state.destinations.load_full();
    let ids: Vec<DestinationId> = views.iter().map(|view| view.record.id.clone()).collect();
    let failed = state.store.count_failed_deliveries(&ids, access).await?;
    let now = state.clock.now();
    let is_muted = |view: &&Arc<DestinationView>| {
        view.record.enabled && view.record.mute.as_ref().is_some_and(|mute| mute.is_on(now))
    };
    let told = views.iter().filter_map(|view| told(state, view, &failed)).take(FAILING_MAX);
    Ok(OverviewDestinations {
        total: views.len() as u64,
        disabled: views.iter().filter(|view| !view.record.enabled).count() as u64,
        muted: views.iter().filter(is_muted).count() as u64,
        failed_counted_max: FAILED_COUNTED_MAX,
        failing: told.collect(),
    })
}

/// A destination with failures; `None` when there are none.
fn told(
    state: &ApiState,
    view: &DestinationView,
    failed: &BTreeMap<DestinationId, u64>,
) -> Option<OverviewDestination> {
    let failed = failed.get(&view.record.id).copied().unwrap_or_default();
    let shown = to_wire(state, view);
    let is_calm = CALM.contains(&shown.health.state.as_str()) && shown.health.failures_in_a_row == 0;
    (!is_calm || failed > 0).then_some(OverviewDestination {
        id: shown.id,
        display_name: shown.display_name,
        destination_type: shown.destination_type,
        state: shown.health.state,
        failed,
        failures_in_a_row: shown.health.failures_in_a_row,
        failing_since: shown.health.failing_since,
        last_error: shown.health.last_error,
    })
}
