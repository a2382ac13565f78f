//! Detections as the console edits them: their texts, what is wrong with them, and what their tests say.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::Actor;
use crate::words;

/// An item as it stands in an editor, saved or not.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct ItemDraft {
    /// What it is.
    #[schema(value_type = words::ItemKind)]
    pub kind: String,
    /// Its id; empty or null for one that has none yet.
    #[serde(default)]
    pub id: Option<String>,
    /// Its YAML.
    pub yaml: String,
    /// Its Python, when it has some.
    #[serde(default)]
    pub python: Option<String>,
}

/// An item as it stands in an editor, and which of its tests to run.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct ItemTestForm {
    /// What it is.
    #[schema(value_type = words::ItemKind)]
    pub kind: String,
    /// Its id; empty or null for one that has none yet.
    #[serde(default)]
    pub id: Option<String>,
    /// Its YAML.
    pub yaml: String,
    /// Its Python, when it has some.
    #[serde(default)]
    pub python: Option<String>,
    /// Names of tests; all of them when it is empty or left out.
    #[serde(default)]
    pub only: Vec<String>,
}

/// The texts of an item to be saved.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct ItemForm {
    /// What it is.
    #[schema(value_type = words::ItemKind)]
    pub kind: String,
    /// Its YAML, kept as it is written.
    pub yaml: String,
    /// Its Python, when it has some.
    #[serde(default)]
    pub python: Option<String>,
}

/// Something that is wrong with an item.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ItemFinding {
    /// `yaml` or `python`.
    #[schema(value_type = words::ItemFile)]
    pub file: String,
    /// Where it begins, from 1.
    pub line: u32,
    /// Where it begins, in characters from 1.
    pub column: u32,
    /// Where it ends.
    pub end_line: u32,
    /// The column after the last character.
    pub end_column: u32,
    /// A code of `docs/checks.md`, or a word for what only the console can get wrong.
    pub code: String,
    /// `error` or `warning`.
    #[schema(value_type = words::FindingLevel)]
    pub level: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What is wrong with an item, by file and place.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ItemFindings {
    /// Errors and warnings.
    pub findings: Vec<ItemFinding>,
}

/// What one function did in a test.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ItemTestFunction {
    /// `rule`, `title`, `alert_context`, …
    pub name: String,
    /// What it returned, as text.
    pub output: Option<String>,
    /// What it raised.
    pub error: Option<String>,
}

/// What came of one test.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ItemTestResult {
    /// Its name.
    pub name: String,
    /// Whether what was expected came.
    pub passed: bool,
    /// What the test expects.
    pub expected: bool,
    /// Whether the detection would make an alert.
    pub triggered: bool,
    /// Why it did not pass.
    pub reason: Option<String>,
    /// Every function that ran, the one that decides first.
    pub functions: Vec<ItemTestFunction>,
    /// How long it took.
    pub elapsed_ms: u64,
}

/// What came of the tests of an item.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ItemTestResults {
    /// Errors, for which no test can run.
    pub findings: Vec<ItemFinding>,
    /// The tests that ran, in the order of the file.
    pub results: Vec<ItemTestResult>,
    /// How long it took, with everything around the tests.
    pub elapsed_ms: u64,
}

/// What is wrong with one file of a change.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ItemIssue {
    /// The file; empty when it is about no single file.
    pub path: String,
    /// What is wrong, with line and hint.
    pub message: String,
}

/// Why an item is not saved.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ItemRefusal {
    /// What failed, with which value, and what to do next.
    pub message: String,
    /// What is wrong file by file; left out when there is nothing to say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<ItemIssue>,
    /// The tests that ran, when one of them failed; left out else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<ItemTestResult>,
}

/// The Python file of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ItemPython {
    /// Its name.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// An item with its texts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EditableItem {
    /// Its id.
    pub id: String,
    /// What it is.
    #[schema(value_type = words::ItemKind)]
    pub kind: String,
    /// Where it comes from.
    #[schema(value_type = words::ItemOrigin)]
    pub origin: String,
    /// The path of its YAML.
    pub path: String,
    /// Its YAML; empty for a rule of a pypanther project.
    pub yaml: String,
    /// Its own Python; a derived rule has none.
    pub python: Option<ItemPython>,
    /// Whether it is switched on, by its content or by a person.
    pub enabled: bool,
    /// Its number among the versions by the API, from 1; 0 when it has none.
    pub version: u64,
    /// When it was made; of a file, when that was written last.
    pub created_at: Option<String>,
    /// When it was changed last.
    pub last_modified: Option<String>,
    /// Who made it by the API.
    pub created_by: Option<Actor>,
    /// Who changed it last by the API.
    pub last_modified_by: Option<Actor>,
    /// Why it cannot be used, when that is so.
    pub problem: Option<String>,
    /// Whether the caller may change it here.
    pub is_editable: bool,
}

/// What an item said in one of its versions.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ItemVersion {
    /// The item.
    pub id: String,
    /// The number of the version.
    pub version: u64,
    /// Whether the item was deleted by it; then there are no texts.
    pub deleted: bool,
    /// The path of the YAML.
    pub path: Option<String>,
    /// The YAML.
    pub yaml: String,
    /// The Python.
    pub python: Option<ItemPython>,
}

/// A log type that detections may name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KnownLogType {
    /// Such as `AWS.CloudTrail`.
    pub name: String,
    /// Where its schema comes from.
    #[schema(value_type = words::LogTypeOrigin)]
    pub origin: String,
    /// What it is; may be empty.
    pub description: String,
}

/// The log types that detections may name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KnownLogTypes {
    /// By name.
    pub results: Vec<KnownLogType>,
}

/// A field of the events of a log type.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LogTypeField {
    /// Such as `actor.alternateId`; `[]` stands behind an array.
    pub path: String,
    /// `string`, `int`, `array`, …
    #[serde(rename = "type")]
    pub field_type: String,
    /// What it holds; may be empty.
    pub description: String,
    /// The indicators that are taken from it.
    pub indicators: Vec<String>,
}

/// The fields of the events of a log type.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LogTypeFields {
    /// In the order of the schema.
    pub results: Vec<LogTypeField>,
}
