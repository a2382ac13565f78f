//! Detections as the console lists them: the table, the MITRE ATT&CK matrix, packs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::Actor;
use crate::words;

/// A row of the list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedItem {
    /// Its id.
    pub id: String,
    /// What it is.
    #[schema(value_type = words::ItemKind)]
    pub kind: String,
    /// The name people read; empty when it has none.
    pub display_name: String,
    /// How bad what it finds is; null for what has none.
    pub severity: Option<String>,
    /// The log types that it is about.
    pub log_types: Vec<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// What it covers, by framework.
    pub reports: BTreeMap<String, Vec<String>>,
    /// Whether it is switched on, by its content or by a person.
    pub enabled: bool,
    /// Where it comes from.
    #[schema(value_type = words::ItemOrigin)]
    pub origin: String,
    /// Its number among the versions by the API; 0 when it has none.
    pub version: u64,
    /// When it was changed last.
    pub last_modified: Option<String>,
    /// Who changed it last by the API.
    pub last_modified_by: Option<Actor>,
    /// Why it cannot be used, when that is so.
    pub problem: Option<String>,
    /// How many unit tests it has.
    pub tests: usize,
}

/// A page of the list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ListedItemPage {
    /// The rows.
    pub results: Vec<ListedItem>,
    /// `cursor` of the next page; null on the last.
    pub next: Option<String>,
    /// How many rows all pages have together.
    pub total: usize,
}

/// Detections to be switched on or off.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct SwitchForm {
    /// Their ids.
    #[schema(min_items = 1, max_items = 500)]
    pub ids: Vec<String>,
    /// Whether they are to run.
    pub enabled: bool,
}

/// The items of a pack to be switched on or off.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct PackSwitchForm {
    /// Whether they are to run.
    pub enabled: bool,
}

/// What was switched.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Switched {
    /// The ids.
    pub ids: Vec<String>,
    /// Whether they run now.
    pub enabled: bool,
}

/// The MITRE ATT&CK Enterprise matrix, and which detections cover it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CoverageMatrix {
    /// Every tactic, in the order of the matrix.
    pub tactics: Vec<CoverageTactic>,
    /// What detections name and the matrix does not have.
    pub unknown: Vec<CoverageUnknown>,
    /// How many detections name nothing.
    pub without: usize,
}

/// A tactic.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageTactic {
    /// Such as `TA0006`.
    pub id: String,
    /// Such as `Credential Access`.
    pub name: String,
    /// Such as `credential-access`.
    pub short_name: String,
    /// Every technique, by id.
    pub techniques: Vec<CoverageTechnique>,
}

/// A technique or sub-technique of a tactic.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageTechnique {
    /// Such as `T1110.003`.
    pub id: String,
    /// Such as `Password Spraying`.
    pub name: String,
    /// Detections that run.
    pub enabled: Vec<String>,
    /// Detections that are switched off.
    pub disabled: Vec<String>,
    /// Detections of kinds that are not run yet.
    pub not_run_yet: Vec<String>,
}

/// An entry that has no place in the matrix.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CoverageUnknown {
    /// As it is written.
    pub entry: String,
    /// Why it has no place.
    pub reason: String,
    /// Who names it.
    pub detections: Vec<String>,
}

/// An item that a pack names.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PackItem {
    /// Its id.
    pub id: String,
    /// What it is; null when it is not there.
    #[schema(value_type = Option<words::ItemKind>)]
    pub kind: Option<String>,
    /// The name people read; empty when it has none.
    pub display_name: String,
    /// Whether it is switched on; null when it is not there or has no switch.
    pub enabled: Option<bool>,
    /// Why it cannot be used, when that is so.
    pub problem: Option<String>,
}

/// Items that belong together.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pack {
    /// Its id.
    pub id: String,
    /// The name people read.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// Where it comes from.
    #[schema(value_type = words::ItemOrigin)]
    pub origin: String,
    /// Why it cannot be used, when that is so.
    pub problem: Option<String>,
    /// How many items it names.
    pub item_count: usize,
    /// How many of them are there.
    pub present: usize,
    /// How many of them are detections.
    pub detections: usize,
    /// How many of the detections are switched on.
    pub enabled: usize,
    /// What it names, in its order; what the caller may not see is not in it.
    pub items: Vec<PackItem>,
}

/// Packs, by id.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PackPage {
    /// The packs.
    pub results: Vec<Pack>,
}
