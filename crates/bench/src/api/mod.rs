//! The public API over a large store: lists of alerts with any filters, and mixed reads while logs flow.

mod lists;
mod mixed;
mod stored;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::receiver::Receiver;
use crate::say;
use crate::server::{Content, Server};
use crate::table::Table;

/// The administrator token of the measured server.
const TOKEN: &str = "token-of-the-benchmark";

/// What is measured of the API.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// What to measure [default: all]
    #[arg(value_parser = ["lists", "mixed"])]
    what: Vec<String>,
    /// Stored alerts
    #[arg(long, default_value_t = 1_000_000)]
    alerts: u64,
    /// How often each list is asked for
    #[arg(long, default_value_t = 20)]
    times: usize,
    /// Store the alerts in this data directory, measure nothing, and keep it
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Seconds of the mixed reads
    #[arg(long, default_value_t = 20)]
    seconds: u32,
}

/// Measures, prints a table, and fails when a goal is missed.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    if let Some(data_dir) = &options.keep {
        say(&format!("storing {} alerts in `{}` …", options.alerts, data_dir.display()));
        stored::store(data_dir, options.alerts)?;
        return Ok(ExitCode::SUCCESS);
    }
    let wants = |part: &str| options.what.is_empty() || options.what.iter().any(|name| name == part);
    let receiver = Receiver::start(|_| None)?;
    let content = Content::rules(20, "event.get('uuid').endswith('00')");
    let server = Server::start_with(&content, &receiver.url("/"), TOKEN, |data_dir| {
        say(&format!("storing {} alerts …", options.alerts));
        stored::store(data_dir, options.alerts)
    })?;
    let mut table = Table::default();
    lists::warm_up(&server)?;
    if wants("lists") {
        lists::measure(&server, options.times, &mut table)?;
    }
    if wants("mixed") {
        mixed::measure(&server, options.seconds, &mut table)?;
    }
    table.figure("peak memory of the server process", format!("{} MiB", server.peak_mib()?), "");
    say(&format!("\n{}", table.markdown()));
    Ok(if table.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
