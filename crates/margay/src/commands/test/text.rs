//! The result of `margay test` for people: every test with the outputs of its functions, then what went
//! wrong, then the counts. Layout: `detections.md` §6.3.

use python_host::{FileTest, FileTestStatus, FunctionOutcome, TestOutcome};

use super::difference::write_difference;
use super::outcome::{ItemOutcome, ItemVerdict, Place, Report, TestResult, name_of};
use super::paint::Paint;
use super::python_files::{FileOutcome, PythonTests, WHOLE_FILE};
use crate::commands::escape::{line, lines};

const RULER: &str = "--------------------------\n";

/// Functions in the order of the lines, and the word for each.
const FUNCTIONS: [(&str, &str); 11] = [
    ("rule", "rule"),
    ("policy", "policy"),
    ("title", "title"),
    ("dedup", "dedup"),
    ("alert_context", "alertContext"),
    ("description", "description"),
    ("reference", "reference"),
    ("severity", "severity"),
    ("runbook", "runbook"),
    ("destinations", "destinations"),
    (UNIQUE, UNIQUE),
];
/// The first of them give the verdict.
const MATCHERS: usize = 2;
/// Its line is for those who want to see everything.
const UNIQUE: &str = "unique";

/// What is shown, and how.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) color: bool,
    /// Every function of every test, and every passed unit test of Python files.
    pub(super) shows_everything: bool,
    /// Only tests that failed.
    pub(super) shows_failures_only: bool,
}

/// The whole text.
pub(super) fn render(report: &Report<'_>, style: Style) -> String {
    let paint = Paint::new(style.color);
    let mut out = String::new();
    for outcome in &report.outcomes {
        let is_shown = |test: &&TestResult| !style.shows_failures_only || !test.outcome.passed;
        let mut tests = outcome.tests.iter().filter(is_shown).peekable();
        if tests.peek().is_none() {
            continue;
        }
        out += &format!("{}\n", line(&outcome.item.id));
        for test in tests {
            write_test(&mut out, test, style, paint);
        }
        out.push('\n');
    }
    for file in &report.python.files {
        write_file(&mut out, file, style, paint);
    }
    write_not_run(&mut out, report, ItemVerdict::Skipped, "Skipped Tests Summary");
    write_failures(&mut out, report);
    write_not_run(&mut out, report, ItemVerdict::Invalid, "Invalid Tests Summary");
    write_counts(&mut out, report, paint);
    out
}

fn write_test(out: &mut String, test: &TestResult, style: Style, paint: Paint) {
    let TestOutcome { name, passed, functions, printed, difference, .. } = &test.outcome;
    write_printed(out, printed);
    out.push_str(&format!("\t[{}] {}\n", paint.word(*passed), line(name)));
    let mut blame = Blame::of(test.reason());
    // A test that expects no alert shows the matcher alone, unless something else went wrong.
    let is_match =
        functions.first().is_some_and(|first| first.output.as_deref() == Some(triggers(&first.name)));
    for (index, (function, word)) in FUNCTIONS.iter().enumerate() {
        let Some(found) = functions.iter().find(|found| found.name == *function) else { continue };
        let reason = blame.take(function);
        let is_usual = index < MATCHERS || is_match && *function != UNIQUE;
        if !is_usual && reason.is_none() && !style.shows_everything && found.error.is_none() {
            continue;
        }
        // Only an output can differ; what a function raised differs from nothing.
        let difference = difference.as_ref().filter(|_| reason.is_some() && found.error.is_none());
        let told_by_difference = index < MATCHERS && difference.is_some();
        let reason = reason.map(|reason| if told_by_difference { None } else { Some(reason) });
        write_function(out, found, word, *passed, reason, paint);
        if let Some(difference) = difference {
            write_difference(out, "\t\t\t", difference, paint);
        }
    }
    for rest in blame.rest() {
        out.push_str(&format!("\t\t[{}] {}\n", paint.word(false), line(rest)));
    }
}

/// The reason of a failed test, a part for each function that failed: `[title] KeyError: 'x'`.
struct Blame<'a>(Vec<&'a str>);

