//! The result of `margay test` for people: every test with the outputs of its functions, then what went
//! wrong, then the counts. Layout: `detections.md` §6.3.

use python_host::{FunctionOutcome, TestOutcome};

use super::outcome::{ItemOutcome, ItemVerdict, Report, TestResult};

const RULER: &str = "--------------------------\n";

/// Functions in the order of the lines, and the word for each. `unique` has no line.
const FUNCTIONS: [(&str, &str); 10] = [
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
];

/// The whole text.
pub(super) fn render(report: &Report<'_>, color: bool) -> String {
    let paint = Paint { color };
    let mut out = String::new();
    for outcome in report.outcomes.iter().filter(|outcome| !outcome.tests.is_empty()) {
        out += &format!("{}\n", outcome.item.id);
        for test in &outcome.tests {
            write_test(&mut out, test, paint);
        }
        out.push('\n');
    }
    write_not_run(&mut out, report, ItemVerdict::Skipped, "Skipped Tests Summary");
    write_failures(&mut out, report);
    write_not_run(&mut out, report, ItemVerdict::Invalid, "Invalid Tests Summary");
    write_counts(&mut out, report, paint);
    out
}

fn write_test(out: &mut String, test: &TestResult, paint: Paint) {
    let TestOutcome { name, passed, functions, printed, .. } = &test.outcome;
    if !printed.is_empty() {
        out.push_str(printed);
        if !printed.ends_with('\n') {
            out.push('\n');
        }
    }
    out.push_str(&format!("\t[{}] {name}\n", paint.word(*passed)));
    let blamed = test.reason().strip_prefix('[').and_then(|reason| reason.split(']').next());
    // A test that expects no alert shows the matcher alone, unless something else is to blame.
    let is_match =
        functions.first().is_some_and(|first| first.output.as_deref() == Some(triggers(&first.name)));
    let mut told = false;
    for (index, (function, word)) in FUNCTIONS.iter().enumerate() {
        let Some(found) = functions.iter().find(|found| found.name == *function) else { continue };
        let is_blamed = blamed == Some(*function);
        told |= is_blamed;
        if index < 2 || is_match || is_blamed {
            write_function(out, found, word, is_blamed, test.reason(), paint);
        }
    }
    if !passed && !told {
        out.push_str(&format!("\t\t[{}] {}\n", paint.word(false), test.reason()));
    }
}

fn triggers(matcher: &str) -> &'static str {
    if matcher == "policy" { "false" } else { "true" }
}

fn write_function(
    out: &mut String,
    found: &FunctionOutcome,
    word: &str,
    is_blamed: bool,
    reason: &str,
    paint: Paint,
) {
    let passed = found.error.is_none() && !is_blamed;
    let said = match (&found.error, &found.output) {
        (Some(error), _) => error.as_str(),
        // The reason tells the output and what was expected instead.
        (None, _) if is_blamed => reason.split_once("] ").map_or(reason, |(_, rest)| rest),
        (None, Some(output)) => output.as_str(),
        (None, None) => return,
    };
    out.push_str(&format!("\t\t[{}] [{word}] {said}\n", paint.word(passed)));
}

fn write_failures(out: &mut String, report: &Report<'_>) {
    let failed: Vec<&ItemOutcome<'_>> =
        report.outcomes.iter().filter(|outcome| outcome.failures().next().is_some()).collect();
    if failed.is_empty() {
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
    out.push('\n');
}

fn write_not_run(out: &mut String, report: &Report<'_>, verdict: ItemVerdict, heading: &str) {
    let mut found = report.outcomes.iter().filter(|outcome| outcome.verdict() == verdict).peekable();
    if found.peek().is_none() {
        return;
    }
    out.push_str(&format!("{RULER}{heading}\n"));
    for outcome in found {
        if let Some(not_run) = &outcome.not_run {
            let (file, line) = (not_run.place.file.display(), not_run.place.line);
            out.push_str(&format!("\t{}\n\t\t{} ({file}:{line})\n", outcome.item.id, not_run.reason));
        }
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
    match report.python_test_count {
        0 => {}
        1 => out.push_str("1 Python unit-test file is not run by margay test\n"),
        count => out.push_str(&format!("{count} Python unit-test files are not run by margay test\n")),
    }
}

#[derive(Clone, Copy)]
struct Paint {
    color: bool,
}

impl Paint {
    fn word(self, passed: bool) -> String {
        self.wrap(if passed { "PASS" } else { "FAIL" }, passed)
    }

    fn count(self, count: usize, is_good: bool) -> String {
        if is_good { count.to_string() } else { self.wrap(&count.to_string(), false) }
    }

    fn wrap(self, text: &str, is_good: bool) -> String {
        if !self.color {
            return text.to_owned();
        }
        let code = if is_good { 32 } else { 31 };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}
