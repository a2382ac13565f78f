//! Tests of correlation rules: evaluated here, they need no worker.

use content::{CorrelationRule, Item};

use super::outcome::{ItemOutcome, Place, TestResult};
use crate::unit_tests::run_correlation_tests;

/// Runs the tests of a correlation rule.
pub(super) fn outcome<'a>(item: &'a Item, rule: &CorrelationRule) -> ItemOutcome<'a> {
    let outcomes = run_correlation_tests(rule).into_iter().zip(&rule.tests);
    let tests = outcomes.map(|(outcome, test)| TestResult {
        outcome,
        place: Place { file: item.file.clone(), line: test.line },
    });
    ItemOutcome { item, not_run: None, tests: tests.collect() }
}
