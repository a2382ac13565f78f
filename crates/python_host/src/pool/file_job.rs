//! A Python unit-test file on workers of its own, over as many as it takes.

use std::time::{Duration, Instant};

use stdx::truncate_generated;

use super::ask;
use super::course::{Course, FILE_TESTS_MAX};
use super::dialogue::{Dialogue, Talk};
use super::process::{LOAD_MIN, Loss, Worker};
use super::slot::{Slot, out_of_turn};
use crate::findings;
use crate::kv::{KvCache, KvStorage};
use crate::testing::SetupError;
use crate::unit_file::{FileTest, FileTestStatus, UnitFileRun};
use crate::wire::{self, Answer, FileTestAnswer, FileTestWord, Request, UnitFileHeader, WireError};

pub(crate) use crate::unit_file::FileJob;

/// Longest name of a test, in characters.
const NAME_CHARS_MAX: usize = 1000;
/// Longest reason, in characters; the Python half keeps to a little less.
const REASON_CHARS_MAX: usize = 2000;
/// Workers that one file may end; after that the rest of it is not run.
const LOSSES_MAX: usize = 5;
/// What is kept of the output of all tests of a file, in bytes.
const PRINTED_BYTES_MAX: usize = 4 << 20;

/// Runs the file to its end. Sends no reply when the pool is stopped.
pub(super) fn run(slot: &mut Slot<'_>, job: FileJob) {
    let mut progress = Progress { job: &job, tests: Vec::new(), begun: None, printed_bytes: 0 };
    let mut losses = 0;
    let error = loop {
        // What ran before may have left something behind, and so does this.
        slot.replace_unless_fresh();
        let attempt = progress.attempt(slot);
        slot.replace();
        match attempt {
            Ok(error) => break error,
            Err(Loss::Stopped) => return,
            Err(loss) => {
                let error = worker_error(&loss, job.file.time_max);
                let Some((name, begun)) = progress.begun.take() else { break Some(error) };
                progress.tests.push(failed(name, &error, begun.elapsed()));
                losses += 1;
                if losses == LOSSES_MAX {
                    break Some(findings::worker_died(&format!(
                        "the file ended {LOSSES_MAX} workers; the rest of its tests was not run"
                    )));
                }
            }
        }
    };
    let error = error.map(|error| SetupError::of_item(&job.file.path, &error));
    let tests = progress.tests;
    if job.reply.send(UnitFileRun { error, tests }).is_err() {
        tracing::debug!("nobody waits for a unit-test file any more");
    }
}

struct Progress<'a> {
    job: &'a FileJob,
    tests: Vec<FileTest>,
    /// The test under way, and since when.
    begun: Option<(String, Instant)>,
    printed_bytes: usize,
}

impl Progress<'_> {
    /// One request, for the tests that are not done; what kept the file from its end.
    fn attempt(&mut self, slot: &mut Slot<'_>) -> Result<Option<WireError>, Loss> {
        let shared = slot.shared;
        let stop = &shared.stop;
        let worker = slot.ensure().ok_or(Loss::Stopped)?;
        let file = &self.job.file;
        let first_serial = worker.take_serials(FILE_TESTS_MAX as usize + 1);
        let header = UnitFileHeader {
            first_serial,
            file: self.job.number,
            path: &file.path,
            root: &file.root,
            tree: &file.tree,
            done: self.tests.iter().map(|test| test.name.as_str()).collect(),
        };
        let frame = wire::request(&Request::UnitFile(&header), &[]);
        let course = Course::File { first_serial, file: self.job.number, time_max: file.time_max };
        let limit = file.time_max.saturating_mul(FILE_TESTS_MAX).saturating_add(LOAD_MIN * 2);
        worker.send(&frame, &course, limit, stop);
        let mut talk = Talk { worker, course: &course, stop };
        // Each test begins with an empty key-value cache of its own.
        let mut kv = KvCache::new(KvStorage::Memory);
        loop {
            match talk.next_answer()? {
                Answer::FileTestBegins(name) if self.begun.is_none() => {
                    self.begun = Some((cut_name(&name), Instant::now()));
                }
                Answer::FileTest(answer) if self.tests.len() < FILE_TESTS_MAX as usize => {
                    self.begun = None;
                    self.take(answer);
                    kv = KvCache::new(KvStorage::Memory);
                }
                Answer::Ask(asked) => {
                    let now = (!talk.mark()?.is_loading()).then(|| shared.bench.now());
                    ask::answer(shared, &mut talk, &asked, &kv, now);
                }
                Answer::FileDone { error } => return Ok(error),
                _ => return Err(out_of_turn()),
            }
        }
    }

    fn take(&mut self, answer: FileTestAnswer) {
        let FileTestAnswer { name, status, reason, line, mut printed, seconds } = answer;
        self.printed_bytes += printed.len();
        if self.printed_bytes > PRINTED_BYTES_MAX {
            printed = "(the file printed too much; the rest is left out)\n".to_owned();
        }
        self.tests.push(FileTest {
            name: cut_name(&name),
            status: match status {
                FileTestWord::Passed => FileTestStatus::Passed,
                FileTestWord::Failed => FileTestStatus::Failed,
                FileTestWord::Skipped => FileTestStatus::Skipped,
            },
            reason: reason.map(|reason| truncate_generated(&reason, REASON_CHARS_MAX)),
            line,
            printed,
            elapsed: Duration::try_from_secs_f64(seconds).unwrap_or_default(),
        });
    }
}

fn cut_name(name: &str) -> String {
    truncate_generated(name, NAME_CHARS_MAX)
}

fn worker_error(loss: &Loss, time_max: Duration) -> WireError {
    match loss {
        Loss::TimedOut(mark) if mark.is_loading() => findings::worker_died("loading the file did not end"),
        Loss::TimedOut(_) => findings::test_timed_out(time_max),
        Loss::Died(_, reason) => findings::worker_died(reason),
        Loss::Stopped => findings::worker_died("the host is shut down"),
    }
}

fn failed(name: String, error: &WireError, elapsed: Duration) -> FileTest {
    FileTest {
        name,
        status: FileTestStatus::Failed,
        reason: Some(format!("{}: {}", error.error_type, error.message)),
        line: None,
        printed: String::new(),
        elapsed,
    }
}

impl Slot<'_> {
    /// Ends a worker that has had something to do.
    fn replace_unless_fresh(&mut self) {
        if !self.worker().is_some_and(Worker::is_fresh) {
            self.replace();
        }
    }
}
