//! A worker command for the tests: what the hidden command of the product does.

use std::io::Write;
use std::process::ExitCode;

use python_host::{WorkerArgs, WorkerError, run_worker};

fn main() -> ExitCode {
    let argument = std::env::args().nth(1).unwrap_or_default();
    let error: WorkerError = match argument.parse::<WorkerArgs>() {
        Ok(args) => run_worker(&args),
        Err(error) => error,
    };
    match writeln!(std::io::stderr(), "{error}") {
        Ok(()) | Err(_) => ExitCode::from(3),
    }
}
