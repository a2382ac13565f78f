//! The door of this crate: starts workers, evaluates events, runs tests, reloads, benches.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use model::{Event, Finding, RuleId};
use stdx::Clock;
use tokio::sync::oneshot;
use tracing::{info, warn};

use crate::bench::{Bench, Benched};
use crate::config::HostConfig;
use crate::error::HostError;
use crate::interpreter::{self, Interpreter};
use crate::kv::{KvCache, KvChanges};
use crate::load_faults::LoadFaults;
use crate::plans::{Plans, SkippedRules};
use crate::pool::evaluate::{ChunkOutcome, EvaluateJob};
use crate::pool::file_job::FileJob;
use crate::pool::process::Launch;
use crate::pool::tests_job::TestsJob;
use crate::pool::{Job, Pool, Started};
use crate::program::Program;
use crate::testing::{SetupError, TestCase, TestRun};
use crate::unit_file::{UnitFile, UnitFileRun};
use crate::worker_args::WorkerArgs;

/// Events of one chunk.
const CHUNK_EVENTS_MAX: usize = 256;
/// Smaller chunks are not worth a worker of their own.
const CHUNK_EVENTS_MIN: usize = 8;

/// Runs user Python in worker processes. Cheap to share in an `Arc`; dropping it ends the workers.
pub struct PythonHost {
    launch: Arc<Launch>,
    bench: Arc<Bench>,
    load_faults: Arc<LoadFaults>,
    kv: Arc<KvCache>,
    /// Held by the one evaluation that may change the key-value cache, so that each change has its owner.
    evaluating: tokio::sync::Mutex<()>,
    workers: usize,
    warm: bool,
    interpreter: Interpreter,
    pool: Mutex<Arc<Pool>>,
    is_stopped: AtomicBool,
    /// Unit-test files that were run.
    unit_files: AtomicU32,
}

/// A program whose workers are ready to take over; see [`PythonHost::prepare`]. Dropping it ends them.
#[must_use = "workers that nobody swaps in are ended again"]
pub struct Prepared {
    pool: Pool,
    report: LoadReport,
}

impl Prepared {
    /// What loading the program brought to light.
    pub fn report(&self) -> &LoadReport {
        &self.report
    }
}

/// What loading a program brought to light.
#[derive(Clone, Debug)]
pub struct LoadReport {
    /// The interpreter that workers execute.
    pub interpreter: std::path::PathBuf,
    /// Its version.
    pub python_version: String,
    /// Items whose code cannot be loaded, rules in order of id, then data models. Every evaluation of
    /// such a rule makes an error finding. With `warm: false` rules are not looked at.
    pub setup_errors: Vec<SetupError>,
    /// What the kernel lacks of the sandbox; one sentence each.
    pub sandbox_shortcomings: Vec<String>,
    /// How long it took until all workers were ready.
    pub elapsed: Duration,
}

/// Which rules run; what is not named here follows `enabled` of the content.
#[derive(Clone, Debug, Default)]
pub struct ActiveRules {
    /// An operator's switch per rule.
    pub overrides: BTreeMap<RuleId, bool>,
}

/// What an evaluation found.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// Matches and errors, ordered by event, then rule id.
    pub findings: Vec<Finding>,
    /// Rules that were benched by this evaluation; each bench is told once.
    pub benched: Vec<Benched>,
    /// Events that benched rules did not see.
    pub events_missed: BTreeMap<RuleId, MissedEvents>,
    /// What rules changed in the key-value cache; nothing when it is in memory alone.
    pub kv: KvChanges,
}

/// Events that a benched rule did not see. Row ids grow with time, so first and last name the range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedEvents {
    /// How many.
    pub count: u64,
    /// `p_row_id` of the first.
    pub first_row_id: Arc<str>,
    /// `p_row_id` of the last.
    pub last_row_id: Arc<str>,
}

