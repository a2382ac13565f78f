//! Puts an alert together when a window has earned one, and routes it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use model::{
    Alert, AlertId, AlertStatus, AlertType, DedupGroup, Destination, DestinationId, Detection, DetectionKind,
    NewDelivery, OpeningMatch, RoutingDecision, Severity, SystemError, SystemFinding, Trigger,
};

use crate::opening::SEVERITY_OF_DELETED;
use crate::route::{RouteInput, auto_delivery_id, route};

/// What sets one kind of alert apart from the others.
pub(crate) struct AlertOrigin {
    alert_type: AlertType,
    fault: Option<SystemError>,
    never_send_to: Option<DestinationId>,
}

impl AlertOrigin {
    /// A match or an error of a detection.
    pub(crate) fn of_detection(kind: DetectionKind, is_error: bool) -> Self {
        Self { alert_type: AlertType::of(kind, is_error), fault: None, never_send_to: None }
    }

    /// A fault of the platform.
    pub(crate) fn of_fault(fault: &SystemFinding) -> Self {
        Self {
            alert_type: AlertType::SystemError,
            fault: Some(SystemError { error_type: fault.error_type, component: fault.component.clone() }),
            never_send_to: fault.never_send_to.clone(),
        }
    }
}

/// The alert of a window as it is at `at`, with one delivery per destination. What later events of the
/// window change (counts, log types, sources) is filled in when the window is settled.
pub(crate) fn alert(
    id: AlertId,
    group: &DedupGroup,
    mut opening: OpeningMatch,
    detection: Option<&Arc<Detection>>,
    origin: AlertOrigin,
    destinations: &[Destination],
    at: Timestamp,
) -> (Alert, Vec<NewDelivery>) {
    let is_fault = origin.fault.is_some();
    if detection.is_none() && !is_fault {
        opening.warnings.push(deletion_warning(group));
    }
    let routing = routing_of(&mut opening, detection, &origin, destinations, at);
    let deliveries = deliveries_of(&id, at, &routing, destinations);
    let kind_of_deleted = (!is_fault).then_some(DetectionKind::Rule);
    let alert = Alert {
        id,
        alert_type: origin.alert_type,
        severity: if is_fault { Severity::Critical } else { opening.severity },
        status: AlertStatus::Open,
        title: opening.title,
        detection_id: group.rule_id.clone(),
        detection_kind: detection.map(|detection| detection.kind).or(kind_of_deleted),
        detection_name: match detection {
            Some(detection) => detection.display_name.clone(),
            None => is_fault.then(|| group.rule_id.as_str().to_owned()),
        },
        detection_version: detection.map(|detection| detection.version.clone()),
        system_error: origin.fault,
        dedup: group.dedup.clone(),
        number: group.alert_count,
        created_at: at,
        first_event_at: group.window_start,
        last_event_at: group.last_event_at,
        updated_at: at,
        event_count: group.event_count,
        log_types: BTreeSet::new(),
        source_ids: BTreeSet::new(),
        description: opening.description,
        reference: opening.reference,
        runbook: opening.runbook,
        context: opening.context,
        tags: detection.map(|detection| detection.tags.clone()).unwrap_or_default(),
        reports: detection.map(|detection| detection.reports.clone()).unwrap_or_default(),
        assignee: None,
        quality: None,
        context_tags: Vec::new(),
        updated_by: None,
        routing,
    };
    (alert, deliveries)
}

fn deletion_warning(group: &DedupGroup) -> String {
    format!(
        "Detection `{}` was removed before this alert was made, so the alert was made at once; where its match \
         and its window say nothing else, the severity is {SEVERITY_OF_DELETED}, and tags, reports and \
         `OutputIds` are unknown.",
        group.rule_id
    )
}

fn routing_of(
    opening: &mut OpeningMatch,
    detection: Option<&Arc<Detection>>,
    origin: &AlertOrigin,
    destinations: &[Destination],
    at: Timestamp,
) -> RoutingDecision {
    let input = RouteInput {
        alert_type: origin.alert_type,
        severity: opening.severity,
        log_type: opening.log_type.as_ref(),
        dynamic: opening.destinations.as_deref(),
        output_ids: detection.map_or(&[], |detection| &detection.output_ids),
        never_send_to: origin.never_send_to.as_ref(),
        at,
    };
    let mut routing = route(&input, destinations);
    let by_route = std::mem::replace(&mut routing.warnings, std::mem::take(&mut opening.warnings));
    routing.warnings.extend(by_route);
    routing
}

fn deliveries_of(
    alert_id: &AlertId,
    created_at: Timestamp,
    routing: &RoutingDecision,
    destinations: &[Destination],
) -> Vec<NewDelivery> {
    let chosen = routing.destination_ids.iter().filter_map(|id| destinations.iter().find(|it| it.id == *id));
    chosen
        .map(|destination| NewDelivery {
            id: auto_delivery_id(alert_id, created_at, &destination.id),
            destination_id: destination.id.clone(),
            destination_name: destination.display_name.clone(),
            destination_type: destination.destination_type.clone(),
            trigger: Trigger::Auto,
        })
        .collect()
}
