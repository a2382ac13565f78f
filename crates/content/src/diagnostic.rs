//! What is wrong with a file, and where.

use std::path::PathBuf;

use serde::Serialize;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The item is not loaded.
    Error,
    /// The item is loaded; a person should look.
    Warning,
}

/// One finding about one place of one file. Its JSON is an entry of `findings` of `margay check`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// The file, as it was named in [`SourceFile`](crate::SourceFile).
    pub file: PathBuf,
    /// First line, from 1.
    pub line: u32,
    /// First column, from 1, in characters.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// The column after the last character.
    pub end_column: u32,
    /// Stable code such as `C001`, explained in `docs/checks.md`.
    pub code: &'static str,
    /// How bad it is.
    pub level: Level,
    /// Id of the item, when it could be read.
    pub item_id: Option<String>,
    /// What is wrong: lower case, one sentence, values in backticks.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}
