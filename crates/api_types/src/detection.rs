//! Detections of all kinds, as they are read and written one by one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::{Actor, number_or_null};
use crate::words;

/// One unit test of a detection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnitTest {
    /// Its name.
    pub name: String,
    /// Whether the detection must match.
    pub expected_result: bool,
    /// The event or resource, as JSON text; of a correlation rule `RuleOutputs`, as JSON text.
    pub resource: String,
    /// What is replaced while it runs: `objectName`, and `returnValue` as text.
    #[serde(default)]
    pub mocks: Vec<BTreeMap<String, String>>,
}

/// A detection as a person writes it. Each kind has its own keys; others are ignored, and so is what only
/// reading shows.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DetectionForm {
    /// Its id; may be left out where the path says it.
    pub id: Option<String>,
    /// Python; needed for rules, scheduled rules and policies.
    pub body: Option<String>,
    /// `INFO` to `CRITICAL`; needed.
    #[schema(value_type = Option<words::Severity>)]
    pub severity: Option<String>,
    /// The name people read.
    pub display_name: Option<String>,
    /// What it finds.
    pub description: Option<String>,
    /// Whether it runs; as before when it is left out, true for a new one.
    pub enabled: Option<bool>,
    /// The log types that a rule looks at.
    pub log_types: Option<Vec<String>>,
    /// The names of the queries whose rows a scheduled rule looks at.
    pub scheduled_queries: Option<Vec<String>>,
    /// The resource types that a policy looks at.
    pub resource_types: Option<Vec<String>>,
    /// Patterns of resources that a policy leaves out.
    pub suppressions: Option<Vec<String>>,
    /// Length of the dedup window, 60 by default.
    #[serde(default, deserialize_with = "number_or_null")]
    #[schema(minimum = 1, maximum = 2147483647)]
    pub dedup_period_minutes: Option<u64>,
    /// Matches of one group before there is an alert, 1 by default.
    #[serde(default, deserialize_with = "number_or_null")]
    #[schema(minimum = 1, maximum = 2147483647)]
    pub threshold: Option<u64>,
    /// Words to find it by.
    pub tags: Option<Vec<String>>,
    /// What to do about an alert.
    pub runbook: Option<String>,
    /// Where to read more.
    pub reference: Option<String>,
    /// Entries by framework, such as `MITRE ATT&CK`.
    pub reports: Option<BTreeMap<String, Vec<String>>>,
    /// Fields that an alert sums up.
    pub summary_attributes: Option<Vec<String>>,
    /// Destinations that get its alerts.
    #[serde(rename = "outputIDs")]
    pub output_ids: Option<Vec<String>>,
    /// What an event must fulfil first, as YAML text.
    pub inline_filters: Option<String>,
    /// Whether a match makes an alert, true by default.
    pub create_alert: Option<bool>,
    /// What a simple or correlation rule looks for, as YAML text; needed there.
    pub detection: Option<String>,
    /// Title of alerts of a simple rule.
    pub alert_title: Option<String>,
    /// What a simple rule adds to its alerts, as YAML text.
    pub alert_context: Option<String>,
    /// When a simple rule has another severity, as YAML text.
    pub dynamic_severities: Option<String>,
    /// What a simple rule groups its matches by, as YAML text.
    pub group_by: Option<String>,
    /// Its unit tests.
    pub tests: Option<Vec<UnitTest>>,
}

