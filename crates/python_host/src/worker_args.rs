//! The one argument of a worker command.

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::config::SandboxMode;
use crate::error::WorkerError;

/// What a worker must know before it becomes an interpreter; travels as one JSON argument.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WorkerArgs {
    /// The interpreter to execute.
    pub(crate) executable: PathBuf,
    /// What it may read and execute, beside the system's libraries.
    pub(crate) readable: Vec<PathBuf>,
    /// Process id of the server; a worker with another parent ends.
    pub(crate) parent_pid: u32,
    /// Address space in bytes.
    pub(crate) memory_max: u64,
    /// How much of the sandbox must be there.
    pub(crate) sandbox: SandboxMode,
    /// Whether sockets are allowed.
    pub(crate) network: bool,
}

impl FromStr for WorkerArgs {
    type Err = WorkerError;

    fn from_str(text: &str) -> Result<WorkerArgs, WorkerError> {
        Ok(serde_json::from_str(text)?)
    }
}
