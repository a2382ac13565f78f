//! Runs user Python: worker processes, the protocol with them, and their sandbox.
//!
//! User code never runs in the server. [`PythonHost`] keeps a few worker processes; each executes the
//! operator's own interpreter with the Python half of this crate (`python/margay_worker`), which comes,
//! like the detections, through the protocol and never from disk. [`run_worker`] is what a worker command
//! does before it becomes that interpreter: limits, Landlock, seccomp.
//!
//! What a rule can cost: an endless loop, a crash or memory without end ends its worker and makes one
//! error finding for the pair of rule and event that was running. Everything else that the worker had to
//! do is done by a fresh one. A rule that does it [`DEATHS_MAX`] times within ten minutes is benched.
//!
//! Order: findings come in the order of events, then of rule ids, whatever the number of workers.

mod bench;
mod config;
mod describe;
mod describe_wire;
mod embedded;
mod error;
mod findings;
mod host;
mod interpreter;
mod kv;
mod load_faults;
mod lookups;
mod plans;
mod pool;
mod program;
mod sandbox;
mod surroundings;
mod testing;
mod unit_file;
mod wire;
mod worker_args;

pub use bench::{Benched, DEATHS_MAX};
pub use config::{HostConfig, PYPANTHER_TIMEOUT_DEFAULT, SandboxMode};
pub use describe::describe;
pub use error::{HostError, WorkerError};
pub use host::{ActiveRules, Evaluation, LoadReport, MissedEvents, Prepared, PythonHost};
pub use kv::{
    KV_ENTRIES_MAX, KV_KEY_BYTES_MAX, KV_MEMORY_BYTES_MAX, KV_SET_MEMBERS_MAX, KV_VALUE_BYTES_MAX, KvBackend,
    KvChanges, KvStorage, KvUnavailable,
};
pub use lookups::LookupSource;
pub use plans::SkippedRules;
#[doc(hidden)]
pub use pool::{Replayed, replay};
pub use program::{DataModelProgram, GlobalProgram, Program, RuleProgram, RuleSource};
pub use sandbox::run_worker;
pub use surroundings::{Surroundings, surroundings};
pub use testing::{Difference, FunctionOutcome, SetupError, TestCase, TestOutcome, TestRun};
pub use unit_file::{FileTest, FileTestStatus, UnitFile, UnitFileRun};
pub use worker_args::WorkerArgs;
