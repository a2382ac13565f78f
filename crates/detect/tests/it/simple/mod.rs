//! Rules in YAML and inline filters, read as in a repository and run over events.

mod cases;
mod native;
mod properties;
mod python;

use std::path::PathBuf;

pub(crate) use cases::{detection, filter};
use content::{LoadOptions, Repository, SourceFile, load};
use serde_json::Value;

/// Loads a rule whose YAML ends with `keys`, with a Python file `r.py` beside it.
pub(crate) fn load_rule(keys: &str) -> Repository {
    let yaml = format!(
        "AnalysisType: rule\nRuleID: R\nEnabled: true\nLogTypes: [Custom.T]\nSeverity: High\n{keys}\n"
    );
    let file = |path: &str, text: &str| SourceFile { path: PathBuf::from(path), text: text.to_owned() };
    let python = "def rule(event):\n    return True\n";
    load(&[file("rules/r.yml", &yaml), file("rules/r.py", python)], &LoadOptions::default())
}

/// The same for a rule that must be sound.
fn sound(keys: &str) -> Repository {
    let repository = load_rule(keys);
    let errors: Vec<_> =
        repository.findings.iter().filter(|finding| finding.level == content::Level::Error).collect();
    assert!(errors.is_empty(), "{keys}\n{errors:#?}");
    repository
}

fn json(text: &str) -> Value {
    model::json::parse_json(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
