//! `/metrics`: counts that survive restarts come from the store, the rest from this process.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use model::{DestinationId, metric};

use crate::error::ApiError;
use crate::state::{ApiState, DestinationView};

/// The Prometheus page; no token needed.
#[utoipa::path(get, path = "/metrics", tag = "server", security(()),
    responses((status = 200, content_type = "text/plain", body = String), (status = 503, body = api_types::ErrorMessage)))]
pub(crate) async fn metrics(State(state): State<ApiState>) -> Result<Response, ApiError> {
    let mut page = String::new();
    let mut counters = state.store.counters().await?;
    counters.sort_by(|a, b| (&a.name, &a.label).cmp(&(&b.name, &b.label)));
    let mut last_name = "";
    for counter in &counters {
        if counter.name != last_name {
            write_line(&mut page, format_args!("# TYPE {} counter", counter.name));
            last_name = &counter.name;
        }
        let labels = if counter.label.is_empty() { String::new() } else { format!("{{{}}}", counter.label) };
        write_line(&mut page, format_args!("{}{labels} {}", counter.name, counter.value));
    }
    let pending = state.store.pending_by_destination().await?;
    write_line(&mut page, format_args!("# TYPE {} gauge", metric::DELIVERIES_PENDING));
    for (label, count) in pending_by_label(&state.destinations.load(), pending) {
        let label = metric::escape_label(&label);
        write_line(
            &mut page,
            format_args!("{}{{destination=\"{label}\"}} {count}", metric::DELIVERIES_PENDING),
        );
    }
    write_health(&mut page, &state);
    page.push_str(&state.metrics.render());
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page).into_response())
}

/// How the configured destinations do.
fn write_health(page: &mut String, state: &ApiState) {
    let destinations = state.destinations.load();
    let now = state.clock.now();
    let rows: Vec<(String, [u64; 3])> = destinations
        .iter()
        .map(|view| {
            let health = state.delivery.health(&view.record.id);
            let is_paused = health.as_ref().is_some_and(|health| health.state == "paused");
            let failures = health.map_or(0, |health| health.failures_in_a_row);
            let is_muted = view.record.muted_until(now).is_some();
            let values = [u64::from(is_paused), failures, u64::from(is_muted)];
            (metric::escape_label(&view.record.display_name), values)
        })
        .collect();
    let gauges = [metric::DESTINATION_PAUSED, metric::DESTINATION_FAILURES, metric::DESTINATION_MUTED];
    for (index, name) in gauges.into_iter().enumerate() {
        write_line(page, format_args!("# TYPE {name} gauge"));
        for (label, values) in &rows {
            write_line(page, format_args!("{name}{{destination=\"{label}\"}} {}", values[index]));
        }
    }
}

/// Configured destinations by name, with 0 when nothing waits; others by their id while something does.
fn pending_by_label(
    destinations: &[Arc<DestinationView>],
    mut pending: BTreeMap<DestinationId, u64>,
) -> BTreeMap<String, u64> {
    let mut by_label = BTreeMap::new();
    for view in destinations {
        let count = pending.remove(&view.record.id).unwrap_or(0);
        by_label.insert(view.record.display_name.clone(), count);
    }
    for (id, count) in pending {
        *by_label.entry(id.to_string()).or_default() += count;
    }
    by_label
}

fn write_line(page: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(page, "{line}").expect("writing to a string cannot fail");
}