impl PythonHost {
    /// Resolves the interpreter, starts the workers and loads the program in each of them.
    ///
    /// Broken items do not fail the start; an unusable interpreter or worker does.
    pub async fn start(
        config: HostConfig,
        program: Arc<Program>,
        clock: Arc<dyn Clock>,
    ) -> Result<(PythonHost, LoadReport), HostError> {
        let begun = Instant::now();
        let resolving = config.clone();
        let interpreter = tokio::task::spawn_blocking(move || interpreter::resolve(&resolving))
            .await
            .map_err(|error| HostError::Spawn(std::io::Error::other(error)))??;
        let launch = Arc::new(make_launch(&config, &interpreter));
        let bench = Arc::new(Bench::new(clock));
        let load_faults = Arc::<LoadFaults>::default();
        let kv = Arc::new(KvCache::new(config.kv.clone()));
        let workers = config.workers.max(1);
        let (shared_launch, shared_bench) = (Arc::clone(&launch), Arc::clone(&bench));
        let (faults, shared_kv) = (Arc::clone(&load_faults), Arc::clone(&kv));
        let (pool, started) =
            Pool::start(program, shared_launch, shared_bench, faults, shared_kv, workers, config.warm)
                .await?;
        let report = report(&interpreter, pool.program(), &started, begun.elapsed());
        for shortcoming in &report.sandbox_shortcomings {
            warn!("the sandbox of Python workers is incomplete: {shortcoming}");
        }
        info!(
            interpreter = %report.interpreter.display(),
            workers,
            rule_count = pool.program().rules().len(),
            "Python workers are ready after {:?}", report.elapsed
        );
        let host = PythonHost {
            launch,
            bench,
            load_faults,
            kv,
            evaluating: tokio::sync::Mutex::default(),
            workers,
            warm: config.warm,
            interpreter,
            pool: Mutex::new(Arc::new(pool)),
            is_stopped: AtomicBool::new(false),
            unit_files: AtomicU32::new(0),
        };
        Ok((host, report))
    }

    /// Runs every active rule of each event's log type.
    ///
    /// Waits as long as it takes: no event is lost when workers die. Only [`PythonHost::shutdown`] makes
    /// it fail, with [`HostError::Stopped`]; then nothing of this call counts. One call runs at a time.
    pub async fn evaluate(&self, events: Vec<Event>, active: &ActiveRules) -> Result<Evaluation, HostError> {
        self.evaluate_but(events, active, &SkippedRules::new()).await
    }

    /// Like [`PythonHost::evaluate`], but for the pairs of event and rule that are skipped: they are neither
    /// evaluated nor missed.
    ///
    /// # Errors
    /// Those of [`PythonHost::evaluate`].
    pub async fn evaluate_but(
        &self,
        events: Vec<Event>,
        active: &ActiveRules,
        skipped: &SkippedRules,
    ) -> Result<Evaluation, HostError> {
        let _turn = self.evaluating.lock().await;
        let events = Arc::new(events);
        loop {
            let pool = self.pool();
            let plans = Plans::make(pool.program(), &events, active, skipped);
            let (jobs, replies) = self.make_jobs(&events, plans);
            match pool.submit(jobs) {
                Ok(()) => {
                    let mut evaluation = collect(&events, pool.program(), replies).await?;
                    evaluation.kv = self.kv.take_changes();
                    return Ok(evaluation);
                }
                // A reload closed this pool in between: the next one takes the work.
                Err(_) if !self.is_current(&pool) => {}
                Err(_) => return Err(HostError::Stopped),
            }
        }
    }

    /// The key-value changes of evaluations up to this ticket are stored, so that their rows may leave the
    /// memory; the rows of `evicted` had to make room where they are stored.
    pub fn kv_committed(&self, ticket: u64, evicted: &[String]) {
        self.kv.note_committed(ticket, evicted);
    }

    /// Loads a new program in new workers, then lets them take over: [`PythonHost::prepare`] and
    /// [`PythonHost::swap`]. On an error the old program goes on.
    pub async fn reload(&self, program: Arc<Program>) -> Result<LoadReport, HostError> {
        let prepared = self.prepare(program).await?;
        Ok(self.swap(prepared))
    }

