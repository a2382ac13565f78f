//! Dispatch: from matches to the requests that destinations receive, beside Alertmanager and with a dead
//! destination.

mod door;
mod load;
mod matches;
mod outage;
mod peer;
mod race;
mod vendor;

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

pub(crate) use door::{DoorOptions, serve};

use crate::say;
use crate::table::Table;

/// What is measured of dispatch.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// What to measure [default: all]
    #[arg(value_parser = ["race", "isolation", "recovery"])]
    what: Vec<String>,
    /// Alerts of the closed loop, and of the backlog
    #[arg(long, default_value_t = 20_000)]
    alerts: usize,
    /// Seconds of each open loop
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Interleaved runs of each
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

/// Measures, prints a table, and fails when a goal is missed.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let Options { what, alerts, seconds, runs } = options;
    let (alerts, seconds, runs) = (*alerts, *seconds, *runs);
    let wants = |part: &str| what.is_empty() || what.iter().any(|name| name == part);
    let outage = outage::Course { seconds, runs, backlog: alerts };
    let mut table = Table::beside("Alertmanager");
    if wants("race") {
        race::race(race::Course { alerts, seconds, runs }, &mut table)?;
    }
    if wants("isolation") {
        outage::isolation(outage, &mut table)?;
    }
    if wants("recovery") {
        outage::recovery(outage, &mut table)?;
    }
    say(&format!("\n{}", table.markdown()));
    Ok(if table.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
