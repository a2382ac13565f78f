//! Loading whole repositories.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod corpus;
mod correlation;
mod derived;
mod filter;
mod findings;
mod ignore;
mod json_path;
mod kinds;
mod lint;
mod load;
mod overlay;
#[expect(dead_code, reason = "bytes and links are for the tests that have a disk")]
mod page_files;
mod pages;
mod project;
mod reviewed;
mod simple;
mod traps;

use std::path::PathBuf;

use content::{LoadOptions, Repository, SourceFile, load};

/// A file.
fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: PathBuf::from(path), text: text.to_owned() }
}

/// Loads files without knowing any log type.
fn load_all(files: &[SourceFile]) -> Repository {
    load(files, &LoadOptions::default())
}

/// Python with everything that any type needs.
const PYTHON: &str = "def rule(event):\n    return True\n\n\ndef policy(resource):\n    return True\n";

/// A complete rule; `extra` is appended.
fn rule_yaml(id: &str, extra: &str) -> String {
    format!(
        "AnalysisType: rule\nRuleID: {id}\nEnabled: true\nFilename: r.py\nLogTypes: [Okta.SystemLog]\nSeverity: High\n{extra}"
    )
}

/// Loads one YAML file with `r.py` beside it.
fn load_one(yaml: &str) -> Repository {
    load_all(&[file("rules/r.yml", yaml), file("rules/r.py", PYTHON)])
}
