//! Python unit-test files (`*_test.py`): run in the workers, reported apart from the items.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use indicatif::ProgressBar;
use python_host::{FileTest, FileTestStatus, PythonHost, SetupError, UnitFile, UnitFileRun};

use super::outcome::Place;
use crate::failure::Failure;
use crate::repository::Content;
use crate::repository::python_tests::{PythonTest, absolute, root_of};

/// Longest run of one test. Such tests are no evaluations of a rule: some grind through made-up events.
const TEST_TIME_MAX: Duration = Duration::from_secs(60);
/// How a failure that is no test's is named.
pub(super) const WHOLE_FILE: &str = "(file)";

/// What came of the unit-test files.
#[derive(Default)]
pub(super) struct PythonTests {
    /// Those that ran.
    pub(super) files: Vec<FileOutcome>,
    /// How many were left out, and why.
    pub(super) left_out: Option<(usize, &'static str)>,
}

/// What came of one file.
pub(super) struct FileOutcome {
    pub(super) file: PathBuf,
    /// Why it could not be loaded, or did not come to its end.
    pub(super) error: Option<FileError>,
    pub(super) tests: Vec<FileTest>,
}

/// A failure that is no test's.
pub(super) struct FileError {
    pub(super) reason: String,
    pub(super) line: u32,
}

/// One failure, for every format.
pub(super) struct PythonFailure<'a> {
    pub(super) test: &'a str,
    pub(super) reason: &'a str,
    pub(super) place: Place,
}

/// Runs the files over the workers, each in one of its own.
pub(super) async fn run(
    host: &PythonHost,
    content: &Content,
    files: &[PythonTest],
    bar: &ProgressBar,
) -> Result<Vec<FileOutcome>, Failure> {
    let tree = Arc::new(if files.is_empty() { Default::default() } else { content.python_tree() });
    let runs = files.iter().map(async |test| {
        let outcome = match &test.problem {
            Some(problem) => broken(test, problem),
            None => {
                let path = absolute(&test.file);
                let file = UnitFile {
                    root: root_of(&path).to_string_lossy().into_owned(),
                    path: path.to_string_lossy().into_owned(),
                    tree: Arc::clone(&tree),
                    time_max: TEST_TIME_MAX,
                };
                let run = host.run_unit_file(file).await;
                outcome(test, run.map_err(|error| Failure::operation("cannot run tests", &error))?)
            }
        };
        bar.inc(1);
        Ok(outcome)
    });
    try_join_all(runs).await
}

fn broken(test: &PythonTest, problem: &str) -> FileOutcome {
    let error = FileError { reason: problem.to_owned(), line: 1 };
    FileOutcome { file: test.file.clone(), error: Some(error), tests: Vec::new() }
}

fn outcome(test: &PythonTest, run: UnitFileRun) -> FileOutcome {
    let UnitFileRun { error, tests } = run;
    let error = error.map(|SetupError { error_type, message, line, .. }| FileError {
        reason: format!("{error_type}: {message}"),
        line: line.unwrap_or(1),
    });
    FileOutcome { file: test.file.clone(), error, tests }
}

impl FileOutcome {
    /// Its failures, in order; that of the file itself last, because tests may have run before it.
    pub(super) fn failures(&self) -> impl Iterator<Item = PythonFailure<'_>> {
        let failed = self.tests.iter().filter(|test| test.status == FileTestStatus::Failed);
        let of_tests = failed.map(|test| PythonFailure {
            test: &test.name,
            reason: test.reason.as_deref().unwrap_or("no reason was given"),
            place: self.place(test.line.unwrap_or(1)),
        });
        let of_file = self.error.iter().map(|error| PythonFailure {
            test: WHOLE_FILE,
            reason: &error.reason,
            place: self.place(error.line),
        });
        of_tests.chain(of_file)
    }

    fn place(&self, line: u32) -> Place {
        Place { file: self.file.clone(), line }
    }

    /// How many tests have this status.
    pub(super) fn count(&self, status: FileTestStatus) -> usize {
        self.tests.iter().filter(|test| test.status == status).count()
    }
}

impl PythonTests {
    /// Failures of all files.
    pub(super) fn failures(&self) -> impl Iterator<Item = PythonFailure<'_>> {
        self.files.iter().flat_map(FileOutcome::failures)
    }

    /// How many tests have this status; a file that failed as a whole is no test.
    pub(super) fn count(&self, status: FileTestStatus) -> usize {
        self.files.iter().map(|file| file.count(status)).sum()
    }

    /// Tests and failures of whole files.
    pub(super) fn total(&self) -> usize {
        self.files.iter().map(|file| file.tests.len() + usize::from(file.error.is_some())).sum()
    }

    /// Files that hold no test.
    pub(super) fn empty_files(&self) -> impl Iterator<Item = &FileOutcome> {
        self.files.iter().filter(|file| file.error.is_none() && file.tests.is_empty())
    }
}
