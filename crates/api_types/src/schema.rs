//! Custom schemas as the API shows them, and as a person writes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::{Actor, number_or_null};

/// One custom schema, in the version that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomSchema {
    /// Log type; begins with `Custom.`.
    pub name: String,
    /// What it is, for people.
    pub description: String,
    /// YAML, as it was written.
    pub spec: String,
    /// Grows with every change; a change names the one that it was made from.
    pub revision: u64,
    /// An archived schema takes no logs.
    pub is_archived: bool,
    /// Whether unknown fields are to be noted.
    pub is_field_discovery_enabled: bool,
    /// Where the vendor describes the log.
    #[serde(rename = "referenceURL")]
    pub reference_url: String,
    /// When the first version was made.
    pub created_at: String,
    /// When this version was made.
    pub updated_at: String,
    /// Who made this version.
    pub updated_by: Option<Actor>,
}

/// A list of custom schemas, by name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CustomSchemaPage {
    /// The schemas.
    pub results: Vec<CustomSchema>,
    /// Always null: the list is one page.
    pub next: Option<String>,
}

/// A custom schema as a person writes it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomSchemaForm {
    /// YAML; its `schema` is the name.
    pub spec: String,
    /// What it is, for people.
    #[serde(default)]
    pub description: Option<String>,
    /// Where the vendor describes the log.
    #[serde(default, rename = "referenceURL")]
    pub reference_url: Option<String>,
    /// Whether unknown fields are to be noted.
    #[serde(default)]
    pub is_field_discovery_enabled: Option<bool>,
    /// The revision that this was made from; null or 0 for a new schema.
    #[serde(default, deserialize_with = "number_or_null")]
    #[schema(maximum = 2147483647)]
    pub revision: Option<u64>,
}

/// Whether a custom schema takes logs.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomSchemaPatch {
    /// An archived schema takes no logs.
    pub is_archived: bool,
}
