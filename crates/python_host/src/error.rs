//! What can go wrong with the host itself.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// The host cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The interpreter cannot be run or does not answer.
    #[error("cannot use the Python interpreter `{executable}`: {reason}; set `python.executable`")]
    Interpreter {
        /// What was tried.
        executable: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The interpreter has a version that the workers do not support.
    #[error("`{executable}` is Python {version}, but 3.9 to 3.13 are supported; set `python.executable`")]
    UnsupportedVersion {
        /// What was tried.
        executable: PathBuf,
        /// Its version.
        version: String,
    },
    /// A worker process cannot be made.
    #[error("cannot start a Python worker process")]
    Spawn(#[source] io::Error),
    /// Workers end before they are ready, again and again.
    #[error("a Python worker ended {attempts} times before it was ready: {reason}")]
    CannotStart {
        /// How often it was tried.
        attempts: u32,
        /// The last cause, with what the worker said.
        reason: String,
    },
    /// Nobody answers any more because the host was shut down.
    #[error("the Python host is shut down")]
    Stopped,
}

impl HostError {
    /// Whether trying again later may help.
    pub fn is_transient(&self) -> bool {
        matches!(self, HostError::Spawn(_) | HostError::CannotStart { .. })
    }
}

/// Why a worker process did not become an interpreter.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The argument was not made by a host of this version.
    #[error("cannot read the worker's argument; this command is started by `margay serve` and `margay test`")]
    Argument(#[from] serde_json::Error),
    /// The server is already gone.
    #[error("the server that started this worker is gone")]
    Orphaned,
    /// A limit cannot be set.
    #[error("cannot set the limit `{limit}`")]
    Limit {
        /// Which one.
        limit: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The sandbox is required and not complete.
    #[error("the sandbox is incomplete: {}; set `python.sandbox` to `best_effort` to run without it",
        .shortcomings.join("; "))]
    Sandbox {
        /// What is missing.
        shortcomings: Vec<String>,
    },
    /// The interpreter cannot be executed.
    #[error("cannot execute `{executable}`")]
    Exec {
        /// The interpreter.
        executable: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

/// Writes a time limit as people write it: `5s`, `300ms`.
pub(crate) fn write_limit(limit: Duration) -> String {
    format!("{limit:?}")
}
