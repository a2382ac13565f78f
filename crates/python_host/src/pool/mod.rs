//! The workers of one program: a queue of jobs and one thread per worker process.
//!
//! Actors: `PythonHost` puts jobs in and awaits their replies; each slot thread (`slot`) owns one worker
//! process, takes a job when it is free, and brings the process back when it dies. A reload makes a new
//! pool and closes the old one, whose threads finish what they have and end.

mod ask;
pub(crate) mod course;
mod dialogue;
pub(crate) mod evaluate;
pub(crate) mod file_job;
pub(crate) mod process;
mod replay;
#[cfg(test)]
mod replay_tests;
mod slot;
pub(crate) mod tests_job;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::bench::Bench;
use crate::error::HostError;
use crate::kv::KvCache;
use crate::load_faults::LoadFaults;
use crate::lookups::Lookups;
use crate::program::Program;
use crate::wire::Ready;
use evaluate::EvaluateJob;
use file_job::FileJob;
use process::Launch;
use tests_job::TestsJob;

pub use replay::{Replayed, replay};

/// An evaluation that settles no pair for ten times the rule timeout and this is a fault.
const STALL_ADDED: Duration = Duration::from_secs(30);

/// Work for one worker.
pub(crate) enum Job {
    /// Events through rules.
    Evaluate(EvaluateJob),
    /// Unit tests of one rule.
    Tests(TestsJob),
    /// A Python unit-test file.
    File(FileJob),
}

/// What a worker said when it was ready for the first time.
pub(crate) struct Started {
    pub(crate) ready: Ready,
    pub(crate) shortcomings: Vec<String>,
}

