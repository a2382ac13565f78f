//! Alerts: list, view, change.

use std::sync::Arc;

use api_types::CommentForm;
use jiff::Timestamp;
use model::{
    Actor, Alert, AlertClass, AlertId, AlertStatus, AlertType, LogType, LogTypeAccess, RuleId, Severity,
    SourceId,
};
use model::{DetectionKind, Permission, SystemErrorType};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{AlertChange, AlertFilter, PageRequest, SortDirection};

use super::call::{Answer, Call, Needs, ObjectField, Refusal, RootField};
use super::identity::{actor_json, find_by_email};
use crate::alert_change::update_alerts;
use crate::alert_comments::write_comment;
use crate::alerts::{ASSIGNEE_CHARS_MAX, visible};
use crate::state::ApiState;

/// Largest page of alerts or events.
pub(super) const PAGE_ITEMS_MAX: usize = 100;
/// Most alerts that one call changes.
const CHANGED_MAX: usize = 1_000;

const READ: Needs = Needs::All(&[Permission::AlertRead]);
const MODIFY: Needs = Needs::All(&[Permission::AlertModify]);

pub(super) const ROOTS: &[RootField] = &[
    RootField { name: "alert", needs: READ, resolve: |call| Box::pin(alert(call)) },
    RootField { name: "alerts", needs: READ, resolve: |call| Box::pin(alerts(call)) },
    RootField { name: "createAlertComment", needs: MODIFY, resolve: |call| Box::pin(create_comment(call)) },
    RootField { name: "updateAlertStatusById", needs: MODIFY, resolve: |call| Box::pin(update_status(call)) },
    RootField {
        name: "updateAlertsAssigneeById",
        needs: MODIFY,
        resolve: |call| Box::pin(update_assignee_by_id(call)),
    },
    RootField {
        name: "updateAlertsAssigneeByEmail",
        needs: MODIFY,
        resolve: |call| Box::pin(update_assignee_by_email(call)),
    },
];

pub(super) const OBJECTS: &[ObjectField] = &[
    ObjectField { object: "Alert", name: "deliveries", resolve: |call| Box::pin(deliveries(call)) },
    ObjectField { object: "Alert", name: "events", resolve: |call| Box::pin(events(call)) },
];

async fn alert(mut call: Call<'_>) -> Answer {
    let id: String = call.argument("id")?;
    let alert = existing(&call, &id).await?;
    Ok(node(call.state, &alert))
}

/// The alert, unless there is none or the caller may not see it.
async fn existing(call: &Call<'_>, id: &str) -> Result<Arc<Alert>, Refusal> {
    let found = visible(call.state, call.caller, &AlertId::from(id)).await?;
    found.ok_or_else(|| Refusal::not_found("alert", id))
}

/// What `alerts` can be asked for; absent keys do not restrict.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AlertsInput {
    #[serde(rename = "type")]
    class: Option<AlertClass>,
    #[serde(default)]
    subtypes: Vec<String>,
    detection_id: Option<String>,
    created_at_after: Option<Timestamp>,
    created_at_before: Option<Timestamp>,
    #[serde(default)]
    severities: Vec<Severity>,
    #[serde(default)]
    statuses: Vec<AlertStatus>,
    #[serde(default)]
    assignee_ids: Vec<String>,
    name_contains: Option<String>,
    #[serde(default)]
    log_sources: Vec<String>,
    #[serde(default)]
    log_types: Vec<String>,
    #[serde(default)]
    resource_types: Vec<String>,
    event_count_min: Option<i64>,
    event_count_max: Option<i64>,
    sort_dir: Option<String>,
    page_size: i64,
    cursor: Option<String>,
    first: Option<i64>,
    after: Option<String>,
    #[serde(default)]
    status: Vec<AlertStatus>,
    #[serde(default)]
    severity: Vec<Severity>,
}

