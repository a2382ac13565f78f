//! One thread, one worker process: starts it, gives it jobs, replaces it.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use stdx::Backoff;
use tokio::sync::mpsc::UnboundedSender;
use tracing::{debug, error, info, warn};

use super::course::Course;
use super::dialogue::{Dialogue, Talk};
use super::process::{LOAD_MIN, Loss, Worker};
use super::{Job, Shared, Started, ask, evaluate, file_job, tests_job};
use crate::embedded;
use crate::error::HostError;
use crate::findings;
use crate::lookups::LookupSource;
use crate::program::RuleSource;
use crate::wire::{
    self, Answer, DataModelWire, GlobalWire, Hello, MappingWire, ModelFault, PROTOCOL_VERSION, Part,
    ProgramHeader, ProjectWire, Ready, Request, RuleFault, RuleWire,
};

/// Starts that may fail in a row before it is said.
const STARTS_MAX: u32 = 5;
/// Between failed starts.
const BACKOFF: Backoff =
    Backoff { first_delay: Duration::from_millis(50), delay_max: Duration::from_secs(30) };

/// Added for each rule to the time within which a program must be loaded.
const LOAD_EACH: Duration = Duration::from_secs(1);

/// The life of a slot: until the pool is closed and empty, or stopped.
pub(super) fn run(shared: &Shared, number: usize, sender: &UnboundedSender<Result<Started, HostError>>) {
    let mut slot = Slot { shared, number, worker: None, loads_all: shared.warm, load_failures: 0 };
    match slot.start_first() {
        Ok(started) => {
            slot.loads_all = false;
            // The receiver is gone only when another slot failed: then the pool is being dropped.
            if sender.send(Ok(started)).is_err() {
                return;
            }
        }
        Err(error) => {
            if sender.send(Err(error)).is_err() {
                debug!("nobody waits for a failed start");
            }
            return;
        }
    }
    while let Some(job) = shared.take() {
        match job {
            Job::Evaluate(job) => evaluate::run(&mut slot, job),
            Job::Tests(job) => tests_job::run(&mut slot, job),
            Job::File(job) => file_job::run(&mut slot, job),
        }
        slot.replace_when_threads_stay();
        if slot.worker.as_ref().is_some_and(Worker::is_worn) {
            info!("a Python worker has grown close to its limit and is replaced");
            slot.worker = None;
        }
        if slot.worker.is_none() && slot.ensure().is_none() {
            return;
        }
    }
}

/// The state of one slot thread.
pub(super) struct Slot<'a> {
    pub(super) shared: &'a Shared,
    /// Among the slots of the pool.
    pub(super) number: usize,
    worker: Option<Worker>,
    loads_all: bool,
    /// Load failures since the last start or the last item that was left out.
    load_failures: u32,
}

enum StartFailure {
    /// Loading this item ended the worker.
    Part(Part, Loss),
    /// Loading everything takes too long; this item was under way.
    Overdue(Option<Part>),
    Host(HostError),
    Other(String),
    Stopped,
}

