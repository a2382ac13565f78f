//! Schemas of every origin as the console lists them, and samples that are tried against them.

use model::LogType;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::words;

/// A schema, wherever it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SchemaOverview {
    /// Log type.
    pub name: String,
    /// What it is, for people.
    pub description: String,
    /// `built-in`, `folder` or `custom`; only custom ones are changed here.
    #[schema(value_type = words::SchemaOrigin)]
    pub origin: String,
    /// An archived schema takes no logs.
    pub is_archived: bool,
    /// Of a custom one: a change names the one that it was made from.
    pub revision: u64,
    /// Fields at the top.
    pub field_count: u64,
    /// Whether keys that it does not declare are kept.
    pub is_field_discovery_enabled: bool,
    /// Where the vendor describes the log; may be empty.
    #[serde(rename = "referenceURL")]
    pub reference_url: String,
    /// When this version was made; null for one that is no custom one.
    pub updated_at: Option<String>,
    /// Sources that try it.
    pub source_count: u64,
    /// Why a custom one is not used, although it is not archived.
    pub problem: Option<String>,
}

/// Schemas by name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SchemaOverviewPage {
    /// The schemas.
    pub results: Vec<SchemaOverview>,
}

/// A schema with its text.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KnownSchema {
    /// What it is.
    pub schema: SchemaOverview,
    /// YAML, as it was written.
    pub spec: String,
    /// Sources that try it.
    pub sources: Vec<SchemaUser>,
}

/// A source that tries a schema.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SchemaUser {
    /// Id of the source.
    pub id: String,
    /// Its name.
    pub label: String,
}

/// A sample, and the schemas to try on it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SchemaTrialForm {
    /// A body as a sender would send it.
    #[schema(max_length = 262_144)]
    pub sample: String,
    /// One log type; the same as a list of one.
    #[serde(default)]
    pub log_type: Option<String>,
    /// Log types to try, in this order, as a source does.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub log_types: Vec<String>,
    /// YAML of a schema that is being written: takes the place of the log type of its name, else it is tried first.
    #[serde(default)]
    pub schema: Option<String>,
    /// `auto` (default), `lines`, `json` or `json_array`.
    #[serde(default)]
    #[schema(value_type = Option<words::SampleStreamType>)]
    pub stream_type: Option<String>,
    /// Path of the array inside a document, steps joined by dots, for `json_array`.
    #[serde(default)]
    pub json_array_envelope_field: Option<String>,
}

/// What the server would make of a sample. Nothing of it is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct SchemaTrial {
    /// The first 200 records, in the order of the sample.
    pub results: Vec<TriedRecord>,
    /// What is wrong or odd about the schemas; with an error nothing is tried.
    pub findings: Vec<SchemaFinding>,
    /// Counts.
    pub summary: TrialSummary,
}

/// What became of one record.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TriedRecord {
    /// Its number in the sample, from 1.
    pub record: u64,
    /// Its text.
    pub raw: String,
    /// The log type that it fits.
    #[schema(value_type = Option<String>)]
    pub log_type: Option<LogType>,
    /// The events made of it, as rules see them: one, or those of its envelope.
    #[schema(value_type = Vec<Object>)]
    pub events: Vec<Value>,
    /// Why it fits none, by schema; or what in its envelope does not fit.
    pub failures: Vec<TrialFailure>,
}

/// Why a record does not fit.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrialFailure {
    /// The schema that was tried; null when the record cannot be read at all.
    #[schema(value_type = Option<String>)]
    pub log_type: Option<LogType>,
    /// Dotted path of the field; null when it is about the whole record.
    pub field: Option<String>,
    /// What is wrong.
    pub reason: String,
}

/// Something about a schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SchemaFinding {
    /// `error` or `warning`.
    #[schema(value_type = words::SchemaFindingLevel)]
    pub level: String,
    /// Line, from 1; null when it is not about a text.
    pub line: Option<u64>,
    /// Column, from 1.
    pub column: Option<u64>,
    /// Dotted path in the schema.
    pub path: Option<String>,
    /// What is wrong.
    pub message: String,
}

/// Counts of a trial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrialSummary {
    /// Records of the sample.
    pub records: u64,
    /// How many of them were tried.
    pub tried: u64,
    /// Events made of them.
    pub events: u64,
    /// Of those tried, how many do not fit, in whole or in part.
    pub failures: u64,
}
