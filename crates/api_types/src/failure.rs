//! Records of a source that did not parse or fit no schema.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::wire_time;

/// One record that was kept with its reason.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// When it was accepted.
    pub received_at: String,
    /// The last schema tried; null when none was.
    pub log_type: Option<String>,
    /// Why, naming each schema.
    pub reason: String,
    /// The record; null for who may not see what logs hold (`LogSourceRawDataRead`).
    pub payload: Option<String>,
    /// Whether `payload` was cut.
    pub truncated: bool,
}

/// A page of failures, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FailurePage {
    /// The failures.
    pub results: Vec<Failure>,
    /// Pass it back as `cursor`; null on the last page.
    pub next: Option<String>,
}

impl Failure {
    /// What is told of a failure; the record itself only to whom it may be shown.
    #[must_use]
    pub fn of(failure: &model::RecordFailure, shows_payload: bool) -> Self {
        let model::RecordFailure { source_id: _, received_at, log_type, reason, payload, truncated } =
            failure;
        Failure {
            received_at: wire_time(*received_at),
            log_type: log_type.as_ref().map(ToString::to_string),
            reason: reason.clone(),
            payload: shows_payload.then(|| payload.clone()),
            truncated: *truncated,
        }
    }
}
