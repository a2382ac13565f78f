//! What destinations share: the generic payload and the colours.

use std::sync::Arc;

use model::{AlertType, Severity, format_aws_date_time};
use serde::Serialize;
use serde_json::{Map, Value};
use stdx::truncate_with_ellipsis;

use crate::destination::Outgoing;

/// The body of the webhook and its kin: always all thirteen keys, in this order.
///
/// Source: `destinations.md` §1.3.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GenericPayload<'a> {
    id: &'a str,
    created_at: String,
    severity: &'static str,
    #[serde(rename = "type")]
    alert_type: &'static str,
    link: &'a str,
    title: &'a str,
    name: Option<&'a str>,
    alert_id: &'a str,
    alert_context: &'a Map<String, Value>,
    description: Option<&'a str>,
    runbook: &'a str,
    tags: &'a [String],
    version: Option<&'a str>,
}

/// The generic payload of a delivery; its `id` is the detection's, `alertId` the alert's.
pub fn generic_payload(out: &Outgoing) -> impl Serialize + '_ {
    let alert = &*out.alert;
    let is_fault = alert.alert_type == AlertType::SystemError;
    GenericPayload {
        id: alert.detection_id.as_str(),
        created_at: format_aws_date_time(alert.created_at),
        severity: alert.severity.as_str(),
        alert_type: alert.alert_type.as_str(),
        link: out.link.as_str(),
        title: &out.title,
        name: alert.detection_name.as_deref().or(is_fault.then_some(alert.detection_id.as_str())),
        alert_id: alert.id.as_str(),
        alert_context: &alert.context,
        description: alert.description.as_deref(),
        runbook: alert.runbook.as_deref().unwrap_or_default(),
        tags: &alert.tags,
        version: alert.detection_version.as_deref(),
    }
}

/// The generic payload as compact JSON of at most `bytes_max` bytes: when the alert is too large, its context
/// is left out first and says so, then the longest texts are cut.
pub(crate) fn bounded_payload(out: &Outgoing, bytes_max: usize) -> String {
    let json =
        |out: &Outgoing| serde_json::to_string(&generic_payload(out)).expect("texts and maps are JSON");
    let whole = json(out);
    if whole.len() <= bytes_max {
        return whole;
    }
    let mut smaller = out.clone();
    for chars_max in [1000, 200, 40] {
        shrink(&mut smaller, chars_max);
        let cut = json(&smaller);
        if cut.len() <= bytes_max {
            return cut;
        }
    }
    json(&smaller)
}

/// Leaves the context out and cuts every text to `chars_max` characters, lists to as many entries.
fn shrink(out: &mut Outgoing, chars_max: usize) {
    out.title = truncate_with_ellipsis(&out.title, chars_max);
    let alert = Arc::make_mut(&mut out.alert);
    alert.context = Map::from_iter([("_truncated".to_owned(), Value::Bool(true))]);
    for text in [&mut alert.description, &mut alert.runbook].into_iter().flatten() {
        *text = truncate_with_ellipsis(text, chars_max);
    }
    alert.tags.truncate(chars_max);
    for tag in &mut alert.tags {
        *tag = truncate_with_ellipsis(tag, chars_max);
    }
}

/// The colour beside a message. `compat` gives the reference product's slate for `CRITICAL`.
pub fn severity_color(severity: Severity, compat: bool) -> &'static str {
    match severity {
        Severity::Critical if compat => "#425a70",
        Severity::Critical => "#7a0000",
        Severity::High => "#cb2e2e",
        Severity::Medium => "#d9822b",
        Severity::Low => "#f7d154",
        Severity::Info => "#47b881",
    }
}
