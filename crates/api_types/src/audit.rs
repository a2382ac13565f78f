//! The audit log.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody did.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// `change` or `read`: each is a log of its own.
    pub kind: String,
    /// Grows by one with every entry of this kind.
    pub sequence: u64,
    /// SHA-256, in hex, of the hash of the entry before (32 bytes) and the text of this one.
    pub hash: String,
    /// `actionName`, `actionResult`, `actor`, … as detections see it in events of `Panther.Audit`.
    #[schema(value_type = Object)]
    pub entry: serde_json::Value,
}

/// A page of the audit log, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditPage {
    /// The entries.
    pub results: Vec<AuditEntry>,
    /// Pass it back as `cursor`; null on the last page.
    pub next: Option<String>,
}
