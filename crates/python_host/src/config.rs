//! What the operator decides about the workers.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::kv::KvStorage;
use crate::lookups::LookupSource;

/// [`HostConfig::pypanther_timeout`] unless the operator says otherwise; loading every rule of the package
/// takes about a second.
pub const PYPANTHER_TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);

/// How the workers are run: the `python` section of the configuration and what the program adds.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// The interpreter: a path, or a name looked up in `PATH`.
    pub executable: PathBuf,
    /// A virtual environment; its interpreter wins over `executable` when the folder has one.
    pub venv: Option<PathBuf>,
    /// Worker processes; 0 counts as 1.
    pub workers: usize,
    /// Longest evaluation of one rule (with its alert functions) on one event.
    pub rule_timeout: Duration,
    /// Longest run of the `main.py` of a pypanther project, when a worker starts.
    pub pypanther_timeout: Duration,
    /// Address space of one worker in bytes.
    pub memory_max: u64,
    /// What to do where the kernel lacks a part of the sandbox.
    pub sandbox: SandboxMode,
    /// Whether rules may use the network.
    pub network: bool,
    /// The command that becomes a worker, such as `margay python-worker`; the host appends one argument
    /// that parses as [`WorkerArgs`](crate::WorkerArgs).
    pub worker_command: Vec<OsString>,
    /// Load every enabled rule when a worker starts for the first time, so that faults are reported at
    /// once; `false` loads each rule when it is first needed.
    pub warm: bool,
    /// Where rows of the key-value cache are kept.
    pub kv: KvStorage,
    /// Where `event.lookup` finds rows; unit tests always find them in the event.
    pub lookups: LookupSource,
}

/// How much of the sandbox must be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SandboxMode {
    /// A worker does not start when the kernel lacks a part.
    Required,
    /// What the kernel lacks is said once, at start.
    #[default]
    BestEffort,
    /// Resource limits only.
    Off,
}