async fn alerts(mut call: Call<'_>) -> Answer {
    let input: AlertsInput = call.input()?;
    let has_span = input.created_at_after.is_some() && input.created_at_before.is_some();
    let is_paged_by_first = input.first.is_some() || input.after.is_some();
    if input.detection_id.is_none() && !has_span && !is_paged_by_first {
        return Err(Refusal::bad_input("give `detectionId`, or both `createdAtAfter` and `createdAtBefore`"));
    }
    let limit = page_size(input.first.unwrap_or(input.page_size))?;
    let cursor = input.cursor.clone().or_else(|| input.after.clone()).filter(|cursor| !cursor.is_empty());
    let page = PageRequest { cursor: cursor.clone(), limit };
    let is_of_resources = !input.resource_types.is_empty();
    let filter = filter(input, call.caller.rights.log_types.clone());
    // Alerts of cloud resources do not exist yet: none is of the types that are asked for.
    if is_of_resources {
        return Ok(json!({ "edges": [], "pageInfo": page_info(cursor.as_ref(), None) }));
    }
    let page = call.state.store.list_alerts(&filter, &page).await?;
    let last = page.items.len();
    let edges: Vec<Value> = (1..)
        .zip(&page.items)
        .map(|(number, alert)| {
            let cursor = page.next.as_ref().filter(|_| number == last);
            json!({ "node": node(call.state, alert), "cursor": cursor })
        })
        .collect();
    Ok(json!({ "edges": edges, "pageInfo": page_info(cursor.as_ref(), page.next.as_ref()) }))
}

/// A page size within its bounds.
pub(super) fn page_size(asked: i64) -> Result<usize, Refusal> {
    let within = usize::try_from(asked).ok().filter(|size| (1..=PAGE_ITEMS_MAX).contains(size));
    within.ok_or_else(|| {
        Refusal::bad_input(format!("a page has 1 to {PAGE_ITEMS_MAX} items; `{asked}` were asked for"))
    })
}

/// Where a page lies, as every list says it.
pub(super) fn page_info(cursor: Option<&String>, next: Option<&String>) -> Value {
    json!({
        "hasNextPage": next.is_some(),
        "endCursor": next,
        "hasPreviousPage": cursor.is_some(),
        "startCursor": cursor,
    })
}

fn filter(input: AlertsInput, visible: LogTypeAccess) -> AlertFilter {
    let count = |asked: Option<i64>| asked.map(|count| u64::try_from(count).unwrap_or(0));
    let name = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
    AlertFilter {
        class: input.class,
        types: input.subtypes.iter().flat_map(|word| types_shown_as(word)).collect(),
        created_after: input.created_at_after,
        created_before: input.created_at_before,
        detection_id: name(&input.detection_id).map(RuleId::from),
        dedup: None,
        name_contains: name(&input.name_contains),
        source_ids: input.log_sources.into_iter().map(SourceId::from).collect(),
        log_types: input.log_types.into_iter().map(LogType::from).collect(),
        statuses: input.statuses.into_iter().chain(input.status).collect(),
        severities: input.severities.into_iter().chain(input.severity).collect(),
        assignees: input.assignee_ids.into_iter().collect(),
        event_count_min: count(input.event_count_min),
        event_count_max: count(input.event_count_max),
        sort: match input.sort_dir.as_deref() {
            Some("ascending") => SortDirection::Ascending,
            _ => SortDirection::Descending,
        },
        visible,
    }
}

/// The word of the schema for a type of alerts. The schema is older than correlation rules and has no words
/// for their alerts; `origin` tells them apart.
fn shown_as(alert_type: AlertType) -> &'static str {
    match alert_type {
        AlertType::Rule | AlertType::CorrelationRule => "RULE",
        AlertType::RuleError | AlertType::CorrelationRuleError | AlertType::PolicyError => "RULE_ERROR",
        AlertType::ScheduledRule
        | AlertType::ScheduledRuleError
        | AlertType::Policy
        | AlertType::SystemError => alert_type.as_str(),
    }
}

fn types_shown_as(word: &str) -> Vec<AlertType> {
    AlertType::ALL.iter().copied().filter(|alert_type| shown_as(*alert_type) == word).collect()
}

/// An alert with the keys of its type.
fn node(state: &ApiState, alert: &Alert) -> Value {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let name = alert.detection_name.clone().unwrap_or_else(|| alert.detection_id.to_string());
    json!({
        "id": alert.id.as_str(),
        "type": shown_as(alert.alert_type),
        "title": alert.title,
        "severity": alert.severity.as_str(),
        "status": alert.status.as_str(),
        "description": text(&alert.description),
        "reference": text(&alert.reference),
        "runbook": text(&alert.runbook),
        "createdAt": time(alert.created_at),
        "updatedAt": time(alert.updated_at),
        "updatedBy": alert.updated_by.as_ref().map(actor_json),
        "firstEventOccurredAt": time(alert.first_event_at),
        "lastReceivedEventAt": time(alert.last_event_at),
        "assignee": alert.assignee,
        "origin": origin(state, alert),
        "detection": alert.detection_kind.map(|_| json!({ "id": alert.detection_id.as_str(), "displayName": name })),
    })
}

