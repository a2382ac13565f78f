//! The result of `margay test` for people: every test with the outputs of its functions, then what went
//! wrong, then the counts. Layout: `detections.md` §6.3.

use python_host::{FileTest, FileTestStatus, FunctionOutcome, TestOutcome};

use super::difference::write_difference;
use super::outcome::{ItemOutcome, ItemVerdict, Report, TestResult, name_of};
use super::paint::Paint;
use super::python_files::{FileOutcome, PythonTests, WHOLE_FILE};

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
        out += &format!("{}\n", outcome.item.id);
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
    out.push_str(&format!("\t[{}] {name}\n", paint.word(*passed)));
    let blamed = test.reason().strip_prefix('[').and_then(|reason| reason.split(']').next());
    // A test that expects no alert shows the matcher alone, unless something else went wrong.
    let is_match =
        functions.first().is_some_and(|first| first.output.as_deref() == Some(triggers(&first.name)));
    let mut told = false;
    for (index, (function, word)) in FUNCTIONS.iter().enumerate() {
        let Some(found) = functions.iter().find(|found| found.name == *function) else { continue };
        let is_blamed = blamed == Some(*function);
        told |= is_blamed;
        let is_usual = index < MATCHERS || is_match && *function != UNIQUE;
        if !is_usual && !is_blamed && !style.shows_everything && found.error.is_none() {
            continue;
        }
        let difference = difference.as_ref().filter(|_| is_blamed);
        let told_by_difference = index < MATCHERS && difference.is_some();
        let blame = is_blamed.then(|| if told_by_difference { None } else { Some(test.reason()) });
        write_function(out, found, word, *passed, blame, paint);
        if let Some(difference) = difference {
            write_difference(out, "\t\t\t", difference, paint);
        }
    }
    if !passed && !told {
        out.push_str(&format!("\t\t[{}] {}\n", paint.word(false), test.reason()));
    }
}

fn write_printed(out: &mut String, printed: &str) {
    out.push_str(printed);
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
    out.push_str(&format!("\t\t[{}] [{word}] {said}\n", paint.word(passed)));
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
    out.push_str(&format!("\t[{word}] {name}\n"));
    write_indented(out, reason.as_deref().unwrap_or_default());
}

fn write_indented(out: &mut String, text: &str) {
    for line in text.lines() {
        out.push_str(&format!("\t\t{line}\n"));
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
        out.push_str(&format!("\t{}\n", outcome.item.id));
        for test in outcome.failures() {
            let (file, line) = (test.place.file.display(), test.place.line);
            out.push_str(&format!("\t\t{}: {} ({file}:{line})\n", test.outcome.name, test.reason()));
        }
    }
    for file in report.python.files.iter().filter(|file| file.failures().next().is_some()) {
        out.push_str(&format!("\t{}\n", file.file.display()));
        for failure in file.failures() {
            let reason = failure.reason.lines().next().unwrap_or_default();
            let (file, line) = (failure.place.file.display(), failure.place.line);
            out.push_str(&format!("\t\t{}: {reason} ({file}:{line})\n", failure.test));
        }
    }
    out.push('\n');
}

fn write_not_run(out: &mut String, report: &Report<'_>, verdict: ItemVerdict, heading: &str) {
    if report.count(verdict) == 0 {
        return;
    }
    let found = report.outcomes.iter().filter(|outcome| outcome.verdict() == verdict);
    out.push_str(&format!("{RULER}{heading}\n"));
    for outcome in found {
        if let Some(not_run) = &outcome.not_run {
            let (file, line) = (not_run.place.file.display(), not_run.place.line);
            out.push_str(&format!("\t{}\n\t\t{} ({file}:{line})\n", outcome.item.id, not_run.reason));
        }
    }
    for error in report.loose_errors.iter().filter(|_| verdict == ItemVerdict::Invalid) {
        let (name, file, line) = (name_of(error), error.file.display(), error.line);
        out.push_str(&format!("\t{name}\n\t\t{} ({file}:{line})\n", error.message));
    }
    out.push('\n');
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
