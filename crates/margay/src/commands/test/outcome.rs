//! What came of each item, before it is written in one of the formats.

use std::path::PathBuf;
use std::time::Duration;

use content::{Diagnostic, Item};
use python_host::TestOutcome;

use super::python_files::PythonTests;

/// What came of everything.
pub(super) struct Report<'a> {
    /// In file order.
    pub(super) outcomes: Vec<ItemOutcome<'a>>,
    /// Errors that make no item invalid, such as those of overrides; each counts as one that is.
    pub(super) loose_errors: Vec<&'a Diagnostic>,
    /// The Python unit-test files.
    pub(super) python: PythonTests,
    /// The paths that were asked for.
    pub(super) paths: Vec<String>,
    pub(super) elapsed: Duration,
}

/// What came of one item.
pub(super) struct ItemOutcome<'a> {
    pub(super) item: &'a Item,
    /// Why it did not run, if so.
    pub(super) not_run: Option<NotRun>,
    /// The tests that ran, in file order.
    pub(super) tests: Vec<TestResult>,
}

/// Why an item did not run.
pub(super) struct NotRun {
    pub(super) state: NotRunState,
    pub(super) reason: String,
    pub(super) place: Place,
}

/// The two ways not to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotRunState {
    /// It cannot be loaded.
    Invalid,
    /// It has tests, and its kind is not run.
    Skipped,
}

impl NotRunState {
    pub(super) fn word(self) -> &'static str {
        match self {
            NotRunState::Invalid => "invalid",
            NotRunState::Skipped => "skipped",
        }
    }
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: PathBuf,
    pub(super) line: u32,
}

/// A test that ran. `place`: the raising line when that is in the rule's file, else the test itself.
pub(super) struct TestResult {
    pub(super) outcome: TestOutcome,
    pub(super) place: Place,
}

impl TestResult {
    /// Why it failed; empty when it passed.
    pub(super) fn reason(&self) -> &str {
        match &self.outcome.reason {
            Some(reason) if !self.outcome.passed => reason,
            None if !self.outcome.passed => "no reason was given",
            _ => "",
        }
    }
}

/// How a loose error is called: by the id that it speaks of.
pub(super) fn name_of(error: &Diagnostic) -> &str {
    let file = || error.file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    error.item_id.as_deref().unwrap_or_else(file)
}

/// The one state of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ItemVerdict {
    Passed,
    Failed,
    Skipped,
    Invalid,
}

impl ItemOutcome<'_> {
    pub(super) fn verdict(&self) -> ItemVerdict {
        match &self.not_run {
            Some(NotRun { state: NotRunState::Invalid, .. }) => ItemVerdict::Invalid,
            Some(NotRun { state: NotRunState::Skipped, .. }) => ItemVerdict::Skipped,
            None if self.tests.iter().any(|test| !test.outcome.passed) => ItemVerdict::Failed,
            None => ItemVerdict::Passed,
        }
    }

    /// The tests that failed.
    pub(super) fn failures(&self) -> impl Iterator<Item = &TestResult> {
        self.tests.iter().filter(|test| !test.outcome.passed)
    }
}

impl Report<'_> {
    pub(super) fn count(&self, verdict: ItemVerdict) -> usize {
        let items = self.outcomes.iter().filter(|outcome| outcome.verdict() == verdict).count();
        if verdict == ItemVerdict::Invalid { items + self.loose_errors.len() } else { items }
    }

    /// Items, and errors that make none invalid.
    pub(super) fn item_count(&self) -> usize {
        self.outcomes.len() + self.loose_errors.len()
    }

    /// Entries of `Tests`, those that ran and passed, those that ran and failed.
    pub(super) fn test_counts(&self) -> (usize, usize, usize) {
        let total = self.outcomes.iter().map(|outcome| outcome.item.test_count).sum();
        let ran: usize = self.outcomes.iter().map(|outcome| outcome.tests.len()).sum();
        let failed = self.outcomes.iter().flat_map(ItemOutcome::failures).count();
        (total, ran - failed, failed)
    }

    pub(super) fn is_all_passed(&self) -> bool {
        self.count(ItemVerdict::Passed) == self.item_count() && self.python.failures().next().is_none()
    }
}
