//! The one binary: configuration, assembly, command line.
//!
//! This crate reads the environment, the disk and the command line and hands everything on as values;
//! it is the only one that knows all rooms.

mod cli;
mod commands;
mod config;
mod demo;
mod failure;
mod http_source;
mod identity_provider;
mod recorder;
mod repository;
mod server;
mod stored;
mod telemetry;
mod unit_tests;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::failure::Failure;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { global, command } = cli;
    match command {
        Command::PythonWorker(args) => Err(commands::python_worker(args)),
        Command::Serve(args) => server::serve(&global, &args),
        Command::Demo(args) => demo::run(&global, &args),
        Command::Test(args) => commands::test(&global, &args),
        Command::Check(args) => commands::check(&global, &args),
        Command::Diff(args) => commands::diff(&global, &args),
        Command::Upload(args) => commands::upload(&global, &args),
        Command::Download(args) => commands::download(&global, &args),
        Command::Detect(args) => commands::detect(&global, &args),
        Command::Parse(args) => commands::parse(&global, &args),
        Command::Token(command) => commands::token(&global, command),
        Command::User(command) => commands::user(&global, command),
        Command::Source(command) => commands::source(&global, &command),
        Command::Destination(command) => commands::destination(&global, command),
        Command::Alert(command) => commands::alert(&global, command),
        Command::Delivery(command) => commands::delivery(&global, command),
        Command::Secrets(command) => commands::secrets(&global, &command),
        Command::Backup(args) => commands::backup(&global, &args),
        Command::Restore(args) => commands::restore(&global, &args),
        Command::Audit(command) => commands::audit(&global, command),
        Command::Detection(command) => commands::detection(&global, command),
        Command::Python(command) => commands::python(&global, command),
    }
}
