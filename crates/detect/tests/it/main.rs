//! Native evaluation as its users see it: the simple language by tables, correlation rules by cases.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod alert_keys;
mod corpus;
mod explanations;
mod expressions;
mod filters;
mod groups;
mod limits;
mod oracle;
mod properties;
mod robustness;
mod sequences;
mod support;
mod traps;

use std::path::PathBuf;

use content::{LoadOptions, Logic, Repository, Rule, SimpleDetection, SourceFile, load};

/// Loads one YAML rule whose keys besides the usual ones are `more`.
fn load_rule(more: &str) -> Repository {
    let text = format!(
        "AnalysisType: rule\nRuleID: My.Rule\nEnabled: true\nSeverity: Low\nLogTypes: [A.B]\n{more}\n"
    );
    load(&[SourceFile { path: PathBuf::from("rules/r.yml"), text }], &LoadOptions::default())
}

fn rule(more: &str) -> Rule {
    let repository = load_rule(more);
    let found = repository.rules().next().cloned();
    found.unwrap_or_else(|| panic!("{more}: {:#?}", repository.findings))
}

fn detection(more: &str) -> SimpleDetection {
    match rule(more).logic {
        Logic::Simple(detection) => *detection,
        other => panic!("{other:?}"),
    }
}
