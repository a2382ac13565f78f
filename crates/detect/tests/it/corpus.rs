//! The correlation rules of a public repository, when copies are at hand: `MARGAY_CORRELATION_CORPUS` names
//! a folder, and every YAML file below it is read, each as a part of a repository.

use std::fs;
use std::path::Path;

use content::{CorrelationRule, LoadOptions, SourceFile};
use detect::correlation::run_test;

fn walk(folder: &Path, files: &mut Vec<SourceFile>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            files.push(SourceFile { text: fs::read_to_string(&path).unwrap(), path });
        }
    }
}

/// What is wrong with the tests of a rule.
fn failures(rule: &CorrelationRule) -> Vec<String> {
    let failure = |test: &content::CorrelationTest| {
        let why = run_test(&rule.correlation, test).failure?;
        Some(format!("{}: {why}", test.name))
    };
    rule.tests.iter().filter_map(failure).collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the only setting of this test is where the copies lie")]
fn public_correlation_rules_pass_their_tests() {
    let Ok(folder) = std::env::var("MARGAY_CORRELATION_CORPUS") else {
        println!("skipped: MARGAY_CORRELATION_CORPUS does not name a folder of correlation rules");
        return;
    };
    let mut files = Vec::new();
    walk(Path::new(&folder), &mut files);
    let (mut rules, mut tests, mut failed) = (0, 0, Vec::new());
    for file in files {
        let options = LoadOptions { is_part: true, ..LoadOptions::default() };
        let repository = content::load(std::slice::from_ref(&file), &options);
        for item in repository.items.iter().filter(|item| item.analysis_type == "correlation_rule") {
            let Some(rule) = item.correlation_rule() else {
                failed.push(format!("{}: {:#?}", file.path.display(), repository.findings));
                continue;
            };
            rules += 1;
            tests += rule.tests.len();
            failed.extend(failures(rule).into_iter().map(|why| format!("{}: {why}", file.path.display())));
        }
    }
    println!("{rules} correlation rules, {tests} tests, {} failed", failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