impl Slot<'_> {
    /// The running worker; starts one when there is none, however long that takes. `None` when the pool
    /// is stopped.
    pub(super) fn ensure(&mut self) -> Option<&mut Worker> {
        let mut failures = 0;
        while self.worker.is_none() {
            match self.start_once(self.load_min()) {
                Ok(_) => {
                    *self.shared.fault.lock().expect("no holder of this lock panics") = None;
                }
                Err(StartFailure::Stopped) => return None,
                Err(StartFailure::Part(part, loss)) => {
                    if self.note_load_failure(part, &loss) {
                        return None;
                    }
                }
                Err(StartFailure::Overdue(_)) => {
                    failures = self.note_failure(failures, "it did not get ready".into())?
                }
                Err(StartFailure::Host(cause)) => {
                    failures = self.note_failure(failures, cause.to_string())?
                }
                Err(StartFailure::Other(cause)) => failures = self.note_failure(failures, cause)?,
            }
        }
        self.worker.as_mut()
    }

    /// Whether the next use starts a fresh worker.
    pub(super) fn is_empty(&self) -> bool {
        self.worker.is_none()
    }

    /// The running worker, if there is one.
    pub(super) fn worker(&self) -> Option<&Worker> {
        self.worker.as_ref()
    }

    /// Ends the worker; the next use starts a fresh one.
    pub(super) fn replace(&mut self) {
        self.worker = None;
    }

    /// A rule that leaves a thread behind could disturb whatever runs after it.
    fn replace_when_threads_stay(&mut self) {
        if !self.worker.as_ref().is_some_and(Worker::has_new_threads) {
            return;
        }
        self.worker = None;
        if self.shared.has_told_threads.swap(true, Ordering::Relaxed) {
            debug!("a Python worker is replaced: a rule left a thread behind");
        } else {
            warn!(
                "a rule left a thread behind, its worker is replaced after each piece of work: \
                 rules should end what they start"
            );
        }
    }

    fn note_failure(&self, failures: u32, cause: String) -> Option<u32> {
        let failures = failures + 1;
        let delay = BACKOFF.delay(failures, 1.0);
        if failures < STARTS_MAX {
            warn!("a Python worker did not start, next try in {delay:?}: {cause}");
        } else {
            error!(
                "Python workers do not start ({failures} tries), events wait; next try in {delay:?}: {cause}"
            );
            *self.shared.fault.lock().expect("no holder of this lock panics") = Some(cause);
        }
        if self.shared.pause(delay) { None } else { Some(failures) }
    }

    /// Shortest limit for loading the program: each project has its own time.
    fn load_min(&self) -> Duration {
        let project_count = u32::try_from(self.shared.program.projects().len()).unwrap_or(u32::MAX);
        LOAD_MIN.saturating_add(self.shared.launch.pypanther_timeout.saturating_mul(project_count))
    }

    /// An item whose loading ended a worker is tried once more, then left out; what never ends is not
    /// tried again. Waits a little; whether the pool is stopped.
    fn note_load_failure(&mut self, part: Part, loss: &Loss) -> bool {
        if matches!(loss, Loss::Stopped) {
            return true;
        }
        let program = &self.shared.program;
        let (error, is_final) = findings::load_fault(loss);
        let reason = error.message.clone();
        let is_left_out = self.shared.load_faults.note(program, part, error, is_final);
        self.load_failures = if is_left_out { 0 } else { self.load_failures + 1 };
        let item = match part {
            Part::Rule(rule) => program.rule(rule).id.as_str(),
            Part::Model(model) => &program.data_models()[model as usize].id,
            Part::Project(project) => &program.projects()[project as usize].root().to_string_lossy(),
        };
        warn!(item, is_left_out, "a Python worker is gone: {reason}");
        self.shared.pause(BACKOFF.delay(self.load_failures + 1, 1.0))
    }

    /// The first start: gives up after some failures in a row. When loading everything takes too long, it
    /// goes on without what is not loaded; that is loaded when it is first needed.
    fn start_first(&mut self) -> Result<Started, HostError> {
        let rule_count = u32::try_from(self.shared.program.rules().len()).unwrap_or(u32::MAX);
        let limit = self.load_min().saturating_add(LOAD_EACH.saturating_mul(rule_count));
        let begun = Instant::now();
        let mut not_loaded = Vec::new();
        let mut attempts = 0;
        loop {
            let left = if self.loads_all { limit.saturating_sub(begun.elapsed()) } else { self.load_min() };
            let reason = match self.start_once(left) {
                Ok(mut started) => {
                    started.ready.rules.append(&mut not_loaded);
                    return Ok(started);
                }
                Err(StartFailure::Stopped) => return Err(HostError::Stopped),
                Err(StartFailure::Part(part, loss)) => {
                    if self.note_load_failure(part, &loss) {
                        return Err(HostError::Stopped);
                    }
                    continue;
                }
                Err(StartFailure::Overdue(part)) if self.loads_all => {
                    self.loads_all = false;
                    not_loaded = self.not_loaded_from(part, limit);
                    warn!(rule_count = not_loaded.len(), "loading all rules takes longer than {limit:?}");
                    continue;
                }
                Err(StartFailure::Overdue(_)) => "it did not get ready".to_owned(),
                Err(StartFailure::Host(error)) if !error.is_transient() => return Err(error),
                Err(StartFailure::Host(error)) => error.to_string(),
                Err(StartFailure::Other(reason)) => reason,
            };
            attempts += 1;
            if attempts >= STARTS_MAX {
                return Err(HostError::CannotStart { attempts, reason });
            }
            if self.shared.pause(BACKOFF.delay(attempts, 1.0)) {
                return Err(HostError::Stopped);
            }
        }
    }

    /// The faults of enabled rules from one on that are not left out already.
    fn not_loaded_from(&self, part: Option<Part>, limit: Duration) -> Vec<RuleFault> {
        let first = match part {
            Some(Part::Rule(rule)) => rule,
            Some(Part::Model(_) | Part::Project(_)) | None => 0,
        };
        let program = &self.shared.program;
        let reason = format!("it was not loaded within {limit:?} of the start; its first event loads it");
        let error = findings::not_loaded(&reason);
        (0_u32..)
            .zip(program.rules())
            .skip(first as usize)
            .filter(|(_, rule)| rule.enabled)
            .filter(|&(index, _)| self.shared.load_faults.of(program, Part::Rule(index)).is_none())
            .map(|(rule, _)| RuleFault { rule, error: error.clone() })
            .collect()
    }

    fn start_once(&mut self, limit: Duration) -> Result<Started, StartFailure> {
        if self.shared.stop.load(Ordering::Relaxed) {
            return Err(StartFailure::Stopped);
        }
        let mut worker = Worker::spawn(&self.shared.launch).map_err(StartFailure::Host)?;
        let mut loading = None;
        let started = match self.introduce(&mut worker, limit, &mut loading) {
            Ok(started) => started,
            Err(loss) => {
                let is_overdue = worker.is_overdue();
                return Err(match (loading, loss) {
                    (_, Loss::Stopped) => StartFailure::Stopped,
                    (part, _) if is_overdue => StartFailure::Overdue(part),
                    (Some(part), loss) => StartFailure::Part(part, loss),
                    (None, Loss::TimedOut(_)) => {
                        StartFailure::Other(with_output("it did not get ready", &mut worker))
                    }
                    (None, Loss::Died(_, reason)) => StartFailure::Other(with_output(&reason, &mut worker)),
                });
            }
        };
        self.load_failures = 0;
        self.worker = Some(worker);
        Ok(started)
    }

    /// Loads the program; `loading` is the item whose code runs, as the worker said before it did.
    fn introduce(
        &self,
        worker: &mut Worker,
        limit: Duration,
        loading: &mut Option<Part>,
    ) -> Result<Started, Loss> {
        let Shared { program, stop, .. } = self.shared;
        let modules = embedded::first_modules();
        let boot = wire::request(&Request::Boot { version: PROTOCOL_VERSION, modules }, &[]);
        worker.send(&boot, &Course::Idle, LOAD_MIN, stop);
        let shortcomings = match worker.next_answer(&Course::Idle, stop)? {
            Answer::Hello(Hello { version, shortcomings }) if version == PROTOCOL_VERSION => shortcomings,
            _ => return Err(out_of_turn()),
        };
        let header = program_header(self.shared, self.loads_all);
        let frame = wire::request(&Request::Program(&header), &[]);
        let course =
            Course::Load { project_count: program.projects().len(), rule_count: program.rules().len() };
        worker.send(&frame, &course, limit, stop);
        let mut talk = Talk { worker, course: &course, stop };
        loop {
            match talk.next_answer()? {
                Answer::Ask(asked) => ask::answer(self.shared, &mut talk, &asked, &self.shared.kv, None),
                Answer::Loading(part) if self.is_next(part, *loading) => *loading = Some(part),
                Answer::Ready(ready) => {
                    talk.worker.note_ready();
                    return Ok(Started { ready: self.checked(ready), shortcomings });
                }
                _ => return Err(out_of_turn()),
            }
        }
    }

    /// Whether a worker may say that it loads this item after that one.
    fn is_next(&self, part: Part, last: Option<Part>) -> bool {
        let program = &self.shared.program;
        let is_known = match part {
            Part::Rule(rule) => (rule as usize) < program.rules().len(),
            Part::Model(model) => (model as usize) < program.data_models().len(),
            Part::Project(project) => (project as usize) < program.projects().len(),
        };
        is_known && last.is_none_or(|last| last < part)
    }

    /// What can be: each rule and each data model once.
    fn checked(&self, ready: Ready) -> Ready {
        let program = &self.shared.program;
        let (mut rules, mut models) = (BTreeMap::new(), BTreeMap::new());
        for RuleFault { rule, error } in ready.rules {
            if (rule as usize) < program.rules().len() {
                rules.entry(rule).or_insert_with(|| error.cut());
            }
        }
        for ModelFault { id, error } in ready.models {
            if program.data_models().iter().any(|model| model.id == id) {
                models.entry(id).or_insert_with(|| error.cut());
            }
        }
        Ready {
            rules: rules.into_iter().map(|(rule, error)| RuleFault { rule, error }).collect(),
            models: models.into_iter().map(|(id, error)| ModelFault { id, error }).collect(),
        }
    }
}