impl<'a> Blame<'a> {
    fn of(reason: &'a str) -> Blame<'a> {
        let mut parts = Vec::new();
        let mut rest = reason;
        // What an exception says may have several lines.
        while let Some(at) =
            rest.match_indices('\n').map(|(at, _)| at).find(|at| names_function(&rest[at + 1..]))
        {
            parts.push(&rest[..at]);
            rest = &rest[at + 1..];
        }
        parts.extend(Some(rest).filter(|rest| !rest.is_empty()));
        Blame(parts)
    }

    /// Why this function failed, said once.
    fn take(&mut self, function: &str) -> Option<&'a str> {
        let is_its = |part: &&str| {
            part.strip_prefix('[')
                .and_then(|part| part.strip_prefix(function))
                .is_some_and(|part| part.starts_with(']'))
        };
        let at = self.0.iter().position(is_its)?;
        Some(self.0.remove(at))
    }

    /// What nobody took.
    fn rest(self) -> Vec<&'a str> {
        self.0
    }
}

/// Whether a text begins with a function in brackets.
fn names_function(text: &str) -> bool {
    let name = text.strip_prefix('[').and_then(|text| text.split_once("] "));
    name.is_some_and(|(name, _)| FUNCTIONS.iter().any(|(function, _)| *function == name))
}

fn write_printed(out: &mut String, printed: &str) {
    out.push_str(&lines(printed));
    if !printed.is_empty() && !printed.ends_with('\n') {
        out.push('\n');
    }
}

fn triggers(matcher: &str) -> &'static str {
    if matcher == "policy" { "false" } else { "true" }
}

/// `blame`: the function is to blame, for this reason, or for an output that speaks for itself.
fn write_function(
    out: &mut String,
    found: &FunctionOutcome,
    word: &str,
    test_passed: bool,
    blame: Option<Option<&str>>,
    paint: Paint,
) {
    let passed = found.error.is_none() && blame.is_none();
    let said = match (&found.error, blame, &found.output) {
        (Some(error), _, _) if test_passed => format!("{error} (ignored: no alert is expected)"),
        (Some(error), _, _) => error.clone(),
        (None, Some(Some(reason)), _) => reason.split_once("] ").map_or(reason, |(_, rest)| rest).to_owned(),
        (None, _, Some(output)) => output.clone(),
        (None, _, None) => return,
    };
    out.push_str(&format!("\t\t[{}] [{word}] {}\n", paint.word(passed), line(&said)));
}

/// A Python unit-test file: its failures, and the others as a count unless everything is to be shown.
fn write_file(out: &mut String, file: &FileOutcome, style: Style, paint: Paint) {
    let has_failures = file.failures().next().is_some();
    if style.shows_failures_only && !has_failures {
        return;
    }
    out.push_str(&format!("{}\n", file.file.display()));
    for test in &file.tests {
        if test.status == FileTestStatus::Failed || style.shows_everything && !style.shows_failures_only {
            write_file_test(out, test, paint);
        }
    }
    if let Some(error) = &file.error {
        out.push_str(&format!("\t[{}] {WHOLE_FILE}\n", paint.word(false)));
        write_indented(out, &error.reason);
    }
    let passed = file.count(FileTestStatus::Passed);
    if !style.shows_everything && !style.shows_failures_only && passed > 0 {
        out.push_str(&format!("\t[{}] {passed} tests\n", paint.word(true)));
    }
    out.push('\n');
}

fn write_file_test(out: &mut String, test: &FileTest, paint: Paint) {
    let FileTest { name, status, reason, printed, .. } = test;
    write_printed(out, printed);
    let word = match status {
        FileTestStatus::Passed => paint.word(true),
        FileTestStatus::Failed => paint.word(false),
        FileTestStatus::Skipped => "SKIP".to_owned(),
    };
    out.push_str(&format!("\t[{word}] {}\n", line(name)));
    write_indented(out, reason.as_deref().unwrap_or_default());
}

fn write_indented(out: &mut String, text: &str) {
    for one in text.lines() {
        out.push_str(&format!("\t\t{}\n", line(one)));
    }
}

