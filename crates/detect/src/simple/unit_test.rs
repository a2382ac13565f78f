//! Unit tests of detections in YAML: every function runs, also when the event does not match.
//! Source: `detections.md` §6.2.

use content::UnitTest;
use model::Severity;
use serde_json::Value;

use super::SimpleRule;
use super::expression::Scope;
use super::fault::EvaluationError;

/// Why a test with mocks fails.
const NO_MOCKS: &str =
    "[mocks] a detection in YAML has no Python names that could be replaced; remove `Mocks` from the test";

/// What came of one unit test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestReport {
    /// Why it failed, such as `[rule] returned true, expected false`; `None` when it passed.
    pub failure: Option<String>,
    /// What each function made of the event.
    pub functions: Vec<FunctionReport>,
}

/// What one function made of the event. A detection in YAML has those of a Python one that its keys stand
/// for: `rule`, `title`, `severity`, `dedup`, `alert_context`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionReport {
    /// The name of the function.
    pub name: &'static str,
    /// Texts as they are, anything else as JSON; `None` when it failed.
    pub output: Option<String>,
    /// Class and message.
    pub error: Option<String>,
}

impl FunctionReport {
    fn new(name: &'static str, result: Result<String, EvaluationError>) -> FunctionReport {
        match result {
            Ok(output) => FunctionReport { name, output: Some(output), error: None },
            Err(error) => FunctionReport { name, output: None, error: Some(error.to_string()) },
        }
    }
}

impl TestReport {
    /// The report of a test whose event the filters of the rule keep from it: as if `rule` said no.
    pub fn filtered_out(expected: bool) -> TestReport {
        TestReport {
            failure: expected.then(|| {
                "[rule] returned false, expected true: the event does not pass the inline filters".to_owned()
            }),
            functions: vec![FunctionReport::new("rule", Ok("false".to_owned()))],
        }
    }

    /// The report of a test that ended before the rule said anything.
    pub fn failed(error: &EvaluationError) -> TestReport {
        TestReport {
            failure: Some(format!("[rule] {error}")),
            functions: vec![FunctionReport::new("rule", Err(error.clone()))],
        }
    }
}

impl SimpleRule {
    /// Runs a test. `configured` is the rule's own severity; without `shows_texts` the texts of alerts are
    /// left out of the report, as for rules that create none.
    pub fn test(&self, test: &UnitTest, configured: Severity, shows_texts: bool) -> TestReport {
        let scope = Scope::of(&test.log);
        let verdict = self.matches(&test.log);
        let title = self.alert_keys.title(scope);
        let dedup = self.alert_keys.dedup(&self.rule_id, title.as_deref(), scope);
        let severity = self.alert_keys.severity(scope).map(|found| found.unwrap_or(configured));
        let failure = judge(&verdict, test, &severity);
        let mut functions = vec![FunctionReport::new("rule", verdict.map(|verdict| verdict.to_string()))];
        if shows_texts {
            functions.extend(title.map(|title| FunctionReport::new("title", Ok(title))));
            if self.alert_keys.has_severities() {
                let word = severity.map(|severity| severity.as_str().to_owned());
                functions.push(FunctionReport::new("severity", word));
            }
            functions.push(FunctionReport::new("dedup", Ok(dedup)));
        }
        let context = self.alert_keys.context(scope);
        functions.extend(
            context
                .map(|context| FunctionReport::new("alert_context", Ok(Value::Object(context).to_string()))),
        );
        TestReport { failure, functions }
    }
}

fn judge(
    verdict: &Result<bool, EvaluationError>,
    test: &UnitTest,
    severity: &Result<Severity, EvaluationError>,
) -> Option<String> {
    let expected = test.expected;
    if !test.mocks.is_empty() {
        return Some(NO_MOCKS.to_owned());
    }
    match verdict {
        Err(error) => return Some(format!("[rule] {error}")),
        Ok(found) if *found != expected => {
            return Some(format!("[rule] returned {found}, expected {expected}"));
        }
        // What nobody will be told may fail.
        Ok(false) => return None,
        Ok(true) => {}
    }
    let severity = severity.as_ref().err().map(|error| format!("[severity] {error}"));
    let destinations = test
        .expected_destinations
        .as_ref()
        .map(|names| format!("[destinations] returned null, expected {}", Value::from(names.as_slice())));
    let reasons: Vec<String> = severity.into_iter().chain(destinations).collect();
    (!reasons.is_empty()).then(|| reasons.join("\n"))
}
