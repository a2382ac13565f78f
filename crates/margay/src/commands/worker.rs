//! `margay python-worker`: becomes the sandboxed interpreter; started by the host, never by people.

use python_host::{WorkerArgs, run_worker};

use crate::cli::PythonWorkerArgs;
use crate::failure::Failure;

/// Replaces this process by the interpreter; returns only when that failed.
pub(crate) fn python_worker(args: PythonWorkerArgs) -> Failure {
    let PythonWorkerArgs { args } = args;
    let text = args.first().and_then(|argument| argument.to_str()).unwrap_or_default();
    match text.parse::<WorkerArgs>() {
        Ok(args) => Failure::operation("the worker cannot start", &run_worker(&args)),
        Err(error) => Failure::Usage(error.to_string()),
    }
}