fn write_failures(out: &mut String, report: &Report<'_>) {
    let failed: Vec<&ItemOutcome<'_>> =
        report.outcomes.iter().filter(|outcome| outcome.failures().next().is_some()).collect();
    if failed.is_empty() && report.python.failures().next().is_none() {
        return;
    }
    out.push_str(RULER);
    out.push_str("Failed Tests Summary\n");
    for outcome in failed {
        out.push_str(&format!("\t{}\n", line(&outcome.item.id)));
        for test in outcome.failures() {
            write_failure(out, &test.outcome.name, test.reason(), &test.place);
        }
    }
    for file in report.python.files.iter().filter(|file| file.failures().next().is_some()) {
        out.push_str(&format!("\t{}\n", file.file.display()));
        for failure in file.failures() {
            write_failure(out, failure.test, failure.reason, &failure.place);
        }
    }
    out.push('\n');
}

/// A test with its place; what failed besides the first stands below.
fn write_failure(out: &mut String, test: &str, reason: &str, place: &Place) {
    let (first, rest) = reason.split_once('\n').unwrap_or((reason, ""));
    let file = place.file.display().to_string();
    out.push_str(&format!("\t\t{}: {} ({}:{})\n", line(test), line(first), line(&file), place.line));
    for one in rest.lines() {
        out.push_str(&format!("\t\t\t{}\n", line(one)));
    }
}

fn write_not_run(out: &mut String, report: &Report<'_>, verdict: ItemVerdict, heading: &str) {
    if report.count(verdict) == 0 {
        return;
    }
    let found = report.outcomes.iter().filter(|outcome| outcome.verdict() == verdict);
    out.push_str(&format!("{RULER}{heading}\n"));
    for outcome in found {
        if let Some(not_run) = &outcome.not_run {
            write_reason(out, &outcome.item.id, &not_run.reason, &not_run.place);
        }
    }
    for error in report.loose_errors.iter().filter(|_| verdict == ItemVerdict::Invalid) {
        let place = Place { file: error.file.clone(), line: error.line };
        write_reason(out, name_of(error), &error.message, &place);
    }
    out.push('\n');
}

fn write_reason(out: &mut String, name: &str, reason: &str, place: &Place) {
    let file = place.file.display().to_string();
    out.push_str(&format!("\t{}\n\t\t{} ({}:{})\n", line(name), line(reason), line(&file), place.line));
}

fn write_counts(out: &mut String, report: &Report<'_>, paint: Paint) {
    let (total, passed, failed) = report.test_counts();
    out.push_str(RULER);
    out.push_str("Test Summary\n");
    out.push_str(&format!("\tPath: {}\n", report.paths.join(", ")));
    for (word, verdict) in [
        ("Passed", ItemVerdict::Passed),
        ("Skipped", ItemVerdict::Skipped),
        ("Failed", ItemVerdict::Failed),
        ("Invalid", ItemVerdict::Invalid),
    ] {
        let count = report.count(verdict);
        let is_good = verdict == ItemVerdict::Passed || count == 0;
        out.push_str(&format!("\t{word}: {}\n", paint.count(count, is_good)));
    }
    let not_run = total.saturating_sub(passed + failed);
    out.push_str(&format!(
        "\tTests: {total}, of which {passed} passed, {failed} failed, {not_run} were not run\n"
    ));
    out.push_str(&format!("\tTime: {:.1} s\n", report.elapsed.as_secs_f64()));
    write_python_counts(out, &report.python, paint);
}

fn write_python_counts(out: &mut String, python: &PythonTests, paint: Paint) {
    let PythonTests { files, left_out } = python;
    if !files.is_empty() {
        let (total, failed) = (python.total(), python.failures().count());
        let (passed, skipped) = (python.count(FileTestStatus::Passed), python.count(FileTestStatus::Skipped));
        let failed = paint.count(failed, failed == 0);
        out.push_str(&format!(
            "\tPython tests: {total} in {}, of which {passed} passed, {failed} failed, {skipped} skipped\n",
            count_files(files.len())
        ));
    }
    for file in python.empty_files() {
        out.push_str(&format!(
            "\tNo test was found in {}: only classes of `unittest.TestCase` are run\n",
            file.file.display()
        ));
    }
    if let Some((count, option)) = left_out {
        out.push_str(&format!("\tPython tests: {} left out because of {option}\n", count_files(*count)));
    }
}

fn count_files(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}
