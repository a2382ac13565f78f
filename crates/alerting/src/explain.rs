//! Why each destination got an alert, or not: one line for a person, kept with the decision.

use std::collections::BTreeSet;
use std::fmt;

use model::{AlertType, Destination, RouteExplanation};

use crate::route::{DESTINATIONS_MAX, RouteInput, SKIP, closed, filters_log_types};

/// Members of a filter that a reason names; more are only counted.
const LISTED_MAX: usize = 10;

/// What decided about an alert.
#[derive(Debug)]
pub(crate) enum Decider<'d> {
    /// A list that says: nobody.
    Silence {
        /// Whose list.
        by: &'static str,
        /// Whether it is empty; else it holds [`SKIP`].
        is_empty: bool,
    },
    /// A list of destinations.
    List {
        /// Whose list.
        by: &'static str,
        /// Those it names that exist, each once, disabled and muted ones and those beyond the limit too.
        named: Vec<&'d Destination>,
    },
    /// The destinations' own filters.
    Filters,
}

/// One line for each destination, in their order.
pub(crate) fn explain(
    input: &RouteInput<'_>,
    decider: &Decider<'_>,
    chosen: &[&Destination],
    destinations: &[Destination],
) -> Vec<RouteExplanation> {
    destinations
        .iter()
        .map(|destination| {
            let is_chosen = chosen.iter().any(|it| it.id == destination.id);
            RouteExplanation {
                destination_id: destination.id.clone(),
                display_name: destination.display_name.clone(),
                chosen: is_chosen,
                reason: reason(input, decider, destination, is_chosen),
            }
        })
        .collect()
}

fn reason(
    input: &RouteInput<'_>,
    decider: &Decider<'_>,
    destination: &Destination,
    is_chosen: bool,
) -> String {
    if input.never_send_to == Some(&destination.id) {
        return "the alert is about this destination, so it goes to the others".to_owned();
    }
    match decider {
        Decider::Silence { by, is_empty: true } => format!("{by} is an empty list: nobody is told"),
        Decider::Silence { by, is_empty: false } => format!("{by} holds `{SKIP}`: nobody is told"),
        Decider::List { by, named } => {
            let is_named = named.iter().any(|it| it.id == destination.id);
            match (is_named, is_chosen, closed(destination, input.at)) {
                (false, ..) => format!("{by} decided, and does not name it"),
                (true, true, _) => format!("named by {by}"),
                (true, false, Some(closed)) => format!("named by {by}, but it {closed}"),
                (true, false, None) => {
                    format!("named by {by}, but only the first {DESTINATIONS_MAX} are taken")
                }
            }
        }
        Decider::Filters => refusal(input, destination).unwrap_or_else(|| fit(input)),
    }
}

/// Why a destination does not get an alert by its own filters: the first that the alert does not pass, then its
/// mute, so that only a mute that kept something away is named.
pub(crate) fn refusal(input: &RouteInput<'_>, destination: &Destination) -> Option<String> {
    let by_filter = if destination.enabled { mismatch(input, destination) } else { None };
    by_filter.or_else(|| closed(destination, input.at).map(|closed| format!("it {closed}")))
}

/// The first filter of a destination that an alert does not pass.
fn mismatch(input: &RouteInput<'_>, destination: &Destination) -> Option<String> {
    let Destination { severities, alert_types, log_types, .. } = destination;
    let RouteInput { alert_type, severity, .. } = input;
    let is_system_error = *alert_type == AlertType::SystemError;
    if alert_types.is_empty() && is_system_error {
        return Some(format!("alert type {alert_type} is only sent to destinations that list it"));
    }
    if !alert_types.is_empty() && !alert_types.contains(alert_type) {
        return Some(format!("alert type {alert_type} is not among its types ({})", listed(alert_types)));
    }
    if !is_system_error && severities.is_empty() {
        return Some("it lists no severity, so it gets only what names it".to_owned());
    }
    if !is_system_error && !severities.contains(severity) {
        return Some(format!("severity {severity} is not among its severities ({})", listed(severities)));
    }
    let log_type = input.log_type.filter(|_| filters_log_types(*alert_type) && !log_types.is_empty())?;
    let is_listed = log_types.contains(log_type);
    (!is_listed).then(|| format!("log type {log_type} is not among its log types ({})", listed(log_types)))
}

fn fit(input: &RouteInput<'_>) -> String {
    let RouteInput { alert_type, severity, log_type, .. } = input;
    match log_type {
        _ if *alert_type == AlertType::SystemError => format!("it lists alert type {alert_type}"),
        Some(log_type) if filters_log_types(*alert_type) => {
            format!("severity {severity}, alert type {alert_type} and log type {log_type} pass its filters")
        }
        _ => format!("severity {severity} and alert type {alert_type} pass its filters"),
    }
}

fn listed<T: fmt::Display>(items: &BTreeSet<T>) -> String {
    let mut text = items.iter().take(LISTED_MAX).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if items.len() > LISTED_MAX {
        text.push_str(&format!(" and {} more", items.len() - LISTED_MAX));
    }
    text
}
