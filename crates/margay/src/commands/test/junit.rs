//! The result of `margay test` as JUnit XML: an item is a suite, a test a case; an item that did not run
//! is a suite with one case.

use super::outcome::{ItemOutcome, NotRunState, Report};

/// The whole document.
pub(super) fn render(report: &Report<'_>) -> String {
    let mut suites = String::new();
    let mut sums = Counts::default();
    for outcome in report.outcomes.iter().filter(|o| o.not_run.is_some() || !o.tests.is_empty()) {
        let counts = Counts::of(outcome);
        write_suite(&mut suites, outcome, &counts);
        sums.add(&counts);
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"margay test\" {} time=\"{:.3}\">\n{suites}</testsuites>\n",
        sums.attributes(),
        report.elapsed.as_secs_f64()
    )
}

#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn of(outcome: &ItemOutcome<'_>) -> Counts {
        let state = outcome.not_run.as_ref().map(|not_run| not_run.state);
        Counts {
            tests: outcome.tests.len() + usize::from(state.is_some()),
            failures: outcome.failures().count(),
            errors: usize::from(state == Some(NotRunState::Invalid)),
            skipped: usize::from(state == Some(NotRunState::Skipped)),
        }
    }

    fn add(&mut self, other: &Counts) {
        let Counts { tests, failures, errors, skipped } = other;
        self.tests += tests;
        self.failures += failures;
        self.errors += errors;
        self.skipped += skipped;
    }

    fn attributes(&self) -> String {
        let Counts { tests, failures, errors, skipped } = self;
        format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
    }
}

fn write_suite(out: &mut String, outcome: &ItemOutcome<'_>, counts: &Counts) {
    let id = escape(&outcome.item.id);
    let file = escape(&outcome.item.file.display().to_string());
    out.push_str(&format!("  <testsuite name=\"{id}\" file=\"{file}\" {}>\n", counts.attributes()));
    for test in &outcome.tests {
        let name = escape(&test.outcome.name);
        let place = format!(
            "file=\"{}\" line=\"{}\"",
            escape(&test.place.file.display().to_string()),
            test.place.line
        );
        out.push_str(&format!("    <testcase classname=\"{id}\" name=\"{name}\" {place}>\n"));
        if !test.outcome.passed {
            out.push_str(&format!("      <failure message=\"{}\"/>\n", escape(test.reason())));
        }
        if !test.outcome.printed.is_empty() {
            out.push_str(&format!("      <system-out>{}</system-out>\n", escape(&test.outcome.printed)));
        }
        out.push_str("    </testcase>\n");
    }
    if let Some(not_run) = &outcome.not_run {
        let (element, name) = match not_run.state {
            NotRunState::Invalid => ("error", "(cannot be loaded)"),
            NotRunState::Skipped => ("skipped", "(is not run)"),
        };
        let place = format!(
            "file=\"{}\" line=\"{}\"",
            escape(&not_run.place.file.display().to_string()),
            not_run.place.line
        );
        out.push_str(&format!(
            "    <testcase classname=\"{id}\" name=\"{name}\" {place}>\n      <{element} message=\"{}\"/>\n    </testcase>\n",
            escape(&not_run.reason)
        ));
    }
    out.push_str("  </testsuite>\n");
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
