//! Settings of the installation, and what is to know of the server.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::sign_on::Fact;
use crate::words;

/// What can be set while the server runs, and facts about it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GeneralSettings {
    /// Everything that can be set, in the order of the configuration.
    pub settings: Vec<Setting>,
    /// What is stored and does not count, and why.
    pub warnings: Vec<String>,
    /// The server as it is.
    pub server: ServerFacts,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Setting {
    /// Its key in the configuration file, such as `alerting.title_style`.
    pub key: String,
    /// What counts: a text, a number or a boolean, as the configuration file would have it.
    pub value: Value,
    /// What counts when nobody sets it.
    pub default: Value,
    /// Where it is set; what the configuration file states is read-only here.
    #[schema(value_type = words::SettingOrigin)]
    pub origin: String,
}

/// Everything that is set from now on, by the keys of the configuration file; what is missing or null is left to its
/// default.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GeneralSettingsForm {
    /// Values by key.
    pub settings: BTreeMap<String, Value>,
}

/// The server as it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerFacts {
    /// The program's version.
    pub version: String,
    /// Since when it runs.
    pub started_at: String,
    /// What links in messages begin with.
    pub external_url: String,
    /// Whether the configuration says so; else it is the address that it listens on.
    pub external_url_is_set: bool,
    /// The configuration file; null without one.
    pub configuration_file: Option<String>,
    /// Where everything is kept.
    pub data_directory: String,
    /// What lies there.
    pub data: Vec<DataPart>,
    /// How rules run.
    pub python: PythonFacts,
    /// How many there are of what.
    pub counts: Vec<Fact>,
    /// What there may be at most.
    pub limits: Vec<Fact>,
}

/// A part of the data directory.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataPart {
    /// Its name there.
    pub name: String,
    /// How much of the disk its files take.
    pub bytes: u64,
    /// Whether all of its files were looked at; else there is more.
    pub is_complete: bool,
}

/// How rules run.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct PythonFacts {
    /// The interpreter.
    pub interpreter: String,
    /// Its version.
    pub version: String,
    /// `required`, `best_effort` or `off`.
    pub sandbox: String,
    /// What the kernel lacks of the sandbox; one sentence each.
    pub shortcomings: Vec<String>,
}
