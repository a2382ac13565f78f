//! Python unit-test files (`*_test.py`) beside globals and data models.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::testing::SetupError;

/// A unit-test file and what it may import beside the globals, the product's modules and installed packages.
#[derive(Clone, Debug)]
pub struct UnitFile {
    /// Its absolute path, one of `tree`.
    pub path: String,
    /// Absolute path of the folder in which `python -m unittest` would be started.
    pub root: String,
    /// Python texts by absolute path. Folders of these paths can be put into `sys.path`.
    pub tree: Arc<BTreeMap<String, String>>,
    /// Longest run of one test, with the fixtures before it.
    pub time_max: Duration,
}

/// What came of a unit-test file.
#[derive(Clone, Debug)]
pub struct UnitFileRun {
    /// Why it could not be loaded, or did not come to its end.
    pub error: Option<SetupError>,
    /// The tests that ran, in order.
    pub tests: Vec<FileTest>,
}

/// One test of a unit-test file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTest {
    /// `Class.method`.
    pub name: String,
    /// What came of it.
    pub status: FileTestStatus,
    /// Why it failed or was skipped.
    pub reason: Option<String>,
    /// The raising line, when it is in the file itself.
    pub line: Option<u32>,
    /// What it printed.
    pub printed: String,
    /// How long it took.
    pub elapsed: Duration,
}

/// What came of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileTestStatus {
    /// It passed, or failed as it was expected to.
    Passed,
    /// It failed.
    Failed,
    /// It was left out by itself.
    Skipped,
}

/// A file in the queue.
pub(crate) struct FileJob {
    pub(crate) number: u32,
    pub(crate) file: UnitFile,
    pub(crate) reply: oneshot::Sender<UnitFileRun>,
}