fn origin(state: &ApiState, alert: &Alert) -> Value {
    if let Some(fault) = &alert.system_error {
        let (error_type, component) = fault_words(fault.error_type);
        return json!({ "__typename": "SystemError", "type": error_type, "relatedComponent": component });
    }
    let served = (state.served)();
    let Some(detection) = served.detections.get(&alert.detection_id) else {
        return json!({ "__typename": "DeletedDetection", "id": alert.detection_id.as_str() });
    };
    let view = state.content.view();
    let item = view.find(detection.id.as_str());
    let created_at = item.and_then(|item| item.created_at);
    json!({
        "__typename": "Detection",
        "id": detection.id.as_str(),
        "name": detection.display_name.clone().unwrap_or_else(|| detection.id.to_string()),
        "description": detection.description,
        "type": match detection.kind {
            DetectionKind::Rule => "RULE",
            DetectionKind::ScheduledRule => "SCHEDULED_RULE",
            DetectionKind::Policy => "POLICY",
            DetectionKind::CorrelationRule => "CORRELATION_RULE",
        },
        "createdAt": time(created_at.unwrap_or_else(|| state.started_at())),
        "createdBy": item.and_then(|item| item.created_by.as_ref()).map(actor_json),
        "updatedAt": item.and_then(|item| item.last_modified).map(time),
        "updatedBy": item.and_then(|item| item.last_modified_by.as_ref()).map(actor_json),
    })
}

/// The words of the schema for a fault, and for what it is about. For faults that the schema does not know,
/// the nearest; the title of the alert tells more.
fn fault_words(error_type: SystemErrorType) -> (&'static str, &'static str) {
    match error_type {
        SystemErrorType::AlertDelivery => ("ALERT_DELIVERY", "DESTINATION"),
        SystemErrorType::DetectionAlertLimitExceeded
        | SystemErrorType::DetectionBenched
        | SystemErrorType::CorrelationTimeout
        | SystemErrorType::CorrelationSignalsDropped => ("DETECTION_ALERT_LIMIT_EXCEEDED", "DETECTION"),
        SystemErrorType::SourceClassificationFailures => ("SOURCE_CLASSIFICATION_FAILURES", "LOG_SOURCE"),
        SystemErrorType::SourceNoData => ("SOURCE_NO_DATA", "LOG_SOURCE"),
        SystemErrorType::SourceLogProcessingErrors | SystemErrorType::StorageFull => {
            ("SOURCE_LOG_PROCESSING_ERRORS", "LOG_SOURCE")
        }
    }
}

/// A time as every answer has it.
pub(super) fn time(at: Timestamp) -> String {
    at.to_string()
}

