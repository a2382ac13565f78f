//! Unit tests of one rule on one worker, over as many workers as it takes.

use std::time::Duration;

use tokio::sync::oneshot;

use super::ask;
use super::course::Course;
use super::dialogue::{Dialogue, Talk};
use super::process::{LOAD_MIN, Loss, Worker};
use super::slot::{Slot, out_of_turn};
use crate::findings;
use crate::kv::{KvCache, KvStorage};
use crate::testing::{Difference, FunctionOutcome, SetupError, TestCase, TestOutcome, TestRun};
use crate::wire::{
    self, Answer, DifferenceAnswer, Mark, Request, TestAnswer, TestWire, TestsHeader, WireError,
};

/// The tests of one rule.
pub(crate) struct TestsJob {
    pub(crate) rule: u32,
    pub(crate) tests: Vec<TestCase>,
    pub(crate) reply: oneshot::Sender<TestRun>,
}

/// Runs the tests to their end. Sends no reply when the pool is stopped.
pub(super) fn run(slot: &mut Slot<'_>, job: TestsJob) {
    let TestsJob { rule, tests, reply } = job;
    let mut progress = Progress { outcomes: Vec::with_capacity(tests.len()), setup_error: None, serial: 0 };
    loop {
        match progress.attempt(slot, rule, &tests) {
            Ok(()) => break,
            Err(Loss::Stopped) => return,
            Err(loss) => {
                let elapsed = slot.worker().map_or(Duration::ZERO, Worker::time_at_mark);
                slot.replace();
                if progress.take_loss(slot, &loss, &tests, elapsed) {
                    break;
                }
            }
        }
    }
    let rule_id = slot.shared.program.rule(rule).id.clone();
    let setup_error = progress.setup_error.map(|error| SetupError::of_rule(&rule_id, &error));
    if reply.send(TestRun { setup_error, outcomes: progress.outcomes }).is_err() {
        tracing::debug!("nobody waits for a test any more");
    }
}

struct Progress {
    outcomes: Vec<TestOutcome>,
    setup_error: Option<WireError>,
    /// Serial number of the first test of the last request.
    serial: u32,
}

impl Progress {
    fn attempt(&mut self, slot: &mut Slot<'_>, rule: u32, tests: &[TestCase]) -> Result<(), Loss> {
        let shared = slot.shared;
        let stop = &shared.stop;
        let worker = slot.ensure().ok_or(Loss::Stopped)?;
        let rest = &tests[self.outcomes.len()..];
        self.serial = worker.take_serials(rest.len().max(1));
        let texts: Vec<String> = rest.iter().map(|test| test.log.to_string()).collect();
        let header = TestsHeader {
            first_serial: self.serial,
            rule,
            load_only: rest.is_empty(),
            tests: rest.iter().zip(&texts).map(|(test, text)| test_wire(test, text.len())).collect(),
        };
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let course = Course::Tests { first_serial: self.serial, count: rest.len().max(1), rule };
        let limit = shared.launch.rule_timeout.saturating_mul(u32::try_from(rest.len()).unwrap_or(u32::MAX));
        let frame = wire::request(&Request::Tests(&header), &texts);
        worker.send(&frame, &course, limit.saturating_add(LOAD_MIN * 2), stop);
        let mut talk = Talk { worker, course: &course, stop };
        // Each test begins with an empty key-value cache of its own.
        let mut kv = KvCache::new(KvStorage::Memory);
        loop {
            match talk.next_answer()? {
                Answer::Test(answer) if self.outcomes.len() < tests.len() => {
                    let test = &tests[self.outcomes.len()];
                    self.outcomes.push(outcome(test, answer));
                    kv = KvCache::new(KvStorage::Memory);
                }
                Answer::Ask(asked) => {
                    let now = (!talk.mark()?.is_loading()).then(|| shared.bench.now());
                    ask::answer(shared, &mut talk, &asked, &kv, now);
                }
                Answer::TestsDone { setup_error } => {
                    self.setup_error = setup_error;
                    return Ok(());
                }
                _ => return Err(out_of_turn()),
            }
        }
    }

    /// The test (or the load) during which a worker was lost fails after this time; whether that ends the run.
    fn take_loss(&mut self, slot: &Slot<'_>, loss: &Loss, tests: &[TestCase], elapsed: Duration) -> bool {
        let (mark, error) = match loss {
            Loss::TimedOut(mark) => (*mark, findings::timed_out(slot.shared.launch.rule_timeout)),
            Loss::Died(mark, reason) => (*mark, findings::worker_died(reason)),
            Loss::Stopped => (Mark::IDLE, findings::worker_died("the host is shut down")),
        };
        let Some(test) = tests.get(self.outcomes.len()).filter(|_| !mark.is_loading()) else {
            self.setup_error = Some(error);
            return true;
        };
        self.outcomes.push(TestOutcome {
            name: test.name.clone(),
            passed: false,
            reason: Some(format!("{}: {}", error.error_type, error.message)),
            elapsed,
            ..TestOutcome::default()
        });
        false
    }
}

fn test_wire(test: &TestCase, size: usize) -> TestWire<'_> {
    TestWire {
        name: &test.name,
        size,
        expected: test.expected,
        mocks: test.mocks.iter().map(|(name, value)| (name.as_str(), value.to_string())).collect(),
        destinations: test.expected_destinations.as_deref(),
    }
}

fn outcome(test: &TestCase, answer: TestAnswer) -> TestOutcome {
    TestOutcome {
        name: test.name.clone(),
        passed: answer.passed,
        reason: answer.reason,
        line: answer.line,
        functions: answer
            .functions
            .into_iter()
            .map(|one| FunctionOutcome { name: one.name, output: one.output, error: one.error })
            .collect(),
        printed: answer.printed,
        difference: answer
            .difference
            .map(|DifferenceAnswer { expected, actual }| Difference { expected, actual }),
        elapsed: Duration::try_from_secs_f64(answer.seconds).unwrap_or_default(),
    }
}
