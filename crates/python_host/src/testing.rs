//! Unit tests of detections, as `margay test` runs them: the same worker, the same engine.

use std::time::Duration;

use model::RuleId;
use serde_json::Value;

use crate::wire::WireError;

/// One unit test.
#[derive(Clone, Debug)]
pub struct TestCase {
    /// `Name`.
    pub name: String,
    /// `ExpectedResult`.
    pub expected: bool,
    /// The event; for a policy the resource.
    pub log: Value,
    /// Attribute of the detection's module and what calling it returns.
    pub mocks: Vec<(String, Value)>,
    /// `ExpectedDestinations`.
    pub expected_destinations: Option<Vec<String>>,
}

impl From<&content::UnitTest> for TestCase {
    fn from(test: &content::UnitTest) -> TestCase {
        let content::UnitTest { name, expected, log, mocks, expected_destinations, file: _, line: _ } = test;
        TestCase {
            name: name.clone(),
            expected: *expected,
            log: log.clone(),
            mocks: mocks.clone(),
            expected_destinations: expected_destinations.clone(),
        }
    }
}

/// What came of the tests of one detection.
#[derive(Clone, Debug)]
pub struct TestRun {
    /// The detection cannot be loaded: it is invalid and no test ran (or none after this).
    pub setup_error: Option<SetupError>,
    /// One outcome for each test that ran, in order.
    pub outcomes: Vec<TestOutcome>,
}

/// What came of one test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestOutcome {
    /// `Name`.
    pub name: String,
    /// The verdict.
    pub passed: bool,
    /// Why it failed: `[title] KeyError: 'x'`.
    pub reason: Option<String>,
    /// The raising line, when it is in the detection's own file.
    pub line: Option<u32>,
    /// Every function that ran, in order; alert texts of a `CreateAlert: false` detection are left out.
    pub functions: Vec<FunctionOutcome>,
    /// What the detection printed, at most 64 KiB of characters.
    pub printed: String,
    /// What was expected and what came instead, when that is why it failed.
    pub difference: Option<Difference>,
    /// How long it took.
    pub elapsed: Duration,
}

/// An expectation that was not met; several entries are a list without order, sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What the test says.
    pub expected: Vec<String>,
    /// What the detection said.
    pub actual: Vec<String>,
}

/// What one function of a detection did in a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionOutcome {
    /// `rule`, `policy`, `title`, `alert_context`, …
    pub name: String,
    /// Texts as they are, anything else as JSON.
    pub output: Option<String>,
    /// `ClassName: message`.
    pub error: Option<String>,
}

/// An item whose code cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupError {
    /// `RuleID` or `DataModelID`.
    pub item_id: String,
    /// Exception class.
    pub error_type: String,
    /// The text with the last frame.
    pub message: String,
    /// Line in the item's Python file, from 1.
    pub line: Option<u32>,
}

impl SetupError {
    pub(crate) fn of_rule(rule_id: &RuleId, error: &WireError) -> SetupError {
        SetupError::of_item(rule_id.as_str(), error)
    }

    pub(crate) fn of_item(item_id: &str, error: &WireError) -> SetupError {
        SetupError {
            item_id: item_id.to_owned(),
            error_type: error.error_type.clone(),
            message: error.message.clone(),
            line: error.line,
        }
    }
}
