//! One worker process: its socket, its progress page, its captured output, its death.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::fs::{MemfdFlags, SealFlags};
use tracing::debug;

use super::course::Course;
use crate::error::HostError;
use crate::lookups::LookupSource;
use crate::wire::{self, Answer, Inbox, Mark, Request, Told};

/// A worker that neither answers nor says what it does for this long is ended, before its first evaluation.
const STALL_MAX: Duration = Duration::from_secs(20);
/// Longest between a request and its first evaluation, and between the last one and its answer.
const END_WAIT_MAX: Duration = Duration::from_secs(5);
/// Shortest limit for loading code; imports on a cold disk are slow.
pub(crate) const LOAD_MIN: Duration = Duration::from_secs(30);
/// How much of the time that one evaluation waits for answers of the server does not count against it.
const SERVER_WAIT_MAX: Duration = Duration::from_secs(30);
/// How long a worker may take to end after it closed its socket.
const EXIT_WAIT_MAX: Duration = Duration::from_secs(1);
/// What is kept of a worker's output for the report of its death.
const OUTPUT_TAIL_BYTES: usize = 4096;
/// Lines of output of one worker that are logged.
const OUTPUT_LINES_LOGGED_MAX: usize = 200;
/// Serial numbers are 31 bits; a worker is replaced long before they run out.
const SERIAL_MAX: u32 = 1 << 30;
/// 0 says that everything is loaded.
const FIRST_SERIAL: u32 = 1;
const PAGE_BYTES: u64 = 4096;

/// What a worker is started with; the same for all workers of a host.
pub(crate) struct Launch {
    /// Program and its arguments.
    pub(crate) command: Vec<std::ffi::OsString>,
    /// The worker's own argument.
    pub(crate) argument: String,
    /// Longest evaluation.
    pub(crate) rule_timeout: Duration,
    /// Longest run of the `main.py` of a pypanther project.
    pub(crate) pypanther_timeout: Duration,
    /// Address space in bytes.
    pub(crate) memory_max: u64,
    /// Where `event.lookup` finds rows.
    pub(crate) lookups: LookupSource,
}

/// Why a worker is gone.
#[derive(Clone, Debug)]
pub(crate) enum Loss {
    /// One evaluation took too long; the mark is what the page still said after the kill.
    TimedOut(Mark),
    /// It ended by itself, or was ended because it did not keep to the protocol. The mark is its last.
    Died(Mark, String),
    /// The host is being shut down.
    Stopped,
}

/// One worker process. Dropping it ends it.
pub(crate) struct Worker {
    child: Child,
    stream: UnixStream,
    inbox: Inbox,
    page: File,
    output: Arc<Mutex<VecDeque<u8>>>,
    output_reader: Option<JoinHandle<()>>,
    /// The last mark that counted; see [`Course`].
    watched: Mark,
    watched_since: Instant,
    /// The page is idle again: no further mark counts.
    is_over: bool,
    answered_at: Instant,
    /// Code was loaded since the last answer.
    has_loaded: bool,
    /// Time that the evaluation under way has been granted for waiting.
    waited: Duration,
    /// End of the request under way.
    deadline: Instant,
    loss: Option<Loss>,
    serial: u32,
    rule_timeout: Duration,
    pypanther_timeout: Duration,
    memory_max: u64,
    ready_bytes: u64,
    ready_threads: u64,
}

