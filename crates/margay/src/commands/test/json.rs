//! The result of `margay test` as JSON; its shape is fixed.

use serde::Serialize;

use python_host::FileTestStatus;

use super::outcome::{ItemVerdict, NotRunState, Report, name_of};
use super::python_files::PythonTests;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JsonReport<'a> {
    items: Items,
    tests: Tests,
    failures: Vec<JsonFailure<'a>>,
    not_run: Vec<JsonNotRun<'a>>,
    python_tests: PythonTestsJson<'a>,
    elapsed_ms: u64,
}

/// Python unit-test files: `total` counts their tests, and each file that failed as a whole.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PythonTestsJson<'a> {
    files: usize,
    total: usize,
    passed: usize,
    failed: usize,
    skipped: usize,
    /// Files that were not run because of an option.
    left_out: usize,
    failures: Vec<PythonFailureJson<'a>>,
}

#[derive(Serialize)]
struct PythonFailureJson<'a> {
    test: &'a str,
    reason: &'a str,
    file: std::path::PathBuf,
    line: u32,
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
    let loose_errors = report.loose_errors.iter().map(|error| JsonNotRun {
        id: name_of(error),
        state: NotRunState::Invalid.word(),
        reason: &error.message,
        file: &error.file,
        line: error.line,
    });
    JsonReport {
        items: Items {
            total: report.item_count(),
            passed: report.count(ItemVerdict::Passed),
            failed: report.count(ItemVerdict::Failed),
            skipped: report.count(ItemVerdict::Skipped),
            invalid: report.count(ItemVerdict::Invalid),
        },
        tests: Tests { total, passed, failed },
        failures: failures.collect(),
        not_run: not_run.chain(loose_errors).collect(),
        python_tests: python_tests(&report.python),
        elapsed_ms: u64::try_from(report.elapsed.as_millis()).unwrap_or(u64::MAX),
    }
}

fn python_tests(python: &PythonTests) -> PythonTestsJson<'_> {
    let failures: Vec<_> = python
        .failures()
        .map(|failure| PythonFailureJson {
            test: failure.test,
            reason: failure.reason,
            file: failure.place.file,
            line: failure.place.line,
        })
        .collect();
    PythonTestsJson {
        files: python.files.len(),
        total: python.total(),
        passed: python.count(FileTestStatus::Passed),
        failed: failures.len(),
        skipped: python.count(FileTestStatus::Skipped),
        left_out: python.left_out.map_or(0, |(count, _)| count),
        failures,
    }
}
