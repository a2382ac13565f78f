//! `margay python`: the Python environment that rules run in.

mod environment;
mod requirements;
mod setup;

use crate::cli::{Global, PythonCommand};
use crate::failure::Failure;

/// Runs one command about Python.
pub(crate) fn python(global: &Global, command: PythonCommand) -> Result<(), Failure> {
    match command {
        PythonCommand::Setup(args) => setup::setup(global, &args),
    }
}
