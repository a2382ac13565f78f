//! `/metrics`: counts that survive restarts come from the store, the rest from this process.

use std::collections::BTreeMap;
use std::fmt::Write;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use model::{DestinationId, metric};

use crate::error::ApiError;
use crate::state::{ApiState, DestinationView};

/// The Prometheus page; no token needed.
#[utoipa::path(get, path = "/metrics", tag = "server", responses((status = 200, content_type = "text/plain")))]
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
    page.push_str(&state.metrics.render());
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page).into_response())
}

/// Configured destinations by name, with 0 when nothing waits; others by their id while something does.
fn pending_by_label(
    destinations: &[DestinationView],
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