async fn deliveries(call: Call<'_>) -> Answer {
    let alert = existing(&call, call.parent_text("id")).await?;
    let deliveries = call.state.store.deliveries_of_alert(&alert.id).await?;
    let shown = api_types::Alert::new(&alert, &deliveries);
    let url_of = |output_id: &str| {
        let of_output = deliveries.iter().find(|delivery| delivery.destination_id.as_str() == output_id);
        of_output.and_then(|delivery| delivery.remote_url.clone()).unwrap_or_default()
    };
    let shown = shown.deliveries.iter().map(|attempt| {
        json!({
            "outputId": attempt.output_id,
            "label": attempt.label,
            "message": attempt.message,
            "statusCode": attempt.status_code,
            "success": attempt.success,
            "url": url_of(&attempt.output_id),
            "dispatchedAt": attempt.dispatched_at,
        })
    });
    Ok(shown.collect())
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventsInput {
    cursor: Option<String>,
    page_size: Option<i64>,
}

async fn events(mut call: Call<'_>) -> Answer {
    let input: Option<EventsInput> = call.input()?;
    let EventsInput { cursor, page_size: asked } = input.unwrap_or_default();
    let limit = page_size(asked.unwrap_or(25))?;
    let cursor = cursor.filter(|cursor| !cursor.is_empty());
    let offset: u64 = match &cursor {
        None => 0,
        Some(text) => text
            .parse()
            .map_err(|_| Refusal::bad_input(format!("`cursor`: `{text}` is no cursor of this list")))?,
    };
    let id = AlertId::from(call.parent_text("id"));
    let page = call.state.store.alert_events(&id, offset, limit).await?;
    let mut edges = Vec::with_capacity(page.events.len());
    for event in &page.events {
        let event =
            model::json::parse_json(event).map_err(|_| Refusal::internal("a kept event is not readable"))?;
        edges.push(json!({ "node": event }));
    }
    let next = page.next_offset.map(|offset| offset.to_string());
    Ok(json!({ "edges": edges, "pageInfo": page_info(cursor.as_ref(), next.as_ref()) }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CommentInput {
    alert_id: String,
    body: String,
    format: String,
}

async fn create_comment(mut call: Call<'_>) -> Answer {
    let CommentInput { alert_id, body, format } = call.input()?;
    let alert = existing(&call, &alert_id).await?;
    let form = CommentForm { alert_id, body, format };
    let comment = write_comment(call.state, call.caller, form).await?;
    let mut entity = node(call.state, &alert);
    entity["__typename"] = "Alert".into();
    Ok(json!({ "comment": {
        "__typename": "Comment",
        "id": comment.id,
        "body": comment.body,
        "format": comment.format.as_str(),
        "createdAt": time(comment.created_at),
        "createdBy": actor_json(&comment.created_by),
        "entity": entity,
    } }))
}

#[derive(Deserialize)]
struct StatusInput {
    ids: Vec<String>,
    status: AlertStatus,
}

async fn update_status(mut call: Call<'_>) -> Answer {
    let StatusInput { ids, status } = call.input()?;
    change(&call, ids, AlertChange { status: Some(status), ..AlertChange::default() }).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssigneeIdInput {
    ids: Vec<String>,
    assignee_id: Option<String>,
}

async fn update_assignee_by_id(mut call: Call<'_>) -> Answer {
    let AssigneeIdInput { ids, assignee_id } = call.input()?;
    change(&call, ids, assigned(assignee_id)?).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssigneeEmailInput {
    ids: Vec<String>,
    assignee_email: Option<String>,
}

async fn update_assignee_by_email(mut call: Call<'_>) -> Answer {
    let AssigneeEmailInput { ids, assignee_email } = call.input()?;
    let assignee = match assignee_email.filter(|email| !email.is_empty()) {
        None => None,
        Some(email) => {
            let user = find_by_email(call.state, &email).await?;
            Some(user.ok_or_else(|| Refusal::not_found("user", &email))?.id)
        }
    };
    change(&call, ids, assigned(assignee)?).await
}

/// The change that gives alerts to somebody, or to nobody.
fn assigned(assignee: Option<String>) -> Result<AlertChange, Refusal> {
    let assignee = assignee.filter(|text| !text.is_empty());
    if assignee.as_ref().is_some_and(|text| text.chars().count() > ASSIGNEE_CHARS_MAX) {
        return Err(Refusal::bad_input(format!(
            "the assignee is longer than {ASSIGNEE_CHARS_MAX} characters"
        )));
    }
    Ok(AlertChange { assignee: Some(assignee), ..AlertChange::default() })
}

/// Changes all of the alerts, or none, and answers with them in the order of their ids.
async fn change(call: &Call<'_>, ids: Vec<String>, change: AlertChange) -> Answer {
    if ids.is_empty() || ids.len() > CHANGED_MAX {
        let found = ids.len();
        return Err(Refusal::bad_input(format!("`ids` has {found} alerts; name 1 to {CHANGED_MAX}")));
    }
    let Call { state, caller, .. } = call;
    if !caller.rights.log_types.is_all() {
        for id in &ids {
            existing(call, id).await?;
        }
    }
    let ids: Vec<AlertId> = ids.into_iter().map(AlertId::from).collect();
    let actor: Actor = caller.actor.clone();
    update_alerts(state, &caller.audit, ids.clone(), change, actor).await?;
    let changed = state.store.find_alerts(&ids).await?;
    let nodes = ids.iter().filter_map(|id| changed.iter().find(|alert| alert.id == *id));
    let nodes: Vec<Value> = nodes.map(|alert| node(state, alert)).collect();
    Ok(json!({ "alerts": nodes }))
}