/// The worker answered something that was not asked.
pub(super) fn out_of_turn() -> Loss {
    Loss::Died(wire::Mark::IDLE, "it answered out of turn".into())
}

fn with_output(reason: &str, worker: &mut Worker) -> String {
    worker.end();
    let words = worker.last_words();
    if words.is_empty() { reason.to_owned() } else { format!("{reason}: {words}") }
}

fn program_header(shared: &Shared, warm: bool) -> ProgramHeader<'_> {
    let Shared { program, load_faults, .. } = shared;
    let globals = program
        .globals()
        .iter()
        .map(|global| GlobalWire { id: &global.id, source: &global.source })
        .collect();
    let data_models = (0_u32..)
        .zip(program.data_models())
        .map(|(index, data_model)| DataModelWire {
            id: &data_model.id,
            log_types: data_model.log_types.iter().map(model::LogType::as_str).collect(),
            mappings: data_model.mappings.iter().map(|(name, target)| mapping_wire(name, target)).collect(),
            source: data_model.source.as_deref(),
            broken: load_faults.of(program, Part::Model(index)),
        })
        .collect();
    let projects = (0_u32..)
        .zip(program.projects())
        .map(|(index, project)| ProjectWire {
            files: project.files(),
            broken: load_faults.of(program, Part::Project(index)),
        })
        .collect();
    let rules = (0_u32..)
        .zip(program.rules())
        .map(|(index, rule)| RuleWire {
            id: rule.id.as_str(),
            kind: rule.kind,
            severity: rule.severity.as_str(),
            create_alert: rule.create_alert,
            source: match &rule.source {
                RuleSource::Text(text) => Some(text),
                RuleSource::Project(_) => None,
            },
            project: program.project_of(rule),
            lazy: !rule.enabled,
            broken: load_faults.of(program, Part::Rule(index)),
        })
        .collect();
    let asks_lookups = shared.launch.lookups == LookupSource::Tables;
    ProgramHeader {
        globals,
        data_models,
        projects,
        rules,
        fallback: embedded::last_modules(),
        warm,
        asks_lookups,
    }
}

fn mapping_wire<'a>(name: &'a str, target: &'a content::MappingTarget) -> MappingWire<'a> {
    match target {
        content::MappingTarget::Path(path) => MappingWire { name, path: Some(path), method: None },
        content::MappingTarget::Method(method) => MappingWire { name, path: None, method: Some(method) },
    }
}
