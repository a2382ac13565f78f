//! What lives in `/proc`: the workers of a server, and whether they end with it.

use std::time::Duration;

use crate::harness::wait_at_most;

/// A worker may outlive its server by this.
const END_MAX: Duration = Duration::from_secs(10);
/// Part of the first code that a worker's interpreter is given.
const WORKER_MARK: &str = "margay_worker.main";

/// One process; its number may be given to another one, its start time not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Process {
    pid: u32,
    parent: u32,
    started: u64,
}

/// The children of a process.
pub(super) fn children(parent: u32) -> Vec<Process> {
    alive().into_iter().filter(|process| process.parent == parent).collect()
}

/// Waits until these workers of the killed server are gone, and every worker that was on its way.
pub(super) fn wait_until_gone(server: u32, workers: &[Process]) {
    let server_mark = format!("\"parent_pid\":{server},");
    wait_at_most(END_MAX, "the workers of the killed server are gone", || {
        alive().iter().all(|process| {
            let is_known = workers.iter().any(|one| one.pid == process.pid && one.started == process.started);
            let command = std::fs::read(format!("/proc/{}/cmdline", process.pid)).unwrap_or_default();
            let command = String::from_utf8_lossy(&command);
            // Before it becomes an interpreter a worker names its server; afterwards an orphan has init as parent.
            let is_orphan = process.parent == 1 && command.contains(WORKER_MARK);
            !is_known && !is_orphan && !command.contains(&server_mark)
        })
    });
}

/// All processes but those that only wait to be buried.
fn alive() -> Vec<Process> {
    let entries = std::fs::read_dir("/proc").unwrap();
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter_map(read).collect()
}

/// Fields of `/proc/PID/stat`, behind the name in parentheses: state, parent, …, start time as the 20th.
/// Source: `proc_pid_stat(5)`.
fn read(pid: u32) -> Option<Process> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let is_dead = matches!(*fields.first()?, "Z" | "X");
    let process =
        Process { pid, parent: fields.get(1)?.parse().ok()?, started: fields.get(19)?.parse().ok()? };
    (!is_dead).then_some(process)
}
