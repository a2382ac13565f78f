//! Runs the `main.py` of a pypanther project once, in a worker of its own, for what it registers.
//!
//! Whatever happens there (an exception, an endless loop, memory without end, the end of the process)
//! becomes a [`ProjectFault`] with a place and a hint, and costs this project alone.

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use content::{DescribedProject, PROJECT_MAIN, ProjectFault, PypantherProject};

use crate::config::HostConfig;
use crate::describe_wire::{Described, FaultWire, fault_at_main, place_of_fault, read_rules};
use crate::embedded;
use crate::error::write_limit;
use crate::host::make_launch;
use crate::interpreter::{self, Interpreter};
use crate::pool::course::Course;
use crate::pool::process::{LOAD_MIN, Loss, Worker};
use crate::wire::{self, Answer, DescribeHeader, Hello, PROTOCOL_VERSION, Request};

/// How much longer than its limit a worker is waited for, which says at its limit where it was.
const GRACE: Duration = Duration::from_secs(2);
/// Under which the files of a project appear in what a worker writes: see `project_files.py`.
const ROOT_IN_WORKER: &str = "/pypanther-project/0/";
/// The package whose rules a project registers.
const PACKAGE: &str = "pypanther";

/// Runs `main.py` and tells what it registers. Blocks for at most `config.pypanther_timeout` and some
/// seconds more; setting `stop` ends it early. The calling thread must live until it returns.
///
/// # Errors
/// The project cannot be loaded, or no worker can be started.
pub fn describe(
    config: &HostConfig,
    project: &PypantherProject,
    stop: &AtomicBool,
) -> Result<DescribedProject, ProjectFault> {
    let not_run =
        |reason: String| fault_at_main(project, format!("`{PROJECT_MAIN}` was not run: {reason}"), None);
    let interpreter = interpreter::resolve(config).map_err(|error| not_run(error.to_string()))?;
    let launch = make_launch(config, &interpreter);
    let mut worker = Worker::spawn(&launch).map_err(|error| not_run(error.to_string()))?;
    let begun = Instant::now();
    let answer = match ask(&mut worker, config.pypanther_timeout, project, stop) {
        Ok(answer) => answer,
        Err(Asked::NotReady(loss)) => return Err(not_run(with_output(reason(&loss), &mut worker))),
        Err(Asked::Lost(Loss::Stopped)) => return Err(not_run("the program is ending".to_owned())),
        Err(Asked::Lost(loss)) => {
            let is_late = begun.elapsed() >= config.pypanther_timeout;
            return Err(lost(
                project,
                &mut worker,
                reason(&loss),
                is_late.then_some(config.pypanther_timeout),
            ));
        }
    };
    match answer {
        Described::Rules { rules, package_version } => read_rules(project, rules, package_version),
        Described::Fault { fault } => Err(read_fault(config, &interpreter, project, fault)),
    }
}

/// Why there is no answer.
enum Asked {
    /// The worker was lost before it ran anything of the project.
    NotReady(Loss),
    /// `main.py` ran.
    Lost(Loss),
}

fn ask(
    worker: &mut Worker,
    limit: Duration,
    project: &PypantherProject,
    stop: &AtomicBool,
) -> Result<Described, Asked> {
    let modules = embedded::first_modules();
    let boot = wire::request(&Request::Boot { version: PROTOCOL_VERSION, modules }, &[]);
    worker.send(&boot, &Course::Idle, LOAD_MIN, stop);
    match worker.next_answer(&Course::Idle, stop).map_err(Asked::NotReady)? {
        Answer::Hello(Hello { version, .. }) if version == PROTOCOL_VERSION => {}
        _ => return Err(Asked::NotReady(Loss::Died(wire::Mark::IDLE, "it answered out of turn".into()))),
    }
    let header = DescribeHeader { files: project.files(), limit_seconds: limit.as_secs_f64() };
    let frame = wire::request(&Request::Describe(&header), &[]);
    worker.send(&frame, &Course::Describe, limit.saturating_add(GRACE), stop);
    match worker.next_answer(&Course::Describe, stop).map_err(Asked::Lost)? {
        Answer::Described(described) => Ok(described),
        _ => Err(Asked::Lost(Loss::Died(wire::Mark::IDLE, "it answered out of turn".into()))),
    }
}

