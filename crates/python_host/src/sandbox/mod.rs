//! From worker command to confined interpreter: limits, Landlock, capabilities, seccomp, exec.
//!
//! Everything here runs in the worker process, before any Python; the restrictions survive `execve`.
//! What the kernel lacks is collected and reported through the first frame, or ends the worker when the
//! sandbox is required.

mod landlock_rules;
mod seccomp_filter;

use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, Signal};
use rustix::thread::{CapabilitySet, CapabilitySets};

use crate::config::SandboxMode;
use crate::embedded;
use crate::error::WorkerError;
use crate::worker_args::WorkerArgs;

/// Open files of a worker; the protocol uses numbers up to 101.
const OPEN_FILES_MAX: u64 = 256;

/// Confines this process and replaces it by the interpreter. Returns only when that failed.
///
/// Must be called from the main thread before any other thread is started: restrictions are those of
/// the calling thread.
pub fn run_worker(args: &WorkerArgs) -> WorkerError {
    match prepare(args) {
        Ok(mut command) => WorkerError::Exec { executable: args.executable.clone(), source: command.exec() },
        Err(error) => error,
    }
}

fn prepare(args: &WorkerArgs) -> Result<Command, WorkerError> {
    die_with_parent(args.parent_pid)?;
    set_limits(args.memory_max)?;
    let shortcomings = confine(args);
    if args.sandbox == SandboxMode::Required && !shortcomings.is_empty() {
        return Err(WorkerError::Sandbox { shortcomings });
    }
    let report = serde_json::to_string(&shortcomings)?;
    let mut command = Command::new(&args.executable);
    command
        .args(["-s", "-B", "-X", "utf8", "-c", embedded::BOOTSTRAP, &report])
        .current_dir("/")
        .env_clear()
        .envs([
            ("HOME", "/nonexistent"),
            ("LANG", "C.UTF-8"),
            ("LC_ALL", "C.UTF-8"),
            ("MALLOC_ARENA_MAX", "1"),
            // Libraries for arithmetic start no threads of their own.
            ("OMP_NUM_THREADS", "1"),
            ("OPENBLAS_NUM_THREADS", "1"),
            ("PATH", "/usr/bin:/bin"),
            ("PYTHONHASHSEED", "0"),
            ("PYTHONSAFEPATH", "1"),
            ("TZ", "UTC"),
        ]);
    Ok(command)
}

fn die_with_parent(parent_pid: u32) -> Result<(), WorkerError> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|errno| WorkerError::Limit { limit: "death with the parent", source: errno.into() })?;
    let parent = rustix::process::getppid().map(Pid::as_raw_nonzero);
    let is_same = parent.is_some_and(|pid| u32::try_from(pid.get()) == Ok(parent_pid));
    if is_same { Ok(()) } else { Err(WorkerError::Orphaned) }
}

fn set_limits(memory_max: u64) -> Result<(), WorkerError> {
    let limits = [
        ("address space", Resource::As, memory_max),
        ("core files", Resource::Core, 0),
        ("file size", Resource::Fsize, 0),
        ("open files", Resource::Nofile, OPEN_FILES_MAX),
        ("message queues", Resource::Msgqueue, 0),
        ("locked memory", Resource::Memlock, 0),
    ];
    for (limit, resource, value) in limits {
        // A limit that is already lower stays.
        let value = rustix::process::getrlimit(resource).maximum.map_or(value, |old| old.min(value));
        let new = Rlimit { current: Some(value), maximum: Some(value) };
        rustix::process::setrlimit(resource, new)
            .map_err(|errno| WorkerError::Limit { limit, source: errno.into() })?;
    }
    Ok(())
}

/// Applies what the kernel offers; returns what it lacks.
fn confine(args: &WorkerArgs) -> Vec<String> {
    let mut shortcomings = Vec::new();
    if args.sandbox == SandboxMode::Off {
        shortcomings.push("the sandbox is switched off".to_owned());
        return shortcomings;
    }
    shortcomings.extend(landlock_rules::apply(args));
    shortcomings.extend(drop_capabilities());
    shortcomings.extend(seccomp_filter::apply(args.network));
    shortcomings
}

/// A worker of a server that runs as root keeps only the right to read files of others, which Landlock
/// confines to the interpreter's folders.
fn drop_capabilities() -> Option<String> {
    let now = match rustix::thread::capabilities(None) {
        Ok(now) => now,
        Err(errno) => return Some(format!("capabilities cannot be read: {errno}")),
    };
    let keep = now.permitted & CapabilitySet::DAC_READ_SEARCH;
    let sets = CapabilitySets { effective: keep, permitted: keep, inheritable: CapabilitySet::empty() };
    let dropped = rustix::thread::set_capabilities(None, sets);
    dropped.err().map(|errno| format!("capabilities cannot be dropped: {errno}"))
}