/// A detection as it is read. Each kind has its own keys.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Detection {
    /// Its id.
    pub id: String,
    /// Python.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// What a simple or correlation rule looks for, as YAML text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detection: Option<String>,
    /// `INFO` to `CRITICAL`.
    pub severity: String,
    /// The name people read.
    pub display_name: String,
    /// What it finds.
    pub description: String,
    /// Whether its content switches it on.
    pub enabled: bool,
    /// The log types that a rule looks at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_types: Option<Vec<String>>,
    /// The names of the queries whose rows a scheduled rule looks at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_queries: Option<Vec<String>>,
    /// The resource types that a policy looks at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_types: Option<Vec<String>>,
    /// Patterns of resources that a policy leaves out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressions: Option<Vec<String>>,
    /// Length of the dedup window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedup_period_minutes: Option<u64>,
    /// Matches of one group before there is an alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<u64>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// What to do about an alert.
    pub runbook: String,
    /// Where to read more.
    pub reference: String,
    /// Entries by framework.
    pub reports: BTreeMap<String, Vec<String>>,
    /// Fields that an alert sums up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary_attributes: Option<Vec<String>>,
    /// Destinations that get its alerts.
    #[serde(rename = "outputIDs")]
    pub output_ids: Vec<String>,
    /// What an event must fulfil first, as YAML text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inline_filters: Option<String>,
    /// Whether a match makes an alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_alert: Option<bool>,
    /// Title of alerts of a simple rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert_title: Option<String>,
    /// What a simple rule adds to its alerts, as YAML text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert_context: Option<String>,
    /// When a simple rule has another severity, as YAML text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dynamic_severities: Option<String>,
    /// What a simple rule groups its matches by, as YAML text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_by: Option<String>,
    /// Python that says the same as a simple rule; only on request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub python_body: Option<String>,
    /// Its unit tests.
    pub tests: Vec<UnitTest>,
    /// Always false: nobody else manages content here.
    pub managed: bool,
    /// Where it comes from: `directory`, `api` or `pypanther`.
    #[schema(value_type = words::ContentOrigin)]
    pub origin: String,
    /// Its number among its versions of the API, from 1; 0 when it has none.
    pub version: u64,
    /// Why it cannot run, when that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// When it was made; of a file, when that was written last.
    pub created_at: Option<String>,
    /// When it was changed last.
    pub last_modified: Option<String>,
    /// Who made it by the API.
    pub created_by: Option<Actor>,
    /// Who changed it last by the API.
    pub last_modified_by: Option<Actor>,
    /// Who made it, as its file says in `CreatedBy`.
    pub created_by_external: String,
}

/// A page of detections.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DetectionPage {
    /// The detections, by id.
    pub results: Vec<Detection>,
    /// `cursor` of the next page; null on the last.
    pub next: Option<String>,
}

/// What went wrong somewhere in a test.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TestError {
    /// Kind of fault, such as `KeyError`; empty when it has none.
    pub code: String,
    /// What it said.
    pub message: String,
}

/// What one function of a detection did in a test.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FunctionRecord {
    /// What it returned, as text.
    pub output: Option<String>,
    /// What it raised.
    pub error: Option<TestError>,
}

/// What the functions of a detection did in a test; null for those that did not run.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FunctionRecords {
    /// `rule` or `policy`.
    pub detection: Option<FunctionRecord>,
    /// `title`.
    pub title: Option<FunctionRecord>,
    /// `description`.
    pub description: Option<FunctionRecord>,
    /// `dedup`.
    pub dedup: Option<FunctionRecord>,
    /// `severity`.
    pub severity: Option<FunctionRecord>,
    /// `runbook`.
    pub runbook: Option<FunctionRecord>,
    /// `reference`.
    pub reference: Option<FunctionRecord>,
    /// `destinations`.
    pub destinations: Option<FunctionRecord>,
    /// `alert_context`.
    pub alert_context: Option<FunctionRecord>,
}

/// What came of one unit test.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestRecord {
    /// Its name.
    pub name: String,
    /// Whether what was expected came.
    pub passed: bool,
    /// Whether something raised.
    pub errored: bool,
    /// Whether it would make an alert.
    pub trigger_alert: bool,
    /// Why it did not pass.
    pub error: Option<TestError>,
    /// What each function did.
    pub functions: FunctionRecords,
}

/// What is wrong with one file of a change.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContentIssue {
    /// The file as it was given; empty when it is about no single file.
    pub path: String,
    /// What is wrong.
    pub error_message: String,
}

/// Why a change of content was refused; nothing of it was stored.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContentErrorMessage {
    /// What failed, with which value, and what to do next.
    pub message: String,
    /// When unit tests failed: all that ran.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub test_results: Vec<TestRecord>,
    /// When files are wrong: each of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<ContentIssue>,
}
