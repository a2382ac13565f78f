//! Reads the unit tests of a correlation rule: which step has signals when, and with which values.
//! Source: `detections.md` §5.4.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::build::{flag, text};
use crate::check::near_miss;
use crate::codes;
use crate::correlation::block::find_step_of_test;
use crate::correlation::{Correlation, CorrelationTest, TestSignal};
use crate::report::Report;
use crate::yaml::{Field, Mapping, Node, Yaml};

/// The tests; `None` when one cannot be read, which was reported.
pub(super) fn read(
    map: &Mapping,
    correlation: &Correlation,
    report: &mut Report<'_>,
) -> Option<Vec<CorrelationTest>> {
    let entries = map.get("Tests").and_then(|field| field.value.as_list()).unwrap_or_default();
    let mut tests = Vec::with_capacity(entries.len());
    let mut is_complete = true;
    for entry in entries {
        match read_test(entry, correlation, report) {
            Some(test) => tests.push(test),
            None => is_complete = false,
        }
    }
    is_complete.then_some(tests)
}

fn read_test(entry: &Node, correlation: &Correlation, report: &mut Report<'_>) -> Option<CorrelationTest> {
    let fields = entry.as_map()?;
    let outputs = fields.get("RuleOutputs")?.value.as_list()?;
    let mut signals = vec![Vec::new(); correlation.steps.len()];
    let mut is_complete = true;
    for output in outputs {
        match read_output(output, correlation, report) {
            Some((step, of_step)) => signals[step].extend(of_step),
            None => is_complete = false,
        }
    }
    let (name, expected) = (text(fields, "Name")?, flag(fields, "ExpectedResult")?);
    is_complete.then_some(CorrelationTest { name, expected, signals, line: entry.span.line })
}

fn read_output(
    output: &Node,
    correlation: &Correlation,
    report: &mut Report<'_>,
) -> Option<(usize, Vec<TestSignal>)> {
    let fields = output.as_map()?;
    let id = &fields.get("ID")?.value;
    let step = find_step_of_test(&correlation.steps, id.as_text()?, id.span, report)?;
    let matches = match fields.get("Matches") {
        None => return Some((step, vec![TestSignal { at: Timestamp::UNIX_EPOCH, values: Vec::new() }])),
        Some(field) => field,
    };
    let Some(paths) = matches.value.as_map() else {
        let message =
            format!("`Matches` must be a mapping of paths to values, not {}", matches.value.kind_name());
        let hint = "leave it out for one signal without a value".to_owned();
        report.add_with_hint(&codes::CORRELATION_TEST, matches.value.span, message, Some(hint));
        return None;
    };
    let mut by_path = Vec::with_capacity(paths.len());
    for (path, field) in paths {
        check_path(path, field, step, correlation, report);
        by_path.push((path.as_str(), read_values(path, field, report)?));
    }
    Some((step, join(&by_path)))
}

/// The times at which a path has a value, in file order.
fn read_values<'m>(
    path: &str,
    field: &'m Field,
    report: &mut Report<'_>,
) -> Option<Vec<(Timestamp, &'m str)>> {
    let Some(values) = field.value.as_map() else {
        let message = format!(
            "`{path}` must be a mapping of values to lists of times, not {}",
            field.value.kind_name()
        );
        report.add(&codes::CORRELATION_TEST, field.value.span, message);
        return None;
    };
    let mut found = Vec::new();
    for (value, field) in values {
        let Some(times) = field.value.as_list() else {
            let message =
                format!("`{path}`: `{value}` must have a list of times, not {}", field.value.kind_name());
            report.add(&codes::CORRELATION_TEST, field.value.span, message);
            return None;
        };
        for time in times {
            found.push((read_time(time, report)?, value.as_str()));
        }
    }
    Some(found)
}

/// Whole numbers are minutes, texts are RFC 3339.
fn read_time(node: &Node, report: &mut Report<'_>) -> Option<Timestamp> {
    let at = match &node.value {
        Yaml::Int(minutes) => minutes
            .as_i64()
            .and_then(|minutes| Some(SignedDuration::from_secs(minutes.checked_mul(60)?)))
            .and_then(|since| Timestamp::UNIX_EPOCH.checked_add(since).ok()),
        Yaml::Text(text) => text.parse().ok(),
        _ => None,
    };
    if at.is_none() {
        let message = format!("`{}` is no time", node.to_json());
        let hint = "write minutes as a whole number, or a time like \"2026-01-31T10:00:05Z\"".to_owned();
        report.add_with_hint(&codes::CORRELATION_TEST, node.span, message, Some(hint));
    }
    at
}

/// Values under several paths at one time belong together: the first of each make the first signal.
fn join(by_path: &[(&str, Vec<(Timestamp, &str)>)]) -> Vec<TestSignal> {
    let mut signals: BTreeMap<(Timestamp, usize), Vec<(String, String)>> = BTreeMap::new();
    for (path, values) in by_path {
        let mut counts: BTreeMap<Timestamp, usize> = BTreeMap::new();
        for (at, value) in values {
            let count = counts.entry(*at).or_default();
            signals.entry((*at, *count)).or_default().push(((*path).to_owned(), (*value).to_owned()));
            *count += 1;
        }
    }
    signals.into_iter().map(|((at, _), values)| TestSignal { at, values }).collect()
}

/// A value at a path on which the step is not matched has no effect.
fn check_path(path: &str, field: &Field, step: usize, correlation: &Correlation, report: &mut Report<'_>) {
    let paths = correlation.paths_of(step);
    if paths.is_empty() || paths.iter().any(|known| known.as_str() == path) {
        return;
    }
    let known = paths.iter().map(|path| path.as_str());
    let hint = match near_miss(path, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            format!(
                "the step is matched on {}",
                known.map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")
            )
        }
    };
    let message = format!("the step `{}` is not matched on `{path}`", correlation.steps[step].id);
    report.add_with_hint(&codes::TEST_FIELD, field.key, message, Some(hint));
}
