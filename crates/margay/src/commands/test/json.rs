//! The result of `margay test` as JSON; its shape is fixed.

use serde::Serialize;

use super::outcome::{ItemVerdict, Report};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JsonReport<'a> {
    items: Items,
    tests: Tests,
    failures: Vec<JsonFailure<'a>>,
    not_run: Vec<JsonNotRun<'a>>,
    python_test_files: usize,
    elapsed_ms: u64,
}

#[derive(Serialize)]
struct Items {
    total: usize,
    passed: usize,
    failed: usize,
    skipped: usize,
    invalid: usize,
}

#[derive(Serialize)]
struct Tests {
    total: usize,
    passed: usize,
    failed: usize,
}

#[derive(Serialize)]
struct JsonFailure<'a> {
    id: &'a str,
    test: &'a str,
    reason: &'a str,
    file: &'a std::path::Path,
    line: u32,
}

#[derive(Serialize)]
struct JsonNotRun<'a> {
    id: &'a str,
    state: &'static str,
    reason: &'a str,
    file: &'a std::path::Path,
    line: u32,
}

pub(super) fn report<'a>(report: &'a Report<'_>) -> JsonReport<'a> {
    let (total, passed, failed) = report.test_counts();
    let failures = report.outcomes.iter().flat_map(|outcome| {
        outcome.failures().map(|test| JsonFailure {
            id: &outcome.item.id,
            test: &test.outcome.name,
            reason: test.reason(),
            file: &test.place.file,
            line: test.place.line,
        })
    });
    let not_run = report.outcomes.iter().filter_map(|outcome| {
        let not_run = outcome.not_run.as_ref()?;
        Some(JsonNotRun {
            id: &outcome.item.id,
            state: not_run.state.word(),
            reason: &not_run.reason,
            file: &not_run.place.file,
            line: not_run.place.line,
        })
    });
    JsonReport {
        items: Items {
            total: report.outcomes.len(),
            passed: report.count(ItemVerdict::Passed),
            failed: report.count(ItemVerdict::Failed),
            skipped: report.count(ItemVerdict::Skipped),
            invalid: report.count(ItemVerdict::Invalid),
        },
        tests: Tests { total, passed, failed },
        failures: failures.collect(),
        not_run: not_run.collect(),
        python_test_files: report.python_test_count,
        elapsed_ms: u64::try_from(report.elapsed.as_millis()).unwrap_or(u64::MAX),
    }
}
