//! The result of `margay test` as JUnit XML: an item is a suite, a test a case; an item that did not run
//! is a suite with one case. Python unit-test files are suites too.
//!
//! Shape: the schema that CI systems validate against
//! (<https://github.com/jenkinsci/xunit-plugin>, `junit-10.xsd`). It has no place for files and lines of
//! single cases, so they stand in the text of a failure.

use std::time::Duration;

use content::Diagnostic;
use python_host::{FileTest, FileTestStatus};

use super::difference::write_difference;
use super::outcome::{ItemOutcome, NotRunState, Place, Report, TestResult, name_of};
use super::paint::Paint;
use super::python_files::{FileOutcome, WHOLE_FILE};

/// The whole document.
pub(super) fn render(report: &Report<'_>) -> String {
    let items = report.outcomes.iter().filter(|o| o.not_run.is_some() || !o.tests.is_empty());
    let suites =
        items.map(item_suite).chain(loose_suites(report)).chain(report.python.files.iter().map(file_suite));
    let suites: Vec<Suite> = suites.collect();
    let sums = Counts::of(suites.iter().flat_map(|suite| &suite.cases));
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!(
        "<testsuites name=\"margay test\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{}\">\n",
        sums.tests,
        sums.failures,
        sums.errors,
        seconds(report.elapsed)
    ));
    for suite in &suites {
        write_suite(&mut out, suite);
    }
    out.push_str("</testsuites>\n");
    out
}

/// The tests of one item or file.
struct Suite {
    name: String,
    file: String,
    cases: Vec<Case>,
}

/// One test.
struct Case {
    name: String,
    elapsed: Duration,
    state: State,
    printed: String,
}

/// How a test ended.
enum State {
    Passed,
    /// Message and text.
    Failed(String, String),
    /// It could not be run at all.
    Error(String, String),
    Skipped(String),
}

fn item_suite(outcome: &ItemOutcome<'_>) -> Suite {
    let mut cases: Vec<Case> = outcome.tests.iter().map(test_case).collect();
    if let Some(not_run) = &outcome.not_run {
        let (name, state) = match not_run.state {
            NotRunState::Invalid => (
                "(cannot be loaded)",
                State::Error(not_run.reason.clone(), located(&not_run.place, &not_run.reason)),
            ),
            NotRunState::Skipped => ("(is not run)", State::Skipped(not_run.reason.clone())),
        };
        cases.push(Case::new(name, state));
    }
    Suite { name: outcome.item.id.clone(), file: outcome.item.file.display().to_string(), cases }
}

/// A suite for each file with errors that make no item invalid.
fn loose_suites<'r>(report: &'r Report<'_>) -> impl Iterator<Item = Suite> + 'r {
    report.loose_errors.chunk_by(|error, next| error.file == next.file).map(|errors| {
        let case = |error: &&Diagnostic| {
            let place = Place { file: error.file.clone(), line: error.line };
            let state = State::Error(error.message.clone(), located(&place, &error.message));
            Case::new(&format!("{} (cannot be loaded)", name_of(error)), state)
        };
        let name = errors.first().map(|error| error.file.display().to_string()).unwrap_or_default();
        Suite { file: name.clone(), name, cases: errors.iter().map(case).collect() }
    })
}

fn test_case(test: &TestResult) -> Case {
    let mut text = located(&test.place, test.reason());
    if let Some(difference) = &test.outcome.difference {
        write_difference(&mut text, "", difference, Paint::new(false));
    }
    let state =
        if test.outcome.passed { State::Passed } else { State::Failed(test.reason().to_owned(), text) };
    Case {
        name: test.outcome.name.clone(),
        elapsed: test.outcome.elapsed,
        state,
        printed: test.outcome.printed.clone(),
    }
}

fn file_suite(file: &FileOutcome) -> Suite {
    let mut cases: Vec<Case> = file.tests.iter().map(|test| file_case(file, test)).collect();
    if let Some(error) = &file.error {
        let text = located(&Place { file: file.file.clone(), line: error.line }, &error.reason);
        cases.push(Case::new(WHOLE_FILE, State::Error(error.reason.clone(), text)));
    }
    let name = file.file.display().to_string();
    Suite { file: name.clone(), name, cases }
}

fn file_case(file: &FileOutcome, test: &FileTest) -> Case {
    let FileTest { name, status, reason, line, printed, elapsed } = test;
    let reason = reason.clone().unwrap_or_default();
    let state = match status {
        FileTestStatus::Passed => State::Passed,
        FileTestStatus::Skipped => State::Skipped(reason),
        FileTestStatus::Failed => {
            let text = located(&Place { file: file.file.clone(), line: line.unwrap_or(1) }, &reason);
            State::Failed(reason, text)
        }
    };
    Case { name: name.clone(), elapsed: *elapsed, state, printed: printed.clone() }
}

impl Case {
    fn new(name: &str, state: State) -> Case {
        Case { name: name.to_owned(), elapsed: Duration::ZERO, state, printed: String::new() }
    }
}

fn located(place: &Place, reason: &str) -> String {
    format!("{}:{}: {reason}\n", place.file.display(), place.line)
}

#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    elapsed: Duration,
}

impl Counts {
    fn of<'a>(cases: impl IntoIterator<Item = &'a Case>) -> Counts {
        let mut counts = Counts::default();
        for case in cases {
            counts.tests += 1;
            counts.elapsed += case.elapsed;
            match case.state {
                State::Passed => {}
                State::Failed(..) => counts.failures += 1,
                State::Error(..) => counts.errors += 1,
                State::Skipped(_) => counts.skipped += 1,
            }
        }
        counts
    }
}

fn write_suite(out: &mut String, suite: &Suite) {
    let Counts { tests, failures, errors, skipped, elapsed } = Counts::of(&suite.cases);
    let (name, file, time) = (escape(&suite.name), escape(&suite.file), seconds(elapsed));
    out.push_str(&format!(
        "  <testsuite name=\"{name}\" file=\"{file}\" tests=\"{tests}\" failures=\"{failures}\" \
         errors=\"{errors}\" skipped=\"{skipped}\" time=\"{time}\">\n"
    ));
    for case in &suite.cases {
        let (case_name, time) = (escape(&case.name), seconds(case.elapsed));
        out.push_str(&format!("    <testcase classname=\"{name}\" name=\"{case_name}\" time=\"{time}\">\n"));
        write_state(out, &case.state);
        if !case.printed.is_empty() {
            out.push_str(&format!("      <system-out>{}</system-out>\n", escape(&case.printed)));
        }
        out.push_str("    </testcase>\n");
    }
    out.push_str("  </testsuite>\n");
}

fn write_state(out: &mut String, state: &State) {
    let (element, message, text) = match state {
        State::Passed => return,
        State::Failed(message, text) => ("failure", message, text.as_str()),
        State::Error(message, text) => ("error", message, text.as_str()),
        State::Skipped(message) => ("skipped", message, ""),
    };
    let (message, text) = (escape(message), escape(text));
    out.push_str(&format!("      <{element} message=\"{message}\">{text}</{element}>\n"));
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// Text as XML 1.0 may hold it; characters that it may not hold become `?`.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            character if character < ' ' || matches!(character, '\u{fffe}' | '\u{ffff}') => out.push('?'),
            character => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_the_document() {
        assert_eq!(escape("a<b>&\"c\"\n\u{1}"), "a&lt;b&gt;&amp;&quot;c&quot;&#10;?");
    }
}