fn reason(loss: &Loss) -> &str {
    match loss {
        Loss::Died(_, reason) => reason,
        Loss::TimedOut(_) => "it did not answer",
        Loss::Stopped => "the program is ending",
    }
}

fn with_output(reason: &str, worker: &mut Worker) -> String {
    worker.end();
    let words = worker.last_words();
    if words.is_empty() { reason.to_owned() } else { format!("{reason}: {words}") }
}

/// The worker ended while `main.py` ran; `too_long` is the limit that it had reached.
fn lost(
    project: &PypantherProject,
    worker: &mut Worker,
    reason: &str,
    too_long: Option<Duration>,
) -> ProjectFault {
    worker.end();
    let words = worker.last_words();
    let Some(limit) = too_long else {
        let message = format!("the worker was lost while `{PROJECT_MAIN}` ran: {reason}");
        let hint = Some("does it use more memory than `python.memory_max`, or end the process?".to_owned());
        return fault_at_main(project, message, hint);
    };
    let (file, line) = running_line(&words).map_or((None, None), |(file, line)| (Some(file), Some(line)));
    let (file, line) = place_of_fault(project, file, line);
    ProjectFault {
        file,
        line,
        message: format!("`{PROJECT_MAIN}` did not come to its end within {}", write_limit(limit)),
        hint: Some("correct the loop, or raise `python.pypanther_timeout`".to_owned()),
    }
}

/// The innermost line of the project in the traceback that a worker writes at its limit, which begins with
/// the most recent call.
fn running_line(words: &str) -> Option<(&str, u32)> {
    words.lines().find_map(|line| {
        let (file, rest) = line.trim().strip_prefix("File \"")?.split_once("\", line ")?;
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Some((file.strip_prefix(ROOT_IN_WORKER)?, number.parse().ok()?))
    })
}

fn read_fault(
    config: &HostConfig,
    interpreter: &Interpreter,
    project: &PypantherProject,
    fault: FaultWire,
) -> ProjectFault {
    let FaultWire { error_type, message, file, line, missing } = fault;
    let (file, line) = place_of_fault(project, file.as_deref(), line);
    let python = interpreter.executable.display();
    let version = interpreter.version();
    let (message, hint) = match missing.as_deref() {
        Some(PACKAGE) => (
            format!("the package `{PACKAGE}` is not installed for `{python}` (Python {version})"),
            Some(format!(
                "run `margay python setup`, or `{python} -m pip install --pre {PACKAGE}`, which needs Python 3.11"
            )),
        ),
        Some(module) => (
            message,
            Some(format!(
                "`{module}` is no file of the project and not installed for `{python}` (Python {version}); name its \
                 package in the `requirements.txt` of the content and run `margay python setup`, or install it there"
            )),
        ),
        None if error_type == "MemoryError" => {
            (message, Some("a worker has the memory of `python.memory_max`".to_owned()))
        }
        None if is_refusal(&error_type) => (message, Some(refused(config))),
        None => (message, None),
    };
    ProjectFault { file, line, message, hint }
}

/// Classes of errors that the sandbox makes.
fn is_refusal(error_type: &str) -> bool {
    matches!(
        error_type,
        "PermissionError" | "FileNotFoundError" | "ConnectionError" | "gaierror" | "URLError"
    )
}

fn refused(config: &HostConfig) -> String {
    let network = if config.network { "" } else { ", no network (`python.network: true` allows it)" };
    format!(
        "a project has its own Python files and the installed packages; no other files, no processes{network}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_an_endless_loop_is_the_innermost_of_the_project() {
        let words = "Timeout (0:00:01)!\nThread 0x00007f (most recent call first):\n\
                     File \"/usr/lib/python3.11/re.py\", line 9 in match\n  \
                     File \"/pypanther-project/0/rules/slow.py\", line 12 in <module>\n  \
                     File \"/pypanther-project/0/main.py\", line 3 in <module>\n";
        assert_eq!(running_line(words), Some(("rules/slow.py", 12)));
        assert_eq!(running_line("Killed"), None);
    }
}
