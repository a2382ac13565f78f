//! Unit tests of detections, for `margay test` and for changes by the API: what needs no Python is evaluated
//! here, the rest in a worker.

use std::time::{Duration, Instant};

use content::{CorrelationRule, Rule, UnitTest};
use detect::NativeRules;
use detect::correlation::{Verdict, run_test};
use detect::simple::{FunctionReport, TestReport};
use python_host::{Difference, FunctionOutcome, HostError, PythonHost, TestCase, TestOutcome, TestRun};

/// Runs the tests of a rule in order. Those that the native engine does not settle go to one worker, also
/// when there are none, because a worker alone knows whether the code can be loaded.
pub(crate) async fn run_tests(
    native: &NativeRules,
    host: Option<&PythonHost>,
    rule: &Rule,
) -> Result<TestRun, HostError> {
    let id = &rule.detection.id;
    let settle = |test: &UnitTest| {
        let begun = Instant::now();
        native.test(id, test).map(|report| (report, begun.elapsed()))
    };
    let settled: Vec<Option<(TestReport, Duration)>> = rule.tests.iter().map(settle).collect();
    let python = match host.filter(|_| rule.logic.simple().is_none()) {
        Some(host) => {
            let open = rule.tests.iter().zip(&settled).filter(|(_, report)| report.is_none());
            host.run_tests(id, open.map(|(test, _)| TestCase::from(test)).collect()).await?
        }
        None => TestRun { setup_error: None, outcomes: Vec::new() },
    };
    let mut rest = python.outcomes.into_iter();
    let next = |(test, report): (&UnitTest, Option<(TestReport, Duration)>)| match report {
        Some((report, elapsed)) => Some(outcome(test, report, elapsed)),
        None => rest.next(),
    };
    // A rule that cannot be loaded any more has no outcome for what comes after it.
    let outcomes = rule.tests.iter().zip(settled).map_while(next).collect();
    Ok(TestRun { setup_error: python.setup_error, outcomes })
}

/// The function that the verdict of a correlation rule is shown under, as those of other rules are.
const MATCHER: &str = "rule";

/// Runs the tests of a correlation rule in order.
pub(crate) fn run_correlation_tests(rule: &CorrelationRule) -> Vec<TestOutcome> {
    let run = |test: &content::CorrelationTest| {
        let begun = Instant::now();
        let Verdict { matched, failure } = run_test(&rule.correlation, test);
        let difference = (matched != test.expected).then(|| Difference {
            expected: vec![test.expected.to_string()],
            actual: vec![matched.to_string()],
        });
        TestOutcome {
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
        }
    };
    rule.tests.iter().map(run).collect()
}

fn outcome(test: &UnitTest, report: TestReport, elapsed: Duration) -> TestOutcome {
    let TestReport { failure, functions } = report;
    let function = |function: FunctionReport| {
        let FunctionReport { name, output, error } = function;
        FunctionOutcome { name: name.to_owned(), output, error }
    };
    let functions: Vec<FunctionOutcome> = functions.into_iter().map(function).collect();
    let expected = test.expected.to_string();
    // Only what differs in the verdict is a difference.
    let verdict = functions.first().and_then(|first| first.output.clone());
    let difference = verdict
        .filter(|verdict| failure.is_some() && *verdict != expected)
        .map(|verdict| Difference { expected: vec![expected], actual: vec![verdict] });
    TestOutcome {
        name: test.name.clone(),
        passed: failure.is_none(),
        reason: failure,
        line: None,
        functions,
        printed: String::new(),
        difference,
        elapsed,
    }
}