    /// Loads a new program in new workers while the old ones go on; takes as long as that takes, at most
    /// 30 s and 1 s for each rule, and some seconds more. Dropping the future ends the new workers.
    pub async fn prepare(&self, program: Arc<Program>) -> Result<Prepared, HostError> {
        let begun = Instant::now();
        let (launch, bench) = (Arc::clone(&self.launch), Arc::clone(&self.bench));
        let (faults, kv) = (Arc::clone(&self.load_faults), Arc::clone(&self.kv));
        let (pool, started) =
            Pool::start(program, launch, bench, faults, kv, self.workers, self.warm).await?;
        let report = report(&self.interpreter, pool.program(), &started, begun.elapsed());
        Ok(Prepared { pool, report })
    }

    /// Lets prepared workers take over at once; the old ones finish what they have. Benches and load
    /// faults of rules with new content end.
    pub fn swap(&self, prepared: Prepared) -> LoadReport {
        let Prepared { pool, report } = prepared;
        self.bench.reload(pool.program());
        self.load_faults.reload(pool.program());
        let new = Arc::new(pool);
        let old = std::mem::replace(&mut *self.lock_pool(), Arc::clone(&new));
        old.close();
        // A shutdown in between has seen only the old workers.
        if self.is_stopped.load(Ordering::SeqCst) {
            new.stop();
        }
        report
    }

    /// Runs unit tests of one detection in order, in one module instance; with no tests it only loads it.
    pub async fn run_tests(&self, rule_id: &RuleId, tests: Vec<TestCase>) -> Result<TestRun, HostError> {
        let pool = self.pool();
        let Some(rule) = pool.program().index_of(rule_id) else {
            let setup_error = SetupError {
                item_id: rule_id.to_string(),
                error_type: "LookupError".into(),
                message: format!("the program has no detection `{rule_id}`"),
                line: None,
            };
            return Ok(TestRun { setup_error: Some(setup_error), outcomes: Vec::new() });
        };
        let (reply, outcome) = oneshot::channel();
        pool.submit(vec![Job::Tests(TestsJob { rule, tests, reply })]).map_err(|_| HostError::Stopped)?;
        outcome.await.map_err(|_| HostError::Stopped)
    }

    /// Runs the tests of a Python unit-test file, in a worker that does nothing else in its life: tests may
    /// replace what they like. A test that never ends costs itself alone.
    pub async fn run_unit_file(&self, file: UnitFile) -> Result<UnitFileRun, HostError> {
        let number = self.unit_files.fetch_add(1, Ordering::Relaxed);
        let (reply, outcome) = oneshot::channel();
        let job = Job::File(FileJob { number, file, reply });
        self.pool().submit(vec![job]).map_err(|_| HostError::Stopped)?;
        outcome.await.map_err(|_| HostError::Stopped)
    }

    /// Ends the bench of a rule at once; whether it was benched.
    pub fn unbench(&self, rule_id: &RuleId) -> bool {
        self.bench.release(rule_id)
    }

    /// Whether a rule is benched now.
    pub fn is_benched(&self, rule_id: &RuleId) -> bool {
        self.bench.is_benched(rule_id)
    }

    /// Why workers cannot be started at the moment, or evaluations do not go on, if so: events wait.
    pub fn fault(&self) -> Option<String> {
        self.pool().fault()
    }

    /// The program that evaluations see now.
    pub fn program(&self) -> Arc<Program> {
        Arc::clone(self.pool().program())
    }

    /// Ends all workers at once; evaluations under way fail with [`HostError::Stopped`].
    pub async fn shutdown(&self) {
        self.is_stopped.store(true, Ordering::SeqCst);
        let pool = self.pool();
        pool.stop();
        let joined = tokio::task::spawn_blocking(move || pool.join()).await;
        if let Err(error) = joined {
            warn!(%error, "the Python host could not be shut down cleanly");
        }
    }