impl Worker {
    /// Starts a process. Must be called from a thread that lives as long as the worker: the death signal
    /// follows the thread.
    pub(crate) fn spawn(launch: &Launch) -> Result<Worker, HostError> {
        let (stream, theirs) = UnixStream::pair().map_err(HostError::Spawn)?;
        let poll = (launch.rule_timeout / 10).clamp(Duration::from_millis(2), Duration::from_millis(25));
        stream.set_read_timeout(Some(poll)).map_err(HostError::Spawn)?;
        stream.set_write_timeout(Some(poll)).map_err(HostError::Spawn)?;
        let page = make_page().map_err(HostError::Spawn)?;
        let their_page = page.try_clone().map_err(HostError::Spawn)?;
        let (program, arguments) = launch.command.split_first().ok_or_else(|| {
            HostError::Spawn(std::io::Error::new(ErrorKind::InvalidInput, "the worker command is empty"))
        })?;
        let mut child = Command::new(program)
            .args(arguments)
            .arg(&launch.argument)
            .env_clear()
            // Signals of a terminal are for the server alone.
            .process_group(0)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::from(their_page))
            .stderr(Stdio::piped())
            .spawn()
            .map_err(HostError::Spawn)?;
        let output = Arc::new(Mutex::new(VecDeque::new()));
        let output_reader = child.stderr.take().map(|stderr| {
            let output = Arc::clone(&output);
            std::thread::spawn(move || keep_output(stderr, &output))
        });
        Ok(Worker {
            child,
            stream,
            inbox: Inbox::default(),
            page,
            output,
            output_reader,
            watched: Mark::IDLE,
            watched_since: Instant::now(),
            is_over: false,
            answered_at: Instant::now(),
            has_loaded: false,
            waited: Duration::ZERO,
            deadline: Instant::now(),
            loss: None,
            serial: FIRST_SERIAL,
            rule_timeout: launch.rule_timeout,
            pypanther_timeout: launch.pypanther_timeout,
            memory_max: launch.memory_max,
            ready_bytes: 0,
            ready_threads: 1,
        })
    }

    /// Takes `count` serial numbers; returns the first.
    pub(crate) fn take_serials(&mut self, count: usize) -> u32 {
        let first = self.serial;
        self.serial += u32::try_from(count).expect("chunks are small");
        first
    }

    /// Sends a request that must be done within `limit`. A failure is only remembered: it comes back from
    /// [`Worker::next_answer`].
    pub(crate) fn send(&mut self, frame: &[u8], course: &Course<'_>, limit: Duration, stop: &AtomicBool) {
        let now = Instant::now();
        self.watched = Mark::IDLE;
        self.is_over = false;
        self.has_loaded = false;
        self.waited = Duration::ZERO;
        // A limit that no clock reaches is none.
        self.deadline = now.checked_add(limit).unwrap_or(now + LOAD_MIN * 1_000_000);
        (self.watched_since, self.answered_at) = (now, now);
        self.write(frame, course, stop, true);
    }

    /// Writes as much as the worker takes; of a request each piece that it took begins its time anew.
    fn write(&mut self, frame: &[u8], course: &Course<'_>, stop: &AtomicBool, is_request: bool) {
        let mut rest = frame;
        while !rest.is_empty() && self.loss.is_none() {
            match self.stream.write(rest) {
                Ok(0) => return,
                Ok(count) => {
                    rest = &rest[count..];
                    if is_request {
                        self.watched_since = Instant::now();
                        self.answered_at = self.watched_since;
                    }
                }
                Err(error) if is_pause(error.kind()) => self.watch(course, stop),
                // The next read sees the end and finds the reason.
                Err(_) => return,
            }
        }
    }

    /// The next answer; waits for it as long as the worker keeps within its limits.
    pub(crate) fn next_answer(&mut self, course: &Course<'_>, stop: &AtomicBool) -> Result<Answer, Loss> {
        let mut buffer = [0_u8; 64 * 1024];
        loop {
            match self.inbox.take() {
                // Questions are no progress: who asks all the time is still at the same evaluation.
                Ok(Some(answer @ Answer::Ask(_))) => return Ok(answer),
                Ok(Some(answer)) => {
                    self.answered_at = Instant::now();
                    self.has_loaded = self.watched.is_loading();
                    return Ok(answer);
                }
                Ok(None) => {}
                Err(reason) => {
                    self.end();
                    return Err(Loss::Died(Mark::IDLE, reason));
                }
            }
            match self.stream.read(&mut buffer) {
                // Everything that a worker wrote before its end has been read by now.
                Ok(0) => return Err(self.reap(course)),
                Ok(count) => self.inbox.push(&buffer[..count]),
                Err(error) if is_pause(error.kind()) => {}
                Err(_) => return Err(self.reap(course)),
            }
            self.watch(course, stop);
        }
    }

    /// What the worker is at now, if it keeps within its limits.
    pub(crate) fn mark_now(&mut self, course: &Course<'_>, stop: &AtomicBool) -> Result<Mark, Loss> {
        self.watch(course, stop);
        self.loss.take().map_or(Ok(self.watched), Err)
    }

    /// Answers a question. The time since it was asked is the server's, not the rule's, up to a limit.
    pub(crate) fn tell(&mut self, told: &Told, asked: Instant, course: &Course<'_>, stop: &AtomicBool) {
        let granted = asked.elapsed().min(SERVER_WAIT_MAX.saturating_sub(self.waited));
        self.waited += granted;
        self.watched_since += granted;
        self.answered_at += granted;
        self.deadline += granted;
        self.write(&wire::request(&Request::Told(told), &[]), course, stop, false);
    }

    /// How long it has been at what its page says, or was until it was lost; as exact as the page is looked at.
    pub(crate) fn time_at_mark(&self) -> Duration {
        self.watched_since.elapsed()
    }

    /// Whether the time for its last request is over.
    pub(crate) fn is_overdue(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Whether it had anything to do yet.
    pub(crate) fn is_fresh(&self) -> bool {
        self.serial == FIRST_SERIAL
    }

    /// Remembers its size now that it is ready: growth is measured from here.
    pub(crate) fn note_ready(&mut self) {
        self.ready_bytes = self.size_bytes().unwrap_or(0);
        self.ready_threads = self.thread_count().unwrap_or(1);
    }

    /// Whether threads run that did not when it was ready. A thread that has just ended may still be
    /// counted for a moment.
    pub(crate) fn has_new_threads(&self) -> bool {
        let has_more = || self.thread_count().is_some_and(|count| count > self.ready_threads);
        has_more() && {
            std::thread::sleep(Duration::from_millis(2));
            has_more()
        }
    }

    /// Threads of the process: the line `Threads` of `/proc/PID/status`.
    fn thread_count(&self) -> Option<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        text.lines().find_map(|line| line.strip_prefix("Threads:"))?.trim().parse().ok()
    }

    /// Whether it has grown so much since it was ready, or lived so long, that a fresh one should take
    /// over: three quarters of what the limit left then.
    pub(crate) fn is_worn(&self) -> bool {
        let room = self.memory_max.saturating_sub(self.ready_bytes);
        let worn_bytes = self.ready_bytes.saturating_add(room / 4 * 3);
        self.size_bytes().is_some_and(|bytes| bytes > worn_bytes) || self.serial > SERIAL_MAX
    }

    /// Size of its address space: the first word of `/proc/PID/statm`, in pages.
    fn size_bytes(&self) -> Option<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/statm", self.child.id())).ok()?;
        let pages: u64 = text.split_whitespace().next()?.parse().ok()?;
        Some(pages.saturating_mul(u64::try_from(rustix::param::page_size()).ok()?))
    }

    /// The last words of the worker, for reports.
    pub(crate) fn last_words(&mut self) -> String {
        if let Some(reader) = self.output_reader.take()
            && reader.join().is_err()
        {
            debug!("the reader of a worker's output failed");
        }
        let tail = self.output.lock().expect("no holder of this lock panics");
        let bytes: Vec<u8> = tail.iter().copied().collect();
        String::from_utf8_lossy(&bytes).trim().to_owned()
    }

    fn mark(&self) -> Mark {
        let mut bytes = [0_u8; 8];
        match self.page.read_exact_at(&mut bytes, 0) {
            Ok(()) => Mark(u64::from_ne_bytes(bytes)),
            Err(_) => Mark::IDLE,
        }
    }

    /// Ends the worker when it has been at the same evaluation for too long, or says what cannot be.
    fn watch(&mut self, course: &Course<'_>, stop: &AtomicBool) {
        if self.loss.is_some() {
            return;
        }
        if stop.load(Ordering::Relaxed) {
            self.kill();
            self.loss = Some(Loss::Stopped);
            return;
        }
        let mark = self.mark();
        if !self.is_plausible(mark, course) {
            self.kill();
            self.loss = Some(Loss::Died(Mark::IDLE, "its progress page said what cannot be".into()));
            return;
        }
        if mark != self.watched {
            if self.watched == Mark::IDLE {
                self.answered_at = Instant::now();
            }
            self.watched = mark;
            self.watched_since = Instant::now();
            self.waited = Duration::ZERO;
            self.is_over = mark == Mark::IDLE;
            self.has_loaded |= mark.is_loading();
        }
        let answer_wait_max = self.answer_wait_max(course);
        let too_late = if self.watched_since.elapsed() > self.limit(mark, course) {
            None
        } else if mark != Mark::IDLE && self.answered_at.elapsed() > answer_wait_max {
            Some(format!("it did not answer for {answer_wait_max:?}"))
        } else if self.is_overdue() {
            Some("it did not end its work in time".into())
        } else {
            return;
        };
        self.kill();
        // Only an evaluation that the page still shows after the kill is to blame.
        self.loss = Some(match (self.mark(), too_late) {
            (_, Some(reason)) => Loss::Died(Mark::IDLE, reason),
            (still, None) if still == mark && mark != Mark::IDLE => Loss::TimedOut(mark),
            (Mark::IDLE, None) => {
                Loss::Died(Mark::IDLE, format!("it did not answer for {:?}", self.limit(mark, course)))
            }
            _ => Loss::Died(Mark::IDLE, "it went on just when it was ended for being slow".into()),
        });
    }

    /// Whether an honest worker can have got from the last mark to this one.
    fn is_plausible(&self, mark: Mark, course: &Course<'_>) -> bool {
        let is_later = || mark == Mark::IDLE || mark.place() > self.watched.place() && course.allows(mark);
        mark == self.watched || !self.is_over && is_later()
    }

    fn limit(&self, mark: Mark, course: &Course<'_>) -> Duration {
        if matches!(course, Course::Describe) {
            // The time of the whole request is the limit.
            Duration::MAX
        } else if course.is_project(mark) {
            self.pypanther_timeout
        } else if mark == Mark::IDLE && (self.is_over || matches!(course, Course::Events { .. })) {
            END_WAIT_MAX.max(self.rule_timeout)
        } else if mark == Mark::IDLE {
            STALL_MAX.max(self.rule_timeout)
        } else if mark.is_loading() {
            self.rule_timeout.max(LOAD_MIN)
        } else {
            course.time_limit(self.rule_timeout)
        }
    }

    /// Longest between two answers, or from the first mark to an answer: an honest worker tells what it
    /// did after each longer evaluation, so none can run for ever by showing progress that is not there.
    fn answer_wait_max(&self, course: &Course<'_>) -> Duration {
        let longest_load = LOAD_MIN.max(self.rule_timeout).max(self.pypanther_timeout);
        let loading = if self.has_loaded { longest_load } else { Duration::ZERO };
        let running = course.time_limit(self.rule_timeout).saturating_mul(2);
        END_WAIT_MAX.saturating_add(running).saturating_add(loading)
    }

    /// The worker closed its socket: finds out why.
    fn reap(&mut self, course: &Course<'_>) -> Loss {
        let deadline = Instant::now() + EXIT_WAIT_MAX;
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break Ok(describe_exit(status)),
                Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(1)),
                Ok(None) => {
                    self.kill();
                    break Err("it closed the protocol".into());
                }
                Err(error) => break Err(error.to_string()),
            }
        };
        let mark = self.mark();
        if let Some(loss) = self.loss.take() {
            return loss;
        }
        match status {
            Ok(status) if self.is_plausible(mark, course) => Loss::Died(mark, status),
            // It went on for a while without anybody looking: the page may show somebody else.
            Ok(status) | Err(status) => Loss::Died(Mark::IDLE, status),
        }
    }

    fn kill(&mut self) {
        // Both fail only when it has already ended and been waited for.
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait().map(drop)) {
            debug!(%error, "a worker could not be ended");
        }
    }

    /// Ends the worker and waits for its end.
    pub(crate) fn end(&mut self) {
        self.kill();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

fn is_pause(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

fn describe_exit(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(signal), _) => format!("the worker was ended by signal {signal}"),
        (None, Some(code)) => format!("the worker ended with exit status {code}"),
        (None, None) => "the worker ended".into(),
    }
}

fn make_page() -> std::io::Result<File> {
    let page = rustix::fs::memfd_create("progress", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    let page = File::from(page);
    page.set_len(PAGE_BYTES)?;
    rustix::fs::fcntl_add_seals(&page, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
    Ok(page)
}

/// Reads what rules print until the worker ends, so that printing never blocks.
fn keep_output(mut stderr: ChildStderr, output: &Mutex<VecDeque<u8>>) {
    let mut buffer = [0_u8; 4096];
    let mut logged = 0;
    loop {
        let count = match stderr.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        let text = String::from_utf8_lossy(&buffer[..count]);
        for line in text.lines().take(OUTPUT_LINES_LOGGED_MAX.saturating_sub(logged)) {
            logged += 1;
            debug!(line, "a rule printed");
            if logged == OUTPUT_LINES_LOGGED_MAX {
                debug!("further output of this worker is not logged");
            }
        }
        let mut tail = output.lock().expect("no holder of this lock panics");
        tail.extend(&buffer[..count]);
        let excess = tail.len().saturating_sub(OUTPUT_TAIL_BYTES);
        tail.drain(..excess);
    }
}
