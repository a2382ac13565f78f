//! Log sources that take logs over HTTP, as the API shows them and as a person writes them.

use model::LogType;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words;

/// One HTTP log source. Secrets read as empty texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpSource {
    /// Its id: logs go to `/http/ID`.
    pub integration_id: String,
    /// Unique name.
    pub integration_label: String,
    /// `Auto`, `JSON`, `JsonArray` or `Lines`.
    #[schema(value_type = words::LogStreamType)]
    pub log_stream_type: String,
    /// More about how a body is split; null when nothing was said.
    pub log_stream_type_options: Option<LogStreamTypeOptions>,
    /// Schemas to try, in this order.
    #[schema(value_type = Vec<String>)]
    pub log_types: Vec<LogType>,
    /// `SharedSecret`, `HMAC`, `Bearer`, `Basic` or `None`.
    #[schema(value_type = words::AuthMethod)]
    pub auth_method: String,
    /// Header of a secret or a signature.
    pub auth_header_key: String,
    /// Always empty.
    pub auth_secret_value: String,
    /// Digest under a signature.
    pub auth_hmac_alg: String,
    /// User name.
    pub auth_username: String,
    /// Always empty.
    pub auth_password: String,
    /// Always empty.
    pub auth_bearer_token: String,
    /// Declared in the configuration file: read-only here.
    pub provisioned: bool,
    /// Why it takes nothing, when its stored secrets cannot be used.
    pub problem: Option<String>,
    /// What may not be meant so: log types without a schema, no credentials.
    pub warnings: Vec<String>,
    /// Whether nothing is wrong with it: no problem, and no system error about it that lasts.
    #[serde(default)]
    pub is_healthy: bool,
    /// When the last body was accepted, of those that are processed.
    #[serde(default)]
    pub last_event_received_at_time: Option<String>,
    /// When the last body with an event was accepted, of those that are processed.
    #[serde(default)]
    pub last_event_processed_at_time: Option<String>,
}

/// More about how a body is split.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogStreamTypeOptions {
    /// Path of the array inside a document, for `JsonArray`; empty = the document is the array.
    #[serde(default)]
    pub json_array_envelope_field: String,
    /// Element that wraps the events, for `XML`.
    #[serde(default)]
    pub xml_root_element: String,
}

/// An HTTP log source as a person writes it. When replacing, a secret that is absent or empty stays as long as
/// the method does.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpSourceForm {
    /// Unique name.
    #[schema(min_length = 1, max_length = 255)]
    pub integration_label: String,
    /// `Auto`, `JSON`, `JsonArray` or `Lines`.
    #[schema(value_type = words::LogStreamType)]
    pub log_stream_type: String,
    /// More about how a body is split.
    #[serde(default)]
    pub log_stream_type_options: Option<LogStreamTypeOptions>,
    /// Schemas to try, in this order; at least one.
    #[schema(value_type = Vec<words::LogTypeName>, min_items = 1)]
    pub log_types: Vec<LogType>,
    /// `SharedSecret`, `HMAC`, `Bearer`, `Basic` or `None`.
    #[schema(value_type = words::AuthMethod)]
    pub auth_method: String,
    /// Header of a secret or a signature.
    #[serde(default)]
    pub auth_header_key: Option<String>,
    /// The secret of `SharedSecret` and `HMAC`.
    #[serde(default)]
    #[schema(write_only)]
    pub auth_secret_value: Option<String>,
    /// `sha256` (default) or `sha1`.
    #[serde(default)]
    pub auth_hmac_alg: Option<String>,
    /// User name of `Basic`.
    #[serde(default)]
    pub auth_username: Option<String>,
    /// Password of `Basic`.
    #[serde(default)]
    #[schema(write_only)]
    pub auth_password: Option<String>,
    /// Token of `Bearer`.
    #[serde(default)]
    #[schema(write_only)]
    pub auth_bearer_token: Option<String>,
}

impl std::fmt::Debug for HttpSourceForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpSourceForm")
            .field("integration_label", &self.integration_label)
            .field("auth_method", &self.auth_method)
            .finish_non_exhaustive()
    }
}
