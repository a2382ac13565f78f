//! Measures a release build of Margay: the whole server from outside, and its dispatch beside Alertmanager.
//!
//! Starts what is measured as processes of their own on temporary directories, a receiver on loopback, and
//! senders. Prints figures; method and figures are in `docs/benchmarks.md`.

mod access;
mod api;
mod dispatch;
mod figures;
mod process;
mod reads;
mod receiver;
mod sender;
mod server;
mod table;
mod whole;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures a release build of Margay.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    whole: whole::Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// People signing in beside the flow of logs, and what recording reads costs; exit code 1 when a goal is missed
    Access(access::Options),
    /// The public API over a million alerts; exit code 1 when a goal is missed
    Api(api::Options),
    /// Dispatch beside Alertmanager, and with a dead destination; exit code 1 when a goal is missed
    Dispatch(dispatch::Options),
    /// The process that is measured
    #[command(hide = true)]
    DispatchDoor(dispatch::DoorOptions),
}

fn main() -> Result<ExitCode> {
    let Cli { command, whole } = Cli::parse();
    match command {
        None => whole::run(&whole).map(|()| ExitCode::SUCCESS),
        Some(Command::Access(options)) => access::run(&options),
        Some(Command::Api(options)) => api::run(&options),
        Some(Command::Dispatch(options)) => dispatch::run(&options),
        Some(Command::DispatchDoor(options)) => dispatch::serve(&options).map(|()| ExitCode::SUCCESS),
    }
}

#[expect(clippy::print_stdout, reason = "figures are this program's result")]
fn say(line: &str) {
    println!("{line}");
}
