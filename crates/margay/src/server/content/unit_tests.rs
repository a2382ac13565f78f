//! Unit tests of one item as it would be after a change, with the engine of `margay test`: in a worker of
//! their own and with a key-value cache of their own, so that no test touches what production remembers.

use std::sync::Arc;

use api::{ContentIssue, ContentRefusal, FunctionRecord, TestRecord};
use content::{ItemBody, ItemState, Repository};
use detect::{FilterSettings, NativeRules};
use python_host::{FunctionOutcome, HostConfig, Program, PythonHost, SetupError, TestOutcome, TestRun};
use stdx::SystemClock;

use crate::unit_tests;

/// Names of the function that decides.
const MATCHERS: [&str; 2] = ["rule", "policy"];

/// Runs the tests of an item; all of them must pass.
pub(super) async fn run_tests(
    python: &HostConfig,
    filters: FilterSettings,
    repository: &Repository,
    id: &str,
) -> Result<(), ContentRefusal> {
    let results = match try_tests(python, filters, repository, id, &[]).await? {
        Tried::Ran(results) => results,
        Tried::NotLoaded(error) => return Err(not_loaded(id, &error)),
    };
    let failed: Vec<&str> =
        results.iter().filter(|result| !result.passed).map(|result| result.name.as_str()).collect();
    match failed.as_slice() {
        [] => Ok(()),
        [one] => Err(ContentRefusal::TestsFailed { message: format!("the test `{one}` failed"), results }),
        [first, rest @ ..] => {
            let message = format!("the test `{first}` and {} more of {} failed", rest.len(), results.len());
            Err(ContentRefusal::TestsFailed { message, results })
        }
    }
}

/// What came of running tests.
pub(super) enum Tried {
    /// They ran, in the order of the file.
    Ran(Vec<TestRecord>),
    /// The code cannot be loaded.
    NotLoaded(SetupError),
}

/// Runs the tests of an item with these names; all of them when there is none.
pub(super) async fn try_tests(
    python: &HostConfig,
    filters: FilterSettings,
    repository: &Repository,
    id: &str,
    only: &[String],
) -> Result<Tried, ContentRefusal> {
    let is_asked = |name: &String| only.is_empty() || only.contains(name);
    let Some(item) = repository.items.iter().find(|item| item.id == id) else {
        return Ok(Tried::Ran(Vec::new()));
    };
    let (outcomes, expected): (_, Vec<bool>) = match (item.rule(), item.correlation_rule()) {
        (Some(rule), _) => {
            let mut rule = rule.clone();
            rule.tests.retain(|test| is_asked(&test.name));
            if rule.tests.is_empty() {
                return Ok(Tried::Ran(Vec::new()));
            }
            let run = run_rule_tests(python, filters, repository, &rule).await?;
            if let Some(error) = run.setup_error {
                return Ok(Tried::NotLoaded(error));
            }
            (run.outcomes, rule.tests.iter().map(|test| test.expected).collect())
        }
        (_, Some(rule)) => {
            let mut rule = rule.clone();
            rule.tests.retain(|test| is_asked(&test.name));
            (unit_tests::run_correlation_tests(&rule), rule.tests.iter().map(|test| test.expected).collect())
        }
        _ => return Ok(Tried::Ran(Vec::new())),
    };
    Ok(Tried::Ran(
        outcomes.into_iter().zip(expected).map(|(outcome, expected)| record(outcome, expected)).collect(),
    ))
}

async fn run_rule_tests(
    python: &HostConfig,
    filters: FilterSettings,
    repository: &Repository,
    rule: &content::Rule,
) -> Result<TestRun, ContentRefusal> {
    let failed =
        |error: &dyn std::fmt::Display| ContentRefusal::Failed(format!("the tests could not run: {error}"));
    let needed = needed(repository, rule);
    let native = NativeRules::from_repository(&needed, filters);
    if rule.logic.simple().is_some() {
        return unit_tests::run_tests(&native, None, rule).await.map_err(|error| failed(&error));
    }
    let host_config = HostConfig { workers: 1, warm: false, ..python.clone() };
    let program = Arc::new(Program::from_repository(&needed));
    let (host, _) = PythonHost::start(host_config, program, Arc::new(SystemClock))
        .await
        .map_err(|error| failed(&error))?;
    let run = unit_tests::run_tests(&native, Some(&host), rule).await;
    host.shutdown().await;
    run.map_err(|error| failed(&error))
}

/// The rule, and all globals and data models.
fn needed(repository: &Repository, rule: &content::Rule) -> Repository {
    let is_needed = |item: &&content::Item| {
        let is_shared = matches!(item.state, ItemState::Ready(ItemBody::Global(_) | ItemBody::DataModel(_)));
        is_shared || item.id == rule.detection.id.as_str()
    };
    Repository {
        items: repository.items.iter().filter(is_needed).cloned().collect(),
        ..Repository::default()
    }
}

fn not_loaded(id: &str, error: &SetupError) -> ContentRefusal {
    let place = error.line.map_or_else(String::new, |line| format!("line {line}: "));
    let message = format!("{place}`{id}` cannot run: {}: {}", error.error_type, error.message);
    let issue = ContentIssue { path: String::new(), message: message.clone() };
    ContentRefusal::Invalid { message, issues: vec![issue] }
}

fn record(outcome: TestOutcome, expected: bool) -> TestRecord {
    let TestOutcome { name, passed, reason, functions, elapsed, .. } = outcome;
    let function = |function: FunctionOutcome| {
        let FunctionOutcome { name, output, error } = function;
        FunctionRecord { name, output, error }
    };
    let functions: Vec<FunctionRecord> = functions.into_iter().map(function).collect();
    let matcher = functions.iter().find(|function| MATCHERS.contains(&function.name.as_str()));
    // A policy makes an alert when it says no.
    let triggered = matcher.is_some_and(|function| {
        let word = if function.name == "policy" { "false" } else { "true" };
        function.output.as_deref().is_some_and(|output| output.eq_ignore_ascii_case(word))
    });
    TestRecord { name, passed, expected, triggered, reason, functions, elapsed }
}