/// What the threads of a pool share.
pub(crate) struct Shared {
    pub(crate) program: Arc<Program>,
    pub(crate) launch: Arc<Launch>,
    pub(crate) bench: Arc<Bench>,
    pub(crate) warm: bool,
    /// Set once: workers are killed, jobs are dropped, threads end.
    pub(crate) stop: AtomicBool,
    /// Items whose loading ended workers.
    pub(crate) load_faults: Arc<LoadFaults>,
    /// What rules keep between events.
    pub(crate) kv: Arc<KvCache>,
    /// What rules looked up in vain.
    lookups: Lookups,
    /// Why workers cannot be started now, if they cannot.
    pub(crate) fault: Mutex<Option<String>>,
    /// When a slot that evaluates last settled a pair, by number of the slot.
    busy: Mutex<BTreeMap<usize, Instant>>,
    has_told_threads: AtomicBool,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Shared {
    fn new(
        program: Arc<Program>,
        launch: Arc<Launch>,
        bench: Arc<Bench>,
        load_faults: Arc<LoadFaults>,
        kv: Arc<KvCache>,
        warm: bool,
    ) -> Shared {
        Shared {
            program,
            launch,
            bench,
            warm,
            stop: AtomicBool::new(false),
            load_faults,
            kv,
            lookups: Lookups::default(),
            fault: Mutex::default(),
            busy: Mutex::default(),
            has_told_threads: AtomicBool::new(false),
            queue: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// A slot began to evaluate or settled a pair.
    fn note_progress(&self, slot: usize) {
        self.busy.lock().expect("no holder of this lock panics").insert(slot, Instant::now());
    }

    /// A slot has nothing to evaluate.
    fn note_rest(&self, slot: usize) {
        self.busy.lock().expect("no holder of this lock panics").remove(&slot);
    }

    /// For how long the slowest evaluation has not settled a pair, when that is too long.
    fn stall(&self) -> Option<Duration> {
        let limit = self.launch.rule_timeout.saturating_mul(10).saturating_add(STALL_ADDED);
        let busy = self.busy.lock().expect("no holder of this lock panics");
        busy.values().map(Instant::elapsed).max().filter(|&longest| longest > limit)
    }

    /// The next job; waits for one. `None` once the pool is closed and empty, or stopped.
    fn take(&self) -> Option<Job> {
        let mut queue = self.queue.lock().expect("no holder of this lock panics");
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            if queue.closed {
                return None;
            }
            queue = self.changed.wait(queue).expect("no holder of this lock panics");
        }
    }

    /// Waits for at most `limit`; whether the pool was stopped or, while empty, closed.
    fn pause(&self, limit: std::time::Duration) -> bool {
        let queue = self.queue.lock().expect("no holder of this lock panics");
        let is_over =
            |queue: &Queue| self.stop.load(Ordering::Relaxed) || (queue.closed && queue.jobs.is_empty());
        let (queue, _) = self
            .changed
            .wait_timeout_while(queue, limit, |queue| !is_over(queue))
            .expect("no holder of this lock panics");
        is_over(&queue)
    }
}

/// The workers of one program. Dropping it stops them at once.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Pool {
    /// Starts the workers and waits until each has loaded the program.
    pub(crate) async fn start(
        program: Arc<Program>,
        launch: Arc<Launch>,
        bench: Arc<Bench>,
        load_faults: Arc<LoadFaults>,
        kv: Arc<KvCache>,
        workers: usize,
        warm: bool,
    ) -> Result<(Pool, Vec<Started>), HostError> {
        let shared = Arc::new(Shared::new(program, launch, bench, load_faults, kv, warm));
        let (sender, mut receiver) = mpsc::unbounded_channel();
        // Dropped before all workers are ready, it ends them at once.
        let mut starting = Starting(Some(Pool { shared: Arc::clone(&shared), threads: Mutex::default() }));
        let pool = starting.0.as_ref().expect("it is taken only at the end");
        for number in 0..workers {
            let (shared, sender) = (Arc::clone(&shared), sender.clone());
            let thread = std::thread::Builder::new()
                .name(format!("python-{number}"))
                .spawn(move || slot::run(&shared, number, &sender))
                .map_err(HostError::Spawn)?;
            pool.threads.lock().expect("no holder of this lock panics").push(thread);
        }
        drop(sender);
        let mut started = Vec::with_capacity(workers);
        while started.len() < workers {
            match receiver.recv().await {
                Some(Ok(one)) => started.push(one),
                other => return Err(other.and_then(Result::err).unwrap_or(HostError::Stopped)),
            }
        }
        Ok((starting.0.take().expect("it is taken only here"), started))
    }

    /// The program that it runs.
    pub(crate) fn program(&self) -> &Arc<Program> {
        &self.shared.program
    }

    /// Why workers cannot be started or evaluations do not go on now, if so.
    pub(crate) fn fault(&self) -> Option<String> {
        let cannot_start = self.shared.fault.lock().expect("no holder of this lock panics").clone();
        let stalls = || {
            let longest = self.shared.stall()?;
            Some(format!("no rule has come to an end for {} s, events wait", longest.as_secs()))
        };
        cannot_start.or_else(stalls)
    }

    /// Puts jobs in the queue; gives them back when the pool is closed.
    pub(crate) fn submit(&self, jobs: Vec<Job>) -> Result<(), Vec<Job>> {
        let mut queue = self.shared.queue.lock().expect("no holder of this lock panics");
        if queue.closed {
            return Err(jobs);
        }
        queue.jobs.extend(jobs);
        self.shared.changed.notify_all();
        Ok(())
    }

    /// Takes no more jobs; the threads end when the queue is empty.
    pub(crate) fn close(&self) {
        self.shared.queue.lock().expect("no holder of this lock panics").closed = true;
        self.shared.changed.notify_all();
    }

    /// Ends everything at once: workers are killed, waiting jobs are dropped.
    pub(crate) fn stop(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        let mut queue = self.shared.queue.lock().expect("no holder of this lock panics");
        queue.closed = true;
        queue.jobs.clear();
        self.shared.changed.notify_all();
    }

    /// Waits for the threads; blocks.
    pub(crate) fn join(&self) {
        let threads = std::mem::take(&mut *self.threads.lock().expect("no holder of this lock panics"));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the Python host panicked");
            }
        }
    }
}

struct Starting(Option<Pool>);

impl Drop for Starting {
    fn drop(&mut self) {
        if let Some(pool) = &self.0 {
            pool.stop();
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.close();
    }
}
