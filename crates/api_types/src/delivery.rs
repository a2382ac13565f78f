//! Delivery history of an alert, and why it was routed as it was.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::wire_time;
use crate::words;

/// One delivery with its attempts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Its id, also the idempotency key of every attempt.
    pub id: String,
    /// The alert.
    pub alert_id: String,
    /// Its title, in the list of the deliveries of all alerts; else null.
    pub alert_title: Option<String>,
    /// The destination.
    pub output_id: String,
    /// Its name when the delivery was made.
    pub display_name: String,
    /// Its type when the delivery was made.
    #[serde(rename = "type")]
    pub destination_type: String,
    /// `pending`, `delivered`, `failed` or `cancelled`.
    #[schema(value_type = words::DeliveryState)]
    pub state: String,
    /// `auto`, `manual` or `retry`.
    #[schema(value_type = words::DeliveryTrigger)]
    pub trigger: String,
    /// When it was made.
    pub created_at: String,
    /// When it is tried next, while pending.
    pub next_attempt_at: Option<String>,
    /// What the destination calls the message.
    pub remote_id: Option<String>,
    /// Link to the message.
    pub remote_url: Option<String>,
    /// The attempts, oldest first; the newest 100 are kept.
    pub attempts: Vec<Attempt>,
}

/// One attempt.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// When it began.
    pub at: String,
    /// How long it took.
    pub duration_ms: u64,
    /// HTTP status; null when no reply came.
    pub status_code: Option<u16>,
    /// Whether the destination took it.
    pub success: bool,
    /// Reply or reason, at most 4 KiB.
    pub message: String,
}

/// Why an alert went where it went.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Routing {
    /// `dynamic`, `static`, `configuration`, `manual` or `none`.
    #[schema(value_type = words::RoutingScenario)]
    pub scenario: String,
    /// What was odd on the way.
    pub warnings: Vec<String>,
    /// For every destination of that time, whether it got the alert and why; empty for alerts of old versions.
    pub explanation: Vec<RouteExplanation>,
}

/// Why one destination got an alert, or not.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RouteExplanation {
    /// The destination.
    pub output_id: String,
    /// Its name at that time.
    pub display_name: String,
    /// Whether it got the alert.
    pub chosen: bool,
    /// The rule that decided.
    pub reason: String,
}

/// The deliveries of one alert.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveryPage {
    /// The deliveries, oldest first.
    pub results: Vec<Delivery>,
    /// Why there are these.
    pub routing: Routing,
    /// Always null: all are shown.
    pub next: Option<String>,
}

/// A page of the deliveries of all alerts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveryList {
    /// The deliveries, newest first.
    pub results: Vec<Delivery>,
    /// Cursor of the next page; null on the last.
    pub next: Option<String>,
}

/// How many deliveries are tried again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct Retried {
    /// The number.
    pub retried: u64,
}

/// The deliveries that a request made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveryResults {
    /// The deliveries.
    pub results: Vec<Delivery>,
}

/// Sends an alert by hand.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryDispatch {
    /// Where to; each must allow manual dispatch.
    #[schema(min_items = 1)]
    pub destination_ids: Vec<String>,
}

impl From<&model::Delivery> for Delivery {
    fn from(delivery: &model::Delivery) -> Self {
        let model::Delivery {
            id,
            alert_id,
            destination_id,
            destination_name,
            destination_type,
            state,
            trigger,
            created_at,
            next_attempt_at,
            remote_id,
            remote_url,
            attempt_count: _,
            attempts,
        } = delivery;
        Delivery {
            id: id.to_string(),
            alert_id: alert_id.to_string(),
            alert_title: None,
            output_id: destination_id.to_string(),
            display_name: destination_name.clone(),
            destination_type: destination_type.to_string(),
            state: state.as_str().to_owned(),
            trigger: trigger.as_str().to_owned(),
            created_at: wire_time(*created_at),
            next_attempt_at: next_attempt_at.map(wire_time),
            remote_id: remote_id.clone(),
            remote_url: remote_url.clone(),
            attempts: attempts.iter().map(Attempt::from).collect(),
        }
    }
}

impl From<&model::AttemptRecord> for Attempt {
    fn from(attempt: &model::AttemptRecord) -> Self {
        let model::AttemptRecord { at, duration, status_code, success, message } = attempt;
        Attempt {
            at: wire_time(*at),
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            status_code: *status_code,
            success: *success,
            message: message.clone(),
        }
    }
}

impl From<&model::RoutingDecision> for Routing {
    fn from(decision: &model::RoutingDecision) -> Self {
        let model::RoutingDecision { scenario, destination_ids: _, warnings, explanation } = decision;
        let scenario = match scenario {
            model::RoutingScenario::Dynamic => "dynamic",
            model::RoutingScenario::Static => "static",
            model::RoutingScenario::Configuration => "configuration",
            model::RoutingScenario::Manual => "manual",
            model::RoutingScenario::None => "none",
        };
        let explanation = explanation
            .iter()
            .map(|line| {
                let model::RouteExplanation { destination_id, display_name, chosen, reason } = line;
                RouteExplanation {
                    output_id: destination_id.to_string(),
                    display_name: display_name.clone(),
                    chosen: *chosen,
                    reason: reason.clone(),
                }
            })
            .collect();
        Routing { scenario: scenario.to_owned(), warnings: warnings.clone(), explanation }
    }
}
