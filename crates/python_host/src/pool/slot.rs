//! One thread, one worker process: starts it, gives it jobs, replaces it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use stdx::Backoff;
use tokio::sync::mpsc::UnboundedSender;
use tracing::{debug, error, info, warn};

use super::process::{Loss, Worker};
use super::{Job, Shared, Started, evaluate, tests_job};
use crate::embedded;
use crate::error::HostError;
use crate::findings;
use crate::program::Program;
use crate::wire::{
    self, Answer, DataModelWire, GlobalWire, Hello, MappingWire, PROTOCOL_VERSION, ProgramHeader, Ready,
    Request, RuleWire,
};

/// Starts that may fail in a row before it is said.
const STARTS_MAX: u32 = 5;
/// Between failed starts.
const BACKOFF: Backoff =
    Backoff { first_delay: Duration::from_millis(50), delay_max: Duration::from_secs(30) };

/// The life of a slot: until the pool is closed and empty, or stopped.
pub(super) fn run(shared: &Shared, sender: &UnboundedSender<Result<Started, HostError>>) {
    let mut slot = Slot { shared, worker: None, loads_all: shared.warm };
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
        }
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
    worker: Option<Worker>,
    loads_all: bool,
}

enum StartFailure {
    /// Loading this rule ended the worker: the next try leaves it out.
    Rule(u32, Loss),
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
            match self.start_once() {
                Ok(_) => {
                    *self.shared.fault.lock().expect("no holder of this lock panics") = None;
                }
                Err(StartFailure::Stopped) => return None,
                Err(StartFailure::Rule(rule, loss)) => self.note_broken(rule, &loss),
                Err(StartFailure::Host(cause)) => {
                    failures = self.note_failure(failures, cause.to_string())?
                }
                Err(StartFailure::Other(cause)) => failures = self.note_failure(failures, cause)?,
            }
        }
        self.worker.as_mut()
    }

    /// Ends the worker; the next use starts a fresh one.
    pub(super) fn replace(&mut self) {
        self.worker = None;
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

    fn note_broken(&self, rule: u32, loss: &Loss) {
        let error = match loss {
            Loss::TimedOut(_) => findings::worker_died("loading the code did not end"),
            Loss::Died(_, reason) => findings::worker_died(&format!("{reason} while the code was loaded")),
            Loss::Stopped => return,
        };
        self.shared.broken.lock().expect("no holder of this lock panics").insert(rule, error);
    }

    /// The first start: gives up after some failures in a row.
    fn start_first(&mut self) -> Result<Started, HostError> {
        let mut attempts = 0;
        loop {
            let reason = match self.start_once() {
                Ok(started) => return Ok(started),
                Err(StartFailure::Stopped) => return Err(HostError::Stopped),
                Err(StartFailure::Rule(rule, loss)) => {
                    self.note_broken(rule, &loss);
                    continue;
                }
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

    fn start_once(&mut self) -> Result<Started, StartFailure> {
        if self.shared.stop.load(Ordering::Relaxed) {
            return Err(StartFailure::Stopped);
        }
        let mut worker = Worker::spawn(&self.shared.launch).map_err(StartFailure::Host)?;
        let started = self.introduce(&mut worker).map_err(|loss| match (self.culprit(&loss), loss) {
            (_, Loss::Stopped) => StartFailure::Stopped,
            (Some(rule), loss) => StartFailure::Rule(rule, loss),
            (None, Loss::TimedOut(_)) => {
                StartFailure::Other(with_output("it did not get ready", &mut worker))
            }
            (None, Loss::Died(_, reason)) => StartFailure::Other(with_output(&reason, &mut worker)),
        })?;
        self.worker = Some(worker);
        Ok(started)
    }

    /// The rule whose loading ended a worker. The code that was loaded may have written anything on the
    /// progress page: only a rule that exists and is not left out already can be the one.
    fn culprit(&self, loss: &Loss) -> Option<u32> {
        let rule = match loss {
            Loss::TimedOut(mark) | Loss::Died(mark, _) => mark.rule()?,
            Loss::Stopped => return None,
        };
        let is_known = (rule as usize) < self.shared.program.rules().len();
        let broken = self.shared.broken.lock().expect("no holder of this lock panics");
        (is_known && !broken.contains_key(&rule)).then_some(rule)
    }

    fn introduce(&self, worker: &mut Worker) -> Result<Started, Loss> {
        let stop = &self.shared.stop;
        let modules = embedded::first_modules();
        worker.send(&wire::request(&Request::Boot { version: PROTOCOL_VERSION, modules }, &[]), stop);
        let shortcomings = match worker.next_answer(stop)? {
            Answer::Hello(Hello { version, shortcomings }) if version == PROTOCOL_VERSION => shortcomings,
            _ => return Err(out_of_turn()),
        };
        let broken = self.shared.broken.lock().expect("no holder of this lock panics").clone();
        let header = program_header(&self.shared.program, &broken, self.loads_all);
        worker.send(&wire::request(&Request::Program(&header), &[]), stop);
        match worker.next_answer(stop)? {
            Answer::Ready(ready) => {
                worker.note_ready();
                Ok(Started { ready: self.checked(ready), shortcomings })
            }
            _ => Err(out_of_turn()),
        }
    }

    fn checked(&self, mut ready: Ready) -> Ready {
        let count = self.shared.program.rules().len();
        ready.rules.retain(|fault| (fault.rule as usize) < count);
        ready
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

fn program_header<'a>(
    program: &'a Program,
    broken: &'a std::collections::BTreeMap<u32, wire::WireError>,
    warm: bool,
) -> ProgramHeader<'a> {
    let globals = program
        .globals()
        .iter()
        .map(|global| GlobalWire { id: &global.id, source: &global.source })
        .collect();
    let data_models = program
        .data_models()
        .iter()
        .map(|data_model| DataModelWire {
            id: &data_model.id,
            log_types: data_model.log_types.iter().map(model::LogType::as_str).collect(),
            mappings: data_model.mappings.iter().map(|(name, target)| mapping_wire(name, target)).collect(),
            source: data_model.source.as_deref(),
        })
        .collect();
    let rules = (0_u32..)
        .zip(program.rules())
        .map(|(index, rule)| RuleWire {
            id: rule.id.as_str(),
            kind: rule.kind,
            severity: rule.severity.as_str(),
            create_alert: rule.create_alert,
            source: &rule.source,
            lazy: !rule.enabled,
            broken: broken.get(&index),
        })
        .collect();
    ProgramHeader { globals, data_models, rules, fallback: embedded::last_modules(), warm }
}

fn mapping_wire<'a>(name: &'a str, target: &'a content::MappingTarget) -> MappingWire<'a> {
    match target {
        content::MappingTarget::Path(path) => MappingWire { name, path: Some(path), method: None },
        content::MappingTarget::Method(method) => MappingWire { name, path: None, method: Some(method) },
    }
}
