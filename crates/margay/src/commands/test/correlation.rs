//! Tests of correlation rules: evaluated here, they need no worker.

use std::time::Instant;

use content::{CorrelationRule, Item};
use detect::correlation::{Verdict, run_test};
use python_host::{Difference, FunctionOutcome, TestOutcome};

use super::outcome::{ItemOutcome, Place, TestResult};

/// The function that a verdict is shown under, as those of other rules are.
const MATCHER: &str = "rule";

/// Runs the tests of a correlation rule.
pub(super) fn outcome<'a>(item: &'a Item, rule: &CorrelationRule) -> ItemOutcome<'a> {
    let tests = rule.tests.iter().map(|test| {
        let begun = Instant::now();
        let Verdict { matched, failure } = run_test(&rule.correlation, test);
        let difference = (matched != test.expected).then(|| Difference {
            expected: vec![test.expected.to_string()],
            actual: vec![matched.to_string()],
        });
        let outcome = TestOutcome {
            name: test.name.clone(),
            passed: failure.is_none(),
            reason: failure.map(|failure| format!("[{MATCHER}] {failure}")),
            line: None,
            functions: vec![FunctionOutcome {
                name: MATCHER.to_owned(),
                output: Some(matched.to_string()),
                error: None,
            }],
            printed: String::new(),
            difference,
            elapsed: begun.elapsed(),
        };
        TestResult { outcome, place: Place { file: item.file.clone(), line: test.line } }
    });
    ItemOutcome { item, not_run: None, tests: tests.collect() }
}