    fn lock_pool(&self) -> std::sync::MutexGuard<'_, Arc<Pool>> {
        self.pool.lock().expect("no holder of this lock panics")
    }

    fn pool(&self) -> Arc<Pool> {
        Arc::clone(&self.lock_pool())
    }

    fn is_current(&self, pool: &Arc<Pool>) -> bool {
        Arc::ptr_eq(&self.lock_pool(), pool)
    }

    fn make_jobs(
        &self,
        events: &Arc<Vec<Event>>,
        plans: Plans,
    ) -> (Vec<Job>, Vec<oneshot::Receiver<ChunkOutcome>>) {
        let share = plans.items.len().div_ceil(self.workers);
        let events_max = share.clamp(CHUNK_EVENTS_MIN, CHUNK_EVENTS_MAX);
        let mut jobs = Vec::new();
        let mut replies = Vec::new();
        for Plans { lists, items } in plans.into_chunks(events, events_max) {
            let (reply, outcome) = oneshot::channel();
            jobs.push(Job::Evaluate(EvaluateJob { events: Arc::clone(events), plans: lists, items, reply }));
            replies.push(outcome);
        }
        (jobs, replies)
    }
}

impl Drop for PythonHost {
    fn drop(&mut self) {
        self.pool().stop();
    }
}

/// What workers are started with.
pub(crate) fn make_launch(config: &HostConfig, interpreter: &Interpreter) -> Launch {
    let args = WorkerArgs {
        executable: interpreter.executable.clone(),
        readable: interpreter.readable.clone(),
        parent_pid: std::process::id(),
        memory_max: config.memory_max,
        sandbox: config.sandbox,
        network: config.network,
    };
    Launch {
        command: config.worker_command.clone(),
        argument: serde_json::to_string(&args).expect("paths of an interpreter's JSON answer are text"),
        rule_timeout: config.rule_timeout,
        pypanther_timeout: config.pypanther_timeout,
        memory_max: config.memory_max,
        lookups: config.lookups,
    }
}

fn report(
    interpreter: &Interpreter,
    program: &Program,
    started: &[Started],
    elapsed: Duration,
) -> LoadReport {
    let mut rules = BTreeMap::new();
    let mut models = BTreeMap::new();
    let mut shortcomings = Vec::new();
    for one in started {
        for fault in &one.ready.rules {
            let id = &program.rule(fault.rule).id;
            rules.entry(id.clone()).or_insert_with(|| SetupError::of_rule(id, &fault.error));
        }
        for fault in &one.ready.models {
            models.entry(fault.id.clone()).or_insert_with(|| SetupError::of_item(&fault.id, &fault.error));
        }
        for shortcoming in &one.shortcomings {
            if !shortcomings.contains(shortcoming) {
                shortcomings.push(shortcoming.clone());
            }
        }
    }
    LoadReport {
        interpreter: interpreter.executable.clone(),
        python_version: interpreter.version(),
        setup_errors: rules.into_values().chain(models.into_values()).collect(),
        sandbox_shortcomings: shortcomings,
        elapsed,
    }
}

async fn collect(
    events: &[Event],
    program: &Program,
    replies: Vec<oneshot::Receiver<ChunkOutcome>>,
) -> Result<Evaluation, HostError> {
    let mut evaluation = Evaluation::default();
    let mut missed: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    // Chunks are in the order of events and each is ordered in itself.
    for reply in replies {
        let chunk = reply.await.map_err(|_| HostError::Stopped)?;
        evaluation.findings.extend(chunk.findings.into_iter().map(|(event, _, kind)| {
            let event = events[event].clone();
            Finding { at: event.accepted_at, event: Some(event), kind }
        }));
        evaluation.benched.extend(chunk.benched);
        for (rule, events) in chunk.missed {
            missed.entry(rule).or_default().extend(events);
        }
    }
    for (rule, indexes) in missed {
        let count = u64::try_from(indexes.len()).expect("a count of events fits");
        let (Some(&first), Some(&last)) = (indexes.iter().min(), indexes.iter().max()) else { continue };
        let row_id = |index: usize| Arc::clone(&events[index].row_id);
        let missed = MissedEvents { count, first_row_id: row_id(first), last_row_id: row_id(last) };
        evaluation.events_missed.insert(program.rule(rule).id.clone(), missed);
    }
    Ok(evaluation)
}
