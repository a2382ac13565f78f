//! Unit tests of what needs no Python: rules in YAML, and the inline filters of all rules.
//!
//! The same evaluator runs in production, so a test whose event the filters keep out sees the verdict that
//! production would give.

use std::time::Duration;

use content::{InlineFilters, Rule, SimpleDetection, UnitTest};
use detect::{FilterSettings, NativeRules, NativeTest, Simple};
use model::RuleId;
use python_host::{Difference, FunctionOutcome, HostError, PythonHost, TestCase, TestOutcome, TestRun};

/// Runs the tests of a rule in YAML.
pub(super) fn run_simple(rule: &Rule, detection: &SimpleDetection, settings: FilterSettings) -> TestRun {
    let outcomes = rule.tests.iter().map(|test| simple_outcome(rule, detection, test, settings)).collect();
    TestRun { setup_error: None, outcomes }
}

/// Runs the tests of a rule in Python whose events the filters let through; answers all of them, in order.
pub(super) async fn run_filtered(
    host: &PythonHost,
    rule: &Rule,
    settings: FilterSettings,
) -> Result<TestRun, HostError> {
    let decided: Vec<Option<TestOutcome>> =
        rule.tests.iter().map(|test| decide(&rule.filters, test, settings)).collect();
    let is_open = |(_, decided): &(&UnitTest, &Option<TestOutcome>)| decided.is_none();
    let open = rule.tests.iter().zip(&decided).filter(is_open).map(|(test, _)| TestCase::from(test));
    let TestRun { setup_error, outcomes } = host.run_tests(&rule.detection.id, open.collect()).await?;
    if setup_error.is_some() {
        return Ok(TestRun { setup_error, outcomes });
    }
    let mut of_python = outcomes.into_iter();
    let all = decided.into_iter().filter_map(|decided| decided.or_else(|| of_python.next()));
    Ok(TestRun { setup_error, outcomes: all.collect() })
}

/// What the filters alone say about a test; `None` when they let its event through.
fn decide(filters: &InlineFilters, test: &UnitTest, settings: FilterSettings) -> Option<TestOutcome> {
    match NativeRules::with(settings).test(filters, &test.log) {
        NativeTest::Passes => None,
        NativeTest::FilteredOut => {
            let reason = "[rule] returned false, expected true: the inline filters keep the event out";
            Some(outcome(
                test,
                !test.expected,
                test.expected.then(|| reason.to_owned()),
                vec![output("rule", "false")],
            ))
        }
        NativeTest::Failed(error) => {
            let error = format!("{}: {}", error.error_type, error.message);
            Some(failed(test, "rule", &error))
        }
    }
}

fn simple_outcome(
    rule: &Rule,
    detection: &SimpleDetection,
    test: &UnitTest,
    settings: FilterSettings,
) -> TestOutcome {
    if let Some((name, _)) = test.mocks.first() {
        let error = format!("MockError: a rule in YAML has no function `{name}` that could be mocked");
        return failed(test, "rule", &error);
    }
    if let Some(decided) = decide(&rule.filters, test, settings) {
        return decided;
    }
    let simple = Simple { detection };
    let verdict = match simple.matches(&test.log) {
        Ok(verdict) => verdict,
        Err(error) => return failed(test, "rule", &format!("{}: {}", error.error_type, error.message)),
    };
    let mut functions = vec![output("rule", word(verdict))];
    let problem = describe(rule, &simple, test, &mut functions);
    if verdict != test.expected {
        let reason = format!("[rule] returned {}, expected {}", word(verdict), word(test.expected));
        return outcome(test, false, Some(reason), functions);
    }
    // As for rules in Python, a text that fails counts when the test expects an alert.
    let problem = problem.filter(|_| test.expected).or_else(|| expected_destinations(test));
    outcome(test, problem.is_none(), problem, functions)
}

/// Adds what the alert keys say; answers what failed among them.
fn describe(
    rule: &Rule,
    simple: &Simple<'_>,
    test: &UnitTest,
    functions: &mut Vec<FunctionOutcome>,
) -> Option<String> {
    let id: &RuleId = &rule.detection.id;
    let found = simple.describe(id, &test.log);
    let shows_alert = rule.detection.create_alert;
    if shows_alert {
        functions.extend(found.title.as_deref().map(|title| output("title", title)));
    }
    let mut problem = None;
    match simple.severity(&test.log) {
        Ok(Some(severity)) if shows_alert => functions.push(output("severity", severity.as_str())),
        Ok(_) => {}
        Err(error) => {
            let error = format!("{}: {}", error.error_type, error.message);
            problem = Some(format!("[severity] {error}"));
            functions.push(FunctionOutcome { name: "severity".to_owned(), output: None, error: Some(error) });
        }
    }
    if shows_alert {
        functions.push(output("dedup", &found.dedup));
    }
    if let Some(context) = found.alert_context {
        let text = serde_json::to_string(&context).expect("a map with text keys is JSON");
        functions.push(output("alert_context", &text));
    }
    problem
}

/// A rule in YAML names no destinations, so a test that expects some fails.
fn expected_destinations(test: &UnitTest) -> Option<String> {
    let expected = test.expected_destinations.as_ref()?;
    let expected = serde_json::to_string(expected).expect("a list of texts is JSON");
    Some(format!("[destinations] returned null, expected {expected}"))
}

fn word(verdict: bool) -> &'static str {
    if verdict { "true" } else { "false" }
}

fn output(name: &str, text: &str) -> FunctionOutcome {
    FunctionOutcome { name: name.to_owned(), output: Some(text.to_owned()), error: None }
}

fn failed(test: &UnitTest, function: &str, error: &str) -> TestOutcome {
    let functions =
        vec![FunctionOutcome { name: function.to_owned(), output: None, error: Some(error.to_owned()) }];
    outcome(test, false, Some(format!("[{function}] {error}")), functions)
}

fn outcome(
    test: &UnitTest,
    passed: bool,
    reason: Option<String>,
    functions: Vec<FunctionOutcome>,
) -> TestOutcome {
    // An evaluation takes microseconds; only what differs in the verdict is a difference.
    let verdict = functions.first().and_then(|first| first.output.clone());
    let difference = verdict
        .filter(|verdict| !passed && *verdict != word(test.expected))
        .map(|actual| Difference { expected: vec![word(test.expected).to_owned()], actual: vec![actual] });
    TestOutcome {
        name: test.name.clone(),
        passed,
        reason,
        line: None,
        functions,
        printed: String::new(),
        difference,
        elapsed: Duration::ZERO,
    }
}
