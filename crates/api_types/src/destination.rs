//! Destinations as the API shows them; secrets read as `********`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::common::{Actor, number_or_null, wire_time};
use crate::words;

/// One destination.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Destination {
    /// Its id.
    pub id: String,
    /// Unique name; what `destinations()` of a rule returns.
    pub display_name: String,
    /// `slack`, `webhook`, `tines`, …
    #[serde(rename = "type")]
    pub destination_type: String,
    /// Keys of its type; secrets masked.
    #[schema(value_type = Object)]
    pub config: Value,
    /// Severities it takes by itself; empty = only when named.
    #[schema(value_type = Vec<words::Severity>)]
    pub severities: Vec<String>,
    /// Alert types it takes by itself; empty = all but `SYSTEM_ERROR`.
    #[schema(value_type = Vec<words::AlertType>)]
    pub alert_types: Vec<String>,
    /// Log types it takes by itself; empty = all.
    pub log_types: Vec<String>,
    /// Whether a person may send an alert here.
    pub manual_dispatch: bool,
    /// A disabled destination receives nothing.
    pub enabled: bool,
    /// Declared in the configuration file: read-only here.
    pub provisioned: bool,
    /// Its own delivery settings; null = the default.
    pub delivery: DeliveryPolicy,
    /// How it does now.
    pub health: DestinationHealth,
    /// While a person keeps it quiet: until when; else null.
    pub mute: Option<DestinationMute>,
    /// Where its vendor sends what people do with its messages; null when it takes nothing back, or while the
    /// configuration has no `external_url`.
    #[serde(default)]
    pub callback_url: Option<String>,
    /// What may not be meant so: log types without a schema; after a rename, content that still names it.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// Nothing new is sent to a destination for a while, but what a person sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DestinationMute {
    /// When it ends by itself.
    pub until: String,
    /// Why.
    pub reason: Option<String>,
    /// Who said so.
    pub by: Actor,
    /// When that was.
    pub since: String,
}

impl From<&model::Mute> for DestinationMute {
    fn from(mute: &model::Mute) -> Self {
        let model::Mute { until, reason, by, since } = mute;
        DestinationMute {
            until: wire_time(*until),
            reason: reason.clone(),
            by: Actor::from(by),
            since: wire_time(*since),
        }
    }
}

/// Says until when a destination is to be quiet.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MuteForm {
    /// RFC 3339; in the future, at most 30 days.
    #[schema(format = DateTime)]
    pub until: String,
    /// Why; null when that goes without saying.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub reason: Option<String>,
}

/// A destination as a person writes it: to make one, to replace one, or to test it before it is saved.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DestinationForm {
    /// Only for a test: the stored destination whose secrets are taken where `config` leaves them out.
    #[serde(default)]
    pub id: Option<String>,
    /// Unique name.
    #[schema(min_length = 1, max_length = 255)]
    pub display_name: String,
    /// `slack`, `webhook`, `tines`, …
    #[serde(rename = "type")]
    pub destination_type: String,
    /// Keys of its type. When replacing: a secret that is absent or `********` stays, null clears it.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub config: Map<String, Value>,
    /// Severities it takes by itself; empty = only when named.
    #[serde(default)]
    #[schema(value_type = Vec<words::Severity>)]
    pub severities: Vec<String>,
    /// Alert types it takes by itself; empty = all but `SYSTEM_ERROR`.
    #[serde(default)]
    #[schema(value_type = Vec<words::AlertType>)]
    pub alert_types: Vec<String>,
    /// Log types it takes by itself; empty = all.
    #[serde(default)]
    #[schema(value_type = Vec<words::LogTypeName>)]
    pub log_types: Vec<String>,
    /// Whether a person may send an alert here; true by default.
    #[serde(default)]
    pub manual_dispatch: Option<bool>,
    /// A disabled destination receives nothing; true by default.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// Its own delivery settings; null = the default.
    #[serde(default)]
    pub delivery: DeliveryPolicy,
}

/// How a destination does.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DestinationHealth {
    /// `healthy`, `failing` (five failures in a row, or refused credentials), `paused` (ten in a row: one
    /// attempt at a time finds out when it is back), `disabled`, or `unreadable` (its settings cannot be used).
    #[schema(value_type = words::DestinationState)]
    pub state: String,
    /// Failed attempts since the last success.
    pub failures_in_a_row: u64,
    /// When the first of them was.
    pub failing_since: Option<String>,
    /// What the last of them said.
    pub last_error: Option<String>,
    /// While paused: when the next attempt is made.
    pub next_probe_at: Option<String>,
    /// Until when it asked to be left alone, by `Retry-After` or the like.
    pub quiet_until: Option<String>,
}

impl DestinationHealth {
    /// Only a state, and what is wrong.
    pub fn of_state(state: &str, last_error: Option<String>) -> DestinationHealth {
        DestinationHealth {
            state: state.to_owned(),
            failures_in_a_row: 0,
            failing_since: None,
            last_error,
            next_probe_at: None,
            quiet_until: None,
        }
    }
}

/// What came of a test alert.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestResult {
    /// The destination; null for one that is not saved.
    pub output_id: Option<String>,
    /// Whether it took the alert.
    pub success: bool,
    /// HTTP status; null when no reply came.
    pub status_code: Option<u16>,
    /// Reply or reason.
    pub message: String,
    /// When it was sent.
    pub dispatched_at: String,
}

/// One type of destinations.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DestinationType {
    /// The word in `type`.
    #[serde(rename = "type")]
    pub destination_type: String,
    /// The name people know.
    pub label: String,
    /// One sentence.
    pub description: String,
    /// Where its guide is.
    pub docs_url: String,
    /// JSON Schema of `config`; secrets are marked `writeOnly`.
    #[schema(value_type = Object)]
    pub config_schema: Value,
}

/// All types of destinations.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DestinationTypePage {
    /// The types, by word.
    pub results: Vec<DestinationType>,
    /// Always null: all are shown.
    pub next: Option<String>,
}

/// Delivery settings of one destination; null = the default.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct DeliveryPolicy {
    /// When to try again.
    pub retry: Option<RetryPolicy>,
    /// Time for one attempt, such as `15s`.
    pub timeout: Option<String>,
    /// Attempts at the same time.
    #[serde(deserialize_with = "number_or_null")]
    #[schema(minimum = 1, maximum = 1000)]
    pub concurrency: Option<u64>,
    /// Attempts per time, such as `60/min`.
    pub rate: Option<String>,
}

/// When to try again; null = the default.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct RetryPolicy {
    /// `default` or `panther`.
    #[schema(value_type = Option<words::RetryProfile>)]
    pub profile: Option<String>,
    /// 0 = until `age_max`.
    #[serde(deserialize_with = "number_or_null")]
    #[schema(maximum = 2147483647)]
    pub attempts_max: Option<u64>,
    /// Such as `1s`.
    pub first_delay: Option<String>,
    /// Such as `15m`.
    pub delay_max: Option<String>,
    /// Such as `72h`.
    pub age_max: Option<String>,
}

/// A page of destinations.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DestinationPage {
    /// The destinations, by name.
    pub results: Vec<Destination>,
    /// Always null: all are shown.
    pub next: Option<String>,
}
