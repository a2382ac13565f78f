//! Content that is no detection, uploads, and the history of content.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::{Actor, number};
use crate::words;

/// One common name of a data model: a path or a method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DataModelMapping {
    /// The common name.
    pub name: String,
    /// A field or JSONPath.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A function of the data model's Python.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
}

/// A data model as a person writes it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataModelForm {
    /// Its id; may be left out where the path says it.
    pub id: Option<String>,
    /// The name people read.
    pub display_name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it is used; as before when it is left out, true for a new one.
    pub enabled: Option<bool>,
    /// The log types that it serves; each has one enabled data model.
    pub log_types: Option<Vec<String>>,
    /// Python, when a mapping names a method.
    pub body: Option<String>,
    /// The common names.
    pub mappings: Option<Vec<DataModelMapping>>,
}

/// A data model.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataModel {
    /// Its id.
    pub id: String,
    /// The name people read.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// Whether it is used.
    pub enabled: bool,
    /// The log types that it serves.
    pub log_types: Vec<String>,
    /// Its Python.
    pub body: String,
    /// The common names.
    pub mappings: Vec<DataModelMapping>,
    /// Always false: nobody else manages content here.
    pub managed: bool,
    /// When it was made; of a file, when that was written last.
    pub created_at: Option<String>,
    /// When it was changed last.
    pub last_modified: Option<String>,
}

/// A page of data models.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DataModelPage {
    /// The data models, by id.
    pub results: Vec<DataModel>,
    /// `cursor` of the next page; null on the last.
    pub next: Option<String>,
}

/// A Python module that others import, as a person writes it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
pub struct GlobalForm {
    /// The name of the module; may be left out where the path says it.
    pub id: Option<String>,
    /// Its Python; needed.
    pub body: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Words to find it by.
    pub tags: Option<Vec<String>>,
}

/// A Python module that others import.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Global {
    /// The name of the module.
    pub id: String,
    /// Its Python.
    pub body: String,
    /// What it is for.
    pub description: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// When it was made; of a file, when that was written last.
    pub created_at: Option<String>,
    /// When it was changed last.
    pub last_modified: Option<String>,
}

/// The answer of an update of a global.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GlobalData {
    /// The global.
    pub data: Global,
}

/// A page of globals.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GlobalPage {
    /// The globals, by id.
    pub results: Vec<Global>,
    /// `cursor` of the next page; null on the last.
    pub next: Option<String>,
}

/// When a query runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuerySchedule {
    /// A cron expression; empty when it runs by `rateMinutes`.
    #[serde(default)]
    pub cron: String,
    /// Minutes between two runs; 0 when it runs by `cron`.
    #[serde(default, deserialize_with = "number")]
    #[schema(maximum = 2147483647)]
    pub rate_minutes: u64,
    /// How long it may take.
    #[serde(default, deserialize_with = "number")]
    #[schema(maximum = 2147483647)]
    pub timeout_minutes: u64,
    /// Whether it does not run at present.
    #[serde(default)]
    pub disabled: bool,
}

/// A query as a person writes it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
pub struct QueryForm {
    /// Its unique name; needed.
    pub name: Option<String>,
    /// What it asks; needed.
    pub sql: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// When it runs; without one it is only saved.
    pub schedule: Option<QuerySchedule>,
}

/// A saved or scheduled query.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SavedQuery {
    /// A UUID made of its name.
    pub id: String,
    /// Its unique name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it asks.
    pub sql: String,
    /// When it runs; null for one that is only saved.
    pub schedule: Option<QuerySchedule>,
    /// Always false: nobody else manages content here.
    pub managed: bool,
    /// When it was made; of a file, when that was written last.
    pub created_at: Option<String>,
    /// When it was changed last.
    pub updated_at: Option<String>,
}

/// A page of queries.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SavedQueryPage {
    /// The queries, by name.
    pub results: Vec<SavedQuery>,
    /// `cursor` of the next page; null on the last.
    pub next: Option<String>,
}

/// What an upload did with the items of one kind.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadCounts {
    /// Items in the archive.
    pub total: u64,
    /// Ids that there were not before.
    pub new: Vec<String>,
    /// Ids whose texts changed.
    pub modified: Vec<String>,
}

/// What an upload did.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UploadResult {
    /// By kind: `rule`, `simple rule`, `policy`, …
    pub kinds: BTreeMap<String, UploadCounts>,
    /// The number of the change; null when nothing differed, or it was only checked.
    pub change: Option<u64>,
}

/// Items to be deleted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteContent {
    /// Ids of items of the API: `RuleID`, `GlobalID`, `QueryName`, …
    pub ids: Vec<String>,
}

/// Items that were deleted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeletedContent {
    /// Their ids.
    pub ids: Vec<String>,
}

/// What an upload of a project did.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProjectResult {
    /// Ids of all rules that it registers.
    pub total: Vec<String>,
    /// Ids that there were not before.
    pub new: Vec<String>,
    /// Ids of rules whose attributes or file changed.
    pub modified: Vec<String>,
    /// Ids that are not registered any more.
    pub deleted: Vec<String>,
}

/// One version of an item.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContentVersion {
    /// Its number, from 1.
    pub version: u64,
    /// The change that made it.
    pub change: u64,
    /// When.
    pub created_at: String,
    /// By whom.
    pub created_by: Actor,
    /// How: `upload`, `api`, `delete`, `rollback` or `pypanther`.
    #[schema(value_type = words::ContentChangeKind)]
    pub kind: String,
    /// Whether it deleted the item.
    pub deleted: bool,
    /// SHA-256 of its texts; empty when it deleted the item.
    pub digest: String,
}

/// A page of versions.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ContentVersionPage {
    /// The versions, newest first.
    pub results: Vec<ContentVersion>,
    /// `cursor` of the next page; null on the last.
    pub next: Option<String>,
}

/// A change of content.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContentChange {
    /// Its number; grows.
    pub id: u64,
    /// When.
    pub created_at: String,
    /// By whom.
    pub created_by: Actor,
    /// How: `upload`, `api`, `delete`, `rollback` or `pypanther`.
    #[schema(value_type = words::ContentChangeKind)]
    pub kind: String,
    /// Items that there were not before.
    pub added: u64,
    /// Items that say something else since.
    pub modified: u64,
    /// Items that are gone since.
    pub deleted: u64,
    /// Some of the items, by id, as far as the caller may read them.
    #[schema(max_items = 20)]
    pub items: Vec<ChangedItem>,
}

/// An item that a change was about.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangedItem {
    /// Its id.
    pub id: String,
    /// The version that the change made.
    pub version: u64,
    /// Whether it is gone since.
    pub deleted: bool,
}

/// A page of changes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ContentChangePage {
    /// The changes, newest first.
    pub results: Vec<ContentChange>,
    /// `cursor` of the next page; null on the last.
    pub next: Option<String>,
}

/// Which version of an item is made the newest one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RollBackForm {
    /// Its number.
    #[serde(deserialize_with = "number")]
    #[schema(maximum = 2147483647)]
    pub version: u64,
}

/// What an item is after it was rolled back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RolledBack {
    /// The item.
    pub id: String,
    /// Its newest version; null when there is no item of the API now.
    pub version: Option<u64>,
}
